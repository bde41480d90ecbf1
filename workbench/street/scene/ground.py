"""The ground of a street: asphalt, marks, kerbs and paving as one tile that repeats along it; how light falls on it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from workbench.street.draw.pinhole import Pinhole
from workbench.street.draw.raster import Canvas, Colour, Picture
from workbench.street.scene.light import Light

_PX_PER_M = 32
_PERIOD_M = 24.0
_BEYOND_M = 9.0
_LEVELS = (1, 4, 16)
# From which distance on a coarser tile is mixed in, metres.
_FROM_M = (0.0, 9.0, 28.0)


@dataclass(frozen=True)
class Pool:
    """Light on the ground: its middle, its spread each way and its strength beside daylight."""

    x: float
    z: float
    spread_x: float
    spread_z: float
    strength: float


def ground_tile(rng: np.random.Generator, half_width: float) -> tuple[Picture, ...]:
    """A tile as wide as the street and its pavements, one period long, and the same at a quarter and a sixteenth.

    Row 0 is z = 0 and column 0 the left edge, `half_width` and some metres left of the middle.
    """
    half = half_width + _BEYOND_M
    width, height = round(2 * half * _PX_PER_M), round(_PERIOD_M * _PX_PER_M)

    def column(x: float) -> int:
        return round((x + half) * _PX_PER_M)

    tile = _asphalt(rng, width, height)
    for lane in (-1, 1):
        for track in (0.5 * half_width - 0.8, 0.5 * half_width + 0.8):
            middle = column(lane * track)
            tile[:, middle - 14 : middle + 14] = (tile[:, middle - 14 : middle + 14] * 0.95).astype(np.uint8)
    _wear(tile, rng, column(-half_width), column(half_width))
    marks: Picture = np.zeros((height, width), dtype=np.uint8)
    paint = np.full_like(tile, 224)
    for side in (-1, 1):
        left = column(side * (half_width - 0.5) - 0.06)
        marks[:, left : left + 5] = 255
        if half_width > 6.0:
            lane = column(side * half_width / 2 - 0.07)
            for start in range(0, height, 8 * _PX_PER_M):
                marks[start : start + 3 * _PX_PER_M, lane : lane + 6] = 255
    for x in (-0.16, 0.06):
        marks[:, column(x) : column(x) + 4] = 255
        paint[:, column(x) : column(x) + 4] = (56, 172, 222)
    worn = cv2.resize(rng.random((40, 60)).astype(np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    share = (marks / np.float32(255.0)) * np.clip(0.5 + 0.7 * worn, 0.3, 0.95)
    tile = np.asarray(cv2.blendLinear(tile, paint, 1.0 - share, share), dtype=np.uint8)
    for side in (-1, 1):
        _pavement(tile, rng, side, column(side * half_width), column(side * half))
    levels = [tile]
    for level in _LEVELS[1:]:
        size = (width // level, height // level)
        levels.append(np.asarray(cv2.resize(tile, size, interpolation=cv2.INTER_AREA), dtype=np.uint8))
    return tuple(levels)


def _asphalt(rng: np.random.Generator, width: int, height: int) -> Picture:
    coarse = cv2.resize(rng.standard_normal((14, 18), dtype=np.float32), (width, height), interpolation=cv2.INTER_CUBIC)
    fine = rng.integers(0, 32, size=(height, width), dtype=np.uint8)
    level = np.clip(6.0 * coarse + 96.0, 40, 200).astype(np.uint8)
    grey = cv2.add(level, fine) - np.uint8(round(float(rng.uniform(4, 28))))
    return np.asarray(cv2.merge([cv2.convertScaleAbs(grey, alpha=tone) for tone in (1.02, 1.0, 0.99)]), dtype=np.uint8)


def _wear(tile: Picture, rng: np.random.Generator, left: int, right: int) -> None:
    """Patches, cracks, stains and manhole covers between the kerbs."""
    height = tile.shape[0]
    for _ in range(int(rng.integers(2, 6))):
        x, y = int(rng.integers(left, right - 90)), int(rng.integers(0, height - 130))
        w, h = int(rng.integers(40, 90)), int(rng.integers(50, 130))
        tile[y : y + h, x : x + w] = (tile[y : y + h, x : x + w] * float(rng.uniform(0.72, 0.9))).astype(np.uint8)
    for _ in range(int(rng.integers(3, 9))):
        way = np.cumsum(rng.normal(0, 16, size=(12, 2)), axis=0) + rng.uniform([left, 0], [right, height])
        cv2.polylines(tile, [np.round(way).astype(np.int32)], False, (56, 54, 54), 2, cv2.LINE_AA)
    for _ in range(2):
        x, y = int(rng.integers(left + 40, right - 40)), int(rng.integers(30, height - 30))
        cv2.circle(tile, (x, y), 14, (70, 70, 72), -1, cv2.LINE_AA)
        cv2.circle(tile, (x, y), 14, (48, 48, 50), 2, cv2.LINE_AA)
        for i in range(-9, 10, 6):
            cv2.line(tile, (x + i, y - 9), (x + i, y + 9), (92, 92, 94), 1)


def _pavement(tile: Picture, rng: np.random.Generator, side: int, kerb: int, end: int) -> None:
    height = tile.shape[0]
    low, high = min(kerb, end), max(kerb, end)
    tone = rng.uniform(132, 164) * np.array([0.98, 1.0, 1.03])
    block = 12
    rows, columns = height // block + 1, (high - low) // block + 1
    blocks = tone + rng.normal(0, 7.0, size=(rows, columns, 1))
    field = cv2.resize(blocks.astype(np.float32), (columns * block, rows * block), interpolation=cv2.INTER_NEAREST)
    field[::block] *= 0.86
    field[:, ::block] *= 0.86
    tile[:, low:high] = np.clip(field[:height, : high - low], 0, 255).astype(np.uint8)
    # The yellow strip that guides the blind, as on Korean pavements.
    guide = kerb + side * round(1.3 * _PX_PER_M)
    strip = slice(min(guide, guide + side * 12), max(guide, guide + side * 12))
    tile[:, strip] = (0.35 * tile[:, strip] + 0.65 * np.array([70, 166, 204])).astype(np.uint8)
    stone = slice(min(kerb, kerb + side * 8), max(kerb, kerb + side * 8))
    tile[:, stone] = (188, 190, 190)
    face = slice(min(kerb, kerb - side * 5), max(kerb, kerb - side * 5))
    tile[:, face] = (116, 118, 118)
    tile[::_PX_PER_M, min(stone.start, face.start) : max(stone.stop, face.stop)] = (90, 90, 90)


def draw_ground(
    canvas: Canvas,
    tile: tuple[Picture, ...],
    half_width: float,
    *,
    light: Light,
    pools: Sequence[Pool],
    mirror: Picture | None,
) -> None:
    """Paint the ground below the horizon: tile, haze, pools of light, and what a wet road mirrors.

    Args:
        canvas: to draw on.
        tile: of `ground_tile`.
        half_width: from the middle of the road to its kerb, metres.
        light: how bright it is and how far one sees.
        pools: of lamps.
        mirror: what the ground mirrors, half as wide and high as the canvas, or None.
    """
    full = canvas.view
    # The ground needs no finer pixels than the picture's own.
    view = replace(full, width=full.width // 2, height=full.height // 2, focal=full.focal / 2)
    level = view.height / 2 + view.focal * np.tan(view.pitch)
    top = int(np.clip(level - view.width / 2 * abs(np.tan(view.roll)), 0, view.height))
    if view.height - top < 2:
        return
    rows = np.arange(top, view.height) + 0.5 - level
    distance = view.position[1] * view.focal / np.maximum(rows, 0.5)
    ground = _tiled(view, tile, half_width, top, distance)
    brightness = light.ground * (1.0 + _pooled(view, top, pools)) if pools else light.ground
    lit = ground * brightness
    haze = (1.0 - np.exp(-distance / canvas.air.range_m))[:, None, None].astype(np.float32)
    if mirror is not None:
        share = (light.wet * np.clip(0.35 + distance / 50.0, 0.0, 0.85))[:, None, None].astype(np.float32)
        lit = lit * (1.0 - 0.35 * light.wet) * (1 - share) + share * mirror[top:].astype(np.float32)
    lit += haze * (np.asarray(canvas.air.colour, dtype=np.float32) - lit)
    small = np.clip(lit, 0, 255).astype(np.uint8)
    canvas.colour[2 * top :] = cv2.resize(small, (full.width, full.height - 2 * top), interpolation=cv2.INTER_LINEAR)


def _tiled(
    view: Pinhole, tile: tuple[Picture, ...], half_width: float, top: int, distance: npt.NDArray[np.float64]
) -> npt.NDArray[np.float32]:
    """The tile seen in perspective, shape (rows, width, 3); coarser far away, so that it does not flicker."""
    height, half = view.height - top, half_width + _BEYOND_M
    ground: npt.NDArray[np.float32] = np.zeros((height, view.width, 3), dtype=np.float32)
    for i, picture in enumerate(tile):
        mixed_in = np.ones(height) if i == 0 else np.clip((distance - _FROM_M[i]) / (0.5 * _FROM_M[i]), 0.0, 1.0)
        gone = (
            np.clip((distance - _FROM_M[i + 1]) / (0.5 * _FROM_M[i + 1]), 0.0, 1.0)
            if i + 1 < len(tile)
            else np.zeros(height)
        )
        seen = np.flatnonzero((mixed_in > 0) & (gone < 1))
        if not len(seen):
            continue
        first, last = int(seen[0]), int(seen[-1]) + 1
        step = _LEVELS[i] / _PX_PER_M
        plane = view.plane((-half, 0.0, 0.0), (step, 0.0, 0.0), (0.0, 0.0, step))
        shift = np.array([[1.0, 0.0, -0.5], [0.0, 1.0, -0.5 - top - first], [0.0, 0.0, 1.0]])
        size = (view.width, last - first)
        part = cv2.warpPerspective(picture, shift @ plane, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_WRAP)
        weight = mixed_in[first:last, None, None].astype(np.float32)
        ground[first:last] += weight * (part - ground[first:last])
    return ground


def _pooled(view: Pinhole, top: int, pools: Sequence[Pool]) -> npt.NDArray[np.float32]:
    """How much light the pools add, shape (rows, width, 1)."""
    step = 8
    ys, xs = np.mgrid[top : view.height + step : step, 0 : view.width + step : step].astype(np.float64)
    back = np.linalg.inv(view.plane((0.0, 0.0, 0.0), (1.0, 0.0, 0.0), (0.0, 0.0, 1.0)))
    x, z, scale = (back @ np.stack([xs.ravel(), ys.ravel(), np.ones(xs.size)])).reshape(3, *xs.shape)
    # Above the horizon, and on it, there is no ground.
    ahead = scale * np.sign(back[2] @ [view.width / 2, view.height * 4.0, 1.0]) > 1e-9
    with np.errstate(divide="ignore", invalid="ignore"):
        x, z = x / scale, z / scale
    total = np.zeros(xs.shape)
    for pool in pools:
        far = ((x - pool.x) / pool.spread_x) ** 2 + ((z - pool.z) / pool.spread_z) ** 2
        total += pool.strength * np.exp(-0.5 * np.where(ahead, far, 50.0))
    size = (step * xs.shape[1], step * xs.shape[0])
    grown = cv2.resize(total.astype(np.float32), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(grown[: view.height - top, : view.width, None])


def crossing(half_width: float, z: float) -> list[tuple[npt.NDArray[np.float64], Colour]]:
    """A zebra crossing at z with its stop line: flat polygons of shape (4, 3) and their colours."""
    bars = [(float(x), float(x) + 0.45, z, z + 3.5) for x in np.arange(-half_width + 0.6, half_width - 0.8, 0.95)]
    bars.append((0.3, half_width - 0.7, z - 2.0, z - 1.6))
    return [
        (np.array([(x0, 0.0, z0), (x0, 0.0, z1), (x1, 0.0, z1), (x1, 0.0, z0)]), (206.0, 208.0, 208.0))
        for x0, x1, z0, z1 in bars
    ]
