"""Label formats by their face: which one a file is in, by its name and first page; the table is ``faces.toml``."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

from workbench.label.formats.json_paths import has, has_all, key_paths
from workbench.pictures.kinds import SUFFIXES

NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
"""The pattern of a number as text."""
_VALUES = {
    "int": r"[-+]?\d+",
    "minus": r"-1(?:\.0*)?",
    "num": NUMBER,
    "score": rf"(?!-?[01](?:\.0*)?(?:[\s,]|$)){NUMBER}",
    "pixels": r"(?:\d{2,}|[2-9])(?:\.\d*)?",
    "share": r"(?:0?\.\d+|0|1)(?:\.0*)?(?:[eE]-\d+)?",
    "flag": r"[01]",
    "code": r"(?:\d|1[0-2])",
    "word": rf"(?!{NUMBER}(?:[\s,;]|$))[^\s,;]+",
    "words": r"[^\d\s,;][^,;\t\d]*",
    "picture": rf"[^,;\t]+(?:{'|'.join(re.escape(one) for one in sorted(SUFFIXES))})",
    "quoted": r'"[^"\n]*"',
    "any": r"[^\n]*",
}
_HALF = 0.5
"""At least this share of the lines must fit: a file with broken lines is still of its format."""
_LINES = 30
_ROOT = re.compile(r"<(?:[\w.-]+:)?([A-Za-z_][\w.-]*)")
_NOT_ROOT = re.compile(r"<\?.*?\?>|<!--.*?-->|<!DOCTYPE[^\[>]*(?:\[.*?\])?\s*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Face:
    """How one format is known.

    Attributes:
        name: its key in the table.
        title: what people call it.
        reads: the format that it is read as, or empty for one that is not read.
        advice: for one that is not read, how to turn it into one that is.
        remark: for one that is read, what must be known of it.
        names: in the path of the file.
        start: at the beginning of the file.
        line: what most lines are.
        skip: lines that do not count.
        keys: any of these lists of JSON paths; one that begins with ``!`` must not be there.
        root: of an XML file, lower case.
        child: in the XML.
        without: not in the XML.
        header: columns of a table, as `column_key` writes them.
    """

    name: str
    title: str
    reads: str = ""
    advice: str = ""
    remark: str = ""
    names: re.Pattern[str] | None = None
    start: re.Pattern[str] | None = None
    line: re.Pattern[str] | None = None
    skip: re.Pattern[str] | None = None
    keys: tuple[tuple[tuple[str, ...], ...], ...] = ()
    root: str = ""
    child: re.Pattern[str] | None = None
    without: re.Pattern[str] | None = None
    header: frozenset[str] = frozenset()

    @property
    def kind(self) -> str:
        """The format that it is read as, or its own key where it is not read."""
        return self.reads or self.name

    @property
    def said(self) -> str:
        """What it is and what to do, for one that is not read."""
        return f"{self.title}, which is not read here; {self.advice}"


@cache
def faces() -> tuple[Face, ...]:
    """The table, in its order."""
    table = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
    return tuple(_face(name, **one) for name, one in table.items())


def _face(name: str, *, lines: str = "", between: str = "", keys: Sequence[Sequence[str]] = (), **said: Any) -> Face:
    for pattern in ("names", "start", "skip", "child", "without"):
        if pattern in said:
            said[pattern] = re.compile(said[pattern], re.IGNORECASE)
    said["header"] = frozenset(said.get("header", ()))
    line = re.compile(_line(lines, between)) if lines else None
    paths = tuple(tuple(tuple(path.split("/")) for path in group) for group in keys)
    return Face(name, line=line, keys=paths, **said)


def _line(lines: str, between: str) -> str:
    """The pattern of one line, of values with something between them."""
    gap = rf"[ \t]*{between}[ \t]*" if between else r"[ \t]+"
    parts: list[str] = []
    for word in lines.split():
        kind, _, count = word.rstrip("+*").partition(":")
        one = f"(?:{_VALUES[kind]})"
        if word[-1] != "*":
            parts += [one] * int(count or 1)
        if word[-1] in "+*":
            parts[-1] += rf"(?:{gap}{one})*+"
    return rf"[ \t]*{gap.join(parts)}[ \t]*(?:{between or '$'})?[ \t]*$"


def face_of_name(name: str) -> Face | None:
    """The format that a file's name alone tells: of files that are not opened."""
    return next((one for one in faces() if one.names and not one.line and one.names.search(name)), None)


def face_of_text(name: str, text: str) -> Face | None:
    """The format of a file of lines, from its beginning: the first that all lines fit, else the one that most do."""
    lines = [line for line in text.splitlines() if line.strip()][:_LINES]
    best: tuple[float, Face | None] = (0.0, None)
    for face in faces():
        if face.names and not face.names.search(name):
            continue
        if face.start and face.start.match(text):
            return face
        if face.line:
            share = _share(face.line, face.skip, lines)
            if share >= _HALF and share > best[0]:
                best = (share, face)
        if best[0] == 1.0:
            break
    return best[1]


def _share(pattern: re.Pattern[str], skip: re.Pattern[str] | None, lines: list[str]) -> float:
    counted = [line for line in lines if not (skip and skip.match(line))]
    return sum(pattern.match(line) is not None for line in counted) / len(counted) if counted else 0.0


def face_of_json(text: str) -> Face | None:
    """The format of a JSON file, from its beginning."""
    paths = key_paths(text)
    if not paths:
        return None
    for face in faces():
        for group in face.keys:
            wanted = [path for path in group if not path[0].startswith("!")]
            barred = [(path[0][1:], *path[1:]) for path in group if path[0].startswith("!")]
            if has_all(paths, wanted) and not any(has(paths, path) for path in barred):
                return face
    return None


def face_of_xml(text: str) -> Face | None:
    """The format of an XML file, from its beginning."""
    name = xml_root(text)
    for face in faces():
        lacks = face.child is not None and not face.child.search(text)
        barred = face.without is not None and face.without.search(text)
        if face.root and face.root == name and not lacks and not barred:
            return face
    return None


def xml_root(text: str) -> str | None:
    """The name of an XML file's root, in small letters and without its namespace."""
    root = _ROOT.search(_NOT_ROOT.sub("", text))
    return root.group(1).lower() if root else None


def face_of_header(columns: Sequence[str]) -> Face | None:
    """The format of a table with a line of names, from these."""
    keys = {column_key(one) for one in columns}
    return next((one for one in faces() if one.header and one.header <= keys), None)


def column_key(column: str) -> str:
    """A column's name as tables are compared: small letters and digits only."""
    return re.sub(r"[^a-z0-9]", "", column.lower())


def unread() -> Iterator[Face]:
    """The formats that are known and not read, each title once."""
    seen: set[str] = set()
    for face in faces():
        if not face.reads and face.title not in seen:
            seen.add(face.title)
            yield face


def named(name: str) -> Face:
    """The face of a key in the table."""
    return next(one for one in faces() if one.name == name)
