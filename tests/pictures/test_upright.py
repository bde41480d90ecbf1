"""Every way to look at a picture turns it as the camera's EXIF orientation says, once."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from workbench.label import read_labels
from workbench.pictures.crops import cut_out
from workbench.pictures.decoded import read, read_grey, with_sizes
from workbench.pictures.header import read_header
from workbench.pictures.measuring import measure
from workbench.pictures.upright import opened

WIDE, HIGH = 80, 60
KINDS = {"JPEG": ".jpg", "TIFF": ".tif", "PNG": ".png", "WEBP": ".webp"}
TURNS = [
    pytest.param(kind, turn, id=f"{kind}-{turn}")
    for kind in KINDS
    for turn in range(1, 9)
]  # fmt: skip


@pytest.fixture
def turned(tmp_path: Path):
    """Save a picture as a camera does that was turned; upright it is 80 × 60 with a white patch at (50, 10, 70, 20)."""

    def save(kind: str, turn: int, name: str = "a") -> Path:
        upright = np.full((HIGH, WIDE, 3), 40, dtype=np.uint8)
        upright[10:20, 50:70] = 250
        undo = {1: 0, 2: 1, 3: 2, 4: 3, 5: 4, 6: 5, 7: 6, 8: 7}[turn]
        stored = (
            upright,
            upright[:, ::-1],
            upright[::-1, ::-1],
            upright[::-1],
            upright.transpose(1, 0, 2),
            np.rot90(upright, 1),
            upright[::-1, ::-1].transpose(1, 0, 2),
            np.rot90(upright, -1),
        )[undo]
        exif = Image.Exif()
        exif[0x0112] = turn
        path = tmp_path / f"{name}{KINDS[kind]}"
        options = {"quality": 95} if kind != "TIFF" else {}
        Image.fromarray(np.ascontiguousarray(stored)).save(path, kind, exif=exif, **options)
        return path

    return save


@pytest.mark.parametrize(("kind", "turn"), TURNS)
def test_opened__every_look_is_upright(turned, kind, turn):
    path = turned(kind, turn)
    with opened(path) as picture:
        assert picture.size == (WIDE, HIGH)
        assert picture.orientation == turn
        pixels = np.asarray(picture.pixels())
    assert pixels.shape == (HIGH, WIDE, 3)
    assert pixels[15, 60].min() > 200
    assert pixels[40, 20].max() < 80

    header = read_header(str(path))
    assert (header.width, header.height, header.orientation) == (WIDE, HIGH, turn)
    assert header.stored == ((HIGH, WIDE) if turn >= 5 else (WIDE, HIGH))

    facts = measure(path)
    assert (facts.width, facts.height) == (WIDE, HIGH)

    images = pd.DataFrame([{"image_id": "a", "path": path.name, "width": pd.NA, "height": pd.NA}])
    assert with_sizes(images, path.parent)[["width", "height"]].to_numpy().tolist() == [[WIDE, HIGH]]

    part = cut_out(path, (50, 10, 70, 20), size=(80, 60), context=1.0)
    assert part.region[2] - part.region[0] <= WIDE
    x, y = part.moved((60, 15, 60, 15))[:2]
    assert part.picture.getpixel((round(x), round(y)))[0] > 200


@pytest.mark.parametrize(("kind", "turn"), TURNS)
def test_read__is_what_opencv_decodes(turned, kind, turn):
    """Another library's word on the same file."""
    path = turned(kind, turn)
    np.testing.assert_array_equal(read(path), cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_COLOR))


@pytest.mark.parametrize("turn", [5, 6, 7, 8])
def test_read_labels__boxes_of_a_turned_tiff_are_in_the_upright_picture(turned, turn):
    path = turned("TIFF", turn)
    line = f"0 {60 / WIDE} {15 / HIGH} {20 / WIDE} {10 / HIGH}\n"
    path.with_suffix(".txt").write_text(line)
    labels = read_labels(path.parent, images=path.parent, format="yolo")
    assert labels.images[["width", "height"]].to_numpy().tolist() == [[WIDE, HIGH]]
    np.testing.assert_allclose(labels.boxes[["xmin", "ymin", "xmax", "ymax"]].to_numpy(), [[50, 10, 70, 20]], atol=1e-6)


def test_read_grey__sixteen_bits_keep_their_greys(tmp_path):
    levels = np.linspace(0, 65535, 64 * 48).reshape(48, 64).astype(np.uint16)
    Image.fromarray(levels).save(tmp_path / "a.png")
    grey = read_grey(tmp_path / "a.png")
    assert grey is not None
    assert 120 < grey.mean() < 135
    colour = read(tmp_path / "a.png")
    assert colour is not None
    assert 120 < colour.mean() < 135


@pytest.mark.parametrize("content", [b"", b"no picture", b"\xff\xd8\xff\xe0"])
def test_read__no_picture(tmp_path, content):
    (tmp_path / "a.jpg").write_bytes(content)
    assert read(tmp_path / "a.jpg") is None
    assert read_grey(tmp_path / "a.jpg") is None
    assert read(tmp_path / "none.jpg") is None
