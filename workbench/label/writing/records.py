"""What the writers take: one record per picture, and the same as plain columns, as they go to helper processes."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate, pairwise
from typing import Any, NamedTuple


class OutBox(NamedTuple):
    """One box to write: corners in pixels of the upright picture.

    Attributes:
        class_name: the class.
        corners: ``xmin, ymin, xmax, ymax``.
        ignore: a region that does not count (COCO's crowd).
        labeller: who drew it, or empty.
        extra: further columns that are set for this box.
    """

    class_name: str
    corners: tuple[float, float, float, float]
    ignore: bool
    labeller: str
    extra: dict[str, Any]


class Picture(NamedTuple):
    """One picture with its boxes, as the writers take it.

    Attributes:
        image_id: path of the picture relative to the images folder.
        width: upright width, 0 if unknown.
        height: upright height, 0 if unknown.
        status: the picture's ``label_status``; never ``returned``, such pictures are not written.
        split: ``train``, ``val``, ``test``, ``pool`` or None.
        boxes: what is drawn on it.
    """

    image_id: str
    width: int
    height: int
    status: str
    split: str | None
    boxes: tuple[OutBox, ...]

    @property
    def file_name(self) -> str:
        """The picture's own name without its folder."""
        return self.image_id.rsplit("/", 1)[-1]


class Columns(NamedTuple):
    """Pictures and their boxes, picture after picture.

    Attributes:
        pictures: image_id, width, height, status and split, a list each.
        counts: how many boxes each picture has.
        boxes: class_name, the four corners, ignore and labeller, a list each.
        extras: further columns of the boxes; what is not set is None.
    """

    pictures: tuple[list[Any], ...]
    counts: list[int]
    boxes: tuple[list[Any], ...]
    extras: dict[str, list[Any]]

    def parts(self, size: int) -> Iterator[Columns]:
        """The same in parts of at most `size` pictures."""
        ends = [0, *accumulate(self.counts)]
        for start in range(0, len(self.counts), size):
            stop = min(start + size, len(self.counts))
            rows = slice(ends[start], ends[stop])
            yield Columns(
                tuple(column[start:stop] for column in self.pictures),
                self.counts[start:stop],
                tuple(column[rows] for column in self.boxes),
                {name: column[rows] for name, column in self.extras.items()},
            )

    def records(self) -> list[Picture]:
        """One record per picture."""
        names, x0, y0, x1, y1, ignore, labellers = self.boxes
        count = len(names)
        # Most sets have no further columns; then all boxes share one that stays empty.
        extras: list[dict[str, Any]] = [{} for _ in range(count)] if self.extras else [{}] * count
        for name, column in self.extras.items():
            for extra, value in zip(extras, column, strict=True):
                if value is not None:
                    extra[name] = value
        boxes = list(map(OutBox, names, zip(x0, y0, x1, y1, strict=True), ignore, labellers, extras))
        drawn = [tuple(boxes[start:stop]) for start, stop in pairwise([0, *accumulate(self.counts)])]
        return list(map(Picture, *self.pictures, drawn))
