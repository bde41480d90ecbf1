"""CVAT for images XML 1.1: one file for a set, boxes and polygons in pixels, labels in ``<meta>``.

Our own reader: FiftyOne's keeps everything but stops at the first fault; the others do not read it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from workbench.label.formats.voc import number, parse_xml
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.label.reading.sources import Refused, read_bytes
from workbench.label.writing.records import Picture
from workbench.pictures.file_names import base_name, nfc, printable, safe_name, without_suffix
from workbench.pictures.split_words import split_of_folder
from workbench.pictures.walking import Entry

_MAX_BYTES = 128 * 2**20
_BOX = ("xtl", "ytl", "xbr", "ybr")
_TAGS = re.compile(rb"<(image|box|polygon)[\s>]")
_SPLITS = ("train", "val", "test")


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read CVAT files."""
    raw = RawLabels("cvat", "xyxy", "px")
    for entry in entries:
        try:
            if entry.outside:
                raise Refused("path-outside", "is a link that leads out of the labels folder; not opened")
            data = read_bytes(entry.path, _MAX_BYTES)
            root = parse_xml(data)
            if root.tag != "annotations":
                raise Refused("not-this-format", f"the root is <{root.tag[:40]}>, not <annotations>")
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        names = [nfc((label.findtext("name") or "").strip()) for label in root.iterfind("meta//label")]
        raw.classes = tuple(dict.fromkeys([*raw.classes, *(name for name in names if name)]))
        lines = _lines(data)
        for image in root.iterfind("image"):
            _take_image(raw, entry.name, image, lines)
    return raw


def _lines(data: bytes) -> dict[bytes, Iterator[int]]:
    found: dict[bytes, list[int]] = {b"image": [], b"box": [], b"polygon": []}
    last, line = 0, 1
    for hit in _TAGS.finditer(data):
        line += data.count(b"\n", last, hit.start())
        last = hit.start()
        found[hit.group(1)].append(line)
    return {tag: iter(values) for tag, values in found.items()}


def _take_image(raw: RawLabels, file: str, image: Element, lines: dict[bytes, Iterator[int]]) -> None:
    line = next(lines[b"image"], 0)
    picture = image.get("name", "").strip()
    if not picture:
        raw.problems.append(Problem("missing-field", "an <image> has no name", file, line))
        return
    safe = safe_name(picture)
    if safe is None:
        raw.problems.append(Problem("path-outside", f"the picture is '{printable(picture)[:120]}'", file, line))
        safe = base_name(picture)
    width, height = _side(image.get("width")), _side(image.get("height"))
    split = split_of_folder(image.get("subset", ""))
    index = len(raw.files)
    raw.files.append(RawFile(file, without_suffix(safe), safe, width, height, line, split))
    for shape in image:
        if shape.tag not in ("box", "polygon"):
            continue
        at = next(lines[shape.tag.encode()], 0)
        name = nfc(shape.get("label", "").strip())
        said = printable(
            " ".join(str(shape.get(key, "-"))[:24] for key in _BOX)
            if shape.tag == "box"
            else shape.get("points", "")[:60]
        )
        if not name:
            raw.problems.append(Problem("class-name-empty", f"a {shape.tag} has no label", file, at, safe, said))
            continue
        points: list[tuple[float, float]] = []
        try:
            if shape.tag == "box":
                x0, y0, x1, y1 = (float(shape.attrib[key]) for key in _BOX)
            else:
                pairs = [pair.split(",") for pair in shape.attrib["points"].split(";") if pair.strip()]
                points = [(float(pair[0]), float(pair[1])) for pair in pairs]
                x0, x1 = min(x for x, _ in points), max(x for x, _ in points)
                y0, y1 = min(y for _, y in points), max(y for _, y in points)
        except KeyError as error:
            raw.problems.append(
                Problem("missing-field", f"the {shape.tag} has no {error.args[0]}", file, at, safe, said)
            )
            continue
        except (ValueError, IndexError):
            raw.problems.append(
                Problem("not-a-number", f"a value of the {shape.tag} is not a number", file, at, safe, said)
            )
            continue
        row = raw.add(index, at, name, (x0, y0, x1, y1))
        if points:
            raw.mark("points", row, points)
            raw.mark("shape", row, "polygon")
        if shape.get("occluded") == "1":
            raw.mark("occluded", row, 1)
        for attribute in shape.iterfind("attribute"):
            if attribute.get("name") and attribute.text:
                raw.mark(attribute.get("name", ""), row, attribute.text.strip())


def _side(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 10 else 0


def write(records: Sequence[Picture], classes: tuple[str, ...], pictures: Path | None) -> Iterator[tuple[str, bytes]]:
    """``annotations.xml``."""
    labels = "".join(f"<label><name>{escape(name)}</name></label>" for name in classes)
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<annotations>",
        "  <version>1.1</version>",
        f"  <meta><task><labels>{labels}</labels></task></meta>",
    ]
    kept = [record for record in records if record.status != "unlabelled" or record.boxes]
    for index, record in enumerate(kept):
        size = f' width="{record.width}" height="{record.height}"' if record.width and record.height else ""
        subset = f" subset={quoteattr(record.split)}" if record.split in _SPLITS else ""
        lines.append(f'  <image id="{index}" name={quoteattr(record.image_id)}{subset}{size}>')
        for box in record.boxes:
            occluded = 1 if str(box.extra.get("occluded", 0)) not in ("0", "False") else 0
            head = f'label={quoteattr(box.class_name)} source="manual" occluded="{occluded}"'
            points = box.extra.get("points")
            if points is None:
                corners = " ".join(f'{key}="{number(value)}"' for key, value in zip(_BOX, box.corners, strict=True))
                lines.append(f'    <box {head} {corners} z_order="0"></box>')
            else:
                text = ";".join(f"{number(float(x))},{number(float(y))}" for x, y in points)
                lines.append(f'    <polygon {head} points="{text}" z_order="0"></polygon>')
        lines.append("  </image>")
    lines.append("</annotations>\n")
    yield "annotations.xml", "\n".join(lines).encode("utf-8", "replace")
