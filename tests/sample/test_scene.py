"""Truth against pixels: every box is the box of the plate's own pixels, and tracks go on from frame to frame."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from workbench.sample.clips import compose_clip, shoot
from workbench.sample.scene import SUPERSAMPLE, render
from workbench.sample.stills import compose_still


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("source", ["web", "used-car"])
def test_render__boxes_are_the_boxes_of_the_plates_own_pixels(source: str, seed: int) -> None:
    still = compose_still(np.random.default_rng([seed, 11]), source)
    rendered = render(still.scene, still.view)
    owners = set(np.unique(rendered.owner).tolist()) - {0}
    found = []
    for owner in owners:
        ys, xs = np.nonzero(rendered.owner == owner)
        found.append(np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]) / SUPERSAMPLE)
    assert len(found) == len(rendered.plates)
    for plate in rendered.plates:
        assert min(np.abs(box - plate.box).max() for box in found) <= 1.0
        assert 0.25 <= plate.visible <= 1.0


def test_render__a_box_of_a_plate_in_full_view_is_that_of_its_corners() -> None:
    still = compose_still(np.random.default_rng([0, 11]), "web")
    whole = [p for p in render(still.scene, still.view).plates if p.visible > 0.999 and not p.truncated]
    assert whole
    for plate in whole:
        expected = [*plate.quad.min(axis=0), *plate.quad.max(axis=0)]
        assert plate.box == pytest.approx(expected)


def test_shoot__frames_are_small_and_dim_beside_photos_and_tracks_move_smoothly() -> None:
    clip = compose_clip(np.random.default_rng(5), seconds=2.0, light="dusk")
    places: dict[tuple[int, int], list[float]] = {}
    widths = []
    for frame in range(4):
        picture, rendered, paths = shoot(clip, frame / 10, np.random.default_rng(frame))
        assert picture.shape == (360, 640, 3)
        assert len(paths) == len(rendered.plates)
        for plate in rendered.plates:
            places.setdefault((plate.track_id, plate.facing), []).append((plate.box[0] + plate.box[2]) / 2)
            widths.append(plate.box[2] - plate.box[0])
    assert np.median(widths) < 60
    steps = [abs(b - a) for way in places.values() for a, b in itertools.pairwise(way)]
    assert steps
    assert max(steps) < 80
