"""What the columns of a table of boxes mean, from their names."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from dataclasses import dataclass

from workbench.label.formats.faces import column_key
from workbench.label.reading.raw import Layout
from workbench.pictures.file_names import suffix_of
from workbench.pictures.kinds import SUFFIXES

_PICTURE = (
    *("filename", "imagefilename", "imagename", "imgname", "imagepath", "imgpath", "filepath", "path"),
    *("image", "img", "file", "imagefile", "picture", "photo", "imageid", "imgid", "externalid", "frame", "url"),
)
_CLASS = (
    *("class", "classname", "label", "labelname", "category", "categoryname", "objectclass", "classlabel", "tag"),
    *("object", "name", "type", "classid", "categoryid", "labelid"),
)
_BY_NUMBER = ("classid", "categoryid", "labelid")
_SIZE = (("imagewidth", "imageheight"), ("imgwidth", "imgheight"), ("imgw", "imgh"), ("width", "height"))
_SPLIT = ("split", "subset", "set", "usage", "partition")
_IGNORE = ("isgroupof", "iscrowd", "ignore")
_CONFIDENCE = ("confidence", "score", "conf", "probability")
_PREFIXES = ("bbox", "box", "bb", "roi", "rect", "boundingbox")
_BOXES: tuple[tuple[Layout, tuple[str, str, str, str]], ...] = (
    ("xyxy", ("xmin", "ymin", "xmax", "ymax")),
    ("xyxy", ("minx", "miny", "maxx", "maxy")),
    ("xyxy", ("x1", "y1", "x2", "y2")),
    ("xyxy", ("x0", "y0", "x1", "y1")),
    ("xyxy", ("left", "top", "right", "bottom")),
    ("xyxy", ("leftcol", "toprow", "rightcol", "bottomrow")),
    ("xyxy", ("xtl", "ytl", "xbr", "ybr")),
    ("xyxy", ("xtopleft", "ytopleft", "xbottomright", "ybottomright")),
    ("xyxy", ("topleftx", "toplefty", "bottomrightx", "bottomrighty")),
    ("xyxy", ("xstart", "ystart", "xend", "yend")),
    *(
        ("cxcywh", (x, y, w, h))
        for x, y in (("xcenter", "ycenter"), ("xcentre", "ycentre"), ("centerx", "centery"), ("cx", "cy"), ("xc", "yc"))
        for w, h in (("w", "h"), ("width", "height"))
    ),
    *(
        ("xywh", (x, y, w, h))
        for x, y in (("left", "top"), ("xmin", "ymin"), ("x", "y"), ("x1", "y1"), ("xtl", "ytl"))
        for w, h in (("w", "h"), ("width", "height"))
    ),
)
_IN_ONE = ("bbox", "box", "boundingbox")
WORDS = {"xyxy": "corners", "xywh": "corner and size", "cxcywh": "centre and size"}


@dataclass(frozen=True)
class Columns:
    """Where a table has what; -1 where it has it not.

    Attributes:
        layout: what the four numbers are.
        box: the places of the four numbers, or one place that holds all four.
        picture: the picture's name.
        kind: the class.
        by_number: whether the class is a number.
        size: the picture's width and height.
        split: train, val or test.
        ignore: whether the object does not count.
        confidence: of a detector.
        others: further columns, kept as attributes: place and name.
        first: the line number of the first row.
    """

    layout: Layout
    box: tuple[int, ...]
    picture: int
    kind: int = -1
    by_number: bool = False
    size: tuple[int, int] = (-1, -1)
    split: int = -1
    ignore: int = -1
    confidence: int = -1
    others: tuple[tuple[int, str], ...] = ()
    first: int = 2


def delimiter_of(line: str) -> str:
    """What stands between the cells: a comma, a semicolon or a tab."""
    return max(",;\t", key=line.count)


def cells_of(line: str) -> list[str]:
    """The cells of one line of a table."""
    try:
        return [cell.strip() for cell in next(csv.reader([line], delimiter=delimiter_of(line)), [])]
    except csv.Error:
        return []


def columns_of(header: Sequence[str]) -> Columns | None:
    """What a line of names means, or None where it has no picture or no box."""
    keys = [column_key(cell.lstrip("\ufeff#")) for cell in header]
    plain = {key: place for place, key in reversed(list(enumerate(keys)))}
    # A prefix such as bbox_ says which of two widths is the box's.
    marked = {
        key.removeprefix(prefix): place
        for place, key in enumerate(keys)
        for prefix in _PREFIXES
        if key.startswith(prefix) and key != prefix
    }
    picture = _first(plain, _PICTURE)
    if picture < 0:
        return None
    layout, box = _box_of(plain, marked, picture)
    if not box:
        return None
    used = {picture, *box}
    kind = _first(plain, _CLASS, used)
    used.add(kind)
    size = next(
        ((plain[w], plain[h]) for w, h in _SIZE if w in plain and h in plain and not {plain[w], plain[h]} & used),
        (-1, -1),
    )
    rest = [_first(plain, names, used) for names in (_SPLIT, _IGNORE, _CONFIDENCE)]
    used |= {*size, *rest}
    others = tuple((place, name) for place, name in enumerate(header) if place not in used and name)
    by_number = kind >= 0 and keys[kind] in _BY_NUMBER
    return Columns(layout, box, picture, kind, by_number, size, rest[0], rest[1], rest[2], others)


def _box_of(plain: dict[str, int], marked: dict[str, int], picture: int) -> tuple[Layout, tuple[int, ...]]:
    for layout, wanted in _BOXES:
        places = tuple(marked.get(one, plain.get(one, -1)) for one in wanted)
        if min(places) >= 0 and picture not in places:
            return layout, places
    one = _first(plain, _IN_ONE)
    return "xywh", () if one < 0 else (one,)


def columns_without_header(cells: Sequence[str]) -> Columns | None:
    """What a first line of values means: ``path, x1, y1, x2, y2, class``, as RetinaNet and GTSDB write it."""
    if len(cells) != 6 or suffix_of(cells[0]) not in SUFFIXES or not (cells[5] or not any(cells[1:5])):
        return None
    if any(cells[1:5]) and not all(_is_number(cell) for cell in cells[1:5]):
        return None
    return Columns("xyxy", (1, 2, 3, 4), 0, 5, first=1)


def _first(places: dict[str, int], wanted: Sequence[str], used: set[int] | frozenset[int] = frozenset()) -> int:
    return next((places[name] for name in wanted if name in places and places[name] not in used), -1)


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
