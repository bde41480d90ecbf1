"""Painting flat pictures: shapes in shares of a sheet, outlines, gradients, lettering and dirt, on faces and signs."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from workbench.street.draw.glyphs import text_line
from workbench.street.draw.raster import Colour, Picture

Point = tuple[float, float]
Detail = tuple[Picture, Picture]
"""A picture and the mask of what of it shows."""


def shade(colour: Colour, factor: float) -> Colour:
    """The colour, darker below a factor of 1 and lighter above."""
    b, g, r = (min(255.0, c * factor) for c in colour)
    return b, g, r


def blend_text(
    sheet: Picture, text: str, corner: tuple[int, int], height: int, ink: Colour, font: str = "sans"
) -> None:
    """Write a line of text with its top-left corner there; what does not fit is cut off."""
    mask = text_line(text, max(height, 2), font)
    x, y = corner
    part = sheet[y : y + mask.shape[0], x : x + mask.shape[1], :3]
    share = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255.0
    part[:] = (part + share * (np.asarray(ink, dtype=np.float32) - part)).astype(np.uint8)


class Brush:
    """A sheet under way; places are shares of its width and height, from its top left.

    Attributes:
        sheet: shape (height, width, 3), B, G, R; do not replace it.
    """

    def __init__(self, colour: Colour, width: int, height: int, *, top: float = 1.0, bottom: float = 1.0) -> None:
        rows = np.linspace(top, bottom, height)[:, None, None]
        column = np.clip(np.asarray(colour) * rows, 0, 255).astype(np.uint8)
        # Some times as fast as NumPy's broadcasting, whose innermost loop is three bytes long.
        self.sheet: Picture = np.asarray(cv2.repeat(column, 1, width), dtype=np.uint8)

    @property
    def width(self) -> int:
        """Pixels."""
        return int(self.sheet.shape[1])

    @property
    def height(self) -> int:
        """Pixels."""
        return int(self.sheet.shape[0])

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """A filled box."""
        ends = [(round(x * self.width), round(y * self.height)) for x, y in ((x0, y0), (x1, y1))]
        cv2.rectangle(self.sheet, ends[0], ends[1], colour, -1)

    def shape(
        self, points: Sequence[Point], colour: Colour, *, twice: bool = False, rim: Colour | None = None, px: int = 2
    ) -> None:
        """A filled polygon, perhaps with a rim, and `twice` with its mirror image on the other side."""
        for mirrored in (False, True) if twice else (False,):
            outline = np.array([((1 - x if mirrored else x) * self.width, y * self.height) for x, y in points])
            fixed = np.round(outline * 16).astype(np.int32)
            cv2.fillPoly(self.sheet, [fixed], colour, cv2.LINE_AA, 4)
            if rim is not None:
                cv2.polylines(self.sheet, [fixed], True, rim, px, cv2.LINE_AA, 4)

    def disc(
        self, x: float, y: float, radius: float, colour: Colour, *, twice: bool = False, flat: float = 1.0, px: int = -1
    ) -> None:
        """A filled ellipse, or a ring `px` wide; `radius` in shares of the height, `flat` its height to its width."""
        for mirrored in (False, True) if twice else (False,):
            middle = (round((1 - x if mirrored else x) * self.width), round(y * self.height))
            axes = (max(1, round(radius * self.height)), max(1, round(flat * radius * self.height)))
            cv2.ellipse(self.sheet, middle, axes, 0, 0, 360, colour, px, cv2.LINE_AA)

    def line(self, points: Sequence[Point], colour: Colour, *, px: int = 2, twice: bool = False) -> None:
        """An open line through points."""
        for mirrored in (False, True) if twice else (False,):
            way = np.array([((1 - x if mirrored else x) * self.width, y * self.height) for x, y in points])
            cv2.polylines(self.sheet, [np.round(way * 16).astype(np.int32)], False, colour, px, cv2.LINE_AA, 4)

    def text(self, text: str, x: float, y: float, height: float, ink: Colour, font: str = "sans") -> None:
        """A line of text from its top-left corner on."""
        corner = (round(x * self.width), round(y * self.height))
        blend_text(self.sheet, text, corner, round(height * self.height), ink, font)

    def light(self, x: float, y: float, reach: Point, strength: float) -> None:
        """Brighten (or darken, below 0) softly around a place; `reach` is one standard deviation each way."""
        across = np.exp(-0.5 * ((np.arange(self.width) / self.width - x) / reach[0]) ** 2)
        down = np.exp(-0.5 * ((np.arange(self.height) / self.height - y) / reach[1]) ** 2)
        factor = (100.0 * (1.0 + strength * down[:, None] * across[None, :])).astype(np.uint8)
        self.sheet[:] = cv2.multiply(self.sheet, cv2.merge([factor, factor, factor]), scale=0.01)

    def dirt(self, rng: np.random.Generator, strength: float, *, low: float = 0.4) -> None:
        """Dust in blotches, thicker below; `low` is where it begins."""
        small = rng.random((6, 12)).astype(np.float32)
        blotch = cv2.resize(small, (self.width, self.height), interpolation=cv2.INTER_CUBIC)
        rows = np.clip((np.arange(self.height) / self.height - low) / (1 - low), 0, 1).astype(np.float32)[:, None]
        share = np.clip(strength * blotch * rows**1.5, 0, 0.85).astype(np.float32)
        dust = cv2.repeat(np.array([[[104, 122, 134]]], dtype=np.uint8), self.height, self.width)
        self.sheet[:] = cv2.blendLinear(self.sheet, dust, 1.0 - share, share)

    def cut(self, opaque: Picture) -> Picture:
        """The sheet with a mask of shape (height, width), 0 to 255, as its fourth channel."""
        return np.dstack([self.sheet, opaque])


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
