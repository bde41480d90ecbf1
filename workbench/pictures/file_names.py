"""Names of files: as tables write them, whatever system spelt them."""

from __future__ import annotations

import unicodedata
from pathlib import PurePosixPath
from typing import Any


def nfc(text: str) -> str:
    """The text in the composed form (NFC), so that a name from macOS equals the same name from Windows."""
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def printable(text: str) -> str:
    """The text as it can be written anywhere: bytes of a name that are not UTF-8 become U+FFFD."""
    return text if text.isascii() else text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def is_utf8(name: str) -> bool:
    """Whether a file name can be written down; one out of an old archive may hold bytes that are no text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def without_suffix(name: str) -> str:
    """The name without its last extension; a name such as ``a.mp4#t=3.jpg`` keeps all but ``.jpg``."""
    dot = name.rfind(".")
    return name if dot <= 0 or name[dot - 1] == "/" or "/" in name[dot:] else name[:dot]


def suffix_of(name: str) -> str:
    """The last extension in lower case with its dot, or an empty text."""
    dot = name.rfind(".")
    return "" if dot <= 0 or name[dot - 1] == "/" or "/" in name[dot:] else name[dot:].lower()


def base_name(text: str) -> str:
    """The last part of a path a label file names, whatever system wrote it, NFC."""
    return nfc(text.strip()).replace("\\", "/").rsplit("/", 1)[-1]


def safe_name(text: str) -> str | None:
    """The POSIX path that a label file names, NFC, or None where it leads out of its folder or is absolute.

    A Windows path is read as one; a leading ``./`` is dropped.
    """
    name = nfc(text.strip()).replace("\\", "/")
    if "/" not in name:
        return None if name in ("", ".", "..") or name[1:2] == ":" else name
    path = PurePosixPath(name)
    if path.is_absolute() or ".." in path.parts or (path.parts and path.parts[0].endswith(":")):
        return None
    return str(path)


def folders_of(name: str) -> list[str]:
    """Every folder on the way to a file, relative."""
    parts = name.split("/")[:-1]
    return ["/".join(parts[:i]) for i in range(1, len(parts) + 1)]


def id_key(value: Any) -> str:
    """An id as it is compared: whole numbers and their text are one id."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    text = str(value).strip()
    return str(int(text)) if text.isascii() and text.isdecimal() and len(text) < 19 else text
