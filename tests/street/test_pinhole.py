"""The lens: where it puts a point is where its maps look one up."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.street.draw.pinhole import Pinhole


@pytest.mark.parametrize("bend", [0.0, -0.05, -0.14, 0.04])
def test_lens_maps__undo_through_lens(bend: float) -> None:
    view = Pinhole(640, 360, 500.0, (0.0, 1.4, 0.0), bend=bend)
    columns, rows = view.lens_maps()
    for x, y in ((0, 0), (639, 0), (320, 180), (17, 301), (600, 340)):
        ideal = np.array([[columns[y, x] + 0.5, rows[y, x] + 0.5]])
        assert view.through_lens(ideal)[0] == pytest.approx([x + 0.5, y + 0.5], abs=2e-3)


def test_through_lens__corners_stay_and_edges_bulge() -> None:
    view = Pinhole(640, 360, 500.0, (0.0, 1.4, 0.0), bend=-0.1)
    corners = np.array([[0.0, 0.0], [640.0, 360.0]])
    assert view.through_lens(corners) == pytest.approx(corners)
    assert view.through_lens(np.array([[320.0, 20.0]]))[0, 1] < 20.0


def test_lens_maps__show_nothing_from_outside_the_picture() -> None:
    columns, rows = Pinhole(640, 360, 500.0, (0.0, 1.4, 0.0), bend=-0.14).lens_maps()
    assert columns.min() > -0.6
    assert columns.max() < 639.6
    assert rows.min() > -0.6
    assert rows.max() < 359.6
