"""What a picture's header says: true type, stored and upright size, EXIF turn, and whether the file is whole.

Only the first bytes are read (and the last few, to see whether the file was cut off); nothing is decoded. JPEG and PNG
are read here because a set has thousands of them; everything else goes through Pillow, which also reads headers only.
"""

from __future__ import annotations

import os
import struct
import zlib
from collections.abc import Sequence
from io import BytesIO
from typing import NamedTuple

from workbench.pictures.upright import UNREADABLE, NoScaleError, opened

_HEAD = 4096
_MORE = 256 * 1024
_TAIL = 64 * 1024
_END_MARKS = {"JPEG": b"\xff\xd9", "PNG": b"IEND\xaeB`\x82"}
_SOF = frozenset({0xC0, 0xC1, 0xC2, 0xC3, 0xC5, 0xC6, 0xC7, 0xC9, 0xCA, 0xCB, 0xCD, 0xCE, 0xCF})


class Header(NamedTuple):
    """A picture file's own word about itself.

    Attributes:
        kind: ``JPEG``, ``PNG``, ... by content, or empty if it is no picture.
        width: upright width in pixels (EXIF applied), 0 if unknown.
        height: upright height in pixels, 0 if unknown.
        orientation: the EXIF value 1 to 8.
        size_bytes: length of the file.
        fault: why it cannot be used (``broken`` or ``truncated``), or empty.
        mark: checksum of the first bytes: pictures that differ in it are not the same file.
        reason: of a picture whose numbers are no greys, what is wrong with them.
    """

    kind: str
    width: int
    height: int
    orientation: int
    size_bytes: int
    fault: str = ""
    mark: int = 0
    reason: str = ""

    @property
    def stored(self) -> tuple[int, int]:
        """Width and height as the pixels lie in the file, before the EXIF turn."""
        return (self.height, self.width) if self.orientation >= 5 else (self.width, self.height)


def read_header(path: str) -> Header:
    """Read one picture's header; a file that is no picture gives a header with a fault, never an exception."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
        try:
            size = os.lseek(descriptor, 0, os.SEEK_END)
            head = os.pread(descriptor, _HEAD, 0)
            mark = zlib.crc32(head)
            said = _parse(head)
            if said is None and len(head) < size:
                said = _parse(head + os.pread(descriptor, _MORE, len(head)))
            if said is None:
                return _by_pillow(path, size, mark)
            fault = "" if _ends_whole(descriptor, head, said[0], size) else _decoding_fault(path)
            return Header(*said, size, fault, mark)
        finally:
            os.close(descriptor)
    except OSError:
        return Header("", 0, 0, 1, 0, "broken")


def read_headers(paths: Sequence[str]) -> list[Header]:
    """Headers of many pictures, in order.

    One after the other: threads pass Python's lock to and fro at every one of these tiny reads; four of them took three
    to six times as long for ten thousand files (two cores, files in memory).
    """
    return [read_header(path) for path in paths]


def _parse(head: bytes) -> tuple[str, int, int, int] | None:
    """Kind, upright width and height, and EXIF turn, or None where these bytes alone do not tell."""
    if head[:3] == b"\xff\xd8\xff":
        return _jpeg(head)
    if head[:8] == b"\x89PNG\r\n\x1a\n" and head[12:16] == b"IHDR" and len(head) >= 24:
        if b"eXIf" in head:
            return None  # rare: let Pillow read the turn
        width, height = struct.unpack(">II", head[16:24])
        return ("PNG", width, height, 1) if width and height else None
    return None


def _jpeg(head: bytes) -> tuple[str, int, int, int] | None:
    position, orientation, end = 2, 1, len(head)
    while position + 9 < end:
        if head[position] != 0xFF:
            return None
        marker = head[position + 1]
        if marker == 0xFF:
            position += 1
            continue
        if 0xD0 <= marker <= 0xD8 or marker == 0x01:
            position += 2
            continue
        length = head[position + 2] << 8 | head[position + 3]
        if marker in _SOF:
            height = head[position + 5] << 8 | head[position + 6]
            width = head[position + 7] << 8 | head[position + 8]
            if not width or not height:
                return None
            if orientation >= 5:
                width, height = height, width
            return ("JPEG", width, height, orientation)
        if marker == 0xE1 and head[position + 4 : position + 10] == b"Exif\0\0":
            if position + 2 + length > end:
                return None
            orientation = _orientation(head[position + 10 : position + 2 + length])
        if marker == 0xE2 and head[position + 4 : position + 8] == b"MPF\0":
            return None
        position += 2 + length
    return None


def _orientation(tiff: bytes) -> int:
    order = {b"II": "<", b"MM": ">"}.get(tiff[:2])
    if order is None or len(tiff) < 14:
        return 1
    (start,) = struct.unpack_from(order + "I", tiff, 4)
    if start + 2 > len(tiff):
        return 1
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for index in range(min(count, 512)):
        at = start + 2 + 12 * index
        if at + 12 > len(tiff):
            break
        tag, kind = struct.unpack_from(order + "HH", tiff, at)
        if tag == 0x0112 and kind == 3:
            (value,) = struct.unpack_from(order + "H", tiff, at + 8)
            return value if 1 <= value <= 8 else 1
    return 1


def _ends_whole(descriptor: int, head: bytes, kind: str, size: int) -> bool:
    """Whether the picture's end mark stands near the file's end: a picture that was cut off has none there."""
    mark = _END_MARKS[kind]
    if len(head) == size:
        return mark in head[-_TAIL:]
    if mark in os.pread(descriptor, 16, max(0, size - 16)):
        return True
    # Cameras append previews and padding after the end mark.
    return mark in os.pread(descriptor, _TAIL, max(0, size - _TAIL))


def _by_pillow(path: str, size: int, mark: int) -> Header:
    try:
        with opened(path) as picture:
            kind = str(picture.raw.format or "")
            kind = "JPEG" if kind == "MPO" else kind
            return Header(kind, *picture.size, picture.orientation, size, "", mark)
    except NoScaleError as error:
        return Header("", 0, 0, 1, size, "broken", mark, str(error))
    except UNREADABLE:
        return Header("", 0, 0, 1, size, "broken", mark)


def _decoding_fault(path: str) -> str:
    try:
        with open(path, "rb") as file, opened(BytesIO(file.read())) as picture:  # noqa: PTH123
            picture.raw.load()
    except UNREADABLE:
        return "truncated"
    return ""
