"""YOLO label files and their ``data.yaml`` as text."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from workbench.label.sources import without_suffix
from workbench.label.writing import Picture

_AT_ONCE = 4096
_ZEROS = re.compile(r"\.?0+(?=[ \n])")


def render(records: Sequence[Picture], ids: dict[str, int]) -> Iterator[tuple[Picture, bytes]]:
    """Every picture that somebody labelled, with the text of its YOLO file.

    Nine decimals at most and no needless zeros: boxes read back within a thousandth of a pixel.
    """
    labelled = [record for record in records if record.status != "unlabelled" or record.boxes]
    for start in range(0, len(labelled), _AT_ONCE):
        some = labelled[start : start + _AT_ONCE]
        lines = iter(_lines(some))
        for record in some:
            text = "".join(f"{ids[box.class_name]} {next(lines)}\n" for box in record.boxes)
            yield record, text.encode("ascii")


def _lines(records: Sequence[Picture]) -> list[str]:
    """``cx cy w h`` of every box of every picture, one after the other."""
    corners = np.array([box.corners for record in records for box in record.boxes], dtype=np.float64).reshape(-1, 4)
    sizes = np.array([(record.width or 1, record.height or 1) for record in records], dtype=np.float64)
    size = np.repeat(sizes, [len(record.boxes) for record in records], axis=0)
    centre, extent = (corners[:, :2] + corners[:, 2:]) / 2 / size, (corners[:, 2:] - corners[:, :2]) / size
    shares = np.hstack([centre, extent])
    shares[np.abs(shares) < 5e-10] = 0.0  # never "-0"
    text = "".join(f"{x:.9f} {y:.9f} {w:.9f} {h:.9f}\n" for x, y, w, h in shares.tolist())
    # The class number comes later: its zeros are not needless.
    return _ZEROS.sub("", text).splitlines()


def render_yaml(classes: Sequence[str], splits: dict[str, str]) -> bytes:
    """The ``data.yaml`` of a set: JSON strings are YAML, so every name survives."""
    lines = ["path: .\n", *(f"{split}: {json.dumps(place, ensure_ascii=False)}\n" for split, place in splits.items())]
    lines += [f"nc: {len(classes)}\n", "names:\n"]
    lines += [f"  {i}: {json.dumps(name, ensure_ascii=False)}\n" for i, name in enumerate(classes)]
    return "".join(lines).encode("utf-8")


def write(records: Sequence[Picture], classes: tuple[str, ...], pictures: Path | None) -> Iterator[tuple[str, bytes]]:
    """The files of a set: ``labels/``, a list of pictures per split, and ``data.yaml``."""
    for record, text in render(records, {name: number for number, name in enumerate(classes)}):
        yield f"labels/{without_suffix(record.image_id)}.txt", text
    by_split: dict[str, list[str]] = {}
    for record in records:
        if record.split in ("train", "val", "test"):
            by_split.setdefault(record.split, []).append(f"./images/{record.image_id}\n")
    for split, lines in by_split.items():
        yield f"{split}.txt", "".join(lines).encode("utf-8")
    places: dict[str, str] = {split: f"{split}.txt" for split in ("train", "val", "test") if split in by_split}
    yield "data.yaml", render_yaml(classes, places or {"train": "images", "val": "images"})
