"""Truth against pixels: every box is the box of the plate's own pixels, and tracks go on from frame to frame."""

from __future__ import annotations

import itertools
import os
from dataclasses import replace

import cv2
import numpy as np
import pytest

from workbench.street.scene.clips import DRIVES, compose_clip, shoot
from workbench.street.scene.light import LIGHTS
from workbench.street.scene.scene import SUPERSAMPLE, Rendered, render
from workbench.street.scene.stills import compose_still

# How many pictures the slow test looks at; benchmarks/street_truth.py looks at 500 and prints the largest distance.
PICTURES = int(os.environ.get("WORKBENCH_STREET_PICTURES", "60"))


def check_truth(rendered: Rendered) -> None:
    """Each plate that has a pixel has a box, and the box is that of its pixels."""
    numbers = set(np.unique(rendered.owner).tolist()) - {0}
    assert numbers == set(range(1, len(rendered.plates) + 1))
    for number, plate in enumerate(rendered.plates, start=1):
        ys, xs = np.nonzero(rendered.owner == number)
        found = np.array([xs.min(), ys.min(), xs.max() + 1, ys.max() + 1]) / SUPERSAMPLE
        assert np.abs(found - plate.box).max() <= 1.0
        assert 0.25 <= plate.visible <= 1.0


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("source", ["web", "used-car"])
def test_render__boxes_are_the_boxes_of_the_plates_own_pixels(source: str, seed: int) -> None:
    still = compose_still(np.random.default_rng([seed, 11]), source)
    check_truth(render(still.scene, still.view))


@pytest.mark.slow
def test_render__truth_in_every_light_and_drive() -> None:
    for index in range(PICTURES):
        rng, light = np.random.default_rng([index, 12]), sorted(LIGHTS)[index % len(LIGHTS)]
        if index % 3 == 2:
            clip = compose_clip(rng, seconds=2.0, light=light, kind=DRIVES[index // 3 % len(DRIVES)])
            check_truth(shoot(clip, float(rng.uniform(0.0, 2.0)), rng)[1])
        else:
            still = compose_still(rng, ("web", "used-car")[index // 3 % 2], light_name=light)
            check_truth(render(still.scene, still.view))


def test_render__a_plate_that_truth_lacks_leaves_no_pixel() -> None:
    """Without its plates' vehicles' plates the picture changes in the boxes of truth and nowhere else."""
    still = compose_still(np.random.default_rng([3, 11]), "used-car")
    with_plates = render(still.scene, still.view)
    without = render(still.scene, still.view, least_px=1e9)
    assert with_plates.plates
    assert not without.plates
    changed = cv2.absdiff(with_plates.picture, without.picture).max(axis=2) > 8
    frame = 0.12
    for plate in with_plates.plates:
        x0, y0, x1, y1 = plate.box
        grow = 2 + frame * (y1 - y0)
        changed[max(0, int(y0 - grow)) : int(y1 + grow) + 1, max(0, int(x0 - grow)) : int(x1 + grow) + 1] = False
    assert not changed.any()


def test_render__a_box_of_a_plate_in_full_view_is_that_of_its_corners() -> None:
    stills = [compose_still(np.random.default_rng([seed, 11]), "web") for seed in range(4)]
    plates = [plate for still in stills for plate in render(still.scene, still.view).plates]
    whole = [plate for plate in plates if plate.visible > 0.999 and not plate.truncated]
    assert whole
    for plate in whole:
        expected = [*plate.quad.min(axis=0), *plate.quad.max(axis=0)]
        assert plate.box == pytest.approx(expected)


def test_render__rain_differs_from_moment_to_moment_and_only_then() -> None:
    still = compose_still(np.random.default_rng([1, 11]), "web", light_name="rain")
    first, again = render(still.scene, still.view).picture, render(still.scene, still.view).picture
    assert np.array_equal(first, again)
    assert not np.array_equal(first, render(replace(still.scene, moment=7), still.view).picture)


@pytest.mark.slow
def test_shoot__frames_are_small_and_dim_beside_photos_and_tracks_go_on() -> None:
    clip = compose_clip(np.random.default_rng(5), seconds=2.0, light="dusk", kind="following")
    places: dict[tuple[int, int], list[tuple[int, float]]] = {}
    names: dict[int, set[tuple[str, str]]] = {}
    widths = []
    for frame in range(6):
        picture, rendered, paths = shoot(clip, frame / 10, np.random.default_rng(frame))
        assert picture.shape == (360, 640, 3)
        assert len(paths) == len(rendered.plates)
        keys = [(plate.track_id, plate.facing) for plate in rendered.plates]
        assert len(set(keys)) == len(keys)
        for plate in rendered.plates:
            places.setdefault((plate.track_id, plate.facing), []).append((frame, plate.quad[:, 0].mean()))
            names.setdefault(plate.track_id, set()).add((plate.kind, plate.text))
            widths.append(plate.box[2] - plate.box[0])
    assert np.median(widths) < 70
    assert all(len(one) == 1 for one in names.values())
    steps = [abs(b[1] - a[1]) for way in places.values() for a, b in itertools.pairwise(way) if b[0] == a[0] + 1]
    assert steps
    assert max(steps) < 120


def test_shoot__the_whole_exposure_shows_the_same_plates() -> None:
    """A plate left off at the middle of the exposure is left off at its other instants too."""
    clip = compose_clip(np.random.default_rng(2), seconds=2.0, light="night", kind="parked")
    view, scene = clip.view(0.5), clip.at(0.5)
    bare = render(scene, view, least_px=1e9, instants=[(scene, view)] * 2).picture
    none = render(scene, view, least_px=1e9).picture
    with_plates = render(scene, view)
    assert with_plates.plates
    assert np.abs(with_plates.picture.astype(int) - bare).max() > 20
    for plate in with_plates.plates:
        x0, y0, x1, y1 = (int(v) for v in plate.box)
        # Only the fewer faces of the other instants differ, not the bright sheet of a plate.
        inside = np.s_[y0 : y1 + 1, x0 : x1 + 1]
        assert np.abs(bare[inside].astype(int) - none[inside]).mean() < 12


def test_compose_clip__no_such_drive() -> None:
    with pytest.raises(ValueError, match="expected one of following, oncoming"):
        compose_clip(np.random.default_rng(0), seconds=1.0, light="day", kind="flying")


def test_compose_still__no_such_source() -> None:
    with pytest.raises(ValueError, match="expected web or used-car"):
        compose_still(np.random.default_rng(0), "satellite")
