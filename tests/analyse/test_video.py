from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from workbench.analyse import evaluate, watched
from workbench.analyse.video.tracks import link
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS

FRAMES = 10


def drive(track_ids=True, found=lambda plate, frame: True):
    """Two plates go through a video of 10 frames, 5 a second; the second is there from frame 4 on."""
    images = pd.DataFrame(
        {"image_id": [f"f{i}" for i in range(FRAMES)], "group_id": "v", "frame_s": np.arange(FRAMES) / 5}
    )
    boxes = []
    for frame in range(FRAMES):
        for plate, start in ((1, 0), (2, 4)):
            if frame >= start:
                x, y = 30 * frame, 100 * plate
                boxes.append([f"f{frame}", "x", x, y, x + 40, y + 20, plate, frame])
    table = pd.DataFrame(boxes, columns=["image_id", "class_name", *CORNERS, "track_id", "frame"])
    kept = [found(plate, frame) for plate, frame in zip(table["track_id"], table["frame"], strict=True)]
    predictions = table[kept].drop(columns=["track_id", "frame"]).assign(confidence=0.8)
    return images, table.drop(columns="frame" if track_ids else ["frame", "track_id"]), predictions


@pytest.mark.parametrize("track_ids", [True, False], ids=["numbered", "by place"])
def test_report__by_hand(track_ids):
    # Plate 1 is found in frames 2, 3 and 6; plate 2 never. One false alarm.
    images, boxes, predictions = drive(track_ids, lambda plate, frame: plate == 1 and frame in (2, 3, 6))
    alarm = pd.DataFrame(
        [["f5", "x", 0.9, 500, 500, 540, 520]], columns=["image_id", "class_name", "confidence", *CORNERS]
    )
    report = evaluate(images, boxes, pd.concat([predictions, alarm])).video_report(frames_per_second=20)
    assert report.tracked_by == ("track_id" if track_ids else "place")
    video = report.videos.iloc[0]
    assert (video["frames"], video["boxes"], video["objects"], video["objects_found"]) == (10, 16, 2, 1)
    assert video["recall"] == pytest.approx(3 / 16)
    assert video["median_late_s"] == pytest.approx(0.4)
    assert video["false_alarms_per_minute"] == pytest.approx(60 * 1 / 2)
    assert (video["video_fps"], video["real_time"]) == (pytest.approx(5), pytest.approx(4))
    assert video["mean_confidence"] == pytest.approx(0.8)
    first = report.objects.iloc[0]
    assert (first["frames"], first["found_frames"], first["switches"]) == (10, 3, 4)
    assert video["flicker_per_s"] == pytest.approx(4 / (1.8 + 1.0))
    assert report.frames["false_alarms"].tolist() == [0] * 5 + [1] + [0] * 4
    assert np.isnan(report.objects.iloc[1]["late_s"])


def test_report__several_videos_and_all():
    parts = [drive(True, lambda plate, frame: True), drive(True, lambda plate, frame: False)]
    images, boxes, predictions = (
        pd.concat([t.assign(image_id=f"{k} " + t["image_id"]) for k, t in enumerate(column)], ignore_index=True)
        for column in zip(*parts, strict=True)
    )
    images["group_id"] = ["v0"] * FRAMES + ["v1"] * FRAMES
    videos = evaluate(images, boxes, predictions).video_report().videos.set_index("video")
    assert videos["found_share"].tolist() == [1, 0, 0.5]
    assert videos.loc["all", "seconds"] == pytest.approx(4)
    assert np.isnan(videos.loc["all", "real_time"])


def test_report__stills_alone_are_no_video(world):
    with pytest.raises(InputError, match="no picture says when"):
        evaluate(*world(0)).video_report()


def test_link__crossing_objects_keep_their_numbers():
    moment = np.repeat(np.arange(12) / 10, 2)
    left, right = np.arange(12) * 20.0, 220 - np.arange(12) * 20.0
    x = np.stack([left, right], axis=1).reshape(-1)
    y = np.tile([100.0, 112.0], 12)
    number = link(moment, np.zeros(24, dtype=np.int64), np.stack([x, y, x + 30, y + 10], axis=1))
    assert (number.reshape(-1, 2) == [0, 1]).all()


def test_link__another_class_or_a_long_gap_is_another_object():
    box = np.tile([0.0, 0.0, 10.0, 10.0], (3, 1))
    assert link(np.array([0.0, 0.1, 2.0]), np.array([0, 1, 0]), box).tolist() == [0, 1, 2]
    assert link(np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros((0, 4))).tolist() == []


def test_watched__by_hand():
    images, _, predictions = drive(
        True, lambda plate, frame: (plate == 1 and frame not in (4, 5)) or (plate, frame) == (2, 7)
    )
    seen = watched(images, predictions, frames_per_second=10)
    assert (seen.figures["objects"], seen.figures["brief_objects"], seen.figures["gaps"]) == (2, 1, 2)
    assert seen.figures["real_time"] == pytest.approx(2)
    first = seen.objects.iloc[0]
    assert (first["frames"], first["found_frames"], first["gaps"]) == (10, 8, 2)
    assert seen.finds["object"].tolist().count(0) == 8


def test_watched__a_second_box_on_one_object_is_no_object():
    images, _, predictions = drive(True, lambda plate, frame: plate == 1)
    whole = watched(images, predictions)
    # A half of the plate, less sure; another class or a box beside it stays what it is.
    half = predictions.assign(confidence=0.5, xmax=predictions["xmin"] + 20)
    seen = watched(images, pd.concat([half, predictions]))
    assert (seen.figures["objects"], seen.figures["doubled_finds"]) == (1, FRAMES)
    assert seen.finds["confidence"].tolist() == whole.finds["confidence"].tolist()
    assert watched(images, pd.concat([half.assign(class_name="y"), predictions])).figures["objects"] == 2
    beside = predictions.assign(confidence=0.5, xmin=predictions["xmin"] + 30, xmax=predictions["xmax"] + 30)
    assert watched(images, pd.concat([beside, predictions])).figures["objects"] == 2


def test_watched__nothing_found_and_wrong_use():
    images, _, predictions = drive()
    nothing = watched(images, predictions.iloc[:0])
    assert nothing.figures["objects"] == 0
    assert len(nothing.objects) == 0
    with pytest.raises(InputError, match="frame_s"):
        watched(images.drop(columns="frame_s"), predictions)
    with pytest.raises(InputError, match="confidence is 2"):
        watched(images, predictions, confidence=2)
