"""Plain files: what is taken for independent is the picture, or the video that names tell, never the box."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.api.tests import Test


@pytest.fixture(scope="module")
def cells(real_data: Path) -> Test:
    """364 micrographs with about 13 cells each."""
    return wb.files(real_data / "cells_bccd" / "JPEGImages", real_data / "cells_bccd" / "Annotations")


def found_in(test: Test, rng: np.random.Generator) -> pd.DataFrame:
    """A detector to which whole pictures are easy or hard."""
    hard = dict(zip(test.images["image_id"], rng.beta(3, 1, len(test.images)), strict=True))
    boxes = test.boxes[rng.random(len(test.boxes)) < test.boxes["image_id"].map(hard)]
    return boxes[["image_id", "class_name", "xmin", "ymin", "xmax", "ymax"]].assign(confidence=0.9)


@pytest.mark.slow
def test_intervals__are_those_of_drawing_pictures_again(cells: Test) -> None:
    rng = np.random.default_rng(1)
    found = found_in(cells, rng)
    held = cells.evaluate(found)
    assert held.settings.intervals == f"picture ({held.settings.pictures})"
    boxes = cells.boxes
    per_picture = boxes.groupby("image_id").size()
    assert per_picture.mean() > 13
    # What was predicted is a box itself, so each is found, and nothing else is predicted.
    hits = found.groupby("image_id").size().reindex(per_picture.index, fill_value=0)
    n, k = per_picture.to_numpy(), hits.to_numpy()
    draws = rng.integers(0, len(n), (4000, len(n)))
    low, high = np.quantile(k[draws].sum(axis=1) / n[draws].sum(axis=1), [0.025, 0.975])
    m = held.metrics
    assert m["recall"] == pytest.approx(k.sum() / n.sum())
    assert (m["recall_low"], m["recall_high"]) == pytest.approx((low, high), abs=0.004)
    # Boxes for themselves would promise half of that.
    alone = 1.96 * np.sqrt(m["recall"] * (1 - m["recall"]) / n.sum())
    assert m["recall_high"] - m["recall_low"] > 1.4 * 2 * alone
    # The other figures, and those of a part, are drawn the same way.
    assert set(held.intervals["unit"]) == {held.settings.intervals}
    part = held.slices("class_name").set_index("slice").loc["RBC"]
    of_class = (boxes["class_name"] == "RBC").to_numpy()
    red = boxes[of_class].groupby("image_id").size()
    red_hits = found[found["class_name"] == "RBC"].groupby("image_id").size().reindex(red.index, fill_value=0)
    n, k = red.to_numpy(), red_hits.to_numpy()
    draws = rng.integers(0, len(n), (4000, len(n)))
    low, high = np.quantile(k[draws].sum(axis=1) / n[draws].sum(axis=1), [0.025, 0.975])
    assert (part["recall_low"], part["recall_high"]) == pytest.approx((low, high), abs=0.006)


def test_intervals__boxes_without_area_are_told_of(cells: Test) -> None:
    # Two of them in the whole set, as the set's own description says.
    assert (len(cells.left_out.slips), len(cells.left_out.unreadable), len(cells.boxes)) == (2, 0, 4886)
    assert all("no area" in said for said in cells.left_out.slips)


@pytest.fixture
def frames(tmp_path: Path) -> Test:
    """Twelve videos of four frames each by their names, one plate in each."""
    (tmp_path / "images").mkdir()
    (tmp_path / "labels").mkdir()
    for video in range(12):
        for frame in range(4):
            name = f"ride{video}.mp4_{frame:05d}"
            Image.new("RGB", (100, 80), (video, frame, 0)).save(tmp_path / "images" / f"{name}.png")
            (tmp_path / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.4 0.25\n")
    (tmp_path / "labels" / "classes.txt").write_text("plate\n")
    return wb.files(tmp_path / "images", tmp_path / "labels")


def test_intervals__frames_of_one_video_go_together(frames: Test) -> None:
    assert sorted(frames.images["group_id"].unique()) == sorted(f"ride{video}.mp4" for video in range(12))
    boxes = frames.boxes.assign(confidence=0.9)
    # Whole videos are found or missed.
    found = boxes[boxes["image_id"].str.startswith(("ride1", "ride2", "ride3"))]
    held = frames.evaluate(found.drop(columns="box_id"))
    assert held.settings.intervals == "group (12)"
    stills = frames.evaluate(found.drop(columns="box_id")).inputs
    alone = wb.evaluate(stills.images.assign(group_id="", frame_s=pd.NA), stills.boxes, stills.predictions)
    wide, narrow = (one.metrics["recall_high"] - one.metrics["recall_low"] for one in (held, alone))
    assert wide > 1.5 * narrow


def test_video__a_rate_that_is_given_goes_before_names(real_data: Path) -> None:
    day = real_data / "dashcam_frames_day"
    test = wb.files(day)
    assert test.images["frame_s"].notna().all()
    found = test.boxes[["image_id", "class_name", "xmin", "ymin", "xmax", "ymax"]].assign(confidence=0.9)
    held = test.evaluate(found)
    by_name, by_rate = held.video(), held.video(frames_per_second=2)
    assert by_rate.frames["frame_s"].max() == pytest.approx((len(test.images) - 1) / 2)
    assert by_name.frames["frame_s"].max() != by_rate.frames["frame_s"].max()
