"""A small labelled set in any format, and what a detector that finds everything would say of it."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from PIL import Image

from workbench.analyse import judge
from workbench.label import read_labels, read_predictions

SIZE = (320, 240)


@dataclass
class LabelledSet:
    """Pictures with boxes ``(picture, class number from 0, x, y, width, height)``, all in whole pixels."""

    root: Path
    classes: tuple[str, ...] = ("car", "bus", "plate")
    names: tuple[str, ...] = tuple(f"v{i}.jpg" for i in range(6))
    seed: int = 0
    objects: list[tuple[str, int, int, int, int, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = np.random.default_rng(self.seed)
        for name in self.names:
            path = self.root / "images" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            Image.new("RGB", SIZE, tuple(rng.integers(0, 255, 3).tolist())).save(path)
            for place in range(len(self.classes)):
                # One beside the other: no reading of one box lies on another.
                x, y = 20 + 100 * (place % 3) + int(rng.integers(0, 20)), 20 + int(rng.integers(0, 120))
                wide, high = int(rng.integers(40, 75)), int(rng.integers(25, 80))
                self.objects.append((name, place, x, y, wide, high))

    @property
    def images(self) -> Path:
        return self.root / "images"

    def yolo(self, *, listed: bool = True) -> Path:
        folder = self.root / "labels"
        self.write_txt(folder, "")
        if listed:
            (self.root / "data.yaml").write_text(json.dumps({"names": list(self.classes)}))
        return folder

    def voc(self) -> Path:
        folder = self.root / "xml"
        for name in self.names:
            path = (folder / name).with_suffix(".xml")
            path.parent.mkdir(parents=True, exist_ok=True)
            boxes = "".join(
                f"<object><name>{self.classes[kind]}</name><bndbox><xmin>{x}</xmin><ymin>{y}</ymin>"
                f"<xmax>{x + w}</xmax><ymax>{y + h}</ymax></bndbox></object>"
                for picture, kind, x, y, w, h in self.objects
                if picture == name
            )
            path.write_text(
                f"<annotation><filename>{Path(name).name}</filename><size><width>{SIZE[0]}</width>"
                f"<height>{SIZE[1]}</height></size>{boxes}</annotation>"
            )
        return folder

    def coco(self, *, first: int = 1, ids: dict[str, Any] | None = None, file: str = "gt.json") -> Path:
        ids = ids or {name: number + 1 for number, name in enumerate(self.names)}
        content = {
            "images": [{"id": key, "file_name": n, "width": SIZE[0], "height": SIZE[1]} for n, key in ids.items()],
            "annotations": [
                {"id": i + 1, "image_id": ids[n], "category_id": kind + first, "bbox": [x, y, w, h], "iscrowd": 0}
                for i, (n, kind, x, y, w, h) in enumerate(self.objects)
                if n in ids
            ],
            "categories": [{"id": number + first, "name": name} for number, name in enumerate(self.classes)],
        }
        (self.root / file).write_text(json.dumps(content))
        return self.root / file

    def write_txt(self, folder: Path, end: str, order: tuple[int, ...] | None = None) -> Path:
        """A file a picture; ``end`` follows each box, and ``order`` renumbers the classes."""
        for name in self.names:
            path = (folder / name).with_suffix(".txt")
            path.parent.mkdir(parents=True, exist_ok=True)
            lines = [
                f"{order[kind] if order else kind} {(x + w / 2) / SIZE[0]:.9f} {(y + h / 2) / SIZE[1]:.9f} "
                f"{w / SIZE[0]:.9f} {h / SIZE[1]:.9f}{end}\n"
                for picture, kind, x, y, w, h in self.objects
                if picture == name
            ]
            path.write_text("".join(lines))
        return folder

    def results(self, *, first: int = 0, skip: tuple[int, ...] = (), **changes: Any) -> list[dict[str, Any]]:
        """COCO results of every object; a change that can be called gets the object."""
        found = []
        for one in self.objects:
            name, kind, x, y, w, h = one
            if kind in skip:
                continue
            entry = {"image_id": Path(name).stem, "category_id": kind + first, "bbox": [x, y, w, h], "score": 0.9}
            entry |= {key: change(one) if callable(change) else change for key, change in changes.items()}
            found.append({key: value for key, value in entry.items() if value is not None})
        return found

    def write(self, content: Any, file: str = "results.json") -> Path:
        (self.root / file).write_text(json.dumps(content))
        return self.root / file

    def hits(self, labels: Path, predictions: Path, **options: Any) -> tuple[int, int, int]:
        """Hits, false alarms and misses, at confidence 0.5 and IoU 0.5."""
        read = read_labels(labels, images=self.images)
        outcomes = judge(read.images, read.boxes, read_predictions(predictions, read, **options))["outcome"].tolist()
        return outcomes.count("tp"), outcomes.count("fp"), outcomes.count("fn")
