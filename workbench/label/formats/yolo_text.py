"""YOLO label files and their ``data.yaml`` as text."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Collection, Iterator, Sequence

from workbench.label.writing.records import Picture
from workbench.pictures.kinds import stem_of

OPENED = frozenset(
    [".avif", ".bmp", ".dng", ".heic", ".heif", ".jp2", ".jpeg", ".jpg", ".mpo", ".png", ".tif", ".tiff", ".webp"]
)
"""The endings of pictures that Ultralytics opens (``IMG_FORMATS``); it passes over any other without a word."""
_SPLITS = ("train", "val", "test")
_ZEROS = re.compile(r"\.?0+(?=[ \n])")


def render(picture: Picture, ids: dict[str, int]) -> bytes:
    """One YOLO file, nine decimals at most and no needless zeros: boxes read back within a thousandth of a pixel."""
    wide, high = picture.width or 1, picture.height or 1
    numbers = "".join(
        f" {(x0 + x1) / 2 / wide:.9f} {(y0 + y1) / 2 / high:.9f} {(x1 - x0) / wide:.9f} {(y1 - y0) / high:.9f}\n"
        for _, (x0, y0, x1, y1), *_ in picture.boxes
    )
    # The class number comes later: its zeros are not needless.
    lines = _ZEROS.sub("", numbers.replace("-0.000000000", "0.000000000")).splitlines()
    return "".join(f"{ids[box.class_name]}{line}\n" for box, line in zip(picture.boxes, lines, strict=True)).encode(
        "ascii"
    )


def label_place(picture: str) -> str:
    """Where Ultralytics looks for a picture's labels: the last ``/images/`` of its path becomes ``/labels/``.

    ``set/images/cam1/images/a.jpg`` has its labels in ``set/images/cam1/labels/a.txt``.
    """
    before, images, after = f"/{picture.replace(os.sep, '/')}".rpartition("/images/")
    place = f"{before}/labels/{after}" if images else after
    return f"{stem_of(place)}.txt".removeprefix("/")


def render_yaml(classes: Sequence[str], splits: dict[str, str | None], notes: Sequence[str] = ()) -> bytes:
    """The ``data.yaml`` of a set: JSON strings are YAML, so every name survives.

    It has no ``path``: Ultralytics then starts from where the file lies, and takes ``.`` for the folder one works in.
    """
    lines = [f"# {note}\n" for note in notes]
    lines += [f"{split}: {json.dumps(place, ensure_ascii=False) if place else ''}\n" for split, place in splits.items()]
    lines += [f"nc: {len(classes)}\n", "names:\n"]
    lines += [f"  {i}: {json.dumps(name, ensure_ascii=False)}\n" for i, name in enumerate(classes)]
    return "".join(lines).encode("utf-8")


def write(records: Sequence[Picture], classes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """One file a picture, where Ultralytics looks for it when the pictures lie in ``images/``."""
    ids = {name: number for number, name in enumerate(classes)}
    for record in records:
        if record.status != "unlabelled" or record.boxes:
            name = record.image_id
            plain = "images/" not in name
            yield f"labels/{stem_of(name)}.txt" if plain else label_place(f"images/{name}"), render(record, ids)


def write_beside(records: Sequence[Picture], classes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """What a set has besides: lists of pictures where it has splits, and ``data.yaml``.

    A picture that nobody has labelled is in no list that is trained on: Ultralytics takes it for one without objects.
    """
    lists: dict[str, list[str]] = {}
    parted = any(record.split in _SPLITS for record in records)
    unlabelled = any(record.status == "unlabelled" for record in records)
    for record in records:
        name = record.split if parted else "all"
        if name in (*_SPLITS, "all"):
            key = name if record.status != "unlabelled" or record.boxes else f"unlabelled-{name}"
            lists.setdefault(key, []).append(f"./images/{record.image_id}\n")
    if not parted and unlabelled:
        lists.setdefault("all", [])
    for name, lines in lists.items() if parted or unlabelled else ():
        if name != "unlabelled-all":
            yield f"{name}.txt", "".join(lines).encode("utf-8")
    yield "data.yaml", render_yaml(classes, *_places(lists, parted=parted, whole=not unlabelled))


def _places(lists: dict[str, list[str]], *, parted: bool, whole: bool) -> tuple[dict[str, str | None], list[str]]:
    """What ``train``, ``val`` and ``test`` name, both of the first always there, and what is to be said of it."""
    if not parted:
        every = "images" if whole else "all.txt"
        return {"train": every, "val": every}, ["the set has no splits: train and val are the same pictures"]
    places: dict[str, str | None] = {split: f"{split}.txt" for split in _SPLITS if split in lists}
    notes = []
    if "train" not in places:
        notes.append("the set has no train pictures: train is empty")
    elif "val" not in places:
        notes.append("the set has no val pictures: val names those of train, because Ultralytics demands one")
    return {"train": None, "val": places.get("train"), **places}, notes


def say_of(records_splits: Collection[str | None]) -> str:
    """What the ``data.yaml`` of pictures with these splits says that its user did not, or an empty text."""
    parted = {split for split in records_splits if split in _SPLITS}
    notes = _places({split: [] for split in parted if split}, parted=bool(parted), whole=True)[1]
    return notes[0] if notes and records_splits else ""
