"""What Ultralytics itself writes of its predictions, in every way it has, against the boxes it holds in memory."""

from __future__ import annotations

import shutil
from pathlib import Path

import numpy as np
import pytest

from workbench.label import read_labels, read_predictions
from workbench.machine import quiet

PLATES = Path(__file__).resolve().parents[2] / "data" / "weights" / "plates.pt"


@pytest.mark.slow
def test_ultralytics__every_way_it_writes(cases, tmp_path):
    quiet.apply()
    from ultralytics import YOLO

    # It leaves a cache beside the labels that it reads.
    home = shutil.copytree(cases / "ul_val_one_class", tmp_path / "set")
    pictures = sorted((home / "images").iterdir())[:4]
    (tmp_path / "list.txt").write_text("".join(f"{path}\n" for path in pictures))
    (tmp_path / "data.yaml").write_text(f"path: {tmp_path}\ntrain: list.txt\nval: list.txt\nnames: [plate]\n")
    model, given = YOLO(str(PLATES)), {"device": "cpu", "imgsz": 640, "project": str(tmp_path), "verbose": False}
    held = model.predict([str(path) for path in pictures], conf=0.1, save_txt=True, save_conf=True, name="p", **given)
    expected = []
    for folder in ("json", "csv"):
        (tmp_path / folder).mkdir()
    for one in held:
        name = Path(one.path)
        expected += [[name.name, *row] for row in np.c_[one.boxes.conf, one.boxes.xyxy].tolist()]
        (tmp_path / "json" / f"{name.stem}.json").write_text(one.to_json())
        (tmp_path / "csv" / f"{name.stem}.csv").write_text(one.to_csv())
    labels = read_labels(home / "labels", images=home / "images")
    columns = ["image_id", "confidence", "xmin", "ymin", "xmax", "ymax"]
    for written in ("p", "json", "csv"):
        found = read_predictions(tmp_path / written, labels)[columns].to_numpy().tolist()
        assert [one[0] for one in sorted(found)] == [one[0] for one in sorted(expected)]
        ours, theirs = (np.array([one[1:] for one in sorted(rows)]) for rows in (found, expected))
        np.testing.assert_allclose(ours, theirs, atol=2e-3)
    model.val(
        data=str(tmp_path / "data.yaml"), save_json=True, save_txt=True, save_conf=True, name="v", plots=False, **given
    )
    whole, lines = (read_predictions(tmp_path / "v" / part, labels) for part in ("predictions.json", "labels"))
    assert whole.attrs["reading"].endswith("pictures by file name; categories counted from 1")
    assert len(whole) == len(lines) > len(expected)
    ours, theirs = (np.array(sorted(table[columns[1:]].to_numpy().tolist())) for table in (whole, lines))
    np.testing.assert_allclose(ours, theirs, atol=2e-2)
