"""Damaged pictures and videos: no crash, no hang, and each that is lost is named in the report.

A hundred pictures and eight videos by default; WORKBENCH_FUZZ=full makes 2,000 and 200 of them.
"""

from __future__ import annotations

import json
import os
import random
import time

import pytest

from workbench.collect import collect_pictures, collect_video
from workbench.model.errors import InputError
from workbench.project import ProjectFolder

from .scenes import scene
from .test_videos import film

FULL = os.environ.get("WORKBENCH_FUZZ") == "full"
KINDS = {"JPEG": "jpg", "PNG": "png", "BMP": "bmp", "WEBP": "webp", "GIF": "gif", "TIFF": "tif"}
LONGEST_S = 20.0


def damaged(content: bytes, rng: random.Random) -> bytes:
    """Cut short, overwritten in places, with a hole, with bytes put in, or nothing but its beginning."""
    data = bytearray(content)
    way = rng.randrange(6)
    if way == 0:
        return bytes(data[: rng.randrange(len(data))])
    if way == 1:
        for _ in range(rng.randrange(1, 40)):
            data[rng.randrange(len(data))] = rng.randrange(256)
    elif way == 2:
        start = rng.randrange(len(data))
        end = min(start + rng.randrange(1, 4000), len(data))
        data[start:end] = bytes(end - start)
    elif way == 3:
        start = rng.randrange(len(data))
        data[start:] = rng.randbytes(len(data) - start)
    elif way == 4:
        place = rng.randrange(len(data))
        data[place:place] = rng.randbytes(rng.randrange(1, 300))
    else:
        # The header: sizes, tables and lengths that are not true.
        for _ in range(rng.randrange(1, 6)):
            data[rng.randrange(min(len(data), 200))] = rng.randrange(256)
    return bytes(data)


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_collect__damaged_pictures(home, tmp_path):
    rng = random.Random(5)
    folder = tmp_path / "web"
    folder.mkdir()
    whole: list[tuple[str, bytes]] = []
    for kind, suffix in KINDS.items():
        for size in ((64, 48), (300, 200)):
            scene(len(whole), size).save(tmp_path / f"whole.{suffix}", kind)
            whole.append((suffix, (tmp_path / f"whole.{suffix}").read_bytes()))
    count = 2000 if FULL else 100
    for number in range(count):
        suffix, content = rng.choice(whole)
        (folder / f"{number:04}.{suffix}").write_bytes(damaged(content, rng))
    scene(99).save(folder / "whole.jpg")
    start = time.monotonic()
    report = collect_pictures(home, folder)
    assert time.monotonic() - start < LONGEST_S * max(count / 100, 1)
    named = set(report.problems.loc[report.problems["severity"] == "error", "file"])
    taken = {name.removeprefix("web/") for name in report.added["image_id"]}
    assert named | taken == {file.name for file in folder.iterdir()}
    assert not named & taken
    assert "whole.jpg" in taken
    assert len(named) > count / 4, "hardly anything was damaged: nothing was tested"
    assert all(len(message.splitlines()) == 1 for message in report.problems["message"])
    json.dumps(report.to_json_dict())


@pytest.mark.slow
@pytest.mark.timeout(3000)
def test_collect_video__damaged_videos(home, tmp_path):
    rng = random.Random(6)
    whole = []
    for codec, suffix in (("mpeg4", "mp4"), ("libx264", "mp4"), ("mpeg4", "avi"), ("libx264", "mkv"), ("mjpeg", "mov")):
        times = [40 * number for number in range(30)]
        path = film(tmp_path / f"{codec}.{suffix}", times, codec=codec, draw=lambda n: video_frame(n))
        whole.append((suffix, path.read_bytes()))
    count = 200 if FULL else 8
    hurt = fine = 0
    said: list[tuple[str, str]] = []
    for number in range(count):
        suffix, content = rng.choice(whole)
        file = tmp_path / f"damaged-{number:03}.{suffix}"
        file.write_bytes(damaged(content, rng))
        start = time.monotonic()
        try:
            report = collect_video(home, file, every_s=0.1)
        except InputError as error:
            said.append((file.name, str(error)))
        else:
            damaged_rows = report.problems[report.problems["code"] == "video-damaged"]
            assert set(damaged_rows["file"]) <= {file.name}
            assert len(report.added) or len(report.problems), "nothing came in, and nothing was said"
            hurt, fine = hurt + bool(len(damaged_rows)), fine + (not len(damaged_rows))
        assert time.monotonic() - start < LONGEST_S
    assert all(name in message and len(message.splitlines()) == 1 for name, message in said)
    assert len(said) + hurt + fine == count
    assert len(said) + hurt > count / 10
    ProjectFolder.open(home.root)


def video_frame(number):
    import numpy as np

    return np.asarray(scene(number // 6, (64, 48)))
