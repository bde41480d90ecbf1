"""Pascal VOC XML: one file a picture, corners in pixels, taken as written (no 1-pixel shift).

Why not a library: labelformat and supervision stop at the first bad file, hotcoco and FiftyOne leave out what they
cannot read without saying so, and none keeps line numbers. The parser is CPython's expat. defusedxml's own parser is a
Python class that is eight times slower, so a file goes to it only where it could hold a document type or uses an
encoding in which we cannot see one; everything else cannot declare an entity, and without entities there is no bomb.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.etree.ElementTree import Element, ParseError, XMLParser
from xml.sax.saxutils import escape

import defusedxml.ElementTree as SafeTree
from defusedxml.common import DefusedXmlException

from workbench.label.formats.voc_usual import Usual, read_usual
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.label.reading.sources import Refused, read_bytes
from workbench.label.writing.records import Picture
from workbench.pictures.file_names import base_name, nfc, printable, safe_name, suffix_of
from workbench.pictures.kinds import stem_of
from workbench.pictures.walking import Entry

_PLAIN = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<(?:\?xml\s[^>]*?\?>)?", re.ASCII)
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._-]+)[\"']")
_KNOWN = frozenset({b"utf-8", b"utf8", b"us-ascii", b"ascii", b"iso-8859-1", b"latin-1"})
_ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_USUAL = frozenset({".jpg", ".png", "jpeg", ".JPG", ".bmp"})
_CORNERS = ("xmin", "ymin", "xmax", "ymax")
_FLAGS = ("truncated", "difficult", "occluded")


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
            root = parse_xml(data)
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name, line_of_reason(refusal.reason)))
            continue
        if root.tag != "annotation":
            raw.problems.append(
                Problem("not-this-format", f"the root is <{root.tag[:40]}>, not <annotation>", entry.name, 1)
            )
            continue
        _take(raw, entry, data, root)
    return raw


def _take_usual(raw: RawLabels, entry: Entry, usual: Usual) -> None:
    record = RawFile(entry.name, entry.key, usual.picture, usual.width, usual.height)
    raw.extend(len(raw.files), usual.lines, usual.names, usual.values)
    raw.files.append(record)
    _note_path(raw, usual.path)
    _look_at_name(raw, record, entry.name)
    if record.width <= 0 or record.height <= 0:
        raw.note("size-missing")


def _take(raw: RawLabels, entry: Entry, data: bytes, root: Element) -> None:
    index = len(raw.files)
    record = RawFile(entry.name, entry.key)
    raw.files.append(record)
    start, line = -1, 1
    objects = 0
    for child in root:
        tag = child.tag
        if tag == "object":
            objects += 1
            found = data.find(b"<object", start + 1)
            if found >= 0:
                line += data.count(b"\n", max(start, 0), found)
                start = found
            _take_object(raw, index, entry.name, line if found >= 0 else 0, child)
        elif tag == "size":
            for part in child:
                if part.tag == "width":
                    record.width = _whole(part.text)
                elif part.tag == "height":
                    record.height = _whole(part.text)
        elif tag == "filename":
            record.picture = nfc(child.text.strip()) if child.text and child.text.strip() else None
        elif tag == "path" and child.text:
            _note_path(raw, child.text.strip())
        elif tag == "source":
            record.labeller = child.findtext("annotator") or ""
    if record.picture is not None:
        _look_at_name(raw, record, entry.name)
    if b"&#" in data:
        raw.note("character-entities")
    if record.width <= 0 or record.height <= 0:
        raw.note("size-missing")


def _take_object(raw: RawLabels, index: int, file: str, line: int, element: Element) -> None:
    name, box, labeller = "", None, ""
    flags: list[tuple[str, str]] = []
    for part in element:
        tag = part.tag
        if tag == "bndbox":
            box = part
        elif tag == "name":
            name = nfc((part.text or "").strip())
        elif tag in _FLAGS and part.text and part.text.strip() not in ("0", ""):
            flags.append((tag, part.text.strip()))
        elif tag == "labeller":
            labeller = part.text or ""
    where = line or None
    if box is None:
        raw.problems.append(Problem("missing-field", f"object '{name[:60]}' has no <bndbox>", file, where))
        return
    texts = {part.tag: part.text for part in box}
    try:
        values = (float(texts["xmin"]), float(texts["ymin"]), float(texts["xmax"]), float(texts["ymax"]))  # type: ignore[arg-type]
    except KeyError as error:
        raw.problems.append(
            Problem("missing-field", f"<bndbox> has no <{error.args[0]}>", file, where, box=_said(texts))
        )
        return
    except (TypeError, ValueError):
        message = "a corner is not a number"
        raw.problems.append(Problem("not-a-number", message, file, where, box=_said(texts)))
        return
    if not name:
        raw.problems.append(Problem("class-name-empty", "the object has no class name", file, where, box=_said(texts)))
        return
    row = raw.add(index, line, name, values)
    for tag, value in flags:
        raw.mark(tag, row, value)
    if labeller:
        raw.mark("labeller", row, labeller)


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


def parse_xml(data: bytes) -> Element:
    """The root element of an XML file from a stranger.

    Raises:
        Refused: for a document type or entity (bombs), or bad syntax, with the line.
    """
    if not data.strip():
        raise Refused("xml-syntax", "the file is empty (line 1)")
    plain = _PLAIN.match(data)
    declared = _ENCODING.search(plain.group()) if plain else None
    seen = plain is not None and (declared is None or declared.group(1).lower() in _KNOWN)
    try:
        if seen and b"<!DOCTYPE" not in data and b"<!ENTITY" not in data:
            parser = XMLParser()  # noqa: S314 - nothing can be declared in it
            parser.feed(data)
            return parser.close()
        return SafeTree.fromstring(data, forbid_dtd=False)
    except DefusedXmlException as error:
        raise Refused("xml-entity", f"declares an entity ({type(error).__name__}); not read") from error
    except ParseError as error:
        code = "not-text" if b"\0" in data else "xml-syntax"
        raise Refused(code, f"{str(error).split(':')[0]} (line {error.position[0]})") from error
    except (LookupError, ValueError, UnicodeError) as error:
        raise Refused("not-text", f"cannot be decoded: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise Refused("xml-syntax", "is nested too deeply") from error


def line_of_reason(reason: str) -> int | None:
    """The line number that a parser's reason names."""
    found = re.search(r"\(line (\d+)\)", reason)
    return int(found.group(1)) if found else None


def write(records: Sequence[Picture], classes: tuple[str, ...], pictures: Path | None) -> Iterator[tuple[str, bytes]]:
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
            for flag in _FLAGS
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


def _whole(text: str | None) -> int:
    try:
        value = float(text or 0)
    except ValueError:
        return 0
    return int(value) if 0 < value < 2**31 else 0


def _said(texts: dict[str, str | None]) -> str:
    return printable(" ".join(str(texts.get(tag, "-")).strip()[:24] for tag in _CORNERS))
