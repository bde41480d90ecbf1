"""Several COCO files of one set: its tasks (instances, keypoints, captions) repeat pictures and boxes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

from workbench.label.reading.raw import Problem, RawLabels


def is_without_boxes(annotations: Sequence[dict[str, Any]]) -> bool:
    """Whether these annotations are captions, or segments of whole pictures (panoptic), and none has a box."""
    return bool(annotations) and all(
        ("caption" in item or "segments_info" in item) and "bbox" not in item and "segmentation" not in item
        for item in annotations
    )


class SeenBefore:
    """Which objects earlier files of a set have: COCO's tasks (instances, keypoints) repeat each other's boxes."""

    def __init__(self) -> None:
        self.earlier: dict[tuple[str, str, tuple[float, ...]], str] = {}
        self.pictures: dict[str, str] = {}
        self.repeated: Counter[str] = Counter()
        self.shared: Counter[str] = Counter()
        self._own: list[tuple[str, str, tuple[float, ...]]] = []

    def is_repeated(self, file: str, picture: str, name: str, values: tuple[float, ...]) -> bool:
        """Whether a file before `file` has this object; either way it is noted."""
        picture = _place(file, picture)
        key = (picture, name, tuple(round(value, 1) for value in values))
        earlier = self.earlier.get(key)
        if earlier is not None:
            self.repeated[earlier] += 1
            return True
        if picture in self.pictures:
            self.shared[self.pictures[picture]] += 1
        self._own.append(key)
        return False

    def report(self, raw: RawLabels, file: str, pictures: set[str]) -> None:
        """Say what the file shares with earlier ones, and note its objects as earlier from now on."""
        for other in dict.fromkeys([*self.repeated, *self.shared]):
            same, added = self.repeated[other], self.shared[other]
            message = f"'{file}' labels pictures of '{other}', too: "
            message += (
                f"{same} of its objects stand there and are read once" if same else "none of its objects is there"
            )
            message += f", {added} others are added" if added else ""
            raw.problems.append(Problem("same-labels-twice", message, file))
        self.earlier |= {key: file for key in self._own if key not in self.earlier}
        for picture in pictures:
            self.pictures.setdefault(_place(file, picture), file)
        self.repeated, self.shared, self._own = Counter(), Counter(), []


def _place(file: str, picture: str) -> str:
    """A picture as files of one folder name it: in train/ and in valid/ an a.jpg is another picture."""
    return f"{file.rpartition('/')[0]}/{picture}"
