"""Vehicles in their places, and where their plates are in the world."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.street.draw.pinhole import Floats
from workbench.street.vehicles.solids import placed
from workbench.street.vehicles.vehicle_kinds import Mount, Vehicle


@dataclass(frozen=True)
class Actor:
    """A vehicle in its place.

    Attributes:
        vehicle: its looks.
        x: its middle, metres from the middle of the road.
        z: its middle, metres along the road.
        heading: radians; 0 looks along z (we see its rear), π comes towards us.
        speed: metres a second along its heading.
        track_id: its number in a clip, from 1.
        drift: metres a second to its right, as when it pulls out.
    """

    vehicle: Vehicle
    x: float
    z: float
    heading: float
    speed: float = 0.0
    track_id: int = 1
    drift: float = 0.0

    def later(self, seconds: float) -> Actor:
        """The same vehicle so many seconds later."""
        sin, cos = float(np.sin(self.heading)), float(np.cos(self.heading))
        ahead, aside = self.speed * seconds, self.drift * seconds
        return replace(self, x=self.x + ahead * sin + aside * cos, z=self.z + ahead * cos - aside * sin)

    def away(self, x: float, z: float) -> float:
        """Metres along the ground from x, z to what is nearest of the vehicle."""
        local = placed([[x - self.x, 0.0, z - self.z]], (0.0, 0.0), -self.heading)[0]
        shape = self.vehicle.shape
        beside, along = abs(local[0]) - shape.width / 2, abs(local[2]) - shape.length / 2
        return float(np.hypot(max(beside, 0.0), max(along, 0.0)))


def plate_corners(actor: Actor, mount: Mount, *, grown: float = 0.0) -> Floats:
    """The world corners of the plate on a mount, shape (4, 3), from its own top left clockwise.

    Args:
        actor: the vehicle in its place.
        mount: one of its mounts.
        grown: metres added on each side.
    """
    half_w, half_h = (size / 2 + grown for size in actor.vehicle.plate.kind.size_m)
    x, y, z = mount.centre
    left, right = x + mount.facing * half_w, x - mount.facing * half_w
    local = [(left, y + half_h, z), (right, y + half_h, z), (right, y - half_h, z), (left, y - half_h, z)]
    return placed(local, (actor.x, actor.z), actor.heading)
