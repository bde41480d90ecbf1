"""When in its video a frame was taken."""

from __future__ import annotations

import pandas as pd
import pytest

from workbench.collect.frame_moments import with_moments
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.pictures import moment_of


def frames(*names, **columns):
    return tables.validate(pd.DataFrame({"image_id": list(names)}).assign(**columns), "images")


@pytest.mark.parametrize(
    ("name", "second"),
    [
        ("ride.mp4#t=735", 735.0),
        ("day/ride.MP4#t=735.266667", 735.266667),
        ("ride.mp4#t=735.", 735.0),
        ("ride.mp4_00012", None),
        ("cat_t2", None),
        ("12", None),
    ],
)
def test_moment_of__is_told_by_the_name(name, second):
    assert moment_of(name) == second


def test_with_moments__by_name_by_order_and_as_the_table_says():
    named = with_moments(frames("a.mp4#t=2.jpg", "a.mp4#t=1.5.jpg", "still.jpg"))
    assert named["frame_s"].tolist()[:2] == [2.0, 1.5]
    assert pd.isna(named["frame_s"].iloc[2])
    assert named["group_id"].tolist() == ["a.mp4", "a.mp4", ""]
    # Numbers count as numbers: frame 10 comes after frame 9; each folder is a video.
    ordered = with_moments(frames("x/10.jpg", "x/9.jpg", "y/1.jpg"), frames_per_second=4)
    assert ordered["frame_s"].tolist() == [0.25, 0.0, 0.0]
    assert ordered["group_id"].tolist() == ["x", "x", "y"]
    known = frames("a.jpg", frame_s=3.0, group_id="g")
    assert with_moments(known, frames_per_second=4).equals(known)


@pytest.mark.parametrize("fps", [0.0, -1.0, float("nan")])
def test_with_moments__refuses(fps):
    with pytest.raises(InputError, match="none of the 1 pictures says when"):
        with_moments(frames("a.jpg"))
    with pytest.raises(InputError, match="expected more than 0"):
        with_moments(frames("a.jpg"), frames_per_second=fps)
