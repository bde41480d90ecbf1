"""Video: a dash-cam drives through a street; vehicles come towards it, go before it, stand at the kerb.

Every frame's blur comes from what really moved while the shutter was open: the frame is the mean of several pictures
taken within the exposure.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from workbench.street.draw.camera import Sensor, expose, video_sensor
from workbench.street.draw.pinhole import Pinhole
from workbench.street.draw.raster import Picture
from workbench.street.plates.plate_truth import PlateView
from workbench.street.scene.houses import random_street
from workbench.street.scene.light import LIGHTS
from workbench.street.scene.scene import Rendered, Scene, render
from workbench.street.vehicles.actors import Actor, plate_corners
from workbench.street.vehicles.vehicle_kinds import random_vehicle

WIDTH, HEIGHT, FPS = 640, 360, 10
DRIVES = ("following", "oncoming", "overtaking", "parked")
# Where in the exposure the extra pictures are taken, in shares of it; the longer it is, the more.
_INSTANTS, _FEW_INSTANTS, _LONG_S = (-0.4, -0.2, 0.2, 0.4), (-0.33, 0.33), 1 / 30


@dataclass(frozen=True)
class Clip:
    """A drive.

    Attributes:
        scene: at time 0; vehicles move by their own speed.
        focal: of the lens, pixels.
        eye: the lens at time 0: x, height, z.
        speed: of the camera along z, metres a second.
        shake: rows of amplitude (radians), frequency (Hz), phase, first two for yaw, last two for pitch.
        exposure_s: how long the shutter is open.
        sensor: of the dash-cam.
        roll: how much the camera leans, radians.
        bend: of its wide lens.
    """

    scene: Scene
    focal: float
    eye: tuple[float, float, float]
    speed: float
    shake: tuple[tuple[float, float, float], ...]
    exposure_s: float
    sensor: Sensor
    roll: float = 0.0
    bend: float = 0.0

    def view(self, seconds: float) -> Pinhole:
        """The camera at a moment."""
        swing = [a * float(np.sin(2 * np.pi * f * seconds + p)) for a, f, p in self.shake]
        x, y, z = self.eye
        return Pinhole(
            WIDTH,
            HEIGHT,
            self.focal,
            (x, y, z + self.speed * seconds),
            yaw=swing[0] + swing[1],
            pitch=swing[2] + swing[3] - 0.03,
            roll=self.roll,
            bend=self.bend,
        )

    def at(self, seconds: float) -> Scene:
        """The scene at a moment."""
        actors = tuple(actor.later(seconds) for actor in self.scene.actors)
        return replace(self.scene, actors=actors, moment=round(1000 * seconds) + 1000)


def compose_clip(rng: np.random.Generator, *, seconds: float, light: str, kind: str = "") -> Clip:
    """Set up a drive.

    Args:
        rng: of the whole drive.
        seconds: how long it lasts.
        light: a key of `workbench.street.scene.light.LIGHTS`.
        kind: one of `DRIVES`, by default any.

    Raises:
        ValueError: for another kind.
    """
    kind = kind or str(rng.choice(DRIVES))
    if kind not in DRIVES:
        raise ValueError(f"no such drive: {kind!r}; expected one of {', '.join(DRIVES)}")
    speed = float(rng.uniform(3.5, 6.0) if kind == "parked" else rng.uniform(6.5, 11.0))
    length = speed * seconds
    street = random_street(rng, LIGHTS[light], reach=(-10.0, length + 90.0))
    # Two lanes each way where there is room: then one does not drive on the line between them.
    wide = street.half_width > 6.0
    inner, outer = (0.26 * street.half_width, 0.72 * street.half_width) if wide else (0.45 * street.half_width,) * 2
    lane = outer if kind == "overtaking" and wide else inner
    actors: list[Actor] = []

    def add(x: float, z: float, heading: float, pace: float, drift: float = 0.0) -> None:
        actors.append(Actor(random_vehicle(rng), x, z, heading, pace, track_id=len(actors) + 1, drift=drift))

    gap = {
        "following": rng.uniform(8.0, 11.0),
        "oncoming": rng.uniform(24.0, 32.0),
        "overtaking": rng.uniform(17.0, 22.0),
    }
    ahead = float(gap.get(kind, rng.uniform(14.0, 20.0)))
    add(lane + float(rng.normal(0, 0.15)), ahead, 0.0, speed + float(rng.uniform(-0.4, 0.8)))
    if kind == "overtaking" and wide:
        add(
            inner,
            float(rng.uniform(-9.0, -6.0)),
            0.0,
            speed + float(rng.uniform(7.0, 9.0)),
            float(rng.uniform(0.0, 0.25)),
        )
        add(inner, float(rng.uniform(10.0, 16.0)), 0.0, speed - float(rng.uniform(2.0, 3.5)))
    every_s = 1.2 if kind == "oncoming" else 2.4
    meetings = max(2, round(seconds / every_s))
    for number in range(meetings):
        pace = float(rng.uniform(5.0, 11.0))
        meets_after = (number + 0.6) * seconds / meetings
        # Behind the first a second and a third lane would hide it: oncoming vehicles keep to one.
        add(-inner + float(rng.normal(0, 0.2)), 10 + (speed + pace) * meets_after, np.pi, pace)
    dense = 0.9 if kind == "parked" else 0.55
    for side, heading in ((1, 0.0), (-1, np.pi)):
        z = float(rng.uniform(7, 12))
        while z < length + 60 and not (kind == "overtaking" and side == 1 and wide):
            if rng.random() < dense:
                x = side * (street.half_width - 1.1)
                add(x, z, heading + float(rng.normal(0, 0.06)) + (np.pi if rng.random() < 0.15 else 0.0), 0.0)
            z += float(rng.uniform(6.2, 8.5) if kind == "parked" else rng.uniform(7.5, 16.0))
    dark = light in ("dusk", "night", "night_rain")
    shake = tuple(
        (float(rng.uniform(0.001, 0.004)), float(rng.uniform(1.5, 6.0)), float(rng.uniform(0, 6.28))) for _ in range(4)
    )
    return Clip(
        Scene(street, _apart(actors), LIGHTS[light], behind_glass=True),
        focal=float(rng.uniform(470, 560)),
        eye=(lane, float(rng.uniform(1.2, 1.7)), 0.0),
        speed=speed,
        shake=shake,
        exposure_s=1 / 24 if dark else 1 / 48,
        sensor=video_sensor(rng, dark=dark),
        roll=float(rng.normal(0.0, 0.008)),
        bend=float(rng.uniform(-0.14, -0.05)),
    )


def _apart(actors: list[Actor]) -> tuple[Actor, ...]:
    """Parked vehicles that would stand in one another are left out, the later ones; moving ones keep their lanes."""
    kept: list[Actor] = []
    for actor in actors:
        needed = [(actor.vehicle.shape.length + other.vehicle.shape.length) / 2 + 0.4 for other in kept]
        clash = (
            abs(actor.z - other.z) < room and abs(actor.x - other.x) < 2.0
            for other, room in zip(kept, needed, strict=True)
            if other.speed == 0
        )
        if actor.speed > 0 or not any(clash):
            kept.append(actor)
    return tuple(kept)


def shoot(clip: Clip, seconds: float, rng: np.random.Generator) -> tuple[Picture, Rendered, list[float]]:
    """Take one frame.

    Returns:
        The frame, what the middle of the exposure shows (truth), and each plate's path over the exposure in pixels.
    """
    shares = _INSTANTS if clip.exposure_s > _LONG_S else _FEW_INSTANTS
    moments = [seconds + share * clip.exposure_s for share in shares]
    instants = [(clip.at(moment), clip.view(moment)) for moment in moments]
    rendered = render(clip.at(seconds), clip.view(seconds), instants=instants)
    paths = [_path(clip, plate, seconds) for plate in rendered.plates]
    return expose(rendered.picture, clip.sensor, rng), rendered, paths


def _path(clip: Clip, plate: PlateView, seconds: float) -> float:
    """How far the middle of a plate goes over the picture while the shutter is open, pixels."""
    ends = []
    for moment in (seconds - clip.exposure_s / 2, seconds + clip.exposure_s / 2):
        actor = next(a for a in clip.scene.actors if a.track_id == plate.track_id).later(moment)
        mount = next(m for m in actor.vehicle.mounts if m.facing == plate.facing)
        view = clip.view(moment)
        ends.append(view.through_lens(view.project(plate_corners(actor, mount))).mean(axis=0))
    return float(np.linalg.norm(ends[1] - ends[0]))
