"""`read_predictions`: what any detector wrote, as the `predictions` table."""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from workbench.label.reading.picture_names import Matcher
from workbench.label.reading.raw import RawFile
from workbench.label.reading.sources import MAX_DATASET_BYTES, Refused, decode_text, existing, read_bytes
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import cxcywh_rel_to_xyxy
from workbench.pictures.walking import Entry, walk


class Truth(Protocol):
    """What predictions are read against: pictures by name and size, and classes by name and number."""

    @property
    def images(self) -> pd.DataFrame:
        """The `images` table."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """In the order of their numbers."""
        ...

    @property
    def class_ids(self) -> Mapping[Any, str]:
        """The numbers that a format gives its classes itself, where it does."""
        ...


def read_predictions(path: Path | str, labels: Truth, *, rename: Mapping[str, str] | None = None) -> pd.DataFrame:
    """Read a COCO results JSON, or a folder of YOLO txt files with the confidence last.

    Args:
        path: the JSON file or the folder.
        labels: the labels they will be compared with; pictures and class numbers are looked up there.
        rename: class names that will be changed on both sides, such as ``{"num_plate": "plate"}``: with them a name
            that the labels do not have is no unknown one.

    Returns:
        The `predictions` table, in upright pixels.

    Raises:
        InputError: naming the file and the first bad entry: NaN or missing confidence, unknown pictures (with their
            count), unknown classes, values that are no numbers.
    """
    source = existing(Path(path), "predictions")
    rows = _from_folder(source, labels) if source.is_dir() else _from_json(source, labels, rename or {})
    return tables.from_rows("predictions", rows)


def _from_json(source: Path, labels: Truth, rename: Mapping[str, str]) -> list[dict[str, Any]]:
    try:
        content = json.loads(decode_text(read_bytes(str(source), MAX_DATASET_BYTES))[0])
    except (Refused, ValueError, RecursionError) as error:
        raise InputError(f"predictions {source}: {error}; give a COCO results JSON or a folder of YOLO txt") from error
    if isinstance(content, dict):
        content = content.get("annotations", content.get("predictions"))
    if not isinstance(content, list):
        raise InputError(f"predictions {source}: expected a list of results; give a COCO results JSON")
    image_of = _image_lookup(labels)
    class_of = _class_lookup(labels, rename)
    rows: list[dict[str, Any]] = []
    unknown: list[Any] = []
    for number, result in enumerate(content):
        where = f"predictions {source}: entry {number}"
        if not isinstance(result, dict):
            raise InputError(f"{where} is no object; give a COCO results JSON")
        image = image_of(result.get("image_id", result.get("file_name")))
        if image is None:
            unknown.append(result.get("image_id", result.get("file_name")))
            continue
        confidence = _confidence(result.get("score", result.get("confidence")), where)
        x, y, w, h = _four(result.get("bbox"), where)
        name = class_of(result.get("category_id", result.get("category", result.get("class_name"))), where)
        rows.append(_row(image, name, confidence, (x, y, x + w, y + h), where))
    _refuse_unknown(unknown, len(content), source)
    return rows


def _from_folder(source: Path, labels: Truth) -> list[dict[str, Any]]:
    entries = [entry for entry in walk(source, {".txt"}) if not entry.outside]
    if not entries:
        raise InputError(f"predictions {source}: no txt files in it; give a COCO results JSON or a folder of YOLO txt")
    names = labels.images["image_id"].astype(str).tolist()
    matcher = Matcher([Entry("", name) for name in names])
    sizes = labels.images[["width", "height"]].astype("float64").to_numpy()
    class_of = _class_lookup(labels, {})
    rows: list[dict[str, Any]] = []
    unknown: list[str] = []
    for entry in entries:
        try:
            lines = decode_text(read_bytes(entry.path))[0].splitlines()
        except Refused as refusal:
            raise InputError(f"predictions {source / entry.name}: {refusal.reason}; write it again") from refusal
        index = matcher.find(RawFile(entry.name, entry.key))
        if index < 0:
            unknown.append(entry.name)
            continue
        width, height = sizes[index]
        for line, text in enumerate(lines, start=1):
            parts = text.split()
            if not parts:
                continue
            where = f"predictions {source / entry.name}, line {line}"
            if len(parts) != 6:
                raise InputError(f"{where}: {len(parts)} values; expected class cx cy w h confidence")
            if not np.isfinite(width):
                raise InputError(f"{where}: the size of '{names[index]}' is unknown; give the pictures with --images")
            four = _four(parts[1:5], where)
            corners = cxcywh_rel_to_xyxy([four], width, height)[0].tolist()
            name = class_of(parts[0], where)
            rows.append(_row(names[index], name, _confidence(parts[5], where), tuple(corners), where))
    _refuse_unknown(unknown, len(entries), source)
    return rows


def _row(image: str, name: str, confidence: float, corners: Iterable[float], where: str) -> dict[str, Any]:
    x0, y0, x1, y1 = corners
    if x1 < x0 or y1 < y0:
        raise InputError(f"{where}: the box has a negative size; write x, y, width, height")
    return {
        "image_id": image,
        "class_name": name,
        "confidence": confidence,
        "xmin": x0,
        "ymin": y0,
        "xmax": x1,
        "ymax": y1,
    }


def _confidence(value: Any, where: str) -> float:
    if value is None:
        raise InputError(f"{where}: no confidence ('score'); every prediction needs one from 0 to 1")
    number = _number(value, where, "confidence")
    if not 0 <= number <= 1:
        raise InputError(f"{where}: confidence is {number:g}; expected a value from 0 to 1")
    return number


def _number(value: Any, where: str, what: str) -> float:
    try:
        number = float(value)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(f"{where}: {what} is {str(value)[:40]!r}; expected a number") from error
    if not math.isfinite(number):
        raise InputError(f"{where}: {what} is {number}; expected a finite number, drop or mend the entry")
    return number


def _four(values: Any, where: str) -> tuple[float, float, float, float]:
    if not isinstance(values, list) or len(values) != 4:
        raise InputError(f"{where}: bbox is {str(values)[:40]}; expected four numbers x, y, width, height")
    a, b, c, d = (_number(value, where, "a box value") for value in values)
    return a, b, c, d


def _image_lookup(labels: Truth) -> Any:
    names = labels.images["image_id"].astype(str).tolist()
    matcher = Matcher([Entry("", name) for name in names])
    numbers: dict[str, str] = {}
    if "coco_id" in labels.images:
        numbers = {str(n): name for n, name in zip(labels.images["coco_id"], names, strict=True) if pd.notna(n)}

    def find(given: Any) -> str | None:
        if given is None:
            return None
        if str(given) in numbers:
            return numbers[str(given)]
        index = matcher.find_name(str(given))
        return names[index] if index >= 0 else None

    return find


def _class_lookup(labels: Truth, rename: Mapping[str, str]) -> Any:
    # What either side will be called, or is called until it is renamed.
    names = {*labels.classes, *rename, *(rename.get(name, name) for name in labels.classes)}
    by_number = {str(number): name for number, name in labels.class_ids.items()}

    def find(given: Any, where: str) -> str:
        if isinstance(given, str) and given in names:
            return given
        if isinstance(given, str) and not given.strip().lstrip("+-").isdecimal():
            there = ", ".join(map(repr, labels.classes[:6])) or "none"
            raise InputError(
                f"{where}: class {given[:40]!r} is not in the labels, which have {there}; "
                f"if it means the same as one of them, rename it, such as --rename {given[:40]}=NAME"
            )
        if by_number:
            if str(given) in by_number:
                return by_number[str(given)]
            raise InputError(
                f"{where}: category {given!r} is not in the labels ({', '.join(by_number)}); use their ids"
            )
        return _class_by_number(given, labels.classes, where)

    return find


def _class_by_number(given: Any, classes: tuple[str, ...], where: str) -> str:
    try:
        number = int(given)
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"{where}: class {str(given)[:40]!r} is not in the labels ({', '.join(classes[:6])})"
        ) from error
    if 0 <= number < len(classes):
        return classes[number]
    # COCO counts classes from 1; with one class, 1 can mean nothing else.
    if number == len(classes) == 1:
        return classes[0]
    raise InputError(
        f"{where}: class {number} is unknown, the labels have {len(classes)}; give labels with all classes"
    )


def _refuse_unknown(unknown: list[Any], total: int, source: Path) -> None:
    if unknown:
        raise InputError(
            f"predictions {source}: {len(unknown)} of {total} name a picture that the labels do not have, "
            f"first {str(unknown[0])[:80]!r}; give the pictures these predictions were made on"
        )
