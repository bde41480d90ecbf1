"""The measures of vehicles."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.street.draw.pinhole import Floats
from workbench.street.draw.raster import Colour


@dataclass(frozen=True)
class Shape:
    """The measures of a vehicle, metres.

    Attributes:
        name: of the kind.
        length: over all.
        width: without mirrors.
        bonnet_y: height of the bonnet's front edge.
        belt_y: height where the glass begins.
        roof_y: height over all.
        bonnet: its length.
        boot: its length.
        screen: how far the windscreen leans back.
        back: how far the rear glass leans forward.
        tall: whether it is a box rather than a body with a cabin.
        plate_front_y: height of the front plate's middle.
        plate_rear_y: height of the rear plate's middle.
    """

    name: str
    length: float
    width: float
    bonnet_y: float
    belt_y: float
    roof_y: float
    bonnet: float
    boot: float
    screen: float = 0.7
    back: float = 0.6
    tall: bool = False
    plate_front_y: float = 0.44
    plate_rear_y: float = 0.78

    @property
    def wheel_radius(self) -> float:
        """Of the tyres."""
        return 0.3 if self.name == "motorcycle" else 0.4 if self.tall else 0.33

    @property
    def wheel_z(self) -> tuple[float, float]:
        """Where the front and the rear axle are."""
        return 0.3 * self.length, -0.3 * self.length


SHAPES: dict[str, Shape] = {
    shape.name: shape
    for shape in (
        Shape("saloon", 4.8, 1.84, 0.74, 0.94, 1.45, 1.2, 0.7, screen=0.85, back=0.75),
        Shape("hatch", 4.1, 1.76, 0.78, 0.97, 1.5, 0.95, 0.12, screen=0.75, back=0.35, plate_rear_y=0.7),
        Shape("suv", 4.6, 1.88, 0.94, 1.1, 1.68, 1.1, 0.1, back=0.3, plate_front_y=0.52, plate_rear_y=0.86),
        Shape("van", 5.0, 1.95, 1.15, 1.15, 1.97, 0.0, 0.0, tall=True, plate_front_y=0.5, plate_rear_y=0.72),
        Shape("truck", 5.2, 1.9, 1.2, 1.2, 2.5, 0.0, 0.0, tall=True, plate_front_y=0.5, plate_rear_y=0.56),
        Shape("bus", 10.5, 2.45, 1.35, 1.35, 3.0, 0.0, 0.0, tall=True, plate_front_y=0.6, plate_rear_y=0.7),
        Shape("motorcycle", 1.9, 0.7, 0.9, 0.9, 1.65, 0.0, 0.0, plate_rear_y=0.62),
    )
}


def wheels(shape: Shape, side: int) -> list[tuple[Floats, Colour]]:
    """The tyres of one side (1 right, −1 left) as flat discs, corners of shape (n, 3)."""
    angles = np.linspace(0, 2 * np.pi, 15)[:-1]
    radius = shape.wheel_radius
    beside = 0.0 if shape.name == "motorcycle" else shape.width / 2
    x = np.full_like(angles, side * (beside + 0.012))
    return [
        (np.stack([x, radius + radius * np.sin(angles), z + radius * np.cos(angles)], axis=1), (26.0, 25.0, 24.0))
        for z in shape.wheel_z
    ]
