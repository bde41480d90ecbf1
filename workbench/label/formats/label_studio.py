"""Label Studio JSON: tasks with one annotation per labeller, boxes in percent of the picture. JSON-MIN is read, too.

Which picture a task means, `label_studio_pictures` says. Skipped annotations, drafts and predictions are nobody's
answer and are not read.

Our own reader: Label Studio's converter library drops who labelled, how long it took, and all but one annotation.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from workbench.label.formats.coco import dump, load_json
from workbench.label.formats.label_studio_pictures import Task, keep_unique_names
from workbench.label.formats.label_studio_shapes import LABELLED, REGIONS, is_shape, read_shape
from workbench.label.reading.raw import Problem, RawLabels
from workbench.label.reading.sources import Refused
from workbench.label.writing.records import OutBox, Picture
from workbench.pictures.file_names import nfc, printable
from workbench.pictures.walking import Entry

_LOCAL = "/data/local-files/?d="


def read(entries: Sequence[Entry]) -> RawLabels:
    """Read Label Studio exports, the full JSON or JSON-MIN."""
    raw = RawLabels("label-studio", "xywh", "percent")
    for entry in entries:
        try:
            content = load_json(entry, raw=raw)
            if not isinstance(content, list):
                raise Refused("not-this-format", "is no list of tasks")
        except Refused as refusal:
            raw.problems.append(Problem(refusal.code, refusal.reason, entry.name))
            continue
        first = len(raw.files)
        for number, task in enumerate(content, start=1):
            if isinstance(task, dict):
                _take_task(raw, entry.name, number, task if "data" in task else _from_min(task))
            else:
                raw.problems.append(Problem("missing-field", f"task {number} is no object", entry.name))
        keep_unique_names(raw.files[first:])
    return raw


def _from_min(item: dict[str, Any]) -> dict[str, Any]:
    """A task of JSON-MIN as the full export would have it: one annotation, its regions by the name of their tag."""
    results: list[dict[str, Any]] = []
    for tag, regions in item.items():
        for place, value in enumerate(regions if isinstance(regions, list) else []):
            if not isinstance(value, dict):
                continue
            kind = next((kind for kind in LABELLED if isinstance(value.get(kind), list)), None)
            if kind is None and "labels" in value:
                kind = "labels"
            elif kind is None:
                kind = next((kind for kind, keys in REGIONS.items() if keys <= value.keys()), None)
            if kind is not None:
                # Without ids the region and its label are told by having the same numbers.
                one = repr([value.get(key) for key in ("x", "y", "width", "height", "points", "radiusX", "radiusY")])
                results.append({**value, "type": kind, "value": value, "id": one, "from_name": tag, "place": place})
    kept = {key: item[key] for key in ("lead_time",) if key in item}
    annotation = {**kept, "completed_by": item.get("annotator"), "result": results}
    return {"id": item.get("id"), "data": item, "annotations": [annotation]}


def _take_task(raw: RawLabels, file: str, number: int, task: dict[str, Any]) -> None:
    found = Task(task)
    if not found.pictures:
        raw.problems.append(Problem("missing-field", f"task {number} has no picture in 'data'", file))
        return
    for given in found.outside:
        raw.problems.append(Problem("path-outside", f"the picture is '{printable(given)[:120]}'", file))
    annotations = task.get("annotations", task.get("completions"))
    done = (
        [one for one in annotations if isinstance(one, dict) and not one.get("was_cancelled")]
        if isinstance(annotations, list)
        else []
    )
    chosen = [one for one in done if one.get("ground_truth")]
    if len(done) > 1 and len(chosen) == 1:
        message = f"task {number} has {len(done)} annotations; the one marked as ground truth is read"
        raw.problems.append(Problem("labelled-twice", message, file, image=found.pictures[0].name))
        done = chosen
    if not done:
        raw.files += [found.record(file, place) for place in range(len(found.pictures))]
        for record in raw.files[-len(found.pictures) :]:
            record.labelled = False
    for annotation in done:
        _take_annotation(raw, file, number, found, annotation)


def _take_annotation(raw: RawLabels, file: str, number: int, task: Task, annotation: dict[str, Any]) -> None:
    first = len(raw.files)
    lead = annotation.get("lead_time")
    for place in range(len(task.pictures)):
        record = task.record(file, place)
        record.labeller = labeller_of(annotation.get("completed_by"))
        if isinstance(lead, (int, float)):
            record.extra = {"lead_time_s": float(lead)}
        raw.files.append(record)
    given = annotation.get("result")
    results = [one for one in given if isinstance(one, dict)] if isinstance(given, list) else []
    labels = {str(one["id"]): one for one in results if one.get("type") == "labels" and one.get("id") is not None}
    shapes = [one for one in results if is_shape(one)]
    # An answer about the whole picture (a choice, a text) says nothing of where its objects are.
    if results and not shapes:
        for record in raw.files[first:]:
            record.labelled = False
        message = f"task {number} has answers about the whole picture, and no box"
        raw.problems.append(Problem("other-shape", message, file, image=task.pictures[0].name))
    for result in shapes:
        on = task.place_of(result)
        if on is None:
            pictures = ", ".join(f"'{one.key}'" for one in task.pictures)
            message = f"task {number}: a shape is on '{printable(str(result.get('to_name')))[:40]}', which none of "
            message += f"the pictures {printable(pictures)[:120]} is called"
            raw.problems.append(Problem("missing-field", message, file))
            for record in raw.files[first:]:
                record.unread += 1
            continue
        _take_result(raw, first + on, result, labels.get(str(result.get("id"))), number)


def _take_result(raw: RawLabels, index: int, result: dict[str, Any], label: dict[str, Any] | None, task: int) -> None:
    record = raw.files[index]
    kind, value = str(result.get("type")), result.get("value")
    if not isinstance(value, dict):
        message = f"task {task}: a {printable(kind)[:30]} has no value"
        raw.problems.append(Problem("missing-field", message, record.name, image=record.picture))
        return
    labels = value.get(kind)
    if not isinstance(labels, list) and label is not None and isinstance(label.get("value"), dict):
        labels = label["value"].get("labels")
    name = nfc(str(labels[0]).strip()) if isinstance(labels, list) and labels else ""
    if not name:
        message = f"task {task}: a shape has no label"
        raw.problems.append(Problem("class-name-empty", message, record.name, image=record.picture))
        return
    shape = read_shape(raw, record, kind, value, result, f"task {task}: a {kind.removesuffix('labels')} of '{name}'")
    if shape is None:
        return
    if isinstance(labels, list) and len(labels) > 1:
        said = printable(", ".join(map(str, labels)))[:80]
        raw.problems.append(Problem("several-labels", f"task {task}: {said}", record.name, image=record.picture))
    row = raw.add(index, 0, name, shape.values)
    if shape.points is not None:
        raw.mark("points", row, shape.points)
    if shape.shape:
        raw.mark("shape", row, shape.shape)
    if shape.rotation:
        raw.mark("rotation", row, shape.rotation)


def labeller_of(value: Any) -> str:
    """Who completed an annotation: an e-mail, a name, or the number of the account."""
    if isinstance(value, dict):
        return str(value.get("email") or value.get("username") or value.get("id") or "")
    return "" if value is None else str(value)


def write(records: Sequence[Picture], classes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
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
