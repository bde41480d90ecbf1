"""CVAT XML 1.1, one file for a set: *for images* is read and written, *for video* is read by `cvat_video`.

Boxes are in pixels, labels in ``<meta>``. What shapes other than boxes become, `cvat_shapes` says.

Our own reader: FiftyOne's keeps everything but stops at the first fault; the others do not read it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from xml.etree.ElementTree import Element
from xml.sax.saxutils import escape, quoteattr

from workbench.label.formats.cvat_shapes import SHAPES, WITHOUT_BOX, add, label_of, read_outline, said_of
from workbench.label.formats.cvat_video import take_tracks, track_of
from workbench.label.formats.voc import note_encoding, number
from workbench.label.reading.raw import Problem, RawFile, RawLabels, side_of
from workbench.label.reading.sources import Refused, read_bytes
from workbench.label.reading.xml_source import line_of_reason, lines_of, read_xml
from workbench.label.writing.records import Picture
from workbench.pictures.file_names import base_name, nfc, printable, safe_name, without_suffix
from workbench.pictures.split_words import split_of_folder
from workbench.pictures.walking import Entry

_MAX_BYTES = 128 * 2**20
_BOX = ("xtl", "ytl", "xbr", "ybr")
_SPLITS = ("train", "val", "test")


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read CVAT files."""
    raw = RawLabels("cvat", "xyxy", "px")
    for entry in entries:
        try:
            if entry.outside:
                raise Refused("path-outside", "is a link that leads out of the labels folder; not opened")
            found = read_xml(read_bytes(entry.path, _MAX_BYTES))
            root = found.root
            if root.tag != "annotations":
                raise Refused("not-this-format", f"the root is <{root.tag[:40]}>, not <annotations>")
        except Refused as refusal:
            line = line_of_reason(refusal.reason)
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name, line))
            continue
        note_encoding(raw, entry.name, found)
        names = [nfc((label.findtext("name") or "").strip()) for label in root.iterfind("meta//label")]
        raw.classes = tuple(dict.fromkeys([*raw.classes, *(name for name in names if name)]))
        lines = _lines(found.data)
        shared = _in_several_subsets(root)
        tracks = []
        for part in root:
            if part.tag == "image":
                _take_image(raw, entry.name, part, lines, shared)
            elif part.tag == "track":
                tracks.append(track_of(raw, entry.name, part, lines))
        take_tracks(raw, entry.name, root, [track for track in tracks if track is not None])
    return raw


def _lines(data: bytes) -> dict[str, Iterator[int]]:
    found: dict[str, list[int]] = {tag: [] for tag in ("image", "track", *SHAPES, *WITHOUT_BOX)}
    for tag, line in lines_of(data, *found):
        found[tag].append(line)
    return {tag: iter(values) for tag, values in found.items()}


def _in_several_subsets(root: Element) -> set[str]:
    """Names of pictures that stand in more than one subset: in a project's export they are different pictures."""
    subsets: dict[str, set[str]] = defaultdict(set)
    for image in root.iterfind("image"):
        subsets[image.get("name", "")].add(image.get("subset", ""))
    return {name for name, found in subsets.items() if len(found) > 1}


def _take_image(raw: RawLabels, file: str, image: Element, lines: dict[str, Iterator[int]], shared: set[str]) -> None:
    line = next(lines["image"], 0)
    picture = image.get("name", "").strip()
    if not picture:
        raw.problems.append(Problem("missing-field", "an <image> has no name", file, line))
        return
    subset = image.get("subset", "")
    if image.get("name", "") in shared and subset:
        # CVAT itself writes such pictures to images/SUBSET/.
        picture = f"{subset}/{picture}"
    safe = safe_name(picture)
    if safe is None:
        raw.problems.append(Problem("path-outside", f"the picture is '{printable(picture)[:120]}'", file, line))
        safe = base_name(picture)
    width, height = side_of(image.get("width")), side_of(image.get("height"))
    split = split_of_folder(subset)
    index = len(raw.files)
    raw.files.append(RawFile(file, without_suffix(safe), safe, width, height, line, split))
    for shape in image:
        if shape.tag in WITHOUT_BOX:
            at = next(lines[shape.tag], 0)
            if shape.tag == "skeleton":
                for _ in shape.iter("points"):
                    next(lines["points"], 0)
            message = f"{shape.tag} of '{printable(shape.get('label', ''))[:60]}'"
            raw.problems.append(Problem("other-shape", message, file, at or None, safe, said_of(shape) or None))
        elif shape.tag in SHAPES:
            at = next(lines[shape.tag], 0)
            name = label_of(raw, shape, file, at, safe)
            outline = read_outline(raw, shape, file, at, safe) if name else None
            if name and outline is not None:
                add(raw, index, at, name, outline, shape)


def write(records: Sequence[Picture], classes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """``annotations.xml``."""
    labels = f"<labels>{''.join(f'<label><name>{escape(name)}</name></label>' for name in classes)}</labels>"
    splits = dict.fromkeys(record.split for record in records if record.split in _SPLITS)
    # Splits are subsets of a project's tasks: Datumaro reads no picture whose subset the head does not name.
    tasks = "".join(f"<task><subset>{split}</subset></task>" for split in splits)
    meta = f"<project><tasks>{tasks}</tasks>{labels}</project>" if splits else f"<task>{labels}</task>"
    lines = [
        '<?xml version="1.0" encoding="utf-8"?>',
        "<annotations>",
        "  <version>1.1</version>",
        f"  <meta>{meta}</meta>",
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
