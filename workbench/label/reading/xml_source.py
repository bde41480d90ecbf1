"""XML from strangers: parsed without a bomb, in whatever encoding it was saved, elements by their plain names.

The parser is CPython's expat. defusedxml's own parser is a Python class that is eight times slower, so a file goes to
it only where it could hold a document type; everything else cannot declare an entity, and without entities there is no
bomb. Text that is not UTF-8 is decoded here first: expat knows four encodings, and label files declare more.
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterator
from typing import NamedTuple
from xml.etree.ElementTree import Element, ParseError, XMLParser

import defusedxml.ElementTree as SafeTree
from defusedxml.common import DefusedXmlException

from workbench.label.reading.sources import Refused, decode_text

_HEAD = re.compile(rb"\A(?:\xef\xbb\xbf)?\s*<\?xml\s[^>]*?\?>", re.ASCII)
_ENCODING = re.compile(rb"encoding\s*=\s*[\"']([A-Za-z0-9._:-]+)[\"']")
# Files that declare the smaller code page are written in the larger one, which holds it (WHATWG Encoding Standard).
_LARGER = {
    "euc_kr": "cp949",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "shift_jis": "cp932",
    "windows-949": "cp949",
    "x-windows-949": "cp949",
    "ks_c_5601-1987": "cp949",
}
_TEXTS = re.compile(r"(?:cp\d+|iso\d|euc|gb|big5|shift|johab|hz|koi|latin|mac|tis|kz|hp|ascii|utf-8)")


class Xml(NamedTuple):
    """A parsed file.

    Attributes:
        root: its root element.
        data: its text as it was parsed, in UTF-8, to find lines in.
        encoding: what it was saved in.
        guessed: whether it does not say so, and is not UTF-8.
    """

    root: Element
    data: bytes
    encoding: str
    guessed: bool


def read_xml(data: bytes) -> Xml:
    """Decode and parse an XML file from a stranger.

    Raises:
        Refused: for a document type or entity (bombs), text in no known encoding, or bad syntax, with the line.
    """
    if not data.strip():
        raise Refused("xml-syntax", "the file is empty (line 1)")
    text, encoding, guessed = _as_utf8(data)
    return Xml(_parsed(text), text, encoding, guessed)


def _as_utf8(data: bytes) -> tuple[bytes, str, bool]:
    """The same text in UTF-8 without a declared encoding, what it was saved in, and whether that is a guess."""
    head = _HEAD.match(data)
    declared = _ENCODING.search(head.group()) if head else None
    name = declared.group(1).decode("ascii").lower() if declared else ""
    wide = data[:2] in (b"\xff\xfe", b"\xfe\xff") or data[:2] in (b"<\0", b"\0<")
    if (
        not wide
        and name not in ("", "utf-8", "utf8", "us-ascii", "ascii")
        and not name.startswith(("utf-16", "utf-32"))
    ):
        try:
            found = codecs.lookup(_LARGER.get(name, name)).name
            if _TEXTS.match(found) is None:
                raise LookupError(name)
            found = _LARGER.get(found, found)
            return _without_declaration(data.decode(found)), name, False
        except (LookupError, UnicodeError) as error:
            raise Refused("not-text", f"declares the encoding '{name[:40]}' and cannot be decoded: {error}") from error
    if not wide:
        try:
            data.decode("utf-8-sig")
            # A declaration of UTF-16 in eight-bit text is not true, and would stop the parser.
            plain = data if name in ("", "utf-8", "utf8") else _without_declaration(data.decode("utf-8-sig"))
            return plain, "utf-8", False
        except UnicodeDecodeError:
            pass
    text, encoding = decode_text(data)
    return _without_declaration(text), encoding, not wide


def _without_declaration(text: str) -> bytes:
    data = text.encode("utf-8", "replace")
    head = _HEAD.match(data)
    return data if head is None else b'<?xml version="1.0"?>' + data[head.end() :]


def _parsed(data: bytes) -> Element:
    try:
        if b"<!DOCTYPE" not in data and b"<!ENTITY" not in data:
            parser = XMLParser()  # noqa: S314 - nothing can be declared in it
            parser.feed(data)
            return parser.close()
        return SafeTree.fromstring(data, forbid_dtd=False)
    except DefusedXmlException as error:
        raise Refused("xml-entity", f"declares an entity ({type(error).__name__}); not read") from error
    except ParseError as error:
        code = "not-text" if b"\0" in data else "xml-syntax"
        raise Refused(code, f"{str(error).split(':')[0]} (line {error.position[0]})") from error
    except (LookupError, ValueError) as error:
        raise Refused("not-text", f"cannot be decoded: {error}") from error
    except (RecursionError, MemoryError) as error:
        raise Refused("xml-syntax", "is nested too deeply") from error


def plain_tag(element: Element) -> str:
    """The element's name in lower case, without a namespace."""
    tag = element.tag
    return tag.rsplit("}", 1)[-1].lower() if isinstance(tag, str) else ""


def child(element: Element, *tags: str) -> Element | None:
    """The first element found by these plain names, one level a name."""
    found: Element | None = element
    for tag in tags:
        found = next((one for one in found if plain_tag(one) == tag), None) if found is not None else None
    return found


def text_of(element: Element | None) -> str:
    """All text in an element, stripped; empty where there is no element."""
    return "" if element is None else "".join(element.itertext()).strip()


def lines_of(data: bytes, *tags: str) -> Iterator[tuple[str, int]]:
    """Every opening tag of one of these names with its line, in the order of the text.

    Args:
        data: the text as it was parsed.
        tags: plain names.
    """
    names = "|".join(tags).encode("ascii")
    last, line = 0, 1
    for hit in re.finditer(rb"<(?:[\w.-]+:)?(" + names + rb")(?=[\s/>])", data, re.IGNORECASE):
        line += data.count(b"\n", last, hit.start())
        last = hit.start()
        yield hit.group(1).decode("ascii").lower(), line


def line_of_reason(reason: str) -> int | None:
    """The line number that a parser's reason names."""
    found = re.search(r"\(line (\d+)\)", reason)
    return int(found.group(1)) if found else None
