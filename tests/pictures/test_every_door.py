"""What one command takes every command takes: all kinds of pictures at all doors, with the same pixels at each."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import workbench as wb
from workbench.cli import output
from workbench.label import check_labels, convert, read_labels
from workbench.model.errors import InputError
from workbench.pictures import find_duplicates, find_leaks, survey
from workbench.pictures.decoded import read
from workbench.pictures.kinds import KINDS
from workbench.train import predict_pictures, select
from workbench.train.yolo.yolo_folder import write_folder

from ..cli.in_process import workbench

SIZE = (96, 64)
SPOT = (40, 20, 70, 44)
"""Light on a dark ground, xmin, ymin, xmax, ymax: the box."""


def picture(seed: int = 0) -> Image.Image:
    pixels = np.random.default_rng(seed).integers(50, 90, (SIZE[1], SIZE[0], 3), dtype=np.uint8)
    pixels[SPOT[1] : SPOT[3], SPOT[0] : SPOT[2]] = (240, 230, 200)
    return Image.fromarray(pixels)


def deep(one: Image.Image) -> Image.Image:
    return Image.fromarray(np.asarray(one.convert("L")).astype(np.uint16) * 257)


Save = Callable[[Path], None]


def saved(
    change: Callable[[Image.Image], Image.Image] = lambda one: one, kind: str | None = None, **options: Any
) -> Save:
    return lambda path: change(picture()).save(path, kind, **options)


def pages(path: Path) -> None:
    picture().save(path, save_all=True, append_images=[picture(1).point(lambda value: 255 - value), picture(2)])


def colour_of_16_bits(path: Path) -> None:
    import cv2

    cv2.imwrite(str(path), np.asarray(picture()).astype(np.uint16)[:, :, ::-1] * 257)


def upright(turn: int) -> Save:
    """Stored as a camera does that was turned; `turn` is the EXIF orientation."""
    undo = {
        2: Image.Transpose.FLIP_LEFT_RIGHT,
        3: Image.Transpose.ROTATE_180,
        4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE,
        6: Image.Transpose.ROTATE_90,
        7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }

    def save(path: Path) -> None:
        exif = Image.Exif()
        exif[0x0112] = turn
        one = picture()
        (one if turn == 1 else one.transpose(undo[turn])).save(path, exif=exif)

    return save


TAKEN: dict[str, Save] = {
    "a.jpg": saved(),
    "grey.jpg": saved(lambda one: one.convert("L")),
    "cmyk.jpg": saved(lambda one: one.convert("CMYK")),
    "mpo.jpg": lambda path: picture().save(path, "MPO", save_all=True, append_images=[picture(1)]),
    "a.jfif": saved(kind="JPEG"),
    "a.jpe": saved(kind="JPEG"),
    "no ending": saved(kind="JPEG"),
    "a.png": saved(),
    "palette.png": saved(lambda one: one.quantize(64)),
    "alpha.png": saved(lambda one: one.convert("RGBA")),
    "grey_alpha.png": saved(lambda one: one.convert("LA")),
    "grey.png": saved(lambda one: one.convert("L")),
    "two.png": saved(lambda one: one.convert("L").point(lambda value: 255 * (value > 128)).convert("1")),
    "deep.png": saved(deep),
    "deep_colour.png": colour_of_16_bits,
    "still.gif": saved(lambda one: one.quantize(64)),
    "moving.gif": pages,
    "a.bmp": saved(),
    "a.dib": saved(kind="BMP"),
    "a.webp": saved(),
    "lossless.webp": saved(lossless=True),
    "a.tif": saved(),
    "a.tiff": saved(compression="tiff_lzw"),
    "pages.tif": pages,
    "deep.tif": saved(deep),
    "cmyk.tif": saved(lambda one: one.convert("CMYK")),
    "a.ppm": saved(),
    "a.pgm": saved(lambda one: one.convert("L")),
    "deep.pgm": saved(deep),
    "a.pnm": saved(kind="PPM"),
    **{f"turned{turn}{suffix}": upright(turn) for suffix in (".jpg", ".png", ".webp", ".tif") for turn in range(1, 9)},
}
if "AVIF" in KINDS:
    TAKEN["a.avif"] = saved()

REFUSED: dict[str, tuple[Save, str]] = {
    "float.tif": (
        saved(lambda one: Image.fromarray(np.asarray(one.convert("L")).astype(np.float32) / 255)),
        "its pixels are floating-point numbers",
    ),
    "whole.tif": (
        saved(lambda one: Image.fromarray(np.asarray(one.convert("L")).astype(np.int32) * 1000)),
        "its pixels are whole numbers of 32 bits",
    ),
    "phone.heic": (
        lambda path: path.write_bytes(b"\0\0\0\x18ftypheic" + bytes(60)),
        r"\.heic pictures are not read here",
    ),
    "broken.jpg": (lambda path: path.write_bytes(b"\xff\xd8\xff\xe0 no more"), "picture"),
}


def folder_with(folder: Path, name: str, save: Save) -> Path:
    """A folder of one picture with a YOLO label, and one JPEG with one."""
    folder.mkdir(parents=True)
    save(folder / name)
    picture(9).save(folder / "z.jpg")
    x, y, wide, high = (SPOT[0] + SPOT[2]) / 192, (SPOT[1] + SPOT[3]) / 128, 30 / 96, 24 / 64
    for stem in (Path(name).stem, "z"):
        (folder / f"{stem}.txt").write_text(f"0 {x} {y} {wide} {high}\n")
    (folder / "classes.txt").write_text("plate\n")
    return folder


def sees_the_spot(pixels: np.ndarray[Any, Any]) -> None:
    assert pixels.shape == (SIZE[1], SIZE[0], 3)
    assert pixels[25:40, 45:65].mean() > 195
    assert pixels[5:55, 5:30].mean() < 100


@pytest.mark.parametrize("name", TAKEN)
def test_taken__at_every_door_with_the_same_pixels(name: str, tmp_path: Path) -> None:
    folder = folder_with(tmp_path / "set", name, TAKEN[name])
    here = read(folder / name)
    assert here is not None
    sees_the_spot(here)

    labels = read_labels(folder, images=folder)
    assert sorted(labels.images["image_id"]) == sorted([name, "z.jpg"])
    assert labels.images[["width", "height"]].to_numpy().tolist() == [list(SIZE)] * 2
    assert check_labels(folder, images=folder).summary["pictures"] == 2
    assert not {"picture-broken", "label-without-picture"} & set(check_labels(folder, images=folder).every["code"])
    convert(folder, tmp_path / "coco", to="coco", images=folder)
    written = next(json.loads(file.read_text()) for file in sorted((tmp_path / "coco").rglob("*.json")))
    assert {one["file_name"].rsplit("/", 1)[-1] for one in written["images"]} == {name, "z.jpg"}

    there = survey(folder)
    assert there.problems.empty
    assert len(find_duplicates(there.images, there.root).images) == 2
    assert find_leaks(there.images.assign(split=["train", "test"]), there.root).pictures == {"test": 1, "train": 1}

    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    report = project.collect(folder, labels=folder, split="train")
    assert len(report.added) == report.boxes == 2
    assert set(report.problems["severity"]) <= {"info"}
    selection = select(project.images, project.boxes, classes=["plate"])
    shown = write_folder(tmp_path / "yolo", selection, root=project.folder.root, classes=["plate"])
    parts = {"train": selection.train, "val": selection.val}
    files = {path: file for part, rows in parts.items() for path, file in zip(rows["path"], shown[part], strict=True)}
    trained_on = _as_ultralytics_reads(next(file for path, file in files.items() if path.endswith(name)))
    sees_the_spot(trained_on)
    assert np.abs(trained_on.astype(int) - here).mean() < 1.5, "training sees what predicting sees"


def _as_ultralytics_reads(path: Path) -> np.ndarray[Any, Any]:
    from ultralytics.data.dataset import YOLODataset

    dataset = YOLODataset(
        img_path=str(path.parent), imgsz=SIZE[0], augment=False, data={"names": {0: "plate"}, "channels": 3}
    )
    assert sorted(dataset.im_files) == [str(one) for one in sorted(path.parent.iterdir())], "no picture is left out"
    found: np.ndarray[Any, Any] = dataset.load_image(dataset.im_files.index(str(path)))[0]
    return found


@pytest.mark.parametrize("name", REFUSED)
def test_refused__at_every_door_by_name_with_the_reason(name: str, tmp_path: Path) -> None:
    save, reason = REFUSED[name]
    folder = folder_with(tmp_path / "set", name, save)
    found = check_labels(folder, images=folder).every
    told = found[(found["image"] == name) & (found["code"] == "picture-broken")]
    assert len(told) == 1
    assert told["message"].str.contains(reason, regex=True).all()
    there = survey(folder)
    assert there.images["image_id"].tolist() == ["z.jpg"]
    assert there.problems["file"].tolist() == [name]
    assert there.problems["message"].str.contains(reason, regex=True).all()
    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    report = project.collect(folder, labels=folder)
    assert report.added["image_id"].str.endswith("z.jpg").tolist() == [True]
    own = report.problems[report.problems["file"] == name]
    assert own["message"].str.contains(reason, regex=True).all()
    assert len(own) == 1


def test_collect__a_16_bit_picture_of_a_12_bit_camera_is_said_to_be_dark(tmp_path: Path) -> None:
    levels = np.linspace(0, 4095, SIZE[0] * SIZE[1]).reshape(SIZE[::-1]).astype(np.uint16)
    Image.fromarray(levels).save(tmp_path / "a.png")
    Image.fromarray(levels * 16).save(tmp_path / "b.png")
    problems = survey(tmp_path).problems
    assert problems[["code", "severity", "file"]].to_numpy().tolist() == [["picture-dark", "warning", "a.png"]]
    assert "15 of 255" in problems["message"].iloc[0]


@pytest.fixture
def one_broken(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    for number in range(6):
        picture(number).save(folder / f"{number}.png")
    (folder / "2.png").write_bytes((folder / "2.png").read_bytes()[:300])
    REFUSED["float.tif"][0](folder / "float.tif")
    return folder


@pytest.mark.slow
def test_predict_pictures__what_is_broken_is_named_and_the_rest_looked_at(one_broken: Path, tmp_path: Path) -> None:
    found = predict_pictures(one_broken, image_size=96, device="cpu", batch=2, confidence=0.0)
    assert found.images["image_id"].tolist() == ["0.png", "1.png", "3.png", "4.png", "5.png"]
    assert list(found.broken) == ["2.png", "float.tif"]
    assert "floating-point" in found.broken["float.tif"]
    whole = tmp_path / "whole"
    shutil.copytree(one_broken, whole)
    for name in found.broken:
        (whole / name).unlink()
    again = predict_pictures(whole, image_size=96, device="cpu", batch=2, confidence=0.0)
    assert found.predictions.equals(again.predictions)
    for name in ("0", "1", "3", "4", "5"):
        (one_broken / f"{name}.png").unlink()
    with pytest.raises(InputError, match=r"2 of 2 pictures cannot be read, first .*2\.png"):
        predict_pictures(one_broken, image_size=96, device="cpu")


@pytest.mark.slow
def test_predict__says_what_is_broken_and_ends_with_status_1(one_broken: Path, tmp_path: Path) -> None:
    said = workbench(
        "predict", "--images", str(one_broken), "--weights", "plates", "--device", "cpu", "--image-size", "96"
    )
    assert said.returncode == output.FOUND_PROBLEMS
    assert "on 5 pictures, 2 could not be read" in said.stdout
    assert "2.png" in said.stderr
    assert "float.tif" in said.stderr


def test_case__a_gif_among_jpegs(cases: Path, tmp_path: Path) -> None:
    folder = cases / "train_gif"
    project = wb.Project.create(tmp_path / "p", classes=["plate"])
    project.collect(folder, labels=folder, split="train", add_classes=True)
    selection = select(project.images, project.boxes, classes=project.classes)
    shown = write_folder(tmp_path / "yolo", selection, root=project.folder.root, classes=project.classes)
    assert len(shown["train"]) + len(shown["val"]) == 7
    for split in ("train", "val"):
        _as_ultralytics_reads(shown[split][0])


def test_case__jfif_is_a_picture_for_the_check(cases: Path) -> None:
    found = check_labels(cases / "jfif_check")
    assert found.summary["pictures"] == 2
    assert not len(found.every)
    assert sorted(read_labels(cases / "jfif_check").images["image_id"]) == ["other.jpg", "photo.jfif"]


def test_case__turned_pictures_of_all_kinds_have_one_frame(cases: Path) -> None:
    labels = read_labels(cases / "exif_not_jpeg")
    sizes = labels.images.set_index("image_id")[["width", "height"]]
    assert sizes.drop_duplicates().shape[0] == 1, sizes
    corners = labels.boxes[["xmin", "ymin", "xmax", "ymax"]].round(3)
    assert corners.drop_duplicates().shape[0] == 1
