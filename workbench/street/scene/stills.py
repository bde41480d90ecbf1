"""Still photos: what a web search, a used-car site and a test album hold — vehicles large, sharp and nearly frontal."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from workbench.street.draw.camera import Sensor, photo_sensor
from workbench.street.draw.pinhole import Pinhole
from workbench.street.scene.houses import Prop, random_street
from workbench.street.scene.light import LIGHTS
from workbench.street.scene.scene import Scene
from workbench.street.vehicles.actors import Actor
from workbench.street.vehicles.vehicle_kinds import random_vehicle

_LIGHTS = ("day", "cloudy", "evening", "backlight", "rain", "dusk", "night")
_LIGHT_SHARES = {"web": (0.56, 0.26, 0.1, 0.03, 0.02, 0.02, 0.01), "used-car": (0.6, 0.36, 0.04, 0.0, 0.0, 0.0, 0.0)}
_SIZES = ((640, 480), (800, 600), (960, 720), (1280, 960), (1024, 576))


@dataclass(frozen=True)
class Still:
    """A photo ready to be taken."""

    scene: Scene
    view: Pinhole
    sensor: Sensor


def compose_still(rng: np.random.Generator, source: str, *, light_name: str = "") -> Still:
    """Set up one photo.

    Args:
        rng: the picture's own generator.
        source: ``web`` (people's photos: large, frontal, by day) or ``used-car`` (sellers' photos: a bit further off,
            from the corner too, other cars about).
        light_name: a key of `workbench.street.scene.light.LIGHTS`, by default what such photos are taken in.

    Raises:
        ValueError: for another source.
    """
    if source not in ("web", "used-car"):
        raise ValueError(f"no such source of stills: {source!r}; expected web or used-car")
    web = source == "web"
    width, height = _SIZES[int(rng.choice(5, p=(0.4, 0.2, 0.15, 0.1, 0.15)) if web else rng.choice(2, p=(0.7, 0.3)))]
    light = LIGHTS[light_name or str(rng.choice(_LIGHTS, p=_LIGHT_SHARES[source]))]
    street = random_street(rng, light, reach=(-4.0, 70.0))
    kinds = ("saloon", "hatch", "suv", "van", "truck", "bus") if web else ("saloon", "hatch", "suv", "van")
    subject = random_vehicle(rng, kinds=kinds)
    focal = width * float(rng.uniform(0.95, 1.4))
    # The plate's width in the picture is what the photographer chooses; the distance follows from it.
    share = float(np.exp(rng.uniform(np.log(0.12), np.log(0.34)) if web else rng.uniform(np.log(0.08), np.log(0.18))))
    distance = 0.5 * focal / (share * width) + subject.shape.length / 2
    distance = max(distance, subject.shape.length / 2 + 0.8 + 0.45 * subject.shape.width)
    turn = np.radians(float(rng.normal(0.0, 12.0) if web else rng.normal(0.0, 22.0)))
    turn = float(np.clip(turn, -0.75, 0.75))
    front = rng.random() < 0.5
    aside = float(rng.uniform(-0.8, 0.8))
    eye = float(rng.uniform(1.0, 1.7))
    # Where on the street the photo is taken: on a lane, at the kerb, seldom on the middle line.
    stand = float(rng.choice([-0.78, -0.5, 0.5, 0.78])) * street.half_width + float(rng.uniform(-0.6, 0.6))
    kerb = street.half_width - subject.shape.width / 2 - 0.2
    x, z = float(np.clip(stand + aside, -kerb, kerb)), distance
    heading = (np.pi if front else 0.0) + turn
    actors = [Actor(subject, x, z, heading, track_id=1)]
    for number in range(int(rng.integers(0, 2)) if web else int(rng.integers(1, 3))):
        side = -1 if number % 2 else 1
        far = z + 4.5 + subject.shape.length / 2 + 6.5 * (number // 2) + float(rng.uniform(0.0, 3.0))
        other = Actor(
            random_vehicle(rng),
            _beside(stand, side * (street.half_width - float(rng.uniform(1.2, 2.0)))),
            far,
            (np.pi if rng.random() < 0.5 else 0.0) + float(rng.normal(0.0, 0.05)),
            track_id=number + 2,
        )
        actors.append(other)
    props: list[Prop] = []
    if rng.random() < 0.15:
        kind = "pole" if rng.random() < 0.6 else "person"
        props.append(
            Prop(kind, stand + float(rng.uniform(-1.0, 1.0)), z - subject.shape.length / 2 - 0.7, int(rng.integers(12)))
        )
    plate_y = subject.shape.plate_front_y if front else subject.shape.plate_rear_y
    reach = z - subject.shape.length / 2
    pitch = float(np.arctan2(plate_y + 0.25 - eye, reach) + rng.normal(0.0, 0.02))
    view = Pinhole(
        width,
        height,
        focal,
        (stand, eye, 0.0),
        yaw=float(np.arctan2(x - stand, reach) + rng.normal(0.0, 0.05)),
        pitch=float(np.clip(pitch, -0.45, 0.2)),
        roll=float(rng.normal(0.0, 0.02)),
    )
    return Still(Scene(street, tuple(actors), light, tuple(props)), view, photo_sensor(rng))


def _beside(stand: float, x: float) -> float:
    """A place for another car, out of the way of what is photographed."""
    return x if abs(x - stand) > 2.6 else -x
