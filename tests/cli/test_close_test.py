"""`close-test` is `freeze-test` for the split test: one concept, whichever verb is typed."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from PIL import Image

import workbench as wb

from .in_process import workbench


def test_close_test__freezes_the_split(tmp_path: Path) -> None:
    (tmp_path / "photos").mkdir()
    pixels = np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(tmp_path / "photos" / "a.png")
    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    project.collect(tmp_path / "photos", split="test")
    refused = workbench("close-test", "-p", tmp_path / "p")
    assert (refused.returncode, len(refused.stderr.strip().splitlines())) == (2, 1)
    box = pd.DataFrame([{"class_name": "plate", "xmin": 1.0, "ymin": 1.0, "xmax": 9.0, "ymax": 5.0}])
    project.set_boxes(project.images["image_id"].iloc[0], box)
    assert workbench("close-test", "-p", tmp_path / "p").stdout.startswith("closed: 1 test pictures, t")
    assert project.tests["name"].tolist() == ["closed"]
    again = workbench("collect", tmp_path / "photos", "--split", "test", "--source", "more", "-p", tmp_path / "p")
    assert again.returncode == 2
    assert "frozen" in again.stderr
