"""Frames out of videos, by their real presentation times."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any

import av
import av.error
import numpy as np
from PIL import Image
from tqdm.auto import tqdm

from workbench import tables
from workbench.collect.measure import quality
from workbench.collect.pictures import clean_source
from workbench.collect.report import CollectReport
from workbench.collect.splits import split_of
from workbench.errors import InputError
from workbench.project import ProjectFolder, files

_JPEG_QUALITY = 95


def collect_video(
    project: ProjectFolder,
    video: str | Path,
    *,
    every_s: float = 0.5,
    source: str | None = None,
    split: str | None = None,
    progress: bool = True,
    who: str | None = None,
) -> CollectReport:
    """Take a frame every `every_s` seconds of a video into a project, unlabelled, as one group.

    The first frame at or after each multiple of `every_s` is taken, by the presentation time the container gives, so
    a variable frame rate or a jump shifts nothing. A clip that ends in garbage yields all frames before it and a
    problem.

    Args:
        project: where to.
        video: the file.
        every_s: seconds between frames.
        source: by default ``video``.
        split: by default the group's own, by hash.
        progress: show a bar.
        who: for the events; by default the user's login name.

    Raises:
        InputError: if the file is not there, is no video, or `every_s` is not above 0.
    """
    path = Path(video).expanduser()
    if not path.is_file():
        raise InputError(f"{path} does not exist; give a video file")
    if not every_s > 0:
        raise InputError(f"every_s is {every_s}; expected seconds above 0")
    if split is not None and split not in tables.SPLITS:
        raise InputError(f"split is {split!r}; expected one of {', '.join(tables.SPLITS)}")
    source = clean_source(source or "video")
    sha256 = files.sha256_of(path)
    group = f"clip-{sha256[:12]}"
    name = unicodedata.normalize("NFC", path.name.encode(errors="replace").decode())
    stem = f"{PurePath(name).stem}-{sha256[:6]}"
    problems: list[dict[str, Any]] = []
    rows: list[dict[str, Any]] = []
    with project.lock("collect"), _open(path) as container:
        images = project.images()
        there = set(images["image_id"])
        of_group = images.loc[images["group_id"] == group, "split"]
        split = of_group.iloc[0] if len(of_group) else split or split_of(group)
        already = 0
        frames = _picked(container, every_s, problems, name)
        for time_s, frame in tqdm(frames, desc=f"frames of {name}", unit="frame", disable=not progress):
            image_id = f"{source}/{stem}/{time_s:010.3f}s.jpg"
            if image_id in there:
                already += 1
                continue
            rows.append(_save(project, image_id, frame, group=group, source=source, split=split, time_s=time_s))
        images = tables.from_rows("images", rows)
        project.store.add_images(images, tables.empty("boxes"), who=who, action="collect video")
    return CollectReport(source, images, 0, 0, already, tables.from_rows("problems", problems))


def _save(
    project: ProjectFolder, image_id: str, frame: Image.Image, *, group: str, source: str, split: str, time_s: float
) -> dict[str, Any]:
    buffer = BytesIO()
    frame.save(buffer, "JPEG", quality=_JPEG_QUALITY)
    target = project.pictures / image_id
    files.write_bytes(target, buffer.getvalue())
    sharpness, brightness, contrast = quality(np.asarray(frame.convert("L")))
    return {
        "image_id": image_id,
        "path": f"pictures/{image_id}",
        "sha256": files.sha256_of(target),
        "width": frame.width,
        "height": frame.height,
        "source": source,
        "group_id": group,
        "frame_s": time_s,
        "split": split,
        "label_status": "unlabelled",
        "sharpness": sharpness,
        "brightness": brightness,
        "contrast": contrast,
    }


@contextmanager
def _open(path: Path) -> Iterator[Any]:
    try:
        container = av.open(str(path))
    except (av.error.FFmpegError, OSError) as error:
        raise InputError(f"{path} is no video that can be read ({error}); check the file") from error
    with container:
        if not container.streams.video:
            raise InputError(f"{path} holds no picture track; check the file")
        yield container


def _picked(
    container: Any, every_s: float, problems: list[dict[str, Any]], name: str
) -> Iterator[tuple[float, Image.Image]]:
    stream = container.streams.video[0]
    stream.thread_type = "AUTO"
    next_index, first = 0, None
    try:
        for frame in container.decode(stream):
            if frame.time is None:
                continue
            time_s = float(frame.time)
            first = time_s if first is None else first
            # Half a millisecond of grace: container times are rounded to their time base.
            if time_s - first + 0.0005 < next_index * every_s:
                continue
            next_index = int((time_s - first + 0.0005) / every_s) + 1
            image = frame.to_image()
            if frame.rotation:
                image = image.rotate(frame.rotation, expand=True)
            # A stream may start below zero; a picture's time counts from its start then.
            yield time_s - min(first, 0.0), image
    except av.error.FFmpegError as error:
        end = "before its first frame" if first is None else f"after {time_s:.3f} s"
        message = f"the video cannot be decoded {end} ({error}); every frame before that was looked at"
        problems.append(_damaged(name, message, "use the frames that came in, or repair the file"))
    else:
        if first is None:
            problems.append(_damaged(name, "not one frame of the video can be decoded", "repair or copy the file anew"))


def _damaged(name: str, message: str, fix: str) -> dict[str, Any]:
    return {"code": "video-damaged", "severity": "warning", "file": name, "message": message, "fix": fix}
