"""What the sample consists of: the story's batches in three sizes, as jobs that do not depend on one another.

Every job has its own random numbers, drawn from the seed and the job's place in the list, so neither the number of
workers nor the order in which they finish changes a bit.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal

import cv2
import numpy as np

from workbench.street.draw.camera import encode, expose
from workbench.street.draw.raster import Picture
from workbench.street.plates.plate_truth import PlateView
from workbench.street.scene.clips import FPS, Clip, compose_clip, shoot
from workbench.street.scene.light import Light
from workbench.street.scene.scene import render
from workbench.street.scene.stills import compose_still

Size = Literal["tiny", "quick", "full"]


@dataclass(frozen=True)
class Plan:
    """How much of everything one size holds.

    Attributes:
        photos: of the web search.
        more_photos: of the used-car site.
        many_photos: of both, later on.
        test_stills: never trained on.
        train_clips: number of drives to train from.
        clip_s: seconds of each.
        frames: labelled frames out of them.
        test_clips: number of drives to test on; every frame is labelled.
        test_clip_s: seconds of each.
        pool: unlabelled stills; unlabelled frames of the training clips come on top, as many again at most.
    """

    photos: int
    more_photos: int
    many_photos: int
    test_stills: int
    train_clips: int
    clip_s: float
    frames: int
    test_clips: int
    test_clip_s: float
    pool: int


# full has the story's counts: 50 + 100 + 1,525 = 1,675 photos and 338 frames; quick a tenth of them, the first two
# batches whole.
PLANS: dict[str, Plan] = {
    "tiny": Plan(12, 8, 4, 8, 1, 1.2, 6, 1, 2.0, 4),
    "quick": Plan(50, 100, 18, 60, 4, 2.5, 34, 3, 2.0, 30),
    "full": Plan(50, 100, 1525, 100, 12, 8.0, 338, 4, 5.0, 300),
}
# What happens in each drive, and in which light; training and test drives share nothing but the list of possibilities.
_TRAIN_DRIVES = (
    ("following", "dusk"), ("parked", "rain"), ("oncoming", "cloudy"), ("overtaking", "night"), ("parked", "day"),
    ("following", "evening"), ("oncoming", "night_rain"), ("overtaking", "fog"), ("following", "backlight"),
    ("parked", "night"), ("oncoming", "dusk"), ("overtaking", "rain"),
)  # fmt: skip
_TEST_DRIVES = (("following", "dusk"), ("oncoming", "day"), ("parked", "rain"), ("overtaking", "night"))
_KEYS = {"photos": 1, "more_photos": 2, "test_stills": 3, "train_clip": 4, "test_clip": 5, "pool": 6, "many_photos": 7}
PARTS = ("photos", "more_photos", "many_photos", "frames", "pool", "test_stills", "test_frames")
"""The folders of a sample; the clips come with the frames out of them."""
_SOURCES = {"photos": "web", "more_photos": "used-car"}


@dataclass(frozen=True)
class Job:
    """One picture to make.

    Attributes:
        batch: the kind of job, a key of the random numbers.
        file: where it goes, relative to the sample's folder.
        seed: of the whole sample.
        index: of the still in its batch, or of the clip.
        frame: number of the frame, −1 for a still.
        clip_s: seconds of the clip that the frame is from.
        also: a second place for the same picture.
    """

    batch: str
    file: str
    seed: int
    index: int
    frame: int = -1
    clip_s: float = 0.0
    also: str = ""


def plan_jobs(plan: Plan, seed: int) -> list[Job]:
    """All pictures of a sample, in a fixed order."""
    jobs = [Job("photos", f"photos/web_{i:04d}.jpg", seed, i) for i in range(plan.photos)]
    jobs += [Job("more_photos", f"more_photos/car_{i:04d}.jpg", seed, i) for i in range(plan.more_photos)]
    jobs += [Job("many_photos", f"many_photos/photo_{i:04d}.jpg", seed, i) for i in range(plan.many_photos)]
    jobs += [Job("test_stills", f"test_stills/still_{i:04d}.jpg", seed, i) for i in range(plan.test_stills)]
    jobs += [Job("pool", f"pool/still_{i:04d}.jpg", seed, i) for i in range(plan.pool)]
    count = round(plan.clip_s * FPS)
    total = count * plan.train_clips
    labelled = set(np.linspace(0, total - 1, plan.frames).round().astype(int).tolist())
    rest = [k for k in range(total) if k not in labelled]
    pooled = {rest[i] for i in np.linspace(0, len(rest) - 1, min(plan.pool, len(rest))).round().astype(int)}
    for k in range(total):
        clip, frame = divmod(k, count)
        name = f"train_{clip:02d}_{frame:04d}.jpg"
        also = f"frames/{name}" if k in labelled else f"pool/{name}" if k in pooled else ""
        jobs.append(Job("train_clip", f".raw/train_{clip:02d}/{frame:04d}.png", seed, clip, frame, plan.clip_s, also))
    for clip in range(plan.test_clips):
        for frame in range(round(plan.test_clip_s * FPS)):
            also, raw = f"test_frames/test_{clip:02d}_{frame:04d}.jpg", f".raw/test_{clip:02d}/{frame:04d}.png"
            jobs.append(Job("test_clip", raw, seed, clip, frame, plan.test_clip_s, also))
    return jobs


@dataclass(frozen=True)
class Made:
    """What a job made: the picture's row and its plates' rows, for the truth tables."""

    picture: dict[str, Any]
    plates: tuple[dict[str, Any], ...]


def only_parts(jobs: list[Job], parts: Collection[str], first: int | None) -> list[Job]:
    """The jobs for some folders alone, at most `first` pictures of each; each picture is what it is in the whole."""
    taken = dict.fromkeys(parts, 0)
    chosen = []
    for job in jobs:
        part = (job.also or job.file).split("/")[0]
        if part in taken and (first is None or taken[part] < first):
            taken[part] += 1
            chosen.append(job)
    return chosen


def run_job(folder: Path, job: Job) -> Made:
    """Make one picture, write it, and say what is on it."""
    cv2.setNumThreads(1)
    if job.frame < 0:
        return _still(folder, job)
    return _frame(folder, job)


def _generator(seed: int, *key: int) -> np.random.Generator:
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=key))


def _still(folder: Path, job: Job) -> Made:
    rng = _generator(job.seed, _KEYS[job.batch], job.index)
    source = _SOURCES.get(job.batch) or ("web", "used-car")[job.index % 2]
    while True:
        still = compose_still(rng, source)
        rendered = render(still.scene, still.view)
        if rendered.plates:
            break
    picture = expose(rendered.picture, still.sensor, rng)
    _write(folder / job.file, encode(picture, still.sensor.jpeg))
    rows = [_row(job.file, plate, picture, 2 * still.sensor.defocus_px) for plate in rendered.plates]
    return Made(_picture_row(job.file, picture, source, still.scene.light), tuple(rows))


@lru_cache(maxsize=2)
def _clip(seed: int, batch: str, index: int, clip_s: float) -> Clip:
    drives = _TEST_DRIVES if batch == "test_clip" else _TRAIN_DRIVES
    kind, light = drives[index % len(drives)]
    return compose_clip(_generator(seed, _KEYS[batch], index), seconds=clip_s, light=light, kind=kind)


def _frame(folder: Path, job: Job) -> Made:
    clip = _clip(job.seed, job.batch, job.index, job.clip_s)
    rng = _generator(job.seed, _KEYS[job.batch], job.index, 1 + job.frame)
    seconds = job.frame / FPS
    picture, rendered, paths = shoot(clip, seconds, rng)
    _, raw = cv2.imencode(".png", picture, [cv2.IMWRITE_PNG_COMPRESSION, 1])
    _write(folder / job.file, bytes(raw.tobytes()))
    if job.also:
        _write(folder / job.also, encode(picture, clip.sensor.jpeg))
    soft = 2 * clip.sensor.defocus_px
    rows = [
        _row(job.also, plate, picture, float(np.hypot(path, soft)))
        for plate, path in zip(rendered.plates, paths, strict=True)
    ]
    group = f"clips/train_{job.index:02d}.mp4" if job.batch == "train_clip" else f"test_clips/test_{job.index:02d}.mp4"
    return Made(_picture_row(job.also, picture, "dash-cam", clip.scene.light, group, seconds), tuple(rows))


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _picture_row(
    image_id: str, picture: Picture, source: str, light: Light, group: str = "", frame_s: float | None = None
) -> dict[str, Any]:
    height, width = picture.shape[:2]
    return {
        "image_id": image_id,
        "path": image_id,
        "width": width,
        "height": height,
        "source": source,
        "group_id": group,
        "frame_s": frame_s,
        "time": light.time,
        "weather": light.weather,
        "light": light.name,
    }


def _row(image_id: str, plate: PlateView, picture: Picture, blur_px: float) -> dict[str, Any]:
    x0, y0, x1, y1 = plate.box
    part = picture[int(y0) : max(int(np.ceil(y1)), int(y0) + 1), int(x0) : max(int(np.ceil(x1)), int(x0) + 1)]
    luma = part.reshape(-1, 3).astype(np.float64) @ np.array([0.114, 0.587, 0.299])
    corners = {f"{axis}{i + 1}": float(plate.quad[i, k]) for i in range(4) for k, axis in enumerate("xy")}
    return {
        "image_id": image_id,
        "class_name": "plate",
        "xmin": x0,
        "ymin": y0,
        "xmax": x1,
        "ymax": y1,
        **corners,
        "distance_m": plate.distance_m,
        "angle_h_deg": plate.angle_h_deg,
        "angle_v_deg": plate.angle_v_deg,
        "blur_px": blur_px,
        "brightness": float(luma.mean()),
        "visible": plate.visible,
        "truncated": plate.truncated,
        "kind": plate.kind,
        "text": plate.text,
        "track_id": plate.track_id,
        "facing": plate.facing,
    }
