"""Predictions in JSON and CSV, in the shapes that tools write: COCO results, sinks, dictionaries by picture."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from workbench.label.formats.coco import load_json
from workbench.label.formats.table_columns import delimiter_of
from workbench.label.predictions.as_written import Written
from workbench.label.predictions.result_records import is_record, looks_like_ultralytics, take_records
from workbench.label.reading.sources import MAX_DATASET_BYTES, Refused, decode_text, read_bytes
from workbench.model.errors import InputError
from workbench.pictures.file_names import id_key, nfc, suffix_of
from workbench.pictures.walking import Entry

CSV_SUFFIXES = (".csv", ".tsv")
_LISTS = ("annotations", "predictions", "detections", "results", "objects")
_WRAPPERS = frozenset({"boxes", *_LISTS})
_EXPECTED = "give a COCO results JSON, a CSV with a header, or a folder of YOLO txt"


def read_json(source: Path) -> Written:
    """Read one JSON file of predictions.

    Raises:
        InputError: naming the file and the first bad entry.
    """
    written = Written(source, "results JSON")
    content = _load(source)
    records = list(_flat(written, content, str(source)))
    take_records(written, records)
    if isinstance(content, dict):
        _take_tables(written, content)
    if all(isinstance(one, dict) and "bbox" in one for one in records):
        written.kind = "COCO results"
    if looks_like_ultralytics(written, records):
        written.kind, written.counted_from_1 = "COCO results as Ultralytics writes them", True
    if isinstance(content, dict) and "image" in content and written.box_asked:
        # Roboflow's inference: x and y are the centre.
        written.layout, written.box_asked = "cxcywh", ""
    if records and not any(written.file_names) and all(one is None for one in written.image_ids):
        # One picture's results, as Ultralytics' to_json() gives them: the file may be called as the picture is.
        written.file_names, written.called_so = [source.stem] * len(written), True
        written.kind = "the results of one picture"
    return written


def read_one_a_picture(source: Path, entries: Sequence[Entry]) -> Written:
    """Read a folder of JSON or CSV files, each the results of the picture that it is called like.

    Raises:
        InputError: naming the file and the first bad entry.
    """
    written = Written(source, "a file of results a picture", files=[entry.name for entry in entries])
    for number, entry in enumerate(entries):
        path, before = Path(entry.path), len(written)
        is_csv = suffix_of(entry.name) in CSV_SUFFIXES
        records = _csv_rows(path) if is_csv else list(_flat(written, _load(path), str(path)))
        take_records(written, records, file=number, first=int(is_csv))
        if any(written.file_names[before:]) or any(one is not None for one in written.image_ids[before:]):
            raise InputError(
                f"predictions {path}: names pictures itself, and lies beside {len(entries) - 1} other files; "
                "give the one file that holds the results"
            )
        written.file_names[before:] = [entry.key] * (len(written) - before)
    return written


def read_csv(source: Path) -> Written:
    """Read a CSV file with a header, such as supervision's or Ultralytics'.

    Raises:
        InputError: naming the file and the first bad row.
    """
    written = Written(source, "a table of predictions (CSV)", row_word="row")
    take_records(written, _csv_rows(source), first=1)
    if len(written) and not any(written.file_names) and all(one is None for one in written.image_ids):
        written.file_names, written.called_so = [source.stem] * len(written), True
        written.kind = "the results of one picture (CSV)"
    return written


def _csv_rows(path: Path) -> list[dict[str, str]]:
    try:
        text, _ = decode_text(read_bytes(str(path), MAX_DATASET_BYTES))
        rows = list(csv.DictReader(io.StringIO(text), delimiter=delimiter_of(text.partition("\n")[0])))
    except (Refused, csv.Error) as error:
        raise InputError(f"predictions {path}: {error}; {_EXPECTED}") from error
    if not text.strip():
        raise InputError(f"predictions {path} is empty, without even a header; {_EXPECTED}")
    return [{key: value for key, value in row.items() if key} for row in rows]


def _load(path: Path) -> Any:
    try:
        return load_json(Entry(str(path), path.name))
    except Refused as refusal:
        raise InputError(f"predictions {path}: {refusal}; {_EXPECTED}") from refusal


def _flat(written: Written, content: Any, place: str) -> Iterator[Any]:
    """Every prediction as one object, whatever they are wrapped in."""
    if isinstance(content, list):
        for item in content:
            wraps = isinstance(item, dict) and not _WRAPPERS.isdisjoint(item) and not is_record(item)
            if wraps:
                yield from _of_picture(item, item, place)
            else:
                yield item
        return
    if not isinstance(content, dict):
        raise InputError(f"predictions {place}: expected a list of results; {_EXPECTED}")
    held = next((content[key] for key in _LISTS if isinstance(content.get(key), list | dict)), None)
    if held is not None or "boxes" in content:
        yield from _flat(written, held, place) if held is not None else _of_picture(content, content, place)
        return
    if not content or not all(isinstance(value, list | dict) for value in content.values()):
        raise InputError(f"predictions {place}: expected a list of results; {_EXPECTED}")
    written.kind = "results by picture"
    for key, value in content.items():
        yield from _of_picture({"image_id": key}, value, place)


def _of_picture(about: dict[str, Any], value: Any, place: str) -> Iterator[dict[str, Any]]:
    """The predictions of one picture: a list of objects, or lists of boxes, scores and labels."""
    picture = {key: one for key, one in about.items() if not isinstance(one, list | dict)}
    if isinstance(value, dict) and "boxes" in value:
        yield from _columns(picture, value, place)
        return
    if isinstance(value, dict):
        value = next((value[key] for key in _LISTS if isinstance(value.get(key), list)), None)
    if not isinstance(value, list) or not all(isinstance(one, dict) for one in value):
        raise InputError(
            f"predictions {place}: what it holds for {str(next(iter(picture.values()), 'a picture'))[:60]!r} is no "
            f"list of predictions; {_EXPECTED}"
        )
    for one in value:
        yield {**picture, **one}


def _columns(picture: dict[str, Any], value: dict[str, Any], place: str) -> Iterator[dict[str, Any]]:
    """Boxes, scores and labels as torchvision and Hugging Face give them: corners in pixels."""
    given = (
        value.get("boxes"),
        value.get("scores", value.get("confidence")),
        value.get("labels", value.get("classes")),
    )
    columns = [one for one in given if isinstance(one, list)]
    if len(columns) != len(given) or len({len(one) for one in columns}) != 1:
        raise InputError(f"predictions {place}: boxes, scores and labels are to be lists of one length")
    for box, score, label in zip(*columns, strict=True):
        yield {**picture, "box": box, "score": score, "class": label}


def _take_tables(written: Written, content: dict[str, Any]) -> None:
    """The source's own pictures and classes by id."""
    for key, name_key, table in (
        ("images", "file_name", written.own_images),
        ("categories", "name", written.own_classes),
    ):
        items = content.get(key)
        for item in items if isinstance(items, list) else ():
            name = item.get(name_key) if isinstance(item, dict) else None
            if not isinstance(name, str) or not name.strip() or item.get("id") is None:
                continue
            number = id_key(item["id"])
            if table.setdefault(number, nfc(name.strip())) != nfc(name.strip()):
                raise InputError(
                    f"predictions {written.source}: the id {number} is both {table[number][:60]!r} and {name[:60]!r} "
                    f"in its own '{key}'; give each its own id"
                )
