from __future__ import annotations

import json
import os
import struct
import unicodedata
import wave
from collections.abc import Callable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import av
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from workbench.collect import collect_video
from workbench.errors import InputError
from workbench.project import ProjectFolder
from workbench.project.files import sha256_of

MS = Fraction(1, 1000)
TIMES = [0, 40, 100, 390, 420, 700, 1000, 1010, 2300, 2350, 2600]
WIDTH, HEIGHT = 64, 48


def grey(number: int) -> np.ndarray[Any, Any]:
    return np.full((HEIGHT, WIDTH, 3), 20 * number, np.uint8)


def left_white(_: int) -> np.ndarray[Any, Any]:
    pixels = np.zeros((HEIGHT, WIDTH, 3), np.uint8)
    pixels[:, : WIDTH // 2] = 255
    return pixels


def slope(_: int) -> np.ndarray[Any, Any]:
    """From dark to light and from red to blue."""
    across, down = np.meshgrid(np.linspace(0, 255, WIDTH), np.linspace(0, 255, HEIGHT))
    return np.stack([across, (across + down) / 2, down], axis=2).astype(np.uint8)


def film(
    path: Path,
    times_ms: Sequence[int] = TIMES,
    *,
    codec: str = "mpeg4",
    draw: Callable[[int], np.ndarray[Any, Any]] = grey,
    **options: str,
) -> Path:
    """Write a video whose frames are shown at these milliseconds; frame n is a grey of 20 n."""
    with av.open(str(path), "w", options=options) as container:
        stream = container.add_stream(codec, rate=1000)
        stream.width, stream.height = WIDTH, HEIGHT
        stream.pix_fmt = "yuvj420p" if codec == "mjpeg" else "yuv420p"
        stream.codec_context.time_base = MS
        for number, time in enumerate(times_ms):
            frame = av.VideoFrame.from_ndarray(draw(number), format="rgb24")
            frame.pts, frame.time_base = time, MS
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path


def by_hand(times_ms: Sequence[int], every_ms: int) -> list[int]:
    """The first time at or after each multiple of the step, counted from the first frame."""
    first = times_ms[0]
    steps = range(0, times_ms[-1] - first + 1, every_ms)
    return sorted({next(time for time in times_ms if time - first >= step) for step in steps})


def collect(project: ProjectFolder, path: Path, **options: Any):
    return collect_video(project, path, progress=False, **options)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.avi"])
@pytest.mark.parametrize("every_s", [0.1, 0.5, 1.0, 60.0])
def test_collect_video__takes_the_frames_of_the_right_seconds(name, every_s, home, tmp_path):
    report = collect(home, film(tmp_path / name), every_s=every_s)
    images = home.images()
    wanted = by_hand(TIMES, round(1000 * every_s))
    assert images["frame_s"].tolist() == pytest.approx([time / 1000 for time in wanted], abs=1e-6)
    assert images["brightness"].tolist() == pytest.approx([20 * TIMES.index(time) for time in wanted], abs=4)
    assert (len(report.added), report.already, len(report.problems)) == (len(wanted), 0, 0)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    return ProjectFolder.create(tmp_path_factory.mktemp("shared") / "p", classes=["plate"])


@given(
    steps_ms=st.lists(st.integers(1, 700), min_size=1, max_size=7),
    start_ms=st.sampled_from([0, 0, 250, 1234]),
    every_ms=st.sampled_from([30, 100, 333, 500]),
)
def test_collect_video__equals_a_plain_loop(shared, tmp_path_factory, steps_ms, start_ms, every_ms):
    folder = tmp_path_factory.mktemp("v")
    times = [start_ms + sum(steps_ms[:count]) for count in range(len(steps_ms))]
    video = film(folder / "a.mkv", times, codec="mjpeg")
    report = collect(shared, video, every_s=every_ms / 1000, source=folder.name)
    frames_ms = [round(1000 * second) for second in report.added["frame_s"]]
    # Matroska may move the whole film to its first frame; the distances stay.
    assert [time - frames_ms[0] for time in frames_ms] == [time - times[0] for time in by_hand(times, every_ms)]


def test_collect_video__times_that_were_rounded_lose_no_frame(home, tmp_path):
    """Matroska knows milliseconds: at 30 frames a second it says 33 where 33.3 is meant."""
    times = [0, 33, 67, 100, 133, 167, 200]
    collect(home, film(tmp_path / "a.mkv", times), every_s=1 / 30)
    assert home.images()["frame_s"].tolist() == [time / 1000 for time in times]


def test_collect_video__keeps_what_the_video_shows(home, tmp_path):
    video = film(tmp_path / "a.mp4", [0], draw=slope)
    collect(home, video)
    with av.open(str(video)) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(float)
    with Image.open(home.root / home.images()["path"].iloc[0]) as picture:
        assert np.abs(np.asarray(picture.convert("RGB")) - shown).mean() < 1.5


def test_collect_video__enters_what_a_frame_is(home, tmp_path):
    video = film(tmp_path / "drive.mp4")
    report = collect(home, video, who="ann")
    digits = sha256_of(video)
    images = home.images()
    assert images["image_id"].iloc[1] == f"video/drive-{digits[:6]}/000000.700s.jpg"
    assert set(images["group_id"]) == {f"clip-{digits[:12]}"}
    assert set(images["label_status"]) == {"unlabelled"}
    assert set(images["source"]) == {report.source} == {"video"}
    assert images["split"].nunique() == 1
    for row in images.itertuples():
        path = home.root / row.path
        assert row.sha256 == sha256_of(path)
        with Image.open(path) as picture:
            assert picture.size == (row.width, row.height) == (WIDTH, HEIGHT)
    assert set(home.store.events(images["image_id"].iloc[0])["who"]) == {"ann"}


def test_collect_video__again_adds_nothing(home, tmp_path):
    video = film(tmp_path / "a.mp4")
    collect(home, video)
    before = home.images(), home.store.events()
    report = collect(home, video)
    assert (len(report.added), report.already) == (0, 5)
    assert home.images().equals(before[0])
    assert home.store.events().equals(before[1])


def test_collect_video__a_finer_step_adds_the_frames_between_in_the_same_split(home, tmp_path):
    video = film(tmp_path / "a.mp4")
    collect(home, video, every_s=1.0, split="val")
    few = set(home.images()["image_id"])
    report = collect(home, video, every_s=0.1, split="train")
    assert report.already == len(few)
    assert few < set(home.images()["image_id"])
    assert set(home.images()["split"]) == {"val"}
    assert home.images()["group_id"].nunique() == 1


def test_collect_video__two_videos_of_one_name_are_two_groups(home, tmp_path):
    for folder, times in (("one", TIMES), ("two", TIMES[:6])):
        (tmp_path / folder).mkdir()
        collect(home, film(tmp_path / folder / "a.mp4", times))
    assert home.images().groupby("group_id").size().tolist() in ([5, 2], [2, 5])


def test_collect_video__turns_a_portrait_video_upright(home, tmp_path):
    video = film(tmp_path / "phone.mp4", [0], draw=left_white)
    content = bytearray(video.read_bytes())
    # The matrix of ISO 14496-12's track header as a phone held upright writes it: a quarter turn clockwise.
    place = content.index(b"tkhd") + 44
    content[place : place + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, HEIGHT << 16, 0, 1 << 30)
    video.write_bytes(content)
    collect(home, video)
    row = home.images().iloc[0]
    assert (row["width"], row["height"]) == (HEIGHT, WIDTH)
    with Image.open(home.root / row["path"]) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert pixels[: WIDTH // 2 - 4].min() > 240  # What was left is on top now.
    assert pixels[WIDTH // 2 + 4 :].max() < 15


def test_collect_video__counts_from_the_start_where_a_stream_begins_below_zero(home, tmp_path):
    video = film(tmp_path / "a.ts", [-500, -40, 100, 390, 700], avoid_negative_ts="disabled")
    collect(home, video)
    assert home.images()["frame_s"].tolist() == pytest.approx([0.0, 0.6, 1.2], abs=0.001)


@pytest.mark.parametrize("name", ["번호판 영상.mp4", "a#b=c 1.mp4"])
def test_collect_video__keeps_names_composed(name, home, tmp_path):
    collect(home, film(tmp_path / unicodedata.normalize("NFD", name), [0]))
    image_id = home.images()["image_id"].iloc[0]
    assert image_id.startswith(f"video/{unicodedata.normalize('NFC', name).removesuffix('.mp4')}-")
    assert (home.pictures / image_id).is_file()


def test_collect_video__a_name_that_is_no_text(home, tmp_path):
    named = tmp_path / os.fsdecode("차.mp4".encode("cp949"))
    try:
        film(tmp_path / "a.mp4", [0]).rename(named)
    except OSError:
        pytest.skip("this disk takes UTF-8 names only")
    report = collect(home, named)
    json.dumps(report.to_json_dict(), ensure_ascii=False).encode()
    assert len(home.images()) == 1


def test_collect_video__what_comes_before_garbage_is_kept_and_told(home, tmp_path):
    video = film(tmp_path / "a.mkv", codec="mjpeg")
    content = video.read_bytes()
    half = len(content) // 2
    video.write_bytes(content[:half] + np.random.default_rng(0).bytes(half))
    report = collect(home, video, every_s=0.1)
    assert home.images()["frame_s"].tolist() == [0.0, 0.1, 0.39, 0.42]
    assert report.problems[["code", "severity", "file"]].to_numpy().tolist() == [["video-damaged", "warning", "a.mkv"]]
    assert "after 0.420 s" in report.problems["message"].iloc[0]


def test_collect_video__no_frame_at_all_is_told(home, tmp_path):
    video = film(tmp_path / "a.mp4", codec="libx264", movflags="faststart")
    content = video.read_bytes()
    video.write_bytes(content[: content.index(b"mdat") + 4])
    report = collect(home, video)
    assert home.images().empty
    assert report.problems["code"].tolist() == ["video-damaged"]
    assert "not one frame" in report.problems["message"].iloc[0]


def sound(path: Path) -> Path:
    with wave.open(str(path), "wb") as file:
        file.setparams((1, 2, 8000, 0, "NONE", ""))
        file.writeframes(bytes(1600))
    return path


@pytest.mark.parametrize(
    ("make", "options", "match"),
    [
        (lambda path: path, {}, "does not exist"),
        (lambda path: path.parent, {}, "does not exist"),
        (lambda path: path.write_text("번호판 " * 99) and path, {}, "is no video that can be read"),
        (lambda path: path.write_bytes(b"") or path, {}, "is no video that can be read"),
        (lambda path: sound(path.with_suffix(".wav")), {}, "holds no picture track"),
        (film, {"every_s": 0}, "every_s is 0; expected seconds above 0"),
        (film, {"every_s": float("nan")}, "every_s is nan"),
        (film, {"split": "dev"}, "split is 'dev'; expected one of"),
        (film, {"source": "a/b"}, "not usable as a folder name"),
    ],
    ids=["missing", "folder", "text", "empty", "sound", "every 0", "every nan", "split", "source"],
)
def test_collect_video__refuses(make, options, match, home, tmp_path):
    with pytest.raises(InputError, match=match) as caught:
        collect(home, make(tmp_path / "a.mp4"), **options)
    assert "\n" not in str(caught.value)
    assert home.images().empty
    assert not list(home.pictures.iterdir())
