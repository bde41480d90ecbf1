"""Faces of something like a vehicle for randomised scenes, and what sits on them and is taken for a plate.

Badges, chrome lettering, lamps and reflectors lie where plates lie, are as bright and have letters or edges too; a
detector that never saw them without a label calls each of them a plate.
"""

from __future__ import annotations

import cv2
import numpy as np

from workbench.sample import skins
from workbench.sample.glyphs import FONTS, text_line
from workbench.sample.raster import Colour, Picture
from workbench.sample.textures import texture_patch
from workbench.sample.vehicles import PAINTS

Detail = tuple[Picture, Picture]
_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def paint(rng: np.random.Generator) -> Colour:
    """A colour of cars, or any."""
    if rng.random() < 0.6:
        return PAINTS[int(rng.integers(len(PAINTS)))]
    b, g, r = (float(v) for v in rng.uniform(10, 240, size=3))
    return b, g, r


def skin(rng: np.random.Generator, colour: Colour) -> Picture:
    """A face in that colour: a drawn one, photo texture under paint, or plain paint; lit and mirroring unevenly."""
    choice = rng.random()
    if choice < 0.4:
        face = (skins.car_front, skins.car_rear)[int(rng.integers(2))](colour, rng)
    elif choice < 0.5:
        face = skins.tall_rear(colour, rng, glass=True)
    else:
        face = _plain(rng, colour, textured=choice < 0.78)
    return _lit(face, rng)


def detail(rng: np.random.Generator) -> Detail:
    """A badge, lettering, lamp, reflector, sticker or vent: the picture and the mask of what shows of it."""
    makers = (_badge, _badge, _lettering, _lettering, _lamp, _lamp, _spot, _reflector, _sticker)
    return makers[int(rng.integers(len(makers)))](rng)


def rim(rng: np.random.Generator, ink: Colour) -> Picture:
    """The lower strip of a dealer's frame, often with a name on it, shape (24, 320, 3)."""
    sheet: Picture = np.full((24, 320, 3), ink, dtype=np.uint8)
    if rng.random() < 0.6:
        mask = text_line.__wrapped__(_word(rng, 4, 18), 14)[:, :300]
        left = (320 - mask.shape[1]) // 2
        tone = 235 if sum(ink) < 380 else 30
        sheet[5:19, left : left + mask.shape[1]][mask > 110] = tone
    return sheet


def wheel(rng: np.random.Generator) -> Detail:
    """A tyre and a hub with spokes, as a disc."""
    sheet: Picture = np.full((96, 96, 3), int(rng.integers(14, 40)), dtype=np.uint8)
    mask: Picture = np.zeros((96, 96), dtype=np.uint8)
    cv2.circle(mask, (48, 48), 47, (255.0,), -1)
    tone = float(rng.uniform(80, 210))
    if rng.random() < 0.4:
        cv2.circle(sheet, (48, 48), int(rng.integers(20, 34)), (tone, tone, tone), -1, cv2.LINE_AA)
        return sheet, mask
    count, turn, thick = int(rng.integers(4, 11)), float(rng.uniform(0, 2 * np.pi)), int(rng.integers(2, 9))
    _spokes(sheet, 33, count, turn, (tone, tone, tone), thick)
    cv2.circle(sheet, (48, 48), 34, (tone, tone, tone), 3, cv2.LINE_AA)
    cv2.circle(sheet, (48, 48), 8, (tone, tone, tone), -1, cv2.LINE_AA)
    return sheet, mask


def outline(rng: np.random.Generator, height: int, width: int) -> Picture:
    """The mask of a face that is no rectangle: round corners, sides that lean, a bulging bonnet."""
    mask: Picture = np.zeros((height, width), dtype=np.uint8)
    lean, bulge = rng.uniform(0.0, 0.1, size=2), float(rng.uniform(0.0, 0.14))
    across = np.linspace(lean[0], 1 - lean[0], 9)
    top = np.column_stack([across, bulge * (2 * np.abs(np.linspace(-0.5, 0.5, 9))) ** 2])
    low = float(rng.uniform(0.0, 0.08))
    lower = np.array(
        [[1.0, 0.4], [1 - lean[1], 1 - low], [0.9 - lean[1], 1.0], [0.1 + lean[1], 1.0], [lean[1], 1 - low]]
    )
    corners = np.concatenate([top, lower, [[0.0, 0.4]]]) * [width - 1, height - 1]
    cv2.fillPoly(mask, [np.round(corners).astype(np.int32)], (255.0,), cv2.LINE_AA)
    return mask


def _plain(rng: np.random.Generator, colour: Colour, *, textured: bool) -> Picture:
    height, width = 260, 480
    down = np.linspace(rng.uniform(0.6, 1.3), rng.uniform(0.4, 1.0), height)[:, None, None]
    sheet = np.broadcast_to(np.asarray(colour, dtype=np.float32) * down, (height, width, 3)).copy()
    if textured:
        sheet += rng.uniform(0.1, 0.6) * (texture_patch(rng, width, height).astype(np.float32) - 128)
    picture = np.asarray(np.clip(sheet, 0, 255), dtype=np.uint8)
    for _ in range(int(rng.integers(1, 6))):
        tone = tuple(float(v) for v in rng.uniform(0, 255) * rng.uniform(0.8, 1.2, size=3))
        y, x = int(rng.integers(height)), int(rng.integers(width))
        if rng.random() < 0.7:
            end = (width, y + int(rng.normal(0, 8)))
            cv2.line(picture, (0, y), end, tone, int(rng.integers(1, 14)), cv2.LINE_AA)
        else:
            axes = (int(rng.integers(8, 80)), int(rng.integers(5, 40)))
            cv2.ellipse(picture, (x, y), axes, 0, 0, 360, tone, -1, cv2.LINE_AA)
    return picture


def _lit(face: Picture, rng: np.random.Generator) -> Picture:
    """Soft light and shade, and blurred surroundings mirrored in the paint."""
    height, width = face.shape[:2]
    level = face.astype(np.float32)
    if rng.random() < 0.7:
        cells = rng.uniform(0.7, 1.2, size=(int(rng.integers(2, 5)), int(rng.integers(2, 6)))).astype(np.float32)
        level *= cv2.resize(cells, (width, height), interpolation=cv2.INTER_CUBIC)[..., None]
    if rng.random() < 0.5:
        mirrored = cv2.GaussianBlur(texture_patch(rng, width // 4, height // 4), (0, 0), float(rng.uniform(0.5, 6)))
        level += float(rng.uniform(0.05, 0.35)) * (cv2.resize(mirrored, (width, height)).astype(np.float32) - level)
    return np.asarray(np.clip(level, 0, 255), dtype=np.uint8)


def _chrome(rng: np.random.Generator) -> Colour:
    tone = float(rng.uniform(20, 60) if rng.random() < 0.2 else rng.uniform(130, 250))
    return tone, tone, tone * float(rng.uniform(0.95, 1.05))


def _shaded(mask: Picture, rng: np.random.Generator, colour: Colour) -> Detail:
    """Raised metal or plastic under a mask, lighter above than below, or the other way round."""
    shade = np.linspace(rng.uniform(0.6, 1.3), rng.uniform(0.6, 1.3), mask.shape[0])[:, None, None]
    sheet = np.broadcast_to(np.asarray(colour) * shade, (*mask.shape, 3))
    return np.asarray(np.clip(sheet, 0, 255), dtype=np.uint8), mask


def _badge(rng: np.random.Generator) -> Detail:
    """Rings, a star, a lozenge, a letter or wings, as makers put on bonnets and boots."""
    mask: Picture = np.zeros((96, 96), dtype=np.uint8)
    kind, thick = int(rng.integers(5)), int(rng.integers(3, 12))
    if kind == 0:
        rings = int(rng.integers(1, 5))
        mask = np.zeros((96, 60 + 36 * rings), dtype=np.uint8)
        for i in range(rings):
            cv2.circle(mask, (48 + 36 * i, 48), 32, (255.0,), thick, cv2.LINE_AA)
    elif kind == 1:
        cv2.circle(mask, (48, 48), 44, (255.0,), thick, cv2.LINE_AA)
        count, turn = int(rng.integers(2, 7)), float(rng.uniform(0, 2 * np.pi))
        _spokes(mask, 42, count, turn, (255.0,), thick)
    elif kind == 2:
        mask = np.zeros((96, int(rng.integers(90, 200))), dtype=np.uint8)
        middle, axes = (mask.shape[1] // 2, 48), (mask.shape[1] // 2 - 6, int(rng.integers(24, 44)))
        cv2.ellipse(mask, middle, axes, 0, 0, 360, (255.0,), -1 if rng.random() < 0.4 else thick, cv2.LINE_AA)
        cv2.ellipse(mask, middle, (axes[0] // 3, axes[1]), 0, 0, 360, (128.0,), thick, cv2.LINE_AA)
    elif kind == 3:
        corners = rng.uniform(4, 92, size=(int(rng.integers(4, 9)), 2))
        mirrored = np.concatenate([corners, (corners * [-1, 1] + [96, 0])[::-1]])
        cv2.polylines(mask, [np.round(mirrored).astype(np.int32)], True, (255.0,), thick, cv2.LINE_AA)
    else:
        letter = text_line(_LETTERS[int(rng.integers(26))], 56, str(rng.choice(list(FONTS))))[:, :80]
        left = (96 - letter.shape[1]) // 2
        mask[20:76, left : left + letter.shape[1]] = letter
        cv2.circle(mask, (48, 48), 44, (255.0,), thick // 2 + 1, cv2.LINE_AA)
    sheet, mask = _shaded(mask, rng, _chrome(rng))
    if rng.random() < 0.35:
        # On a coloured ground.
        colour = rng.uniform(0, 220, size=3)
        sheet = np.where(mask[..., None] > 100, sheet, colour).astype(np.uint8)
        ground: Picture = np.zeros_like(mask)
        axes = (mask.shape[1] // 2 - 1, mask.shape[0] // 2 - 1)
        cv2.ellipse(ground, (mask.shape[1] // 2, mask.shape[0] // 2), axes, 0, 0, 360, (255.0,), -1)
        mask = ground
    return sheet, mask


def _lettering(rng: np.random.Generator) -> Detail:
    """A model's or maker's name in single letters on the paint."""
    text = _word(rng, 2, 9)
    if rng.random() < 0.4:
        text = " ".join(text)
    if rng.random() < 0.3:
        text += f" {rng.integers(1, 10)}{'.0' if rng.random() < 0.5 else '00'}"
    mask = text_line.__wrapped__(text, 48, str(rng.choice(list(FONTS))))
    stretched = cv2.resize(mask, (max(8, round(mask.shape[1] * rng.uniform(0.7, 1.6))), 48))
    coloured = rng.random() < 0.3
    colour: Colour = tuple(float(v) for v in rng.uniform(0, 255, size=3)) if coloured else _chrome(rng)  # type: ignore[assignment]
    return _shaded(np.asarray(stretched, dtype=np.uint8), rng, colour)


def _lamp(rng: np.random.Generator) -> Detail:
    """A head or tail lamp: cells of different colour behind glass, in an outline of any shape."""
    height, width = int(rng.integers(50, 130)), int(rng.integers(70, 200))
    red = rng.random() < 0.6
    base = np.array([30.0, 25.0, rng.uniform(110, 235)]) if red else np.full(3, float(rng.uniform(90, 220)))
    sheet = np.asarray(
        base + 0.35 * (texture_patch(rng, width, height).astype(np.float32) - 120), dtype=np.float32
    ).clip(0, 255)
    picture = np.asarray(sheet, dtype=np.uint8)
    for _ in range(int(rng.integers(1, 5))):
        x, y = int(rng.integers(width)), int(rng.integers(height))
        size = (x + int(rng.integers(8, width)), y + int(rng.integers(5, height)))
        tone = ((40.0, 150.0, 250.0), (225.0, 225.0, 230.0), (20.0, 15.0, 110.0), (50.0, 50.0, 60.0))[
            int(rng.integers(4))
        ]
        if rng.random() < 0.5:
            cv2.rectangle(picture, (x, y), size, tone, -1 if rng.random() < 0.6 else 3)
        else:
            cv2.circle(picture, (x, y), int(rng.integers(5, max(6, height // 2))), tone, -1, cv2.LINE_AA)
    mask: Picture = np.zeros((height, width), dtype=np.uint8)
    corners = np.array([[0.08, 0.1], [0.5, 0.04], [0.94, 0.1], [0.96, 0.6], [0.9, 0.94], [0.3, 0.94], [0.04, 0.7]])
    points = (corners + rng.uniform(-0.14, 0.14, size=corners.shape)) * [width, height]
    cv2.fillPoly(mask, [np.round(points).astype(np.int32)], (255.0,), cv2.LINE_AA)
    cv2.polylines(picture, [np.round(points).astype(np.int32)], True, (40, 40, 40), 3, cv2.LINE_AA)
    return picture, mask


def _spot(rng: np.random.Generator) -> Detail:
    """A fog lamp in its dark hole."""
    sheet: Picture = np.full((96, int(rng.integers(96, 180)), 3), int(rng.integers(12, 60)), dtype=np.uint8)
    middle, tone = (int(sheet.shape[1]) // 2, 48), float(rng.uniform(120, 255))
    cv2.circle(sheet, middle, int(rng.integers(18, 40)), (tone, tone, tone * 0.97), -1, cv2.LINE_AA)
    cv2.circle(sheet, middle, int(rng.integers(4, 16)), (tone * 0.6, tone * 0.6, tone * 0.6), 3, cv2.LINE_AA)
    return sheet, rounded(sheet.shape[0], sheet.shape[1], int(rng.integers(4, 44)))


def _reflector(rng: np.random.Generator) -> Detail:
    """A plain bright bar in red, orange or white, in small cells."""
    height, width = int(rng.integers(20, 50)), int(rng.integers(60, 220))
    tone = ((30.0, 25.0, 200.0), (30.0, 130.0, 240.0), (225.0, 228.0, 230.0))[int(rng.integers(3))]
    sheet = np.asarray(np.clip(np.asarray(tone) + rng.normal(0, 14, size=(height, width, 1)), 0, 255), dtype=np.uint8)
    for x in range(0, width, int(rng.integers(6, 40))):
        cv2.line(sheet, (x, 0), (x, height), (tone[0] * 0.7, tone[1] * 0.7, tone[2] * 0.7), 1)
    return sheet, rounded(height, width, int(rng.integers(1, 12)))


def _sticker(rng: np.random.Generator) -> Detail:
    """A small picture or round mark, as on windscreens and boots."""
    height, width = int(rng.integers(40, 110)), int(rng.integers(40, 140))
    sheet = texture_patch(rng, width, height)
    mask = rounded(height, width, int(rng.integers(1, min(height, width) // 2)))
    if rng.random() < 0.5:
        ink = text_line(_word(rng, 2, 4), 20)[:, : width - 8]
        sheet[10:30, 4 : 4 + ink.shape[1]][ink > 110] = int(rng.integers(256))
    return sheet, mask


def _spokes(sheet: Picture, length: int, count: int, turn: float, tone: tuple[float, ...], thick: int) -> None:
    """Lines from the middle of a sheet of 96 pixels outwards, evenly around."""
    for angle in np.linspace(turn, turn + 2 * np.pi, count, endpoint=False):
        end = (round(48 + length * float(np.cos(angle))), round(48 + length * float(np.sin(angle))))
        cv2.line(sheet, (48, 48), end, tone, thick, cv2.LINE_AA)


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


def _word(rng: np.random.Generator, fewest: int, most: int) -> str:
    return "".join(_LETTERS[int(i)] for i in rng.integers(26, size=int(rng.integers(fewest, most + 1))))
