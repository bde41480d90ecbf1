import struct
import zlib
from pathlib import Path

import pytest
from PIL import Image


def _chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


@pytest.fixture
def header_png():
    """Write a PNG that is nothing but its header: enough for every tool that reads sizes only."""

    def make(path: Path, width: int, height: int) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        header = _chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
        path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + _chunk(b"IEND", b""))
        return path

    return make


@pytest.fixture(scope="session")
def photo():
    """Write a real picture with a bright textured patch at `box`; returns its path."""

    def make(path: Path, size=(64, 48), box=None, **save) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        picture = Image.effect_noise(size, 12).convert("RGB")
        if box is not None:
            patch = Image.effect_noise((box[2] - box[0], box[3] - box[1]), 120).convert("RGB")
            picture.paste(patch, box[:2])
        picture.save(path, **save)
        return path

    return make


@pytest.fixture
def voc_xml():
    """The text of a VOC file."""

    def make(boxes, size=(100, 80), name="a.png", class_name="plate"):
        objects = "".join(
            f"<object>\n<name>{class_name}</name><bndbox><xmin>{a}</xmin><ymin>{b}</ymin><xmax>{c}</xmax><ymax>{d}</ymax></bndbox></object>\n"
            for a, b, c, d in boxes
        )
        declared = f"<size><width>{size[0]}</width><height>{size[1]}</height></size>" if size else ""
        return f"<annotation>\n<filename>{name}</filename>{declared}\n{objects}</annotation>\n"

    return make
