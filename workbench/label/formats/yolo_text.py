"""YOLO label files and their ``data.yaml`` as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from workbench.label.writing.records import Picture
from workbench.pictures.file_names import without_suffix

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


def render_yaml(classes: Sequence[str], splits: dict[str, str]) -> bytes:
    """The ``data.yaml`` of a set: JSON strings are YAML, so every name survives."""
    lines = ["path: .\n", *(f"{split}: {json.dumps(place, ensure_ascii=False)}\n" for split, place in splits.items())]
    lines += [f"nc: {len(classes)}\n", "names:\n"]
    lines += [f"  {i}: {json.dumps(name, ensure_ascii=False)}\n" for i, name in enumerate(classes)]
    return "".join(lines).encode("utf-8")


def write(records: Sequence[Picture], classes: tuple[str, ...], pictures: Path | None) -> Iterator[tuple[str, bytes]]:
    """One file a picture, below ``labels/``."""
    ids = {name: number for number, name in enumerate(classes)}
    for record in records:
        if record.status != "unlabelled" or record.boxes:
            yield f"labels/{without_suffix(record.image_id)}.txt", render(record, ids)


def write_beside(records: Sequence[Picture], classes: tuple[str, ...]) -> Iterator[tuple[str, bytes]]:
    """What a set has besides: a list of pictures per split, and ``data.yaml``."""
    by_split: dict[str, list[str]] = {}
    for record in records:
        if record.split in ("train", "val", "test"):
            by_split.setdefault(record.split, []).append(f"./images/{record.image_id}\n")
    for split, lines in by_split.items():
        yield f"{split}.txt", "".join(lines).encode("utf-8")
    places: dict[str, str] = {split: f"{split}.txt" for split in ("train", "val", "test") if split in by_split}
    yield "data.yaml", render_yaml(classes, places or {"train": "images", "val": "images"})
