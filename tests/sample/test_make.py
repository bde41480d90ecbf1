"""The sample as a user gets it: layout, determinism, refusal, and truth that the pictures bear out."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from workbench import tables
from workbench.errors import InputError
from workbench.sample import make_sample


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "tiny"
    make_sample(folder, size="tiny", workers=1, progress=False)
    return folder


@pytest.mark.slow
def test_make_sample__layout(tiny: Path) -> None:
    assert len(list((tiny / "photos").glob("*.jpg"))) == len(list((tiny / "photos/xml").glob("*.xml"))) == 12
    assert len(list((tiny / "more_photos/labels").glob("*.txt"))) == 8
    assert len(list((tiny / "test_stills/xml").glob("*.xml"))) == 8
    assert len(list((tiny / "test_frames/xml").glob("*.xml"))) == len(list((tiny / "test_frames").glob("*.jpg"))) == 20
    assert (tiny / "test_clip.mp4").stat().st_size > 1000
    assert list((tiny / "clips").glob("train_*.mp4"))
    assert not [p for p in tiny.rglob("*") if p.name.startswith(".")]
    counts = json.loads((tiny / "sample.json").read_text())["counts"]
    assert counts["photos"] == 12
    assert str(tiny) not in "".join(p.read_text() for p in tiny.rglob("*.xml"))


@pytest.mark.slow
def test_make_sample__truth_is_a_valid_table_and_agrees_with_the_labels(tiny: Path) -> None:
    truth = tables.validate(pd.read_parquet(tiny / "truth.parquet"), "boxes")
    pictures = tables.validate(pd.read_parquet(tiny / "pictures.parquet"), "images")
    tables.check_references(pictures, truth, "boxes")
    for file in (tiny / "test_frames/xml").glob("*.xml"):
        root = ET.parse(file).getroot()  # noqa: S314  our own file
        read = [[float(node.text or "nan") for node in box] for box in root.iter("bndbox")]
        rows = truth[truth["image_id"] == f"test_frames/{file.stem}.jpg"]
        expected = rows[["xmin", "ymin", "xmax", "ymax"]].to_numpy()
        assert np.abs(np.array(read).reshape(-1, 4) - expected).max(initial=0.0) <= 0.5
    sizes = pictures.set_index("image_id")
    for image_id in pictures["image_id"]:
        height, width = cv2.imread(str(tiny / image_id)).shape[:2]
        assert (width, height) == (sizes.at[image_id, "width"], sizes.at[image_id, "height"])


@pytest.mark.slow
def test_make_sample__same_seed_same_bits_whatever_the_workers(tiny: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    make_sample(again, size="tiny", workers=2, progress=False)
    for file in sorted(p for p in tiny.rglob("*") if p.is_file()):
        assert (again / file.relative_to(tiny)).read_bytes() == file.read_bytes(), file.name


def test_make_sample__full_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(InputError, match="not empty"):
        make_sample(tmp_path, size="tiny", progress=False)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize("options", [{"size": "huge"}, {"seed": -1}], ids=["size", "seed"])
def test_make_sample__bad_options(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(InputError, match="expected"):
        make_sample(tmp_path / "new", progress=False, **options)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_make_sample__interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.sample.make.run_job", stop)
    with pytest.raises(KeyboardInterrupt):
        make_sample(tmp_path / "new", size="tiny", workers=1, progress=False)
    assert not list(tmp_path.iterdir())
