"""What a picture is: the one table of kinds with their endings, and the endings of those that are not read here."""

from __future__ import annotations

from importlib.util import find_spec

from workbench.pictures.file_names import suffix_of

_JPEG = (".jpg", ".jpeg", ".jpe", ".jfif", ".mpo")
KINDS = {
    "JPEG": _JPEG,
    # Several JPEGs in one file, as stereo cameras and some phones write; the first one is the picture.
    "MPO": _JPEG,
    "PNG": (".png",),
    "GIF": (".gif",),
    "BMP": (".bmp", ".dib"),
    "WEBP": (".webp",),
    "TIFF": (".tif", ".tiff"),
    "PPM": (".ppm", ".pgm", ".pbm", ".pnm"),
}
_AVIF = (".avif", ".avifs")
if find_spec("PIL._avif"):  # Some builds of Pillow come without it.
    KINDS["AVIF"] = _AVIF
"""The kinds that are read, as Pillow names them by their content, with the endings that tell the truth about them."""

SUFFIXES = frozenset(suffix for suffixes in KINDS.values() for suffix in suffixes)

_RAW = (".dng", ".cr2", ".cr3", ".nef", ".arw")
_OTHERS = (".heic", ".heif", ".jxl", ".jp2", ".j2k", ".psd", ".svg", ".tga", ".exr", ".pfm")
NOT_READ = frozenset([*_OTHERS, *_AVIF, *_RAW]) - SUFFIXES
"""Endings of pictures that are not read here; each such file is named in the report."""

VIDEOS = frozenset([".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".ts", ".wmv", ".3gp"])
"""Endings of videos."""

_STARTS = (b"\xff\xd8\xff", b"\x89PNG\r\n", b"GIF8", b"BM", b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def suffix_fits(kind: str, name: str) -> bool:
    """Whether the ending of a file's name is one of its true kind; a kind that is not in the table fits any."""
    allowed = KINDS.get(kind)
    return allowed is None or suffix_of(name) in allowed


def stem_of(name: str) -> str:
    """A picture's name without its ending; dots of a name without one stay: ``a.b`` is not ``a``."""
    suffix = suffix_of(name)
    return name[: -len(suffix)] if suffix in SUFFIXES or suffix in NOT_READ else name


def starts_like_a_picture(path: str) -> bool:
    """Whether a file's first bytes are those of a picture: for names without an ending."""
    try:
        with open(path, "rb") as stream:  # noqa: PTH123 - per file, and thousands of them
            start = stream.read(12)
    except OSError:
        return False
    if start[:1] == b"P" and start[1:2] in b"123456" and start[2:3].isspace():
        return True
    if start[4:12] == b"ftypavif":
        return "AVIF" in KINDS
    return start.startswith(_STARTS) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP")
