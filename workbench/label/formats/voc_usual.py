"""The VOC file as LabelImg writes it, read by two patterns: a third of the time that parser and tree take.

Most VOC files have exactly this shape. A file that differs in anything (another order, an attribute, a comment, an
entity, a letter beyond ASCII, a flag that is set) is not read here: `read_usual` says None, and the parser of `voc`
takes it. What the patterns accept, the parser reads as the same rows; `tests/label/test_voc_usual.py` holds the two
against each other.
"""

from __future__ import annotations

import re
from sys import intern
from typing import NamedTuple

# No mark of XML, no control character, and nothing beyond ASCII: such text means itself in every encoding we read.
_PARTS = {b"TEXT": rb"[ -%'-;=?-~]", b"WHOLE": rb"[0-9]{1,9}+", b"NUMBER": rb"([0-9]{1,9}+(?:\.[0-9]{1,20}+)?)"}


def _pattern(text: bytes) -> re.Pattern[bytes]:
    """Compile a pattern in which spaces and line ends stand for white space, capitals for one of `_PARTS`.

    What repeats never gives back what it took (``*+``): no text could end otherwise, and it takes a third of the time.
    """
    text = re.sub(rb"[ \n]", rb"[ \\t\\r\\n]*+", text)
    for word, meaning in _PARTS.items():
        text = text.replace(word, meaning)
    return re.compile(text)


_HEAD = _pattern(
    rb"""<annotation(?:\x20verified="(?:yes|no)")?>
(?:<folder>TEXT*+</folder> )?<filename>(TEXT++)</filename>
(?:<path>(TEXT++)</path> )?(?:<source> <database>TEXT*+</database> </source> )?<size>
<width>(WHOLE)</width> <height>(WHOLE)</height> (?:<depth>WHOLE</depth> )?</size>
(?:<segmented>WHOLE</segmented> )?"""
)
_OBJECT = _pattern(
    rb"""<object> <name>(TEXT++)</name>
(?:<(?:pose>TEXT*+</pose|truncated>0</truncated|difficult>0</difficult|occluded>0</occluded)> )*+<bndbox>
<xmin>NUMBER</xmin> <ymin>NUMBER</ymin> <xmax>NUMBER</xmax> <ymax>NUMBER</ymax> </bndbox> </object>
"""
)
_END = _pattern(rb"</annotation> \Z")


class Usual(NamedTuple):
    """What a file of the usual shape says; texts are stripped, and `path` may be empty.

    Object i has its line in `lines[i]`, its class in `names[i]`, and its corners as written in `values[4i:4i+4]`.
    """

    picture: str
    path: str
    width: int
    height: int
    lines: list[int]
    names: list[str]
    values: list[float]


def read_usual(data: bytes) -> Usual | None:
    """The content of a file of exactly the usual shape, or None for every other file."""
    head = _HEAD.match(data)
    if head is None:
        return None
    place, line, counted = head.end(), 1, 0
    lines: list[int] = []
    names: list[str] = []
    values: list[float] = []
    while (found := _OBJECT.match(data, place)) is not None:
        name, x0, y0, x1, y1 = found.groups()
        name = name.strip()
        if not name:
            return None
        line += data.count(b"\n", counted, place)
        counted, place = place, found.end()
        lines.append(line)
        names.append(intern(name.decode("ascii")))
        values += (float(x0), float(y0), float(x1), float(y1))
    picture, path, width, height = head.groups(b"")
    picture = picture.strip()
    if not picture or _END.match(data, place) is None:
        return None
    return Usual(picture.decode("ascii"), path.strip().decode("ascii"), int(width), int(height), lines, names, values)
