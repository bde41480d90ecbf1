"""Pascal VOC XML: one file a picture, corners in pixels, taken as written (no 1-pixel shift).

Why not a library: labelformat and supervision stop at the first bad file, hotcoco and FiftyOne leave out what they
cannot read without saying so, and none keeps line numbers. Tools that call their files VOC write more than the VOC did:
turned boxes (roLabelImg), polygons, several boxes in one object; `voc_objects` reads one object.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from xml.sax.saxutils import escape

from workbench.label.formats.voc_objects import FLAGS, take_object
from workbench.label.formats.voc_usual import Usual, read_usual
from workbench.label.reading.raw import Problem, RawFile, RawLabels, side_of
from workbench.label.reading.sources import Refused, read_bytes
from workbench.label.reading.xml_source import Xml, child, line_of_reason, lines_of, plain_tag, read_xml, text_of
from workbench.label.writing.records import Picture
from workbench.pictures.file_names import base_name, nfc, safe_name, suffix_of
from workbench.pictures.kinds import stem_of
from workbench.pictures.walking import Entry

_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_USUAL = frozenset({".jpg", ".png", "jpeg", ".JPG", ".bmp"})
_CORNERS = ("xmin", "ymin", "xmax", "ymax")


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read VOC files; every fault lands in `problems` with its line, and reading goes on."""
    raw = RawLabels("voc", "xyxy", "px")
    for entry in entries:
        try:
            if entry.outside:
                raise Refused("path-outside", "is a link that leads out of the labels folder; not opened")
            data = read_bytes(entry.path)
            usual = read_usual(data)
            if usual is not None:
                _take_usual(raw, entry, usual)
                continue
            content = read_xml(data)
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name, line_of_reason(refusal.reason)))
            continue
        if plain_tag(content.root) != "annotation":
            message = f"the root is <{content.root.tag[:40]}>, not <annotation>"
            raw.problems.append(Problem("not-this-format", message, entry.name, 1))
            continue
        _take(raw, entry, content)
    return raw


def _take_usual(raw: RawLabels, entry: Entry, usual: Usual) -> None:
    record = RawFile(entry.name, entry.key, usual.picture, usual.width, usual.height)
    raw.extend(len(raw.files), usual.lines, usual.names, usual.values)
    raw.files.append(record)
    _note_path(raw, usual.path)
    _look_at_name(raw, record, entry.name)
    if record.width <= 0 or record.height <= 0:
        raw.note("size-missing")


def _take(raw: RawLabels, entry: Entry, content: Xml) -> None:
    index = len(raw.files)
    record = RawFile(entry.name, entry.key)
    raw.files.append(record)
    note_encoding(raw, entry.name, content)
    lines = (line for _, line in lines_of(content.data, "object"))
    for part in content.root:
        tag = plain_tag(part)
        if tag == "object":
            take_object(raw, index, entry.name, next(lines, 0), part)
        elif tag == "size":
            record.width, record.height = (side_of(text_of(child(part, side))) for side in ("width", "height"))
        elif tag == "filename":
            record.picture = nfc(text_of(part)) or None
        elif tag == "path":
            _note_path(raw, text_of(part))
        elif tag == "source":
            record.labeller = text_of(child(part, "annotator"))
    if record.picture is not None:
        _look_at_name(raw, record, entry.name)
    if b"&#" in content.data:
        raw.note("character-entities")
    if record.width <= 0 or record.height <= 0:
        raw.note("size-missing")


def note_encoding(raw: RawLabels, file: str, content: Xml) -> None:
    """Report text that is not UTF-8, and whether its encoding was declared or had to be guessed."""
    if content.encoding == "utf-8":
        return
    how = f"read as {content.encoding}"
    if content.guessed:
        how += ", a guess: it declares no encoding that fits; if class names look wrong, save it as UTF-8"
    raw.problems.append(Problem("encoding", how, file, 1))


def _note_path(raw: RawLabels, path: str) -> None:
    if path.startswith(("/", "\\")) or path[1:3] in (":\\", ":/"):
        raw.note("foreign-path")


def _look_at_name(raw: RawLabels, record: RawFile, file: str) -> None:
    picture = record.picture or ""
    if picture[-4:] in _USUAL and "/" not in picture and "\\" not in picture:
        return
    if safe_name(picture) is None:
        raw.problems.append(Problem("path-outside", f"<filename> is '{picture[:120]}'", file))
        record.picture = base_name(picture)
    if suffix_of(picture) in ("", ".xml") or len(suffix_of(picture)) > 5:
        raw.note("filename-without-extension")


def write(records: Sequence[Picture], classes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """One file a picture."""
    for record in records:
        if record.status != "unlabelled" or record.boxes:
            yield stem_of(record.image_id) + ".xml", render(record)


def render(picture: Picture) -> bytes:
    """One VOC file. Whole numbers are written without a decimal point, others as the shortest text that reads back."""
    name = xml_text(picture.file_name)
    lines = [
        "<annotation>",
        f"\t<folder></folder>\n\t<filename>{name}</filename>",
        f"\t<size>\n\t\t<width>{picture.width or 0}</width>\n\t\t<height>{picture.height or 0}</height>",
        "\t\t<depth>3</depth>\n\t</size>",
        "\t<segmented>0</segmented>",
    ]
    for box in picture.boxes:
        flags = "".join(
            f"\t\t<{flag}>{xml_text(str(box.extra.get(flag, 0)))}</{flag}>\n"
            for flag in FLAGS
            if flag != "occluded" or flag in box.extra
        )
        who = f"\t\t<labeller>{xml_text(box.labeller)}</labeller>\n" if box.labeller else ""
        corners = "".join(
            f"\t\t\t<{tag}>{number(value)}</{tag}>\n" for tag, value in zip(_CORNERS, box.corners, strict=True)
        )
        lines.append(
            f"\t<object>\n\t\t<name>{xml_text(box.class_name)}</name>\n\t\t<pose>Unspecified</pose>\n{flags}{who}"
            f"\t\t<bndbox>\n{corners}\t\t</bndbox>\n\t</object>"
        )
    lines.append("</annotation>\n")
    return "\n".join(lines).encode("utf-8")


def xml_text(text: str) -> str:
    """The text as XML can hold it: its marks escaped, control characters and lone surrogates replaced by U+FFFD."""
    return escape(_ILLEGAL.sub("\ufffd", text))


def number(value: float) -> str:
    """The shortest text that reads back as the same float; whole numbers without a point."""
    return str(int(value)) if value == int(value) else repr(float(value))
