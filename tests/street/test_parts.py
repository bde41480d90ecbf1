"""What the base weights learn: vehicles and wheels with boxes where they are, and no plate."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.street.scene.clips import compose_clip
from workbench.street.vehicles.visible_parts import CLASSES, visible_parts
from workbench.street.weights.base_weights import BASE, draw


@pytest.mark.slow
def test_visible_parts__boxes_in_the_picture_and_every_kind_among_them() -> None:
    seen: set[str] = set()
    for seed in range(12):
        clip = compose_clip(np.random.default_rng([seed, 3]), seconds=2.0, light="day")
        view = clip.view(1.0)
        for name, (xmin, ymin, xmax, ymax) in visible_parts(clip.at(1.0), view):
            assert 0 <= xmin < xmax <= view.width
            assert 0 <= ymin < ymax <= view.height
            seen.add(name)
    assert seen == set(CLASSES)


def test_draw__a_picture_of_the_base_weights_labels_no_plate() -> None:
    assert "plate" not in BASE.classes
    for index in range(2):
        drawn = draw(np.random.default_rng(index), index)
        assert drawn.content[:2] == b"\xff\xd8"
        assert {name for name, _ in drawn.objects} <= set(CLASSES)
        assert drawn.objects
