"""Photo textures for randomised scenes: the sample pictures that scikit-image and scikit-learn carry in their packages.

The packages are looked up, not imported. Where neither is installed, coloured noise stands in; the truth is the same.
"""

from __future__ import annotations

import importlib.util
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from workbench.street.draw.raster import Picture

_PLACES = {
    "skimage": (
        "data",
        "astronaut.png brick.png camera.png chelsea.png coffee.png coins.png grass.png gravel.png "
        "hubble_deep_field.jpg ihc.png moon.png motorcycle_left.png motorcycle_right.png retina.jpg rocket.jpg",
    ),
    "sklearn": ("datasets/images", "china.jpg flower.jpg"),
}


@cache
def photo_textures() -> tuple[Picture, ...]:
    """All textures, B, G, R, at most 800 pixels wide, in a fixed order; do not change them."""
    found: list[Picture] = []
    for package, (folder, names) in _PLACES.items():
        spec = importlib.util.find_spec(package)
        for root in (spec.submodule_search_locations or []) if spec else []:
            for name in names.split():
                file = Path(root) / folder / name
                picture = cv2.imread(str(file), cv2.IMREAD_COLOR) if file.is_file() else None
                if picture is not None:
                    scale = min(1.0, 800 / picture.shape[1])
                    small = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
                    found.append(np.asarray(small, dtype=np.uint8))
    return tuple(found) or tuple(_noise(seed) for seed in range(12))


def texture_patch(rng: np.random.Generator, width: int, height: int) -> Picture:
    """A patch cut from a texture drawn at random: turned, mirrored, stretched, recoloured, shape (height, width, 3)."""
    patch = _cut(rng, width, height)
    if rng.random() < 0.2:
        # Two photos through each other: far more patterns than there are photos.
        share = float(rng.uniform(0.2, 0.8))
        patch = np.asarray(cv2.addWeighted(patch, share, _cut(rng, width, height), 1 - share, 0), dtype=np.uint8)
    if rng.random() < 0.25:
        patch = np.ascontiguousarray(patch[..., rng.permutation(3)])
    gain = rng.uniform(0.6, 1.35) * rng.uniform(0.8, 1.2, size=3)
    offset = float(rng.uniform(-40, 40))
    return np.asarray(np.clip(patch * gain + offset, 0, 255), dtype=np.uint8)


def _cut(rng: np.random.Generator, width: int, height: int) -> Picture:
    textures = photo_textures()
    source = textures[int(rng.integers(1 << 30)) % len(textures)]
    rows, columns = source.shape[:2]
    share = float(np.exp(rng.uniform(np.log(0.12), 0.0)))
    cut_w, cut_h = max(8, int(columns * share)), max(8, int(rows * share))
    x, y = int(rng.random() * (columns - cut_w)), int(rng.random() * (rows - cut_h))
    patch = source[y : y + cut_h, x : x + cut_w]
    if rng.random() < 0.5:
        patch = patch[:, ::-1]
    return np.asarray(cv2.resize(patch, (width, height), interpolation=cv2.INTER_LINEAR), dtype=np.uint8)


def _noise(seed: int) -> Picture:
    rng = np.random.default_rng(seed)
    total = np.zeros((480, 640, 3), dtype=np.float32)
    for cells in (3, 8, 24, 80):
        layer = rng.random((cells, cells, 3)).astype(np.float32)
        total += cv2.resize(layer, (640, 480), interpolation=cv2.INTER_CUBIC) / 4
    return np.asarray(np.clip(total * 255, 0, 255), dtype=np.uint8)
