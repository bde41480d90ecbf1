from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import yaml
from PIL import Image

from workbench.model.geometry import cxcywh_rel_to_xyxy
from workbench.pictures import decoded as decode
from workbench.train import select
from workbench.train.yolo.yolo_folder import write_folder


def turned(folder: Path, suffix: str, orientation: int) -> pd.DataFrame:
    """A picture lying on its side, with a white spot where the upright one has it at (30 … 50, 10 … 20)."""
    upright = np.zeros((80, 60, 3), np.uint8)
    upright[10:20, 30:50] = 255
    # Orientation 6: turn by 90 degrees clockwise to see it upright; so it is stored turned the other way.
    stored = np.rot90(upright, k=1 if orientation == 6 else 3)
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(np.ascontiguousarray(stored)).save(folder / f"a{suffix}", exif=exif, quality=95)
    row = {"image_id": "a", "path": f"a{suffix}", "split": "train", "label_status": "labelled"}
    return pd.DataFrame([row])


BOX = pd.DataFrame([{"image_id": "a", "class_name": "plate", "xmin": 30, "ymin": 10, "xmax": 50, "ymax": 20}])


@pytest.mark.parametrize("orientation", [6, 8])
@pytest.mark.parametrize("suffix", [".jpg", ".png"])
def test_write_folder__ultralytics_sees_turned_pictures_upright(tmp_path: Path, suffix: str, orientation: int) -> None:
    from ultralytics.data.dataset import YOLODataset

    images = decode.with_sizes(turned(tmp_path, suffix, orientation).assign(width=pd.NA, height=pd.NA), tmp_path)
    assert (images["width"].iloc[0], images["height"].iloc[0]) == (60, 80)
    seen = decode.read(tmp_path / f"a{suffix}")
    assert seen is not None
    assert seen.shape == (80, 60, 3)
    assert seen[15, 40].min() > 200

    selection = select(images, BOX, classes=["plate"])
    write_folder(tmp_path / "set", selection, root=tmp_path, classes=["plate"])
    data = {"names": {0: "plate"}, "channels": 3}
    dataset = YOLODataset(img_path=str(tmp_path / "set/images/train"), imgsz=80, augment=False, data=data)
    label = dataset.labels[0]
    assert label["shape"] == (80, 60)
    np.testing.assert_allclose(cxcywh_rel_to_xyxy(label["bboxes"], 60, 80), [[30, 10, 50, 20]], atol=1e-4)
    np.testing.assert_array_equal(dataset.load_image(0)[0], seen)


def test_write_folder__links_and_labels(tmp_path: Path) -> None:
    for name in ("a.JPG", "b.jfif"):
        Image.new("RGB", (60, 80)).save(tmp_path / name, format="JPEG")
    rows = [{"image_id": n[0], "path": n, "split": "train", "width": 60, "height": 80} for n in ("a.JPG", "b.jfif")]
    images = pd.DataFrame(rows).assign(label_status=["labelled", "empty"], group_id="g")
    boxes = pd.concat([BOX, BOX.assign(class_name="car", xmin=0, ymin=0, xmax=60, ymax=80)])
    pictures = write_folder(
        tmp_path / "set", select(images, boxes, classes=["car", "plate"]), root=tmp_path, classes=["car", "plate"]
    )
    assert [p.name for p in pictures["train"]] == ["000000.jpg", "000001.jpg"]
    assert pictures["train"][0].samefile(tmp_path / "a.JPG")
    lines = (tmp_path / "set/labels/train/000000.txt").read_text().splitlines()
    assert lines[1] == "0 0.500000000 0.500000000 1.000000000 1.000000000"
    number, *rel = lines[0].split()
    assert number == "1"
    np.testing.assert_allclose([float(v) for v in rel], [40 / 60, 15 / 80, 20 / 60, 10 / 80], atol=1e-9)
    assert (tmp_path / "set/labels/train/000001.txt").read_text() == ""
    about = yaml.safe_load((tmp_path / "set/data.yaml").read_text())
    assert about["names"] == {0: "car", 1: "plate"}


def test_write_folder__symbolic_links_where_hard_ones_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    Image.new("RGB", (60, 80)).save(tmp_path / "a.png")

    def refuse(*_: object) -> None:
        raise OSError(18, "Invalid cross-device link")

    monkeypatch.setattr("os.link", refuse)
    row = {"image_id": "a", "path": "a.png", "split": "train", "width": 60, "height": 80}
    selection = select(pd.DataFrame([row]), BOX, classes=["plate"])
    picture = write_folder(tmp_path / "set", selection, root=tmp_path, classes=["plate"])["train"][0]
    assert picture.is_symlink()
    assert picture.resolve() == (tmp_path / "a.png").resolve()


def test_decode__missing_and_broken(tmp_path: Path) -> None:
    (tmp_path / "broken.jpg").write_bytes(b"\xff\xd8 no picture")
    (tmp_path / "empty.jpg").write_bytes(b"")
    assert decode.read(tmp_path / "broken.jpg") is None
    assert decode.read(tmp_path / "empty.jpg") is None
    assert decode.read(tmp_path / "gone.jpg") is None
