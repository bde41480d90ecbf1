"""What sits on a vehicle's face and is taken for a plate: badges, lettering, lamps, reflectors, stickers, grilles.

They lie where plates lie, are as bright, and have letters or edges too; a detector that never saw them without a label
calls each of them a plate.
"""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.brush import Detail, rounded, spokes
from workbench.street.draw.glyphs import FONTS, prose, text_line
from workbench.street.draw.raster import Colour, Picture
from workbench.street.draw.textures import texture_patch
from workbench.street.vehicles.lamps import glass_lamp, ribbed_lamp

_LETTERS = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"


def detail(rng: np.random.Generator) -> Detail:
    """One of them: the picture and the mask of what shows of it."""
    makers = (
        (_badge, 0.17), (lettering, 0.22), (_lamp, 0.1), (ribbed_lamp, 0.12), (glass_lamp, 0.13), (_spot, 0.06),
        (_reflector, 0.06), (_sticker, 0.08), (grille, 0.06),
    )  # fmt: skip
    shares = np.array([share for _, share in makers])
    return makers[int(rng.choice(len(makers), p=shares / shares.sum()))][0](rng)


def word(rng: np.random.Generator, fewest: int, most: int) -> str:
    """A maker's or dealer's name that is none."""
    return "".join(_LETTERS[int(i)] for i in rng.integers(26, size=int(rng.integers(fewest, most + 1))))


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
        spokes(mask, 42, count, turn, (255.0,), thick)
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


def lettering(rng: np.random.Generator) -> Detail:
    """A model's or maker's name in single letters on the paint."""
    text = word(rng, 2, 9)
    if rng.random() < 0.4:
        text = " ".join(text)
    if rng.random() < 0.3:
        text += f" {rng.integers(1, 10)}{'.0' if rng.random() < 0.5 else '00'}"
    font = str(rng.choice(list(FONTS)))
    mask = prose(text.title(), 48, font) if rng.random() < 0.4 else text_line.__wrapped__(text, 48, font)
    stretched = cv2.resize(mask, (max(8, round(mask.shape[1] * rng.uniform(0.7, 1.6))), 48))
    coloured = rng.random() < 0.3
    colour: Colour = tuple(float(v) for v in rng.uniform(0, 255, size=3)) if coloured else _chrome(rng)  # type: ignore[assignment]
    sheet, mask = _shaded(np.asarray(stretched, dtype=np.uint8), rng, colour)
    return _raised(sheet, mask, rng) if rng.random() < 0.6 else (sheet, mask)


def _raised(sheet: Picture, mask: Picture, rng: np.random.Generator) -> Detail:
    """Letters that stand on the paint: a dark edge on the side away from the light."""
    x, y = (int(v) for v in rng.integers(1, 5, size=2))
    height, width = mask.shape
    shade = np.zeros((height + y, width + x), dtype=np.uint8)
    shade[y:, x:] = mask
    body = np.zeros_like(shade)
    body[:height, :width] = mask
    dark = np.full((*shade.shape, 3), float(rng.uniform(5, 70)), dtype=np.float32)
    full = np.zeros_like(dark)
    full[:height, :width] = sheet
    share = body[..., None].astype(np.float32) / 255
    return (dark + share * (full - dark)).astype(np.uint8), np.maximum(body, shade)


def grille(rng: np.random.Generator) -> Detail:
    """Bars or a mesh of dark plastic or chrome, as it lies above, below and around plates."""
    height, width = int(rng.integers(60, 160)), int(rng.integers(140, 420))
    sheet: Picture = np.full((height, width, 3), int(rng.integers(5, 45)), dtype=np.uint8)
    tone, step = float(rng.uniform(50, 245)), int(rng.integers(8, 34))
    thick, kind = max(2, step // int(rng.integers(2, 6))), int(rng.integers(3))
    for at in range(step // 2, width if kind == 0 else height, step):
        start, end = ((at, 0), (at, height)) if kind == 0 else ((0, at), (width, at))
        cv2.line(sheet, start, end, (tone, tone, tone), thick, cv2.LINE_AA)
    if kind == 2:
        for at in range(-height, width, step):
            cv2.line(sheet, (at, 0), (at + height // 2, height), (tone, tone, tone), thick, cv2.LINE_AA)
    if rng.random() < 0.6:
        rim = float(rng.uniform(90, 240))
        cv2.rectangle(sheet, (1, 1), (width - 2, height - 2), (rim, rim, rim), int(rng.integers(2, 8)), cv2.LINE_AA)
    return sheet, rounded(height, width, int(rng.integers(2, height // 2)))


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
        ink = text_line(word(rng, 2, 4), 20)[:, : width - 8]
        sheet[10:30, 4 : 4 + ink.shape[1]][ink > 110] = int(rng.integers(256))
    return sheet, mask
