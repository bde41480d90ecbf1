"""Video: a dash-cam drives through a street; vehicles come towards it, go before it, stand at the kerb.

Every frame's blur comes from what really moved while the shutter was open: the frame is the mean of several pictures
taken within the exposure.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import cv2
import numpy as np

from workbench.sample.camera import Sensor, expose, video_sensor
from workbench.sample.light import LIGHTS
from workbench.sample.pinhole import Pinhole
from workbench.sample.raster import Picture
from workbench.sample.scene import Actor, PlateView, Rendered, Scene, plate_corners, render
from workbench.sample.street import random_street
from workbench.sample.vehicles import random_vehicle

WIDTH, HEIGHT, FPS = 640, 360, 10
_STILL_PX = 1.2


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
    """

    scene: Scene
    focal: float
    eye: tuple[float, float, float]
    speed: float
    shake: tuple[tuple[float, float, float], ...]
    exposure_s: float
    sensor: Sensor

    def view(self, seconds: float) -> Pinhole:
        """The camera at a moment."""
        swing = [a * float(np.sin(2 * np.pi * f * seconds + p)) for a, f, p in self.shake]
        x, y, z = self.eye
        return Pinhole(
            WIDTH, HEIGHT, self.focal, (x, y, z + self.speed * seconds), swing[0] + swing[1], swing[2] + swing[3] - 0.03
        )

    def at(self, seconds: float) -> Scene:
        """The scene at a moment."""
        actors = tuple(actor.later(seconds) for actor in self.scene.actors)
        return Scene(self.scene.street, actors, self.scene.light, self.scene.props)


def compose_clip(rng: np.random.Generator, *, seconds: float, light: str) -> Clip:
    """Set up a drive long enough for so many seconds in one of `workbench.sample.light.LIGHTS`."""
    speed = float(rng.uniform(6.0, 11.0))
    length = speed * seconds
    street = random_street(rng, reach=(-10.0, length + 110.0))
    lane = street.half_width / 2
    actors: list[Actor] = []

    def add(x: float, z: float, heading: float, pace: float) -> None:
        actors.append(Actor(random_vehicle(rng), x, z, heading, pace, track_id=len(actors) + 1))

    add(lane + float(rng.normal(0, 0.2)), float(rng.uniform(9.0, 13.0)), 0.0, speed + float(rng.uniform(-0.4, 0.8)))
    for number in range(max(2, round(seconds / 1.8))):
        pace = float(rng.uniform(5.0, 11.0))
        meets_after = (number + 0.6) * seconds / max(2, round(seconds / 1.8))
        add(-lane + float(rng.normal(0, 0.3)), 10 + (speed + pace) * meets_after, np.pi, pace)
    for side, heading in ((1, 0.0), (-1, np.pi)):
        z = float(rng.uniform(8, 16))
        while z < length + 60:
            if rng.random() < 0.6:
                x = side * (street.half_width - 1.1)
                add(x, z, heading + float(rng.normal(0, 0.06)) + (np.pi if rng.random() < 0.15 else 0.0), 0.0)
            z += float(rng.uniform(7.0, 16.0))
    dark = light in ("dusk", "night")
    shake = tuple(
        (float(rng.uniform(0.001, 0.004)), float(rng.uniform(1.5, 6.0)), float(rng.uniform(0, 6.28))) for _ in range(4)
    )
    return Clip(
        Scene(street, tuple(actors), LIGHTS[light]),
        focal=float(rng.uniform(470, 560)),
        eye=(lane, float(rng.uniform(1.2, 1.7)), 0.0),
        speed=speed,
        shake=shake,
        exposure_s=1 / 20 if dark else 1 / 30,
        sensor=video_sensor(rng, dark=dark),
    )


def shoot(clip: Clip, seconds: float, rng: np.random.Generator) -> tuple[Picture, Rendered, list[float]]:
    """Take one frame.

    Returns:
        The frame, what the middle of the exposure shows (truth), and each plate's path over the exposure in pixels.
    """
    middle = render(clip.at(seconds), clip.view(seconds))
    paths = [_path(clip, plate, seconds) for plate in middle.plates]
    blurred = middle.picture
    if max(paths, default=0.0) > _STILL_PX:
        total = blurred.astype(np.float32)
        for share in (-1 / 3, 1 / 3):
            moment = seconds + share * clip.exposure_s
            total += render(clip.at(moment), clip.view(moment), supersample=1).picture
        blurred = np.asarray(np.round(total / 3), dtype=np.uint8)
    return expose(blurred, clip.sensor, rng), middle, paths


def _path(clip: Clip, plate: PlateView, seconds: float) -> float:
    """How far the middle of a plate goes over the picture while the shutter is open, pixels."""
    ends = []
    for moment in (seconds - clip.exposure_s / 2, seconds + clip.exposure_s / 2):
        actor = next(a for a in clip.scene.actors if a.track_id == plate.track_id).later(moment)
        mount = next(m for m in actor.vehicle.mounts if m.facing == plate.facing)
        ends.append(clip.view(moment).project(plate_corners(actor, mount)).mean(axis=0))
    return float(np.linalg.norm(ends[1] - ends[0]))


def write_mp4(file: Path, frames: list[Path], *, fps: int = FPS) -> None:
    """Join frame files to an mp4 (H.264, one thread: the same bytes each time)."""
    import av

    with av.open(str(file), "w") as container:
        stream = container.add_stream("libx264", rate=fps, options={"crf": "24", "preset": "veryfast"})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        stream.codec_context.thread_count = 1
        for number, frame_file in enumerate(frames):
            picture = cv2.imdecode(np.fromfile(frame_file, dtype=np.uint8), cv2.IMREAD_COLOR)
            frame = av.VideoFrame.from_ndarray(np.asarray(picture, dtype=np.uint8), format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
