from __future__ import annotations

import contextlib
import hashlib
import re
import struct
import zlib
from io import BytesIO

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageFilter

from workbench.label.check.drawing import draw_boxes
from workbench.label.check.picture_evidence import view
from workbench.model.errors import InputError
from workbench.pictures import Measured, measure
from workbench.pictures.grey import quality
from workbench.pictures.kinds import suffix_fits
from workbench.pictures.measuring import MOST_PIXELS
from workbench.show.drawn_boxes import cut_crop

KINDS = {"JPEG": "jpg", "PNG": "png", "BMP": "bmp", "WEBP": "webp", "GIF": "gif", "TIFF": "tif"}


def encoded(kind: str, **options: object) -> bytes:
    pixels = np.random.default_rng(0).integers(0, 255, (20, 24, 3), dtype=np.uint8)
    buffer = BytesIO()
    Image.fromarray(pixels).save(buffer, kind, **options)
    return buffer.getvalue()


def turned(orientation: int) -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = orientation
    return exif


def strange_exif(tag: int, kind: int) -> bytes:
    """An EXIF block that turns the picture and holds one entry of a kind its tag never has."""
    entries = struct.pack("<HHII", 0x0112, 3, 1, 6) + struct.pack("<HHI4s", tag, kind, 1, b"\x05abc")
    return b"Exif\0\0II*\0" + struct.pack("<IH", 8, 2) + entries + struct.pack("<I", 0)


def claimed_png(width: int, height: int) -> bytes:
    """A PNG whose header claims a size that its data does not hold."""
    header = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    small = encoded("PNG")
    return small[:12] + header + struct.pack(">I", zlib.crc32(header)) + small[33:]


@pytest.mark.parametrize("kind", KINDS)
def test_measure__knows_every_kind_by_its_content(kind, tmp_path):
    file = tmp_path / "picture"
    file.write_bytes(encoded(kind))
    picture = measure(file)
    assert (picture.kind, picture.width, picture.height) == (kind, 24, 20)
    assert picture.sha256 == hashlib.sha256(file.read_bytes()).hexdigest()


@pytest.mark.parametrize("mode", ["1", "L", "LA", "P", "RGBA"])
def test_measure__reads_every_mode(mode, tmp_path):
    Image.new("L", (10, 7), 255).convert(mode).save(tmp_path / "a.png")
    picture = measure(tmp_path / "a.png")
    assert (picture.width, picture.height, picture.quality.sharpness) == (10, 7, 0.0)
    assert picture.quality.brightness == 255.0


@pytest.mark.parametrize("grey", [0, 128, 255])
def test_measure__scales_sixteen_bits(grey, tmp_path):
    pixels = np.full((7, 10), grey * 257, np.uint16)
    pixels[:, 5:] = 0
    Image.fromarray(pixels).save(tmp_path / "a.png")
    assert measure(tmp_path / "a.png").quality.brightness == grey / 2


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("kind", ["JPEG", "PNG", "WEBP"])
def test_measure__gives_the_upright_size(kind, orientation, tmp_path):
    (tmp_path / "a").write_bytes(encoded(kind, exif=turned(orientation)))
    picture = measure(tmp_path / "a")
    assert (picture.width, picture.height) == ((20, 24) if orientation >= 5 else (24, 20))


@pytest.mark.parametrize(
    ("content", "match"),
    [
        (b"", r"empty \(0 bytes\)"),
        ("번호판 목록\n".encode() * 50, "not a picture"),
        (b"\xff\xd8\xff\xe0", "not a picture"),
        (encoded("JPEG")[:-40], "broken picture .*truncated"),
        (encoded("PNG")[:-100], "broken picture"),
        (encoded("GIF")[:-200], "broken picture"),
        (claimed_png(12_000, 10_001), f"12000 × 10001 pixels; more than {MOST_PIXELS}"),
        (claimed_png(60_000, 60_000), "broken picture .*decompression bomb"),
        (encoded("JPEG", exif=strange_exif(0x0100, 2)), "broken picture"),
        (encoded("JPEG", exif=strange_exif(0x011A, 2)), "broken picture"),
        (encoded("JPEG", exif=strange_exif(0x010E, 11)), "broken picture"),
    ],
    ids=["empty", "text", "start only", "cut jpeg", "cut png", "cut gif", "large", "huge", "exif1", "exif2", "exif3"],
)
def test_measure__says_what_is_wrong(content, match, tmp_path):
    (tmp_path / "a.jpg").write_bytes(content)
    with pytest.raises(InputError, match=match) as caught:
        measure(tmp_path / "a.jpg")
    assert "\n" not in str(caught.value)


@pytest.mark.filterwarnings("ignore:.*:UserWarning")
@given(
    kind=st.sampled_from(sorted(KINDS)),
    edits=st.lists(st.tuples(st.floats(0, 1, exclude_max=True), st.integers(0, 255)), max_size=6),
    keep=st.floats(0, 1),
)
def test_measure__takes_or_refuses_whatever_bytes(tmp_path_factory, kind, edits, keep):
    content = bytearray(encoded(kind, **({"exif": turned(6)} if kind in ("JPEG", "PNG", "WEBP") else {})))
    for place, value in edits:
        content[int(place * min(len(content), 200))] = value
    file = tmp_path_factory.mktemp("m") / "a.jpg"
    file.write_bytes(content[: round(keep * len(content))])
    with contextlib.suppress(InputError):
        assert isinstance(measure(file), Measured)


def test_measure__leaves_a_missing_file_to_the_caller(tmp_path):
    with pytest.raises(FileNotFoundError):
        measure(tmp_path / "none.jpg")


@given(arrays.arrays(np.uint8, arrays.array_shapes(min_dims=2, max_dims=2, min_side=2, max_side=9)))
def test_quality__equals_a_plain_loop(grey):
    rows, columns = grey.shape
    padded = np.pad(grey.astype(float), 1, mode="reflect")
    laplacian = [
        padded[y, x + 1] + padded[y + 2, x + 1] + padded[y + 1, x] + padded[y + 1, x + 2] - 4 * padded[y + 1, x + 1]
        for y in range(rows)
        for x in range(columns)
    ]
    found = quality(grey)
    expected = np.var(laplacian), np.mean(grey), np.std(grey)
    # OpenCV takes the deviation from the sum of squares: of equal pixels the root of a rounding error is left.
    assert (found.sharpness, found.brightness, found.contrast) == pytest.approx(expected, abs=1e-5)


def test_quality__is_lower_for_a_blurred_picture(tmp_path, draw):
    with Image.open(draw(tmp_path / "a.png")) as sharp:
        sharp.filter(ImageFilter.GaussianBlur(2)).save(tmp_path / "b.png")
    assert measure(tmp_path / "b.png").quality.sharpness < measure(tmp_path / "a.png").quality.sharpness / 10


@pytest.mark.parametrize(
    ("kind", "suffix", "fits"),
    [
        ("JPEG", ".JPG", True),
        ("JPEG", ".jfif", True),
        ("MPO", ".jpg", True),
        ("PNG", ".jpg", False),
        ("JPEG", "", False),
        ("PPM", ".jpg", False),
        ("JPEG2000", ".anything", True),
    ],
)
def test_suffix_fits__compares_content_and_name(kind, suffix, fits):
    assert suffix_fits(kind, f"a{suffix}") is fits


@pytest.mark.parametrize("entry", [(0x0100, 2), (0x011A, 2), (0x010E, 11)])
def test_strange_exif__is_no_traceback_for_those_who_only_look(tmp_path, entry):
    picture = tmp_path / "a.jpg"
    picture.write_bytes(encoded("JPEG", exif=strange_exif(*entry)))
    assert view(str(picture)) is None
    assert draw_boxes(str(picture), []) is None
    with pytest.raises(InputError, match=re.escape(str(picture))):
        cut_crop(picture, (0, 0, 8, 8), [])
