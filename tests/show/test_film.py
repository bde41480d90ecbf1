"""The film of what a detector found: every frame at its moment, boxes where they were found."""

from __future__ import annotations

import av
import cv2
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.model.geometry import CORNERS
from workbench.show.pages.film import write_film


@pytest.fixture
def drive(tmp_path):
    """Four grey frames of odd size that do not come evenly; one find in the second, one unsure one in the third."""
    for i in range(4):
        cv2.imwrite(str(tmp_path / f"{i}.png"), np.full((91, 161, 3), 128, dtype=np.uint8))
    images = pd.DataFrame({"image_id": list("abcd"), "path": [f"{i}.png" for i in range(4)]})
    images["frame_s"] = [5.0, 5.1, 5.4, 5.5]
    rows = [["b", "x", 0.9, 60, 30, 100, 60], ["c", "x", 0.4, 60, 30, 100, 60]]
    return tmp_path, images, pd.DataFrame(rows, columns=["image_id", "class_name", "confidence", *CORNERS])


def frames_of(path):
    with av.open(str(path)) as film:
        return [(frame.time, frame.to_ndarray(format="rgb24").astype(int)) for frame in film.decode(video=0)]


def test_write_film__each_frame_at_its_moment_with_the_sure_finds(drive):
    root, images, predictions = drive
    shuffled = images.sample(frac=1, random_state=3)
    out = write_film(shuffled, predictions, root=root, out=root / "film.mp4", confidence=0.5, frames_per_second=12.0)
    shown = frames_of(out)
    assert [moment for moment, _ in shown] == pytest.approx([0.0, 0.1, 0.4, 0.5], abs=1e-3)
    zoom = 960 / 161
    x, y = round(60 * zoom) + 60, round(30 * zoom)
    coloured = [bool(np.ptp(picture[y - 4 : y + 4, x - 50 : x + 50], axis=2).max() > 60) for _, picture in shown]
    assert coloured == [False, True, False, False], "a frame without a find, or with an unsure one, stays bare"
    assert all(picture.shape[:2] == (572, 960) for _, picture in shown)


def test_write_film__refuses_frames_without_moments_and_leaves_nothing_behind(drive):
    root, images, predictions = drive
    with pytest.raises(wb.InputError, match="every frame needs its moment"):
        write_film(images.assign(frame_s=np.nan), predictions, root=root, out=root / "film.mp4", confidence=0.5)
    (root / "3.png").unlink()
    with pytest.raises(wb.InputError, match=r"cannot read the picture .*3\.png"):
        write_film(images, predictions, root=root, out=root / "film.mp4", confidence=0.5)
    assert sorted(path.name for path in root.iterdir()) == ["0.png", "1.png", "2.png"]
