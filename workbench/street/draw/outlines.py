"""Outlines that drawn things share: rounded rectangles, spokes."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.raster import Picture

Detail = tuple[Picture, Picture]
"""A picture and the mask of what of it shows."""


def rounded(height: int, width: int, radius: int) -> Picture:
    """The mask, shape (height, width), of a rectangle with round corners."""
    mask: Picture = np.zeros((height, width), dtype=np.uint8)
    radius = max(0, min(radius, height // 2 - 1, width // 2 - 1))
    cv2.rectangle(mask, (radius, 0), (width - 1 - radius, height - 1), (255.0,), -1)
    cv2.rectangle(mask, (0, radius), (width - 1, height - 1 - radius), (255.0,), -1)
    for x in (radius, width - 1 - radius):
        for y in (radius, height - 1 - radius):
            cv2.circle(mask, (x, y), radius, (255.0,), -1)
    return mask


def spokes(sheet: Picture, length: int, count: int, turn: float, tone: tuple[float, ...], thick: int) -> None:
    """Lines from the middle of a sheet of 96 pixels outwards, evenly around."""
    for angle in np.linspace(turn, turn + 2 * np.pi, count, endpoint=False):
        end = (round(48 + length * float(np.cos(angle))), round(48 + length * float(np.sin(angle))))
        cv2.line(sheet, (48, 48), end, tone, thick, cv2.LINE_AA)
