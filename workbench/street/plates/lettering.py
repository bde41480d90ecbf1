"""Lines of letters on a plate's sheet: set with their own widths or stretched, in any script that is at hand."""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.glyphs import FONTS, glyph, text_line
from workbench.street.draw.raster import Colour, Picture

Box = tuple[float, float, float, float]
LATIN = "ABCDEFGHJKLMNPRSTUVWXYZ"
ARABIC = "ابتجحدرسصطعفقكلمنهوي"
# Without the zero, a dot that set as high as a letter would be a block.
ARABIC_DIGITS = "١٢٣٤٥٦٧٨٩"
PERSIAN_DIGITS = "۱۲۳۴۵۶۷۸۹"
LAO = "ກຂຄງຈຊຍດຕຖທນບປຜພມຢຣລວສຫອ"
CYRILLIC = "АВЕКМНОРСТУХ"
_WEIGHTS = {-1: (cv2.erode, 3), 0: (None, 0), 1: (cv2.dilate, 3), 2: (cv2.dilate, 5)}


def set_line(sheet: Picture, text: str, box: Box, ink: Colour, font: str, large: float, *, weight: int = 0) -> None:
    """Set a line in the middle of a box, `large` of its height at most, narrowed down to half if it is too long.

    Args:
        sheet: is written on.
        text: the line.
        box: xmin, ymin, xmax, ymax in pixels of the sheet.
        ink: colour of the letters.
        font: a name of `workbench.street.draw.glyphs.FONTS`.
        large: share of the box's height that letters may take.
        weight: -1 thinner strokes, 1 and 2 bolder ones.
    """
    if text.strip():
        put_ink(sheet, text_line.__wrapped__(text, 64, font), box, ink, large, weight=weight)


def put_ink(sheet: Picture, line: Picture, box: Box, ink: Colour, large: float, *, weight: int = 0) -> None:
    """Lay a line's ink, 64 pixels high, in the middle of a box; see `set_line`."""
    change, size = _WEIGHTS[weight]
    if change is not None:
        line = np.asarray(change(line, np.ones((size, size), dtype=np.uint8)), dtype=np.uint8)
    wide, high = max(box[2] - box[0], 4.0), max(box[3] - box[1], 4.0)
    tall = max(4, round(large * high))
    natural = line.shape[1] * tall / 64
    # What is left after narrowing decides: letters that are far too many become lower, not hair-thin.
    narrow = min(1.0, 0.96 * wide / natural)
    if narrow < 0.5:
        tall = max(4, round(tall * narrow / 0.5))
    mask = cv2.resize(line, (max(2, round(natural * narrow)), tall), interpolation=cv2.INTER_AREA)
    corner = (round((box[0] + box[2] - mask.shape[1]) / 2), round((box[1] + box[3] - mask.shape[0]) / 2))
    blend(sheet, np.asarray(mask, dtype=np.uint8), corner, ink)


def spell(sheet: Picture, text: str, box: tuple[int, int, int, int], ink: Colour, font: str) -> None:
    """Stretch letters, each as wide as the next, to fill a box."""
    x0, y0, x1, y1 = box
    shares = np.array([0.4 if c in " -·" else 1.0 for c in text])
    # Letters keep a natural width where the plate is longer than its text.
    pace = min((x1 - x0) / shares.sum(), 0.82 * (y1 - y0))
    start = (x0 + x1 - pace * shares.sum()) / 2
    for character, share in zip(text, shares, strict=True):
        width = max(2, round(0.84 * pace * share))
        if character in "1I":
            width = max(2, round(0.55 * width))
        if character not in " ·":
            height = y1 - y0 if character != "-" else max(2, (y1 - y0) // 8)
            left = round(start + (pace * share - width) / 2)
            top = y0 if character != "-" else (y0 + y1) // 2
            blend(sheet, glyph(character, width, height, font), (left, top), ink)
        start += pace * share


def blend(sheet: Picture, mask: Picture, corner: tuple[int, int], ink: Colour) -> None:
    """Lay ink on a sheet with its top-left corner there; what does not fit is cut off."""
    x, y = max(corner[0], 0), max(corner[1], 0)
    part = sheet[y : y + mask.shape[0], x : x + mask.shape[1]]
    share = mask[: part.shape[0], : part.shape[1], None].astype(np.float32) / 255.0
    part[:] = (part + share * (np.asarray(ink, dtype=np.float32) - part)).astype(np.uint8)


def ideographs(rng: np.random.Generator, count: int) -> Picture:
    """Signs that look like Chinese characters from afar and are none, 64 pixels high: boxes, beams and slants."""
    line: Picture = np.zeros((64, 64 * count), dtype=np.uint8)
    for i in range(count):
        left, thick = 64 * i + 6, int(rng.integers(4, 8))
        for _ in range(int(rng.integers(2, 5))):
            y = int(rng.integers(6, 58))
            cv2.line(line, (left + int(rng.integers(0, 14)), y), (left + int(rng.integers(38, 52)), y), (255.0,), thick)
        for _ in range(int(rng.integers(1, 4))):
            x = left + int(rng.integers(4, 48))
            cv2.line(line, (x, int(rng.integers(4, 26))), (x, int(rng.integers(36, 60))), (255.0,), thick)
        if rng.random() < 0.5:
            x, y = left + int(rng.integers(0, 24)), int(rng.integers(8, 34))
            cv2.rectangle(line, (x, y), (x + int(rng.integers(16, 28)), y + int(rng.integers(14, 24))), (255.0,), thick)
        if rng.random() < 0.6:
            lean = int(rng.choice([-1, 1])) * int(rng.integers(10, 24))
            x = left + int(rng.integers(24, 30))
            cv2.line(line, (x, int(rng.integers(4, 30))), (x + lean, 58), (255.0,), thick, cv2.LINE_AA)
    return line


def code(rng: np.random.Generator, count: int) -> str:
    """Letters and digits in any order, with up to two gaps if there are five or more."""
    signs = letters_or_digits(rng, count)
    if count >= 5:
        for _ in range(int(rng.integers(0, 3))):
            cut = int(rng.integers(1, len(signs)))
            mark = " " if rng.random() < 0.75 else "-" if rng.random() < 0.6 else "·"
            signs = signs[:cut] + mark + signs[cut:]
    return signs


def letters_or_digits(rng: np.random.Generator, count: int) -> str:
    """Letters and digits in any order."""
    return "".join(LATIN[int(rng.integers(23))] if rng.random() < 0.45 else str(rng.integers(10)) for _ in range(count))


def grouped(rng: np.random.Generator, fewest: int, most: int) -> str:
    """Letters and digits in runs, as most countries group them: "MH 02 CB 4545", "84-PL-FJ", "AB12 CDE"."""
    left = int(rng.integers(fewest, most + 1))
    mark = str(rng.choice([" ", " ", " ", "", "-", ".", "  "]))
    groups: list[str] = []
    letters = rng.random() < 0.6
    while left > 0:
        size = min(left, int(rng.integers(1, 5)))
        groups.append("".join(LATIN[int(i)] if letters else str(i % 10) for i in rng.integers(23, size=size)))
        left -= size
        letters = not letters if rng.random() < 0.85 else letters
    return mark.join(groups)


def pick(rng: np.random.Generator, signs: str, count: int) -> str:
    """That many signs drawn from a row of signs."""
    return "".join(signs[int(i)] for i in rng.integers(len(signs), size=count))


def word(rng: np.random.Generator, fewest: int = 3, most: int = 13) -> str:
    """A word of nobody's language."""
    return pick(rng, LATIN, int(rng.integers(fewest, most + 1)))


def some_font(rng: np.random.Generator) -> str:
    """A font, the bold ones most often."""
    return str(rng.choice(list(FONTS), p=(0.4, 0.22, 0.15, 0.06, 0.03, 0.14)))
