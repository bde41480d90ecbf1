from __future__ import annotations

import re

import cv2
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.analyse import watched
from workbench.model.geometry import CORNERS
from workbench.show import video_page
from workbench.show.pages.video_drawing import Bar, Row, bars_of, timeline


def bars(page):
    """What the bars of a timeline say."""
    return re.findall(r"<title>(object [^<]*|false alarms[^<]*)</title>", page)


@pytest.fixture
def clip(tmp_path):
    """Ten frames; one object is found in all but the fifth, another in one frame only."""
    for i in range(10):
        cv2.imwrite(str(tmp_path / f"{i}.jpg"), np.full((90, 160, 3), 20 * i, dtype=np.uint8))
    images = pd.DataFrame({"image_id": [f"f{i}" for i in range(10)], "path": [f"{i}.jpg" for i in range(10)]})
    images["frame_s"] = np.arange(10) / 10
    rows = [[f"f{i}", "x", 0.9, 10 + i, 10, 50 + i, 30] for i in range(10) if i != 4]
    rows.append(["f7", "x", 0.6, 100, 60, 140, 80])
    return tmp_path, images, pd.DataFrame(rows, columns=["image_id", "class_name", "confidence", *CORNERS])


def test_video_page__figures_tracks_and_frames(clip):
    root, images, predictions = clip
    page = video_page(watched(images, predictions, frames_per_second=40.0), images, root=root, title="<clip>")
    assert "&lt;clip&gt;" in page
    for said in ("an object is lost here and found again", "found for one or two frames only", "found for long"):
        assert page.count(f" s: {said}</figcaption>") == 1
    assert "0.40 s: an object is lost here" in page
    assert "<dd>4 ×<small>40 frames a second, the video has 10</small></dd>" in page
    assert "<dd>2<small>1 of them found in 2 frames at most</small></dd>" in page
    # Three frames to look at, each object at its surest, and the whole video of ten frames.
    assert page.count("<img ") == 3 + 2 + 10
    assert bars(page) == [
        "object 0: found from 0.00 to 0.40 s",
        "object 0: not found from 0.40 to 0.50 s",
        "object 0: found from 0.50 to 1.00 s",
        "object 1: found from 0.70 to 0.80 s",
    ]
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)


def test_video_page__nothing_found_and_a_frame_that_is_gone(clip):
    root, images, predictions = clip
    page = video_page(watched(images, predictions.iloc[:0]), images, root=root, title="t")
    assert "Nothing was found at this confidence." in page
    (root / "7.jpg").unlink()
    assert "cannot be read any more" in video_page(watched(images, predictions), images, root=root, title="t")


def test_watch_video__refuses_what_is_no_video(tmp_path):
    (tmp_path / "x.mp4").write_bytes(b"no video")
    with pytest.raises(wb.InputError, match="is no video that can be read"):
        wb.watch_video(tmp_path / "x.mp4")


def test_timeline__neighbours_of_one_kind_are_one_bar_and_a_single_frame_is_seen():
    assert bars_of([0.0, 0.1, 0.2, 0.5], [True, True, False, True], 0.1) == (
        Bar(0.0, 0.2, "tp"),
        Bar(0.2, pytest.approx(0.3), "fn"),
        Bar(0.5, 0.6, "tp"),
    )
    plan = timeline([Row("a", (Bar(0.0, 0.001, "fp"),))], [0.0, 100.0])
    assert plan["rows"][0]["bars"][0]["width"] == 1.5
    assert [tick["text"] for tick in plan["ticks"]] == [str(20 * k) for k in range(11)]
    assert timeline([], [])["rows"] == []


@pytest.mark.slow
def test_watch_video__a_real_clip_end_to_end(real_data):
    """One car drives through the whole clip: its plate is one object, found throughout."""
    clip = real_data / "videos" / "uk_roundabout_rain.mp4"
    seen = wb.watch_video(clip, every_s=0.3, image_size=320, device="cpu", confidence=0.3)
    longest = seen.watched.objects.sort_values("found_frames").iloc[-1]
    assert longest["found_frames"] >= 14 == round(seen.watched.figures["frames"] * 0.9)
    assert longest["time_found"] >= 0.9
    assert seen.watched.figures["detector_fps"] > 0
    assert f"<h1>{clip.name}</h1>" in seen.page
    assert "A frame every so often" in seen.page
