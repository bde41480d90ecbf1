"""A contact sheet of the street: `python -m workbench.street.story.contact_sheet docs/street.jpg`.

Photos in the upper row, frames of drives in other lights below, and one drive at four moments in the last row.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from workbench.project import files
from workbench.street.draw.camera import encode, expose
from workbench.street.draw.raster import Picture
from workbench.street.scene.clips import compose_clip, shoot
from workbench.street.scene.scene import render
from workbench.street.scene.stills import compose_still

_CELL = (400, 225)
_CAPTION_PX, _GAP_PX = 24, 6
_PHOTOS = (("web", "day"), ("used-car", "cloudy"), ("web", "evening"), ("web", "backlight"))
_FRAMES = (("parked", "rain"), ("following", "fog"), ("following", "dusk"), ("oncoming", "night"))
_DRIVE = ("following", "night_rain")
_MOMENTS_S = (0.0, 1.0, 2.0, 3.0)


def contact_sheet(*, seed: int = 0) -> Picture:
    """Photos, frames and one drive, three rows of four with captions, shape (height, width, 3), B, G, R."""
    rows: list[list[tuple[Picture, str]]] = [[], [], []]
    for number, (source, light) in enumerate(_PHOTOS):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(21, number)))
        still = compose_still(rng, source, light_name=light)
        rows[0].append((expose(render(still.scene, still.view).picture, still.sensor, rng), f"photo: {light}"))
    for number, (kind, light) in enumerate(_FRAMES):
        rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(22, number)))
        clip = compose_clip(rng, seconds=3.0, light=light, kind=kind)
        rows[1].append((shoot(clip, 1.5, rng)[0], f"clip: {light}"))
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(23, 0)))
    clip = compose_clip(rng, seconds=4.0, light=_DRIVE[1], kind=_DRIVE[0])
    for moment in _MOMENTS_S:
        rows[2].append((shoot(clip, moment, rng)[0], f"{_DRIVE[1].replace('_', ', ')}: {moment:.0f} s"))
    return np.vstack([np.hstack([_cell(picture, caption) for picture, caption in row]) for row in rows])


def _cell(picture: Picture, caption: str) -> Picture:
    """The middle of a picture at the sheet's size, its caption below."""
    height, width = picture.shape[:2]
    scale = max(_CELL[0] / width, _CELL[1] / height)
    grown = cv2.resize(picture, (round(width * scale), round(height * scale)), interpolation=cv2.INTER_AREA)
    x, y = (grown.shape[1] - _CELL[0]) // 2, (grown.shape[0] - _CELL[1]) // 2
    cell: Picture = np.full((_CELL[1] + _CAPTION_PX + _GAP_PX, _CELL[0] + _GAP_PX, 3), 255, dtype=np.uint8)
    cell[: _CELL[1], : _CELL[0]] = grown[y : y + _CELL[1], x : x + _CELL[0]]
    cv2.putText(cell, caption, (4, _CELL[1] + 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (50.0, 50.0, 50.0), 1, cv2.LINE_AA)
    return cell


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m workbench.street.story.contact_sheet", description=__doc__)
    parser.add_argument("out", type=Path, help="a .jpg file")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--quality", type=int, default=80, help="of the JPEG, 1 to 100")
    given = parser.parse_args()
    files.write_bytes(given.out, encode(contact_sheet(seed=given.seed), given.quality))


if __name__ == "__main__":
    _main()
