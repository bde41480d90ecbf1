"""CreateML JSON: a list of pictures with boxes by their centre in pixels, one file a set; read only.

Our own reader: a page. A listed picture without annotations is *empty*: Create ML trains on it so.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from workbench.label.formats.coco import load_json
from workbench.label.formats.picture_rows import PictureRows, are_shares, four
from workbench.label.reading.raw import Problem, RawLabels
from workbench.label.reading.sources import Refused
from workbench.pictures.file_names import nfc
from workbench.pictures.walking import Entry

_PLACES = ("x", "y", "width", "height")


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read CreateML files; several are read one after the other into one set."""
    raw = RawLabels("createml", "cxcywh", "px")
    for entry in entries:
        try:
            content = load_json(entry)
            if not isinstance(content, list):
                raise Refused("not-this-format", "is no list of pictures")
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        pictures = PictureRows(raw, entry)
        for number, item in enumerate(content, start=1):
            _take(raw, pictures, f"entry {number}", item)
    if are_shares(raw.values):
        raw.unit = "rel"
    return raw


def _take(raw: RawLabels, pictures: PictureRows, where: str, item: Any) -> None:
    given = item if isinstance(item, dict) else {}
    named = next((given[key] for key in ("image", "imagefilename", "imageFilename", "filename") if key in given), None)
    found = given.get("annotations", given.get("annotation"))
    if not isinstance(named, str) or not isinstance(found, list | dict):
        pictures.refuse("missing-field", f"{where} has no 'image' with 'annotations'", None, None)
        return
    index = pictures.index(named)
    if index is None:
        return
    picture = raw.files[index].picture
    for annotation in found if isinstance(found, list) else [found]:
        box = annotation.get("coordinates") if isinstance(annotation, dict) else None
        if not isinstance(box, dict):
            pictures.refuse("missing-field", f"{where}: an annotation has no 'coordinates'", None, picture)
            continue
        said = " ".join(str(box.get(key, "-"))[:24] for key in _PLACES)
        if any(key not in box for key in _PLACES):
            pictures.refuse("missing-field", f"{where}: 'coordinates' lacks x, y, width or height", None, picture, said)
            continue
        values = four([box[key] for key in _PLACES])
        if values is None:
            pictures.refuse("not-a-number", f"{where}: a coordinate is not a number", None, picture, said)
            continue
        name = nfc(str(annotation.get("label") or "").strip())
        if not name:
            pictures.refuse("class-name-empty", f"{where}: an annotation has no label", None, picture, said)
            continue
        row = raw.add(index, 0, name, values)
        if annotation.get("confidence") is not None:
            raw.mark("confidence", row, annotation["confidence"])
            raw.note("confidence-in-labels")
