"""The page of labelled video, on frames drawn here."""

from __future__ import annotations

import re
from dataclasses import replace

import cv2
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.show import video_failures_page

FRAMES = 10


@pytest.fixture
def ride(tmp_path):
    """One object, found from the fourth frame on and lost in the seventh, one never found, and a false alarm."""
    for i in range(FRAMES):
        cv2.imwrite(str(tmp_path / f"ride.mp4#t={i}.5.png"), np.full((90, 160, 3), 20 * i, dtype=np.uint8))
    names = [f"ride.mp4#t={i}.5.png" for i in range(FRAMES)]
    images = pd.DataFrame({"image_id": names, "path": names, "label_status": "labelled", "group_id": ""})
    images["frame_s"] = pd.array([None] * FRAMES, dtype="Float64")
    first = [[name, "x", 10 + i, 10, 50 + i, 30] for i, name in enumerate(names)]
    second = [[names[i], "x", 100, 60, 120, 70] for i in (2, 3)]
    boxes = pd.DataFrame(first + second, columns=["image_id", "class_name", *CORNERS])
    boxes.insert(0, "box_id", [f"b{i}" for i in range(len(boxes))])
    found = [[name, "x", 0.9, 10 + i, 10, 50 + i, 30] for i, name in enumerate(names) if i >= 3 and i != 6]
    found.append([names[8], "x", 0.7, 100, 5, 140, 20])
    predictions = pd.DataFrame(found, columns=["image_id", "class_name", "confidence", *CORNERS])
    predictions.insert(0, "prediction_id", range(len(predictions)))
    return wb.evaluate(images, boxes, predictions, pictures=tmp_path, name="<ride>")


def test_video_failures_page__says_what_was_missed_made_up_and_late(ride, tmp_path):
    report = replace(ride, frames_per_second=5).video(out=tmp_path / "page.html")
    assert report.videos["median_late_s"].tolist() == [3]
    page = (tmp_path / "page.html").read_text("utf-8")
    assert "&lt;ride&gt;" in page
    assert "<dd>1 of 2<small>at least once" in page
    assert "<dd>3.00 s<small>median of those found" in page
    assert "<dd>5 ×<small>5 frames a second, the labelled frames have 1</small></dd>" in page
    said = re.findall(r"<figcaption>([^<]*): ([^<]*)</figcaption>", page)
    assert said == [
        ("0.50 s", "object 0 is missed"),
        ("2.50 s", "object 1 is missed"),
        ("3.50 s", "object 0 is found, 3.00 s late"),
        ("8.50 s", "a false alarm of confidence 0.70"),
    ]
    assert re.findall(r"<title>([^<]*)</title>", page)[1:] == [
        "object 0: not found from 0.50 to 3.50 s",
        "object 0: found from 3.50 to 6.50 s",
        "object 0: not found from 6.50 to 7.50 s",
        "object 0: found from 7.50 to 10.50 s",
        "object 1: not found from 2.50 to 4.50 s",
        "false alarms: false alarm from 8.50 to 9.50 s",
    ]
    assert not re.findall(r'(?:src|href)="(?!data:|#)', page)


def test_video_failures_page__all_found_and_nothing_labelled_as_video(ride):
    boxes = ride.inputs.boxes
    perfect = boxes.drop(columns="box_id").assign(confidence=0.9)
    perfect.insert(0, "prediction_id", [f"p{i}" for i in range(len(perfect))])
    stills = ride.inputs.images
    images = stills.assign(frame_s=np.arange(FRAMES) / 2, group_id=["a"] * 5 + ["b"] * 5)
    page = video_failures_page(wb.evaluate(images, boxes, perfect, pictures=ride.test.root))
    assert "Nothing was missed, made up or found late" in page
    assert "<h2>Video by video</h2>" in page
    assert [name for name in ("a", "b") if f"<h3>{name}</h3>" in page] == ["a", "b"]
    with pytest.raises(InputError, match="no picture says when"):
        video_failures_page(wb.evaluate(stills, boxes, perfect))


def test_video_failures_page__a_frame_that_is_gone(ride, tmp_path):
    (tmp_path / ride.inputs.images["path"][8]).unlink()
    ride.video(out=tmp_path / "page.html")
    assert "This frame cannot be read any more." in (tmp_path / "page.html").read_text("utf-8")
