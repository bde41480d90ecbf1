"""`read_predictions`: what any detector's tool wrote, as the `predictions` table, and how it was read, in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import pandas as pd

from workbench.label.formats.yolo_beside import has_reserved_name, is_label_file
from workbench.label.predictions.as_written import Written
from workbench.label.predictions.box_form import BoxFormat, asked_format, check_form
from workbench.label.predictions.class_lists import ClassList, given_list, list_beside
from workbench.label.predictions.overlaps import Ints, Labelled
from workbench.label.predictions.result_files import CSV_SUFFIXES, read_csv, read_json, read_one_a_picture
from workbench.label.predictions.which_class import Classes, find_classes
from workbench.label.predictions.which_picture import Pictures, find_pictures
from workbench.label.predictions.yolo_results import read_txt
from workbench.label.reading.resolve import decode
from workbench.label.reading.sources import existing
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS, Boxes
from workbench.pictures.file_names import suffix_of
from workbench.pictures.walking import walk


class Truth(Protocol):
    """What predictions are read against: pictures, boxes, and classes by name and number."""

    @property
    def images(self) -> pd.DataFrame:
        """The `images` table."""
        ...

    @property
    def boxes(self) -> pd.DataFrame:
        """The `boxes` table."""
        ...

    @property
    def classes(self) -> tuple[str, ...]:
        """In the order of their numbers."""
        ...

    @property
    def class_ids(self) -> Mapping[Any, str]:
        """The numbers that a format gives its classes itself, where it does."""
        ...

    @property
    def unclear_class_ids(self) -> Mapping[int, tuple[str, ...]]:
        """Numbers that several label files use for several classes."""
        ...

    @property
    def picture_ids(self) -> Mapping[str, tuple[str, ...]]:
        """The image_id of the pictures to which the label files give an id of their own (COCO), by that id."""
        ...

    @property
    def picture_names(self) -> Mapping[str, tuple[str, ...]]:
        """The image_id of the pictures that the label files name, by the name as they write it."""
        ...


def read_predictions(
    path: Path | str,
    labels: Truth,
    *,
    rename: Mapping[str, str] | None = None,
    names: str | Path | Sequence[str] | None = None,
    box_format: str | None = None,
    category_offset: int | None = None,
) -> pd.DataFrame:
    """Read the predictions that any detector's tool wrote.

    COCO results JSON (its own ``images`` and ``categories`` win), Ultralytics' ``predictions.json``, ``to_json`` and
    ``to_csv``, supervision's CSV and JSON, dictionaries by picture, lists of boxes, scores and labels, or a folder of
    YOLO txt files with the confidence last (outlines and track ids are read, too). What is not clear is refused.

    Args:
        path: the file or the folder.
        labels: the labels they will be compared with; pictures and class numbers are looked up there.
        rename: class names that will be changed on both sides, such as ``{"num_plate": "plate"}``: with them a name
            that the labels do not have is no unknown one.
        names: the names of the predictions' classes in the order of their numbers, or a file of them (classes.txt,
            data.yaml); by default such a file beside the predictions, or one folder up.
        box_format: what the four numbers are, such as ``xyxy`` or ``xywh-rel``, where the file does not say it; boxes
            are then taken so, unchecked.
        category_offset: the number of the first class, 0 or 1, where the numbers alone do not show it.

    Returns:
        The `predictions` table, in upright pixels. ``attrs["reading"]`` says in one line how it was read, and
        ``attrs["notes"]`` what a person should know of it.

    Raises:
        InputError: naming the file and the first bad entry: NaN or missing confidence, unknown pictures (with their
            count), unknown classes, values that are no numbers, and whatever can be read in more than one way.
    """
    source = existing(Path(path), "predictions")
    written = _written(source)
    form = BoxFormat(written.layout, written.unit) if box_format is None else asked_format(box_format)
    written.layout, written.unit = form.layout, form.unit
    if form.y_first:
        written.values = written.array()[:, [1, 0, 3, 2]].ravel().tolist()
    if box_format is None and written.box_asked:
        raise InputError(f"predictions {source}: {written.box_asked}; say which with --box-format, xywh or cxcywh")
    pictures, labelled = _pictures(labels), Labelled.of(labels)
    picture, by_picture = find_pictures(written, pictures, labelled)
    size = pictures.size[picture]
    boxes = _boxes(written, size, pictures, picture)
    doubts = [] if box_format is not None else check_form(written, boxes, picture, size, labelled)
    _refuse_negative(written, boxes)
    classes = _classes(written, labels, rename or {}, names, category_offset)
    class_names, by_class = find_classes(written, classes, labelled, picture, boxes, rename or {})
    said = "; ".join(part for part in (written.kind, by_picture, by_class) if part)
    notes = [*_copies(written, picture, class_names), *_unlabelled(written, labels, picture), *written.notes, *doubts]
    found = _table(written, pictures, picture, class_names, boxes)
    found.attrs.update(reading=said, notes=tuple(notes))
    return found


def _written(source: Path) -> Written:
    if not source.is_dir():
        suffix = suffix_of(source.name)
        if suffix == ".txt":
            raise InputError(f"predictions {source} is one txt file; give the folder that holds one for every picture")
        return read_csv(source) if suffix in CSV_SUFFIXES else read_json(source)
    entries = [entry for entry in walk(source, {".txt", ".json", *CSV_SUFFIXES}) if not entry.outside]
    txt = [entry for entry in entries if suffix_of(entry.name) == ".txt"]
    txt = [entry for entry in txt if not has_reserved_name(entry) or is_label_file(entry)]
    if txt:
        return read_txt(source, txt)
    entries = [entry for entry in entries if suffix_of(entry.name) != ".txt"]
    if not entries:
        raise InputError(
            f"predictions {source}: no txt files in it; give a COCO results JSON, a CSV, or a folder of YOLO txt"
        )
    return _written(Path(entries[0].path)) if len(entries) == 1 else read_one_a_picture(source, entries)


def _pictures(labels: Truth) -> Pictures:
    place = {str(name): number for number, name in enumerate(labels.images["image_id"])}

    def placed(known: Mapping[str, tuple[str, ...]]) -> dict[str, tuple[int, ...]]:
        return {key: tuple(place[name] for name in names if name in place) for key, names in known.items()}

    return Pictures(labels.images, placed(labels.picture_ids), placed(labels.picture_names))


def _classes(
    written: Written,
    labels: Truth,
    rename: Mapping[str, str],
    names: str | Path | Sequence[str] | None,
    offset: int | None,
) -> Classes:
    if offset not in (None, 0, 1):
        raise InputError(f"category offset is {offset}; expected 0 or 1, the number of the first class")
    are_ids = bool(labels.picture_ids)
    listed: ClassList | None = None
    if names is not None:
        listed = given_list(names)
    elif written.is_txt or not are_ids:
        listed = list_beside(written.source)
        numbers = dict(labels.class_ids)
        # Mostly it is the labels' own list; and labels without names are called by their numbers.
        nameless = bool(numbers) and all(name == f"class_{number}" for number, name in numbers.items())
        listed = None if nameless or (listed is not None and listed.names == numbers) else listed
    known = {*labels.classes, *rename, *(rename.get(name, name) for name in labels.classes)}
    return Classes(
        frozenset(known),
        labels.classes,
        dict(labels.class_ids),
        frozenset(labels.boxes["class_name"].unique()),
        are_ids,
        labels.unclear_class_ids,
        listed,
        offset,
        sure=names is not None or offset is not None,
    )


def _boxes(written: Written, size: np.ndarray[Any, np.dtype[np.float64]], pictures: Pictures, picture: Ints) -> Boxes:
    if written.unit != "px":
        unknown = np.flatnonzero(~np.isfinite(size).all(axis=1))
        if len(unknown):
            row = int(unknown[0])
            raise InputError(
                f"{written.where(row)}: the size of '{pictures.names[picture[row]]}' is unknown; give the pictures "
                "with --images"
            )
    return decode(written.array(), written.layout, written.unit, size)


def _refuse_negative(written: Written, boxes: Boxes) -> None:
    negative = np.flatnonzero((boxes[:, 2:] < boxes[:, :2]).any(axis=1))
    if len(negative):
        raise InputError(f"{written.where(int(negative[0]))}: the box has a negative size; write x, y, width, height")


def _copies(written: Written, picture: Ints, names: list[str]) -> list[str]:
    """Predictions that stand there more than once, number for number.

    Raises:
        InputError: if all do, equally often, which no detector does but a file that was written twice.
    """
    if not len(written):
        return ["it holds no prediction at all: every labelled box counts as missed"]
    columns = {"picture": picture, "name": names, "confidence": written.confidence}
    rows = pd.DataFrame(columns).join(pd.DataFrame(written.array()))
    more = int(rows.duplicated().sum())
    if not more:
        return []
    count = rows.value_counts(sort=False)
    if count.nunique() == 1 and len(count) > 1:
        raise InputError(
            f"predictions {written.source}: every one of its {len(count)} predictions stands there {count.iloc[0]} "
            "times: written into the same files more than once; write them anew into an empty folder"
        )
    return [f"{more} of {len(written)} predictions repeat another number for number, and count as false alarms"]


def _unlabelled(written: Written, labels: Truth, picture: Ints) -> list[str]:
    """Predictions in pictures that nobody has labelled, which no figure knows.

    Raises:
        InputError: if all are, while other pictures are labelled.
    """
    counted = labels.images["label_status"].isin(tables.COUNTED_STATUSES).to_numpy(dtype=bool)
    lost = int((labels.images["label_status"] == "unlabelled").to_numpy(dtype=bool)[picture].sum())
    if not lost or not counted.any():
        return []
    if lost == len(written):
        raise InputError(
            f"predictions {written.source}: all {lost} are of pictures without labels, first "
            f"{str(labels.images['image_id'].iloc[int(picture[0])])!r}, and the {counted.sum()} labelled pictures have "
            "none; give the labels and the predictions of the same pictures"
        )
    return [f"{lost} of {len(written)} predictions are of pictures that nobody has labelled, and are left out"]


def _table(written: Written, pictures: Pictures, picture: Ints, names: list[str], boxes: Boxes) -> pd.DataFrame:
    if not len(written):
        return tables.empty("predictions")
    columns = {
        "image_id": pictures.images["image_id"].iloc[picture].reset_index(drop=True),
        "class_name": names,
        "confidence": written.confidence,
        **{name: boxes[:, place] for place, name in enumerate(CORNERS)},
    }
    return tables.validate(pd.DataFrame(columns), "predictions")
