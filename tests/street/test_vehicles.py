"""Vehicles: every kind can be built, near and far, and carries plates where it should."""

from __future__ import annotations

import numpy as np
import pytest

from workbench.street.plates.korean_plates import KINDS, plate_picture, random_plate
from workbench.street.vehicles.vehicle_kinds import random_vehicle
from workbench.street.vehicles.vehicle_shapes import SHAPES


@pytest.mark.parametrize("kind", SHAPES)
def test_random_vehicle__fits_its_measures(kind: str) -> None:
    vehicle = random_vehicle(np.random.default_rng(4), kinds=(kind,))
    shape = vehicle.shape
    for solids in (vehicle.solids, vehicle.distant):
        corners = np.concatenate([solid.corners for solid in solids])
        assert np.abs(corners[:, 2]).max() == pytest.approx(shape.length / 2, abs=0.1)
        assert np.abs(corners[:, 0]).max() <= shape.width / 2 + 0.3
        assert corners[:, 1].min() >= 0.0
        assert corners[:, 1].max() == pytest.approx(shape.roof_y, abs=0.1)
        for solid in solids:
            assert np.linalg.norm(solid.normals, axis=1) == pytest.approx(np.ones(len(solid.faces)))
    assert [mount.facing for mount in vehicle.mounts] == ([-1] if kind == "motorcycle" else [1, -1])


def test_random_plate__who_carries_what() -> None:
    rng = np.random.default_rng(0)
    private = {random_plate(rng).kind.name for _ in range(600)}
    assert private == {name for name in KINDS if not name.startswith(("yellow", "motorcycle"))}
    assert {random_plate(rng, commercial=True).kind.name for _ in range(40)} == {"yellow1", "yellow2"}
    assert {random_plate(rng, motorcycle=True).kind.name for _ in range(5)} == {"motorcycle2"}


@pytest.mark.parametrize("kind", KINDS)
def test_plate_picture__letters_on_their_ground(kind: str) -> None:
    rng = np.random.default_rng(1)
    options = {"commercial": kind.startswith("yellow"), "motorcycle": kind.startswith("motorcycle")}
    plate = next(p for p in (random_plate(rng, **options) for _ in range(900)) if p.kind.name == kind)
    sheet = plate_picture(plate)
    assert sheet.shape == (plate.kind.height_mm, plate.kind.width_mm, 3)
    far = np.abs(sheet.astype(int) - plate.kind.ground).sum(axis=2)
    ink = np.abs(sheet.astype(int) - plate.kind.ink).sum(axis=2)
    assert (far < 30).mean() > 0.3
    assert (ink < 30).mean() > 0.05
