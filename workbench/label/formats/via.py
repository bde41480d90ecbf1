"""VGG Image Annotator 1 and 2: a project, its annotations as JSON, or as CSV; one file a set, pixels; read only.

A rectangle is a box; of a polygon, circle or ellipse the box is the hull. VIA lists every picture that was opened, so
one without regions is *unlabelled*: nobody can tell from the file whether it is empty.
"""

from __future__ import annotations

import csv
import io
import json
import math
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from workbench.label.formats.coco import load_json
from workbench.label.formats.csv_table import NO_CLASS
from workbench.label.formats.faces import column_key
from workbench.label.formats.picture_rows import PictureRows, four, texts
from workbench.label.reading.outlines import Corners, Point, ellipse_box, hull
from workbench.label.reading.raw import Problem, RawLabels
from workbench.label.reading.sources import Refused
from workbench.model.errors import InputError
from workbench.pictures.file_names import nfc, printable
from workbench.pictures.walking import Entry

_CLASS = ("class", "classname", "label", "labelname", "category", "name", "object", "type", "objectclass", "species")
_NO_BOX = ("polyline", "point", "line")


@dataclass(slots=True)
class _Region:
    """One region before it is known which attribute is the class."""

    pictures: PictureRows
    index: int
    line: int
    shape: Mapping[str, Any]
    attributes: Mapping[str, Any]


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read VIA files.

    Raises:
        InputError: if the regions have several attributes and none is called as classes are.
    """
    raw = RawLabels("via", "xywh", "px")
    regions = [
        *_from_json(raw, [one for one in entries if not _is_table(one)]),
        *_from_tables(raw, [one for one in entries if _is_table(one)]),
    ]
    key = _class_key(region.attributes for region in regions)
    if key is None and regions:
        message = f"the regions have no attribute; every box is called '{NO_CLASS}'"
        raw.problems.append(
            Problem("class-names-missing", message, fix="Give the regions an attribute 'class' in VIA.")
        )
    for region in regions:
        _take(raw, region, key)
    return raw


def _is_table(entry: Entry) -> bool:
    return not entry.name.lower().endswith(".json")


def _from_json(raw: RawLabels, entries: Sequence[Entry]) -> Iterator[_Region]:
    for entry in entries:
        try:
            content = load_json(entry)
            pictures = content.get("_via_img_metadata", content) if isinstance(content, dict) else None
            if not isinstance(pictures, dict):
                raise Refused("not-this-format", "is no object of pictures with regions")
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        rows = PictureRows(raw, entry)
        for key, item in pictures.items():
            named = item.get("filename") if isinstance(item, dict) else None
            found = item.get("regions") if isinstance(item, dict) else None
            if not isinstance(named, str) or not isinstance(found, list | dict):
                rows.refuse("missing-field", f"'{printable(str(key))[:60]}' has no filename with regions", None, None)
                continue
            index = rows.index(named, labelled=False)
            if index is None:
                continue
            for region in found.values() if isinstance(found, dict) else found:
                given = region if isinstance(region, dict) else {}
                yield _Region(
                    rows, index, 0, _dict(given.get("shape_attributes")), _dict(given.get("region_attributes"))
                )


def _from_tables(raw: RawLabels, entries: Sequence[Entry]) -> Iterator[_Region]:
    for entry, text in texts(raw, entries):
        rows = PictureRows(raw, entry)
        reader = csv.reader(io.StringIO(text))
        places: dict[str, int] = {}
        try:
            for cells in reader:
                if not places:
                    places = {column_key(cell): place for place, cell in enumerate(cells)}
                    continue
                region = _from_cells(rows, reader.line_num, cells, places)
                if region is not None:
                    yield region
        except csv.Error as error:
            raw.problems.append(Problem("line-syntax", f"{error}; the rest was not read", entry.name, reader.line_num))


def _from_cells(rows: PictureRows, line: int, cells: Sequence[str], places: Mapping[str, int]) -> _Region | None:
    wanted = [places.get(key, -1) for key in ("filename", "regionshapeattributes", "regionattributes")]
    if not any(cells):
        return None
    index = rows.index(cells[wanted[0]], line, labelled=False) if -1 < wanted[0] < len(cells) else None
    picture = rows.picture(index)
    if min(wanted) < 0 or len(cells) <= max(wanted):
        rows.refuse("line-syntax", f"has {len(cells)} cells, expected {max(wanted) + 1}", line, picture)
        return None
    try:
        shape, attributes = (_dict(json.loads(cells[place] or "{}")) for place in wanted[1:])
    except (ValueError, RecursionError):
        rows.refuse("json-syntax", "a cell holds broken JSON", line, picture, cells[wanted[1]])
        return None
    return None if index is None or not shape else _Region(rows, index, line, shape, attributes)


def _dict(value: Any) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}


def _class_key(regions: Iterable[Mapping[str, Any]]) -> str | None:
    counts = Counter(key for attributes in regions for key, value in attributes.items() if _words(value))
    if len(counts) < 2:
        return next(iter(counts), None)
    by_name = {column_key(key): key for key in counts}
    called = next((by_name[name] for name in _CLASS if name in by_name), None)
    if called is None:
        there = ", ".join(repr(printable(key)[:30]) for key in sorted(counts)[:8])
        raise InputError(
            f"the VIA regions have the attributes {there}, and which of them is the class nobody can tell; "
            "call it 'class' in VIA (Attributes, Region attributes) and save again"
        )
    return called


def _words(value: Any) -> str:
    """An attribute's value: its text, or the one box that is ticked."""
    if isinstance(value, dict):
        ticked = [str(key) for key, on in value.items() if on]
        return nfc(ticked[0].strip()) if len(ticked) == 1 else ""
    return nfc(str(value).strip()) if isinstance(value, str | int | float) else ""


def _take(raw: RawLabels, region: _Region, key: str | None) -> None:
    record = raw.files[region.index]
    kind = region.shape.get("name")
    if kind in _NO_BOX:
        region.pictures.refuse("other-shape", f"a {kind}", region.line or None, record.picture)
        return
    record.labelled = True
    said = " ".join(str(value)[:24] for name, value in region.shape.items() if name != "name")
    name = NO_CLASS if key is None else _words(region.attributes.get(key))
    if not name:
        message = f"a region has no '{printable(str(key))[:30]}'"
        region.pictures.refuse("class-name-empty", message, region.line or None, record.picture, said)
        return
    found = _box(region.shape)
    if found is None:
        message = f"a region of the kind '{printable(str(kind))[:30]}' lacks numbers"
        region.pictures.refuse("not-a-number", message, region.line or None, record.picture, said)
        return
    box, points = found
    row = raw.add(region.index, region.line, name, box)
    if kind != "rect":
        raw.mark("shape", row, kind)
    if points:
        raw.mark("points", row, points)
    for attribute, value in region.attributes.items():
        if attribute != key and _words(value):
            raw.mark_attribute(nfc(attribute), row, _words(value))


def _box(
    shape: Mapping[str, Any],
) -> tuple[Corners, list[Point] | None] | None:
    """Corner and size of a region, and its points where it is a polygon."""
    kind = shape.get("name")
    if kind == "rect":
        values = four([shape.get(part) for part in ("x", "y", "width", "height")])
        return values and (values, None)
    if kind == "polygon":
        xs, ys = shape.get("all_points_x"), shape.get("all_points_y")
        if not isinstance(xs, list) or not isinstance(ys, list) or len(xs) != len(ys) or len(xs) < 3:
            return None
        try:
            points = [(float(x), float(y)) for x, y in zip(xs, ys, strict=True)]
            x0, y0, x1, y1 = hull(points)
        except (TypeError, ValueError, OverflowError):
            return None
        return (x0, y0, x1 - x0, y1 - y0), points
    radius = shape.get("r")
    values = four([shape.get("cx"), shape.get("cy"), shape.get("rx", radius), shape.get("ry", radius)])
    turn = four([shape.get("theta") or 0, 0, 0, 0])
    if kind not in ("circle", "ellipse") or values is None or turn is None:
        return None
    x0, y0, x1, y1 = ellipse_box(*values, math.degrees(turn[0]))
    return (x0, y0, x1 - x0, y1 - y0), None
