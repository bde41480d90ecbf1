"""Label Studio JSON: tasks with one annotation per labeller, boxes in percent of the picture.

Our own reader: Label Studio's converter library drops who labelled, how long it took, and all but one annotation.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

from workbench.label.formats.coco import dump, load_json
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.label.reading.sources import Refused
from workbench.label.writing.records import OutBox, Picture
from workbench.pictures.file_names import base_name, nfc, printable, safe_name, without_suffix
from workbench.pictures.walking import Entry

_UPLOAD = re.compile(r"\A[0-9a-f]{8}-(?=.)")
_LOCAL = "/data/local-files/?d="


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read Label Studio exports (the full JSON, not JSON-MIN)."""
    raw = RawLabels("label-studio", "xywh", "percent")
    for entry in entries:
        try:
            content = load_json(entry)
            if not isinstance(content, list):
                raise Refused("not-this-format", "is no list of tasks")
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        for number, task in enumerate(content, start=1):
            if isinstance(task, dict):
                _take_task(raw, entry.name, number, task)
            else:
                raw.problems.append(Problem("missing-field", f"task {number} is no object", entry.name))
    return raw


def _take_task(raw: RawLabels, file: str, number: int, task: dict[str, Any]) -> None:
    data = task.get("data")
    given = (
        next((value for value in data.values() if isinstance(value, str) and value), None)
        if isinstance(data, dict)
        else None
    )
    if isinstance(data, dict) and isinstance(data.get("image"), str):
        given = data["image"]
    if not given:
        raw.problems.append(Problem("missing-field", f"task {number} has no picture in 'data'", file))
        return
    picture = picture_name(given)
    if picture is None:
        raw.problems.append(Problem("path-outside", f"the picture is '{printable(given)[:120]}'", file))
        picture = base_name(unquote(given))
    annotations = task.get("annotations", task.get("completions"))
    done = (
        [one for one in annotations if isinstance(one, dict) and not one.get("was_cancelled")]
        if isinstance(annotations, list)
        else []
    )
    key = without_suffix(picture)
    if not done:
        raw.files.append(RawFile(file, key, picture, labelled=False))
    for annotation in done:
        record = RawFile(file, key, picture, labeller=labeller_of(annotation.get("completed_by")))
        lead = annotation.get("lead_time")
        if isinstance(lead, (int, float)):
            record.extra = {"lead_time_s": float(lead)}
        raw.files.append(record)
        results = annotation.get("result")
        for result in results if isinstance(results, list) else []:
            if isinstance(result, dict):
                _take_result(raw, record, len(raw.files) - 1, result, number)


def _take_result(raw: RawLabels, record: RawFile, index: int, result: dict[str, Any], task: int) -> None:
    kind, value = result.get("type"), result.get("value")
    if kind not in ("rectanglelabels", "polygonlabels") or not isinstance(value, dict):
        raw.note("other-shape")
        return
    labels = value.get(kind)
    name = nfc(str(labels[0]).strip()) if isinstance(labels, list) and labels else ""
    if not name:
        raw.problems.append(
            Problem("class-name-empty", f"task {task}: a shape has no label", record.name, image=record.picture)
        )
        return
    width, height = result.get("original_width"), result.get("original_height")
    if isinstance(width, int) and isinstance(height, int) and 0 < width < 2**31 and 0 < height < 2**31:
        record.width, record.height = width, height
    try:
        if kind == "polygonlabels":
            points = [(float(x), float(y)) for x, y in value["points"]]
            x, y = min(p[0] for p in points), min(p[1] for p in points)
            w, h = max(p[0] for p in points) - x, max(p[1] for p in points) - y
        else:
            x, y, w, h = (float(value[part]) for part in ("x", "y", "width", "height"))
            turn = float(value.get("rotation") or 0)
            points = _turned(x, y, w, h, turn, record) if turn % 360 else []
            if points:
                x, y = min(p[0] for p in points), min(p[1] for p in points)
                w, h = max(p[0] for p in points) - x, max(p[1] for p in points) - y
    except (KeyError, TypeError, ValueError, OverflowError) as error:
        code = "missing-field" if isinstance(error, KeyError) else "not-a-number"
        raw.problems.append(
            Problem(code, f"task {task}: a {kind[:-6]} is incomplete", record.name, image=record.picture)
        )
        return
    row = raw.add(index, 0, name, (x, y, w, h))
    if points:
        raw.mark("points", row, points)
        raw.mark("shape", row, "polygon")


def _turned(x: float, y: float, w: float, h: float, degrees: float, record: RawFile) -> list[tuple[float, float]]:
    """Corners in percent of a rectangle turned about its first corner; the turn happens in pixels, not in percent."""
    wide, high = record.width or 100, record.height or 100
    cos, sin = math.cos(math.radians(degrees)), math.sin(math.radians(degrees))
    corners = [(0.0, 0.0), (w * wide, 0.0), (w * wide, h * high), (0.0, h * high)]
    return [(x + (a * cos - b * sin) / wide, y + (a * sin + b * cos) / high) for a, b in corners]


def picture_name(given: str) -> str | None:
    """The picture's own name in what a task's data says: an upload, a local file, or an address."""
    parts = urlsplit(given)
    local = parse_qs(parts.query).get("d")
    if local and "local-files" in parts.path:
        return safe_name(local[0])
    if parts.scheme or given.startswith("/data/"):
        return _UPLOAD.sub("", base_name(unquote(parts.path)))
    return safe_name(given)


def labeller_of(value: Any) -> str:
    """Who completed an annotation: an e-mail, a name, or the number of the account."""
    if isinstance(value, dict):
        return str(value.get("email") or value.get("username") or value.get("id") or "")
    return "" if value is None else str(value)


def write(records: Sequence[Picture], classes: tuple[str, ...], pictures: Path | None) -> Iterator[tuple[str, bytes]]:
    """``tasks.json``: one annotation per labeller; an empty picture has an annotation without results."""
    tasks = []
    for number, record in enumerate(records, start=1):
        by_labeller: dict[str, list[OutBox]] = {}
        for box in record.boxes:
            by_labeller.setdefault(box.labeller, []).append(box)
        if record.status != "unlabelled" and not by_labeller:
            by_labeller[""] = []
        annotations = []
        for labeller, boxes in by_labeller.items():
            annotation: dict[str, Any] = {"result": [_result(record, box) for box in boxes], "was_cancelled": False}
            if labeller:
                annotation["completed_by"] = {"email": labeller}
            annotations.append(annotation)
        place = _LOCAL + record.image_id.replace("%", "%25").replace("+", "%2B").replace("&", "%26").replace(
            "#", "%23"
        ).replace(";", "%3B")
        tasks.append({"id": number, "data": {"image": place}, "annotations": annotations, "predictions": []})
    yield "tasks.json", dump(tasks)


def _result(record: Picture, box: OutBox) -> dict[str, Any]:
    x0, y0, x1, y1 = box.corners
    wide, high = 100 / record.width, 100 / record.height
    points = box.extra.get("points")
    kind = "rectanglelabels" if points is None else "polygonlabels"
    value: dict[str, Any] = {kind: [box.class_name]}
    if points is None:
        value |= {"x": x0 * wide, "y": y0 * high, "width": (x1 - x0) * wide, "height": (y1 - y0) * high, "rotation": 0}
    else:
        value["points"] = [[float(x) * wide, float(y) * high] for x, y in points]
    return {
        "type": kind,
        "from_name": "label",
        "to_name": "image",
        "original_width": record.width,
        "original_height": record.height,
        "image_rotation": 0,
        "value": value,
    }
