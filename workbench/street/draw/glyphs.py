"""Letters: Latin and digits from the fonts that Matplotlib carries, Hangul composed of our own strokes.

A Hangul syllable is an initial, a vowel and perhaps a final (Unicode, *Hangul syllable decomposition*); each is a few
strokes in a box. So Korean plates look the same on every machine, whatever fonts it has.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw, ImageFont

Mask = npt.NDArray[np.uint8]
Strokes = tuple[tuple[tuple[float, float], ...], ...]

FONTS = {
    "sans": "DejaVuSans-Bold",
    "light": "DejaVuSans",
    "mono": "DejaVuSansMono-Bold",
    "serif": "DejaVuSerif-Bold",
    "italic": "DejaVuSans-BoldOblique",
    "narrow": "STIXGeneralBol",
}
_INITIALS = "ㄱㄲㄴㄷㄸㄹㅁㅂㅃㅅㅆㅇㅈㅉㅊㅋㅌㅍㅎ"
_VOWELS = "ㅏㅐㅑㅒㅓㅔㅕㅖㅗㅘㅙㅚㅛㅜㅝㅞㅟㅠㅡㅢㅣ"
_FINALS = " ㄱㄲㄳㄴㄵㄶㄷㄹㄺㄻㄼㄽㄾㄿㅀㅁㅂㅄㅅㅆㅇㅈㅊㅋㅌㅍㅎ"
_RING = tuple((0.5 + 0.42 * float(np.cos(a)), 0.5 + 0.46 * float(np.sin(a))) for a in np.linspace(0, 2 * np.pi, 25))
_LOW_RING = tuple((x, 0.42 + 0.58 * y) for x, y in _RING)
_CONSONANTS: dict[str, Strokes] = {
    "ㄱ": (((0.05, 0.1), (0.9, 0.1), (0.75, 0.95)),),
    "ㄴ": (((0.1, 0.05), (0.1, 0.9), (0.95, 0.9)),),
    "ㄷ": (((0.92, 0.1), (0.1, 0.1), (0.1, 0.9), (0.95, 0.9)),),
    "ㄹ": (((0.06, 0.08), (0.9, 0.08), (0.9, 0.48), (0.08, 0.48), (0.08, 0.92), (0.95, 0.92)),),
    "ㅁ": (((0.1, 0.08), (0.9, 0.08), (0.9, 0.92), (0.1, 0.92), (0.1, 0.08)),),
    "ㅂ": (((0.12, 0.02), (0.12, 0.94), (0.88, 0.94), (0.88, 0.02)), ((0.12, 0.5), (0.88, 0.5))),
    "ㅅ": (((0.5, 0.05), (0.06, 0.95)), ((0.46, 0.3), (0.95, 0.95))),
    "ㅇ": (_RING,),
    "ㅈ": (((0.05, 0.1), (0.95, 0.1)), ((0.52, 0.1), (0.06, 0.95)), ((0.45, 0.45), (0.95, 0.95))),
    "ㅊ": (
        ((0.35, 0.0), (0.65, 0.0)),
        ((0.05, 0.25), (0.95, 0.25)),
        ((0.5, 0.25), (0.06, 1.0)),
        ((0.45, 0.55), (0.95, 1.0)),
    ),
    "ㅋ": (((0.05, 0.1), (0.9, 0.1), (0.75, 0.95)), ((0.1, 0.48), (0.84, 0.45))),
    "ㅌ": (((0.92, 0.08), (0.1, 0.08), (0.1, 0.92), (0.95, 0.92)), ((0.1, 0.5), (0.9, 0.5))),
    "ㅍ": (((0.05, 0.1), (0.95, 0.1)), ((0.3, 0.1), (0.3, 0.9)), ((0.7, 0.1), (0.7, 0.9)), ((0.02, 0.9), (0.98, 0.9))),
    "ㅎ": (((0.35, 0.0), (0.65, 0.0)), ((0.05, 0.26), (0.95, 0.26)), _LOW_RING),
}
_BESIDE: dict[str, Strokes] = {
    "ㅏ": (((0.35, 0.0), (0.35, 1.0)), ((0.35, 0.48), (0.95, 0.48))),
    "ㅐ": (((0.25, 0.02), (0.25, 0.98)), ((0.85, 0.0), (0.85, 1.0)), ((0.25, 0.48), (0.85, 0.48))),
    "ㅑ": (((0.35, 0.0), (0.35, 1.0)), ((0.35, 0.34), (0.95, 0.34)), ((0.35, 0.64), (0.95, 0.64))),
    "ㅓ": (((0.75, 0.0), (0.75, 1.0)), ((0.1, 0.48), (0.75, 0.48))),
    "ㅔ": (((0.5, 0.02), (0.5, 0.98)), ((0.95, 0.0), (0.95, 1.0)), ((0.0, 0.48), (0.5, 0.48))),
    "ㅕ": (((0.75, 0.0), (0.75, 1.0)), ((0.1, 0.34), (0.75, 0.34)), ((0.1, 0.64), (0.75, 0.64))),
    "ㅣ": (((0.6, 0.0), (0.6, 1.0)),),
}
_BELOW: dict[str, Strokes] = {
    "ㅗ": (((0.0, 0.8), (1.0, 0.8)), ((0.5, 0.1), (0.5, 0.8))),
    "ㅛ": (((0.0, 0.8), (1.0, 0.8)), ((0.33, 0.1), (0.33, 0.8)), ((0.67, 0.1), (0.67, 0.8))),
    "ㅜ": (((0.0, 0.25), (1.0, 0.25)), ((0.5, 0.25), (0.5, 1.0))),
    "ㅠ": (((0.0, 0.25), (1.0, 0.25)), ((0.33, 0.25), (0.33, 1.0)), ((0.67, 0.25), (0.67, 1.0))),
    "ㅡ": (((0.0, 0.5), (1.0, 0.5)),),
}


def is_hangul(character: str) -> bool:
    """Whether this is one Hangul syllable."""
    return "가" <= character <= "힣"


@cache
def glyph(character: str, width: int, height: int, font: str = "sans") -> Mask:
    """One character's ink, stretched to fill its box: shape (height, width), 0 to 255.

    Raises:
        ValueError: for a Hangul syllable with a part that has no strokes here.
    """
    if is_hangul(character):
        return _hangul(character, width, height)
    ink = _latin(character, font)
    return np.asarray(cv2.resize(ink, (max(width, 1), max(height, 1)), interpolation=cv2.INTER_AREA), dtype=np.uint8)


@cache
def text_line(text: str, height: int, font: str = "sans") -> Mask:
    """A line of text as ink, shape (height, width), 0 to 255; letters keep their own widths."""
    gap = max(1, round(0.12 * height))
    pieces: list[Mask] = []
    for character in text:
        if character == " ":
            pieces.append(np.zeros((height, round(0.3 * height)), dtype=np.uint8))
            continue
        if is_hangul(character):
            piece = glyph(character, round(0.92 * height), height)
        else:
            ink = _latin(character, font)
            short = {"-": 0.14, ".": 0.16, ":": 0.6, "·": 0.2}.get(character, 1.0)
            inner = max(1, round(short * height))
            piece = np.zeros((height, max(1, round(ink.shape[1] * inner / ink.shape[0]))), dtype=np.uint8)
            top = height - inner if character == "." else (height - inner) // 2
            piece[top : top + inner] = cv2.resize(ink, (piece.shape[1], inner), interpolation=cv2.INTER_AREA)
        pieces += [piece, np.zeros((height, gap), dtype=np.uint8)]
    return np.concatenate(pieces, axis=1) if pieces else np.zeros((height, 1), dtype=np.uint8)


def prose(text: str, height: int, font: str = "sans") -> Mask:
    """A line of Latin text as it is printed, small letters small, as ink, shape (height, width), 0 to 255."""
    face = _font(font)
    sheet = Image.new("L", (round(face.getlength(text)) + 40, 240))
    ImageDraw.Draw(sheet).text((20, 20), text, fill=255, font=face)
    ink = np.asarray(sheet.crop(sheet.getbbox() or (0, 0, 8, 8)), dtype=np.uint8)
    width = max(1, round(ink.shape[1] * height / ink.shape[0]))
    return np.asarray(cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)


@cache
def _font(name: str) -> ImageFont.FreeTypeFont | ImageFont.ImageFont:
    # Matplotlib is looked up but not imported: only its font files are wanted.
    spec = importlib.util.find_spec("matplotlib")
    for folder in (spec.submodule_search_locations or []) if spec else []:
        file = Path(folder) / "mpl-data" / "fonts" / "ttf" / f"{FONTS[name]}.ttf"
        if file.is_file():
            return ImageFont.truetype(str(file), 160)
    return ImageFont.load_default(160)


@cache
def _latin(character: str, font: str) -> Mask:
    sheet = Image.new("L", (360, 320))
    ImageDraw.Draw(sheet).text((60, 40), character, fill=255, font=_font(font))
    box = sheet.getbbox()
    return np.asarray(sheet.crop(box) if box else sheet, dtype=np.uint8)


def _hangul(character: str, width: int, height: int) -> Mask:
    code = ord(character) - 0xAC00
    initial, vowel, final = _INITIALS[code // 588], _VOWELS[code % 588 // 28], _FINALS[code % 28]
    if initial not in _CONSONANTS or (vowel not in _BESIDE and vowel not in _BELOW):
        raise ValueError(f"no strokes for the syllable {character!r}; choose one of single letters")
    floor = 0.6 if final.strip() else 1.0
    parts: list[tuple[Strokes, tuple[float, float, float, float]]] = []
    if vowel in _BESIDE:
        parts.append((_CONSONANTS[initial], (0.03, 0.1 * floor, 0.55, 0.86 * floor)))
        parts.append((_BESIDE[vowel], (0.6, 0.0, 1.0, floor)))
    else:
        parts.append((_CONSONANTS[initial], (0.18, 0.0, 0.82, 0.52 * floor)))
        parts.append((_BELOW[vowel], (0.0, 0.55 * floor, 1.0, floor)))
    if final.strip():
        parts.append((_CONSONANTS[final], (0.15, 0.66, 0.88, 1.0)))
    big = 4
    ink = np.zeros((height * big, width * big), dtype=np.uint8)
    thick = max(1, round(0.15 * min(width, height) * big))
    room = np.array([ink.shape[1] - thick, ink.shape[0] - thick], dtype=np.float64)
    for strokes, (x0, y0, x1, y1) in parts:
        for stroke in strokes:
            line = np.array([[x0 + x * (x1 - x0), y0 + y * (y1 - y0)] for x, y in stroke]) * room + thick / 2
            cv2.polylines(ink, [np.round(line).astype(np.int32)], False, (255.0,), thick)
    return np.asarray(cv2.resize(ink, (width, height), interpolation=cv2.INTER_AREA), dtype=np.uint8)
