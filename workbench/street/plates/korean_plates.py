"""Number plates as they hang on cars in Korea, old and new, with a few from elsewhere.

Sizes follow the Korean rules for registration plates (520 × 110 mm long, 335 × 155 and 335 × 170 mm short). The letters
are those the rules allow; the numbers are drawn at random and mean nobody.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import cv2
import numpy as np

from workbench.street.draw.glyphs import glyph
from workbench.street.draw.raster import Picture

PRIVATE = "가나다라마거너더러머버서어저고노도로모보소오조구누두루무부수우주"
COMMERCIAL = "바사아자"
RENTAL = "허하호"
REGIONS = ("서울", "경기", "인천", "부산", "경북", "충남", "전북", "제주")
_LATIN = "ABCDEFGHJKLMNPRSTUVWXYZ"


@dataclass(frozen=True)
class PlateKind:
    """How one kind of plate looks.

    Attributes:
        name: as in the truth table.
        width_mm: of the sheet.
        height_mm: of the sheet.
        ground: colour of the sheet, B, G, R.
        ink: colour of the letters, B, G, R.
        lines: 1 or 2.
    """

    name: str
    width_mm: int
    height_mm: int
    ground: tuple[int, int, int]
    ink: tuple[int, int, int]
    lines: int = 1

    @property
    def size_m(self) -> tuple[float, float]:
        """Width and height in metres."""
        return self.width_mm / 1000, self.height_mm / 1000


_WHITE, _BLACK = (238, 240, 240), (28, 26, 26)
KINDS: dict[str, PlateKind] = {
    kind.name: kind
    for kind in (
        PlateKind("white7", 520, 110, _WHITE, _BLACK),
        PlateKind("white8", 520, 110, _WHITE, _BLACK),
        PlateKind("blue8", 520, 110, (226, 186, 120), _BLACK),
        PlateKind("white_short", 335, 155, _WHITE, _BLACK),
        PlateKind("green2", 335, 170, (74, 104, 32), (240, 244, 242), lines=2),
        PlateKind("yellow1", 520, 110, (40, 190, 245), _BLACK),
        PlateKind("yellow2", 335, 170, (40, 190, 245), _BLACK, lines=2),
        PlateKind("motorcycle2", 210, 115, _WHITE, (140, 70, 30), lines=2),
        PlateKind("foreign", 520, 112, _WHITE, _BLACK),
        PlateKind("foreign_yellow", 520, 112, (40, 196, 248), _BLACK),
        PlateKind("foreign2", 330, 165, _WHITE, (120, 80, 20), lines=2),
    )
}
_PRIVATE_KINDS = ("white7", "white8", "white_short", "green2", "blue8", "foreign", "foreign_yellow", "foreign2")
_PRIVATE_SHARE = (0.33, 0.27, 0.1, 0.16, 0.08, 0.03, 0.015, 0.015)


@dataclass(frozen=True)
class Plate:
    """One plate: its kind and what is written on it (lines parted by a blank)."""

    kind: PlateKind
    text: str


def random_plate(rng: np.random.Generator, *, commercial: bool = False, motorcycle: bool = False) -> Plate:
    """Draw a plate; a commercial vehicle carries a yellow one, a motorcycle a small one."""
    if motorcycle:
        kind = KINDS["motorcycle2"]
    elif commercial:
        kind = KINDS["yellow2" if rng.random() < 0.6 else "yellow1"]
    else:
        kind = KINDS[_PRIVATE_KINDS[int(rng.choice(len(_PRIVATE_KINDS), p=_PRIVATE_SHARE))]]
    serial = f"{rng.integers(1000, 10000)}"
    letters = COMMERCIAL if commercial else PRIVATE if rng.random() < 0.92 else RENTAL
    letter = letters[int(rng.integers(len(letters)))]
    region = REGIONS[int(rng.integers(len(REGIONS)))]
    number = f"{rng.integers(10, 80)}"
    if kind.name.startswith("foreign"):
        a, b, c = (_LATIN[int(i)] for i in rng.integers(len(_LATIN), size=3))
        if kind.lines == 2:
            return Plate(kind, f"{number}{a} {serial}")
        return Plate(kind, f"{a}{b} {number}{c} {serial[:3]}")
    if kind.lines == 2:
        return Plate(kind, f"{region}{number} {letter}{serial}")
    if kind.name == "yellow1":
        return Plate(kind, f"{region}{number}{letter}{serial}")
    front = f"{rng.integers(100, 700)}" if kind.name in ("white8", "blue8") else number
    return Plate(kind, f"{front}{letter} {serial}")


@lru_cache(maxsize=512)
def plate_picture(plate: Plate) -> Picture:
    """The plate as a flat picture, a pixel a millimetre, shape (height_mm, width_mm, 3), B, G, R; do not change it."""
    kind = plate.kind
    width, height = kind.width_mm, kind.height_mm
    sheet: Picture = np.empty((height, width, 3), dtype=np.uint8)
    sheet[:] = kind.ground
    cv2.rectangle(sheet, (4, 4), (width - 5, height - 5), kind.ink, 3, cv2.LINE_AA)
    left = 14
    if kind.name in ("white8", "foreign", "foreign_yellow"):
        cv2.rectangle(sheet, (4, 4), (40, height - 5), (150, 84, 30), -1)
        left = 48
    if kind.lines == 2:
        top, bottom = plate.text.split(" ")
        split, side = round(0.36 * height), round(0.2 * width)
        _write(sheet, top, (side, 12, width - side, split), kind.ink)
        _write(sheet, bottom, (14, split + 6, width - 14, height - 12), kind.ink)
    else:
        rim = 34 if kind.name == "white_short" else 18
        _write(sheet, plate.text, (left, rim, width - 14, height - rim), kind.ink)
    for x in (0.3, 0.7):
        cv2.circle(sheet, (int(x * width), 9), 4, (120, 120, 120), -1, cv2.LINE_AA)
    return sheet


def _write(sheet: Picture, text: str, box: tuple[int, int, int, int], ink: tuple[int, int, int]) -> None:
    """Write characters side by side into a box of the sheet; a blank is half a character wide."""
    x0, y0, x1, y1 = box
    shares = np.array([0.45 if c == " " else 1.15 if "가" <= c <= "힣" else 1.0 for c in text])
    edges = x0 + np.concatenate([[0.0], np.cumsum(shares)]) * (x1 - x0) / shares.sum()
    for character, start, stop in zip(text, edges[:-1], edges[1:], strict=True):
        if character == " ":
            continue
        width, height = max(2, round(0.84 * (stop - start))), y1 - y0
        inner = max(2, round(0.6 * width)) if character in "1I" else width
        mask = glyph(character, inner, height)
        left = round((start + stop - inner) / 2)
        part = sheet[y0:y1, left : left + inner]
        share = mask[:, : part.shape[1], None].astype(np.float32) / 255.0
        part[:] = (part + share * (np.asarray(ink, dtype=np.float32) - part)).astype(np.uint8)
