"""Lines of a YOLO file that hold more than a box: polygons, turned boxes, keypoints, confidences, track ids.

What the numbers mean, no line says. ``kpt_shape`` of data.yaml declares keypoints; without it they are told by their
visibility. Six and seven columns are told by the whole set: a last number that is whole everywhere, and more than 1
somewhere, is a track id.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import Any, Protocol

from workbench.label.reading.outlines import hull
from workbench.label.reading.raw import Problem, RawLabels
from workbench.pictures.file_names import printable

_TAIL = "_tail"
"""The sparse column that holds what stands behind four numbers until the whole set has been read."""


class _Names(Protocol):
    def of(self, number: int) -> str:
        """The name of a class id."""
        ...


def odd_line(
    raw: RawLabels,
    index: int,
    file: str,
    line: int,
    parts: list[str],
    names: _Names,
    points: tuple[int, int] | None,
) -> int | None:
    """Take a line that is not five plain numbers, and return its class id where it became a row.

    Args:
        raw: what is filled.
        index: the label file's place in it.
        file: the label file.
        line: 1-based.
        parts: the line's words.
        names: its class list.
        points: how many keypoints data.yaml declares and how many numbers each, or None.
    """
    said = printable(" ".join(part[:24] for part in parts[1:6]))

    def refuse(code: str, message: str) -> int | None:
        raw.problems.append(Problem(code, message, file, line, box=said))
        return None

    if len(parts) < 5:
        return refuse("line-syntax", f"has {len(parts)} values where class and four numbers are expected")
    try:
        numbers = [float(part) for part in parts[1:]]
    except ValueError:
        return refuse("not-a-number", "a value is not a number")
    kind = _class_of(raw, parts[0])
    if kind is None:
        raw.problems.append(bad_class(file, line, parts))
        return None
    name, count = names.of(kind), len(numbers)
    if count > 4 and not all(map(math.isfinite, numbers)):
        return refuse("not-a-number", "a value is not a finite number")
    each = _numbers_a_point(numbers, points)
    if count in (5, 6) and each is None:
        raw.mark(_TAIL, raw.add(index, line, name, _four(numbers)), numbers[4:])
    elif count == 4 or each is not None:
        row = raw.add(index, line, name, _four(numbers))
        if each is not None:
            raw.mark("keypoints", row, [tuple(numbers[i : i + each]) for i in range(4, count, each)])
    elif count % 2 == 0 and points is None:
        raw.mark("points", raw.add(index, line, name, _hull(numbers)), _pairs(numbers))
    else:
        wanted = "class and pairs of a polygon" if points is None else f"these and {points[0]} x {points[1]} keypoints"
        return refuse("line-syntax", f"has {len(parts)} values; expected class and 4 numbers, or {wanted}")
    return kind


def _class_of(raw: RawLabels, text: str) -> int | None:
    try:
        kind = int(text)
    except ValueError:
        as_float = _as_float(text)
        if as_float is None or as_float != int(as_float):
            return None
        kind = int(as_float)
        raw.note("class-id-float")
    return kind if kind >= 0 else None


def _pairs(numbers: list[float]) -> list[tuple[float, float]]:
    return list(zip(numbers[0::2], numbers[1::2], strict=True))


def _hull(numbers: list[float]) -> tuple[float, float, float, float]:
    """Centre and size of the box around a polygon's corners."""
    x0, y0, x1, y1 = hull(_pairs(numbers))
    return (x0 + x1) / 2, (y0 + y1) / 2, x1 - x0, y1 - y0


def _four(numbers: list[float]) -> tuple[float, float, float, float]:
    return numbers[0], numbers[1], numbers[2], numbers[3]


def _numbers_a_point(numbers: list[float], points: tuple[int, int] | None) -> int | None:
    """How many numbers each keypoint has, where the line is a box with keypoints."""
    if points is not None:
        return points[1] if len(numbers) == 4 + points[0] * points[1] else None
    rest = numbers[4:]
    if not rest or len(rest) % 3:
        return None
    seen = rest[2::3]
    if not all(value in (0.0, 1.0, 2.0) for value in seen):
        return None
    # A polygon has an even count of numbers, none above 1, and its corners do not lie inside of "its box".
    if len(numbers) % 2 or 2.0 in seen:
        return 3
    x, y, w, h = numbers[:4]
    inside = (
        abs(px - x) <= w / 2 + 1e-3 and abs(py - y) <= h / 2 + 1e-3
        for px, py, v in zip(rest[0::3], rest[1::3], seen, strict=True)
        if v
    )
    return 3 if any(seen) and all(inside) else None


def settle_tails(raw: RawLabels) -> None:
    """Say of the whole set what the fifth and sixth number behind the class mean, and leave no line undecided."""
    tails: dict[int, list[float]] = raw.extras.pop(_TAIL, {})
    fives = {row: tail[0] for row, tail in tails.items() if len(tail) == 1}
    sixes = {row: tail for row, tail in tails.items() if len(tail) == 2}
    if _are_ids(fives.values()):
        _mark(raw, "track_id", {row: int(value) for row, value in fives.items()})
        raw.note("track-id-in-labels", len(fives))
    elif fives:
        _mark(raw, "confidence", fives)
        raw.note("confidence-in-labels", len(fives))
    if sixes and all(tail[1] == int(tail[1]) >= 0 and _inside(raw, row) for row, tail in sixes.items()):
        _mark(raw, "confidence", {row: tail[0] for row, tail in sixes.items()})
        _mark(raw, "track_id", {row: int(tail[1]) for row, tail in sixes.items()})
        raw.note("confidence-in-labels", len(sixes))
        raw.note("track-id-in-labels", len(sixes))
        return
    for row, tail in sixes.items():
        numbers = [*raw.values[4 * row : 4 * row + 4], *tail]
        raw.values[4 * row : 4 * row + 4] = _hull(numbers)
        raw.mark("points", row, _pairs(numbers))


def _are_ids(values: Iterable[float]) -> bool:
    numbers = list(values)
    return bool(numbers) and all(value == int(value) >= 0 for value in numbers) and max(numbers) > 1


def _inside(raw: RawLabels, row: int) -> bool:
    """Whether a row's numbers, taken as centre and size, lie in the picture; the corners of a polygon seldom do."""
    x, y, w, h = raw.values[4 * row : 4 * row + 4]
    return min(x - w / 2, y - h / 2) >= -0.01 and max(x + w / 2, y + h / 2) <= 1.01 and min(w, h) > 0


def _mark(raw: RawLabels, column: str, cells: dict[int, Any]) -> None:
    for row, value in cells.items():
        raw.mark(column, row, value)


def _as_float(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def bad_class(file: str, line: int, parts: list[str]) -> Problem:
    """The finding for a line whose first word is no class number."""
    said = printable(" ".join(part[:24] for part in parts[1:5]))
    return Problem("class-id-syntax", f"'{parts[0][:40]}' is not a class number", file, line, box=said)
