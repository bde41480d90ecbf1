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

from workbench.collect import bring_videos as videos
from workbench.collect import collect_pictures, collect_video
from workbench.model.errors import InputError
from workbench.pictures import Video
from workbench.project import ProjectFolder
from workbench.project.files import sha256_of
from workbench.version import freeze_test

from .scenes import scene

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
    return collect_video(project, path, **options)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.mov", "a.avi"])
@pytest.mark.parametrize("every_s", [0.1, 0.5, 1.0, 60.0])
def test_collect_video__takes_the_frames_of_the_right_seconds(name, every_s, home, tmp_path):
    report = collect(home, film(tmp_path / name), every_s=every_s)
    images = home.images
    wanted = by_hand(TIMES, round(1000 * every_s))
    assert images["frame_s"].tolist() == pytest.approx([time / 1000 for time in wanted], abs=1e-6)
    assert images["brightness"].tolist() == pytest.approx([20 * TIMES.index(time) for time in wanted], abs=4)
    assert (len(report.added), report.already, len(report.problems)) == (len(wanted), 0, 0)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> ProjectFolder:
    return ProjectFolder.create(tmp_path_factory.mktemp("shared") / "p", classes=["plate"])


@pytest.mark.slow
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
    assert home.images["frame_s"].tolist() == [time / 1000 for time in times]


def test_collect_video__keeps_what_the_video_shows(home, tmp_path):
    video = film(tmp_path / "a.mp4", [0], draw=slope)
    collect(home, video)
    with av.open(str(video)) as container:
        shown = next(container.decode(video=0)).to_ndarray(format="rgb24").astype(float)
    with Image.open(home.root / home.images["path"].iloc[0]) as picture:
        assert np.abs(np.asarray(picture.convert("RGB")) - shown).mean() < 1.5


def test_collect_video__enters_what_a_frame_is(home, tmp_path):
    video = film(tmp_path / "drive.mp4")
    report = collect(home, video, who="ann")
    digits = sha256_of(video)
    images = home.images
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
    before = home.images, home.store.events()
    report = collect(home, video)
    assert (len(report.added), report.already) == (0, 5)
    assert home.images.equals(before[0])
    assert home.store.events().equals(before[1])


def test_collect_video__a_finer_step_adds_the_frames_between_in_the_same_split(home, tmp_path):
    video = film(tmp_path / "a.mp4")
    collect(home, video, every_s=1.0, split="val")
    few = set(home.images["image_id"])
    report = collect(home, video, every_s=0.1, split="train")
    assert report.already == len(few)
    assert few < set(home.images["image_id"])
    assert set(home.images["split"]) == {"val"}
    assert home.images["group_id"].nunique() == 1


def test_collect_video__two_videos_of_one_name_are_two_groups(home, tmp_path):
    for folder, times in (("one", TIMES), ("two", TIMES[:6])):
        (tmp_path / folder).mkdir()
        collect(home, film(tmp_path / folder / "a.mp4", times))
    assert home.images.groupby("group_id").size().tolist() in ([5, 2], [2, 5])


def test_collect_video__turns_a_portrait_video_upright(home, tmp_path):
    video = film(tmp_path / "phone.mp4", [0], draw=left_white)
    content = bytearray(video.read_bytes())
    # The matrix of ISO 14496-12's track header as a phone held upright writes it: a quarter turn clockwise.
    place = content.index(b"tkhd") + 44
    content[place : place + 36] = struct.pack(">9i", 0, 1 << 16, 0, -1 << 16, 0, 0, HEIGHT << 16, 0, 1 << 30)
    video.write_bytes(content)
    collect(home, video)
    row = home.images.iloc[0]
    assert (row["width"], row["height"]) == (HEIGHT, WIDTH)
    with Image.open(home.root / row["path"]) as picture:
        pixels = np.asarray(picture.convert("L"))
    assert pixels[: WIDTH // 2 - 4].min() > 240  # What was left is on top now.
    assert pixels[WIDTH // 2 + 4 :].max() < 15


def test_collect_video__counts_from_the_start_where_a_stream_begins_below_zero(home, tmp_path):
    video = film(tmp_path / "a.ts", [-500, -40, 100, 390, 700], avoid_negative_ts="disabled")
    collect(home, video)
    assert home.images["frame_s"].tolist() == pytest.approx([0.0, 0.6, 1.2], abs=0.001)


@pytest.mark.parametrize("name", ["번호판 영상.mp4", "a#b=c 1.mp4"])
def test_collect_video__keeps_names_composed(name, home, tmp_path):
    collect(home, film(tmp_path / unicodedata.normalize("NFD", name), [0]))
    image_id = home.images["image_id"].iloc[0]
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
    assert len(home.images) == 1


def test_collect_video__what_comes_before_garbage_is_kept_and_told(home, tmp_path):
    video = film(tmp_path / "a.mkv", codec="mjpeg")
    content = video.read_bytes()
    half = len(content) // 2
    video.write_bytes(content[:half] + np.random.default_rng(0).bytes(half))
    report = collect(home, video, every_s=0.1)
    assert home.images["frame_s"].tolist() == [0.0, 0.1, 0.39, 0.42]
    assert report.problems[["code", "severity", "file"]].to_numpy().tolist() == [["video-damaged", "warning", "a.mkv"]]
    assert "after 0.420 s" in report.problems["message"].iloc[0]


def test_collect_video__no_frame_at_all_is_told(home, tmp_path):
    video = film(tmp_path / "a.mp4", codec="libx264", movflags="faststart")
    content = video.read_bytes()
    video.write_bytes(content[: content.index(b"mdat") + 4])
    report = collect(home, video)
    assert home.images.empty
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
    assert home.images.empty
    assert not list(home.pictures.iterdir())


def own_list(video: Path) -> list[float]:
    """PyAV's plain list of frame times, decoded in one go."""
    with av.open(str(video)) as container:
        return [float(frame.time) for frame in container.decode(video=0)]


def packet_times(video: Path) -> list[float]:
    """The times that the container's index gives its packets, in the order of presentation; nothing is decoded."""
    with av.open(str(video)) as container:
        base = container.streams.video[0].time_base
        return sorted(float(p.pts * base) for p in container.demux(video=0) if p.pts is not None)


@pytest.mark.parametrize("name", ["parkpow_tollgate_vfr.mp4", "uk_roundabout_rain.mp4"])
def test_real__times_are_the_containers(name, real_data):
    video = real_data / "videos" / name
    with Video(video) as film_:
        times = [frame.time_s for frame in film_]
        assert film_.problems() == []
    assert len(times) == len(own_list(video)) == len(packet_times(video))
    np.testing.assert_allclose(times, own_list(video), atol=0.0005)
    np.testing.assert_allclose(times, packet_times(video), atol=0.0005)


def test_real__half_seconds_across_a_variable_rate_and_a_jump(home, real_data):
    video = real_data / "videos" / "parkpow_tollgate_vfr.mp4"
    collect(home, video, every_s=0.5)
    times = packet_times(video)
    wanted = by_hand([round(1000 * time) for time in times], 500)
    found = home.images["frame_s"].to_numpy()
    np.testing.assert_allclose(1000 * found, wanted, atol=1)
    # Each is the first frame at or after its half second: later by one step of the container (167 ms) at most.
    late = found - found[0] - 0.5 * np.round((found - found[0] - 0.08) / 0.5)
    assert late.min() > -0.001
    assert late.max() < 0.17
    assert len(found) == int((times[-1] - times[0]) / 0.5) + 1


@pytest.mark.slow
def test_real__the_end_cut_off_and_garbage_in_its_place(home, real_data, tmp_path):
    video = tmp_path / "a.mkv"
    with av.open(str(real_data / "videos" / "uk_roundabout_rain.mp4")) as source, av.open(str(video), "w") as target:
        stream = target.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(video=0):
            if packet.dts is not None:
                packet.stream = stream
                target.mux(packet)
    whole = own_list(video)
    content = video.read_bytes()
    keep = int(0.7 * len(content))
    video.write_bytes(content[:keep] + np.random.default_rng(0).bytes(len(content) - keep))
    report = collect(home, video, every_s=0.001)
    times = home.images["frame_s"].to_numpy()
    # Every frame before the garbage is there: 70 % of the bytes are about 70 % of the frames.
    assert len(times) > 0.6 * len(whole)
    np.testing.assert_allclose(times, whole[: len(times)], atol=0.0015)
    assert set(report.problems["code"]) == {"video-damaged"}
    assert "every frame before that was looked at" in report.problems["message"].iloc[0]


@pytest.mark.parametrize("cut", [0, 1], ids=["one film", "two scenes"])
def test_pick__by_scene(cut, home, tmp_path):
    times = [40 * number for number in range(40)]
    video = film(
        tmp_path / "a.mkv", times, codec="mjpeg", draw=lambda n: slope(n) if n < 20 or not cut else 255 - slope(n)
    )
    collect(home, video, pick="scene", every_s=0.1)
    assert home.images["frame_s"].tolist() == ([0.0, 0.8] if cut else [0.0])


@pytest.mark.parametrize(("pick", "wanted"), [("sharpest", [0.12, 0.52]), ("softest", [0.28, 0.68])])
def test_pick__the_sharpest_of_a_window_or_the_softest(pick, wanted, home, tmp_path):
    def draw(number: int) -> np.ndarray[Any, Any]:
        stripes = np.indices((HEIGHT, WIDTH)).sum(axis=0) // 4 % 2
        height = {3: 120, 7: 8}.get(number % 10, 60)
        return np.repeat((100 + height * stripes)[..., None], 3, axis=2).astype(np.uint8)

    video = film(tmp_path / "a.mkv", [40 * number for number in range(20)], codec="mjpeg", draw=draw)
    collect(home, video, pick=pick, every_s=0.4)
    assert home.images["frame_s"].tolist() == wanted


def test_pick__only_what_looks_different(home, tmp_path):
    def draw(number: int) -> np.ndarray[Any, Any]:
        return np.asarray(scene([1, 1, 2, 1, 3, 2][number // 5], (WIDTH, HEIGHT)))

    video = film(tmp_path / "a.mkv", [40 * number for number in range(30)], codec="mjpeg", draw=draw)
    collect(home, video, pick="different", every_s=0.04)
    assert home.images["frame_s"].tolist() == [0.0, 0.4, 0.8]
    assert collect(home, video, pick="different", every_s=0.04).already == 3


def test_collect_video__a_frame_of_a_test_picture_is_left_out(home, tmp_path):
    (tmp_path / "test").mkdir()
    scene(2, (320, 240)).save(tmp_path / "test" / "a.png")
    collect_pictures(home, tmp_path / "test", split="test")

    def draw(number: int) -> np.ndarray[Any, Any]:
        return np.asarray(scene(number // 5, (320, 240)))

    video = tmp_path / "a.mkv"
    with av.open(str(video), "w") as container:
        stream = container.add_stream("mjpeg", rate=25)
        stream.width, stream.height, stream.pix_fmt = 320, 240, "yuvj420p"
        for number in range(20):
            container.mux(stream.encode(av.VideoFrame.from_ndarray(draw(number), format="rgb24")))
        container.mux(stream.encode())
    report = collect(home, video, every_s=0.2, split="train")
    assert home.images.query("split == 'train'")["frame_s"].tolist() == [0.0, 0.2, 0.6]
    assert report.problems["code"].tolist() == ["duplicate-across-splits"]
    assert "0.400 s" in report.problems["message"].iloc[0]
    assert len(list((home.pictures / "video").rglob("*.jpg"))) == 3
    with home.store.transaction() as db:
        db.execute("UPDATE images SET label_status = 'empty'")
    freeze_test(home, "street", split="train")
    with pytest.raises(InputError, match="the split 'train' is the frozen test 'street'"):
        collect(home, video, split="train")
    again = collect(home, video, every_s=0.1)
    assert (again.already, len(again.added)) == (3, 0)
    assert again.problems["code"].tolist() == ["test-duplicate"]
    assert "5 more frames of the video of the frozen test 'street' were not taken" in again.problems["message"].iloc[0]


def test_collect_video__an_interruption_loses_nothing(home, tmp_path, monkeypatch):
    video = film(tmp_path / "a.mkv", [40 * number for number in range(80)], codec="mjpeg", draw=slope)
    calls = []

    def stop(self: Any, frame: Any) -> None:
        calls.append(frame)
        if len(calls) > 40:
            raise KeyboardInterrupt
        take(self, frame)

    take = videos._Entry.take
    monkeypatch.setattr(videos._Entry, "take", stop)
    with pytest.raises(KeyboardInterrupt):
        collect(home, video, every_s=0.04)
    assert len(home.images) == 32
    monkeypatch.undo()
    report = collect(home, video, every_s=0.04)
    assert (report.already, len(home.images)) == (32, 80)


@pytest.mark.parametrize(
    ("options", "match"),
    [({"pick": "luck"}, "pick is 'luck'; expected one of step"), ({"every_s": -1}, "every_s is -1")],
)
def test_pick__refuses(options, match, home, tmp_path):
    with pytest.raises(InputError, match=match):
        collect(home, film(tmp_path / "a.mp4", [0]), **options)
