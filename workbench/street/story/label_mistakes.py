"""Label files as the story's interns made them, mistakes included, beside the right ones.

In the first two rounds YOLO is given what the XML holds: corners, where it reads centre and size. The converter of
round 3 is rebuilt from its description: it keeps the size of the picture in variables that its loop
overwrites with the size of the box, so from a file's second object on everything is divided by the wrong number; the
class is always 0; nothing checks the result. The boxes of round 5 are drawn far too wide.
"""

from __future__ import annotations

import xml.etree.ElementTree as ET

import numpy as np

from workbench.model.geometry import Boxes, clip


def corners_for_centre(size: tuple[int, int], boxes: Boxes) -> str:
    """Boxes, shape (n, 4), pixels, as YOLO lines that hold relative corners where centre and size belong."""
    rel = boxes / np.array([*size, *size])
    return "".join(f"0 {' '.join(f'{value:.6f}' for value in row)}\n" for row in rel)


def convert_as_in_the_story(voc: str) -> str:
    """A LabelImg file's text as the YOLO lines that the story's converter made of it."""
    root = ET.fromstring(voc)  # noqa: S314  text that we wrote ourselves
    width, height = (float(root.findtext(f"size/{side}", "nan")) for side in ("width", "height"))
    lines = []
    for box in root.iter("bndbox"):
        xmin, ymin, xmax, ymax = (float(box.findtext(name, "nan")) for name in ("xmin", "ymin", "xmax", "ymax"))
        x, y = (xmin + xmax) / 2 / width, (ymin + ymax) / 2 / height
        lines.append(f"0 {x:.6f} {y:.6f} {(xmax - xmin) / width:.6f} {(ymax - ymin) / height:.6f}\n")
        # The mistake: these held the size of the picture.
        width, height = xmax - xmin, ymax - ymin
    return "".join(lines)


def far_too_wide(boxes: Boxes, size: tuple[int, int], rng: np.random.Generator) -> Boxes:
    """Boxes around a good piece of bumper with the plate somewhere in it.

    Args:
        boxes: the right ones, shape (n, 4), pixels.
        size: width and height of the picture.
        rng: a labeller's mood.

    Returns:
        Shape (n, 4), clipped to the picture.
    """
    middle, sides = (boxes[:, :2] + boxes[:, 2:]) / 2, boxes[:, 2:] - boxes[:, :2]
    grown = sides * rng.uniform([1.6, 2.2], [2.4, 3.6], size=(len(boxes), 2))
    middle = middle + rng.uniform(-0.18, 0.18, size=(len(boxes), 2)) * (grown - sides)
    return clip(np.concatenate([middle - grown / 2, middle + grown / 2], axis=1), size[0], size[1])
