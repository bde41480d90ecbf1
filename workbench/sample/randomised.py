"""Randomised scenes: nothing looks real, everything varies, so that a detector learns what a plate is and not a place.

The idea is domain randomisation (Tobin et al., 2017). A scene is a collage of photo texture, vehicle-like panels,
plates, look-alikes and things in front, then a camera's faults. Boxes come from the pixels that are left of each plate.
"""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from workbench.sample import skins
from workbench.sample.camera import encode
from workbench.sample.collage import Collage, Owners, tilted_quad
from workbench.sample.faults import add_faults
from workbench.sample.look_alikes import look_alike
from workbench.sample.pinhole import Floats
from workbench.sample.raster import Colour, Picture
from workbench.sample.textures import texture_patch
from workbench.sample.vehicles import PAINTS
from workbench.sample.world_plates import world_plate
from workbench.sample.writers import yolo_text

OBJECTS = ("vehicle", "wheel", "light", "windscreen", "sign")
_SIZES = ((640, 480), (640, 640), (640, 360), (480, 640), (640, 427))
_LEAST_VISIBLE = 0.45


def render_randomised(rng: np.random.Generator) -> tuple[Picture, Floats]:
    """Draw one scene.

    Returns:
        The picture, shape (height, width, 3), B, G, R, and the plates' boxes, shape (n, 4), pixels.
    """
    picture, _, boxes, quality = _scene(rng, ("plate",))
    return _compressed(picture, quality), boxes


def render_objects(rng: np.random.Generator) -> tuple[Picture, list[str], Floats]:
    """Draw one scene with boxes for all kinds of `OBJECTS`; plates are to be seen in it but have no box."""
    picture, names, boxes, quality = _scene(rng, OBJECTS)
    return _compressed(picture, quality), names, boxes


def write_randomised(
    folder: Path, count: int, *, seed: int = 0, workers: int = 1, objects: bool = False, start: int = 0
) -> None:
    """Write a YOLO dataset: ``images/``, ``labels/``, ``data.yaml``.

    Args:
        folder: made if it is not there.
        count: of pictures.
        seed: picture i depends on seed and i alone.
        workers: processes.
        objects: label `OBJECTS` in place of plates.
        start: number of the first picture.
    """
    for name in ("images", "labels"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    job = partial(_write_one, folder, seed, objects)
    numbers = range(start, start + count)
    if workers <= 1:
        list(map(job, numbers))
    else:
        with ProcessPoolExecutor(workers, mp_context=get_context("spawn")) as pool:
            list(pool.map(job, numbers, chunksize=16))
    names = OBJECTS if objects else ("plate",)
    listing = "".join(f"  {i}: {name}\n" for i, name in enumerate(names))
    (folder / "data.yaml").write_text(f"path: .\ntrain: images\nval: images\nnames:\n{listing}", encoding="utf-8")


def _write_one(folder: Path, seed: int, objects: bool, number: int) -> None:
    cv2.setNumThreads(1)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(100 + objects, number)))
    picture, names, boxes, quality = _scene(rng, OBJECTS if objects else ("plate",))
    height, width = picture.shape[:2]
    kinds = OBJECTS if objects else ("plate",)
    lines = [yolo_text((width, height), boxes[i : i + 1], kinds.index(name)) for i, name in enumerate(names)]
    (folder / "images" / f"{number:06d}.jpg").write_bytes(encode(picture, quality))
    (folder / "labels" / f"{number:06d}.txt").write_text("".join(lines), encoding="utf-8")


def _compressed(picture: Picture, quality: int) -> Picture:
    data = np.frombuffer(encode(picture, quality), dtype=np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)


def _scene(rng: np.random.Generator, classes: tuple[str, ...]) -> tuple[Picture, list[str], Floats, int]:
    width, height = _SIZES[int(rng.choice(len(_SIZES), p=(0.35, 0.25, 0.2, 0.1, 0.1)))]
    collage = Collage(_background(rng, width, height))
    for _ in range(int(rng.integers(0, 4))):
        _glue_panel(collage, rng, _log_uniform(rng, 60, 400), plate_px=0.0)
    for _ in range(int(rng.integers(0, 5))):
        _glue_look_alike(collage, rng)
    count = int(rng.choice(6, p=(0.08, 0.4, 0.24, 0.14, 0.09, 0.05)))
    widths = sorted(_log_uniform(rng, 14, 420) for _ in range(count))
    for plate_px in widths:
        if rng.random() < 0.8:
            _glue_panel(collage, rng, plate_px / float(rng.uniform(0.2, 0.34)), plate_px=plate_px)
        else:
            _glue_plate(collage, rng, _somewhere(rng, width, height), plate_px)
    for _ in range(int(rng.integers(0, 3))):
        _glue_look_alike(collage, rng, small=True)
    for _ in range(int(rng.choice(3, p=(0.55, 0.3, 0.15)))):
        _occlude(collage, rng)
    names, boxes = collage.boxes(classes, least_visible=_LEAST_VISIBLE if classes == ("plate",) else 0.3)
    plates = collage.boxes(("plate",), least_visible=0.1)[1]
    finest = float((plates[:, 3] - plates[:, 1]).min()) if len(plates) else 20.0
    faulty, quality = add_faults(collage.colour, rng, finest)
    return faulty, names, boxes, quality


def _log_uniform(rng: np.random.Generator, low: float, high: float) -> float:
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))


def _somewhere(rng: np.random.Generator, width: int, height: int) -> tuple[float, float]:
    return float(rng.uniform(0.04, 0.96) * width), float(rng.uniform(0.08, 0.95) * height)


def _background(rng: np.random.Generator, width: int, height: int) -> Picture:
    picture = texture_patch(rng, width, height)
    if rng.random() < 0.5:
        level = int(rng.uniform(0.25, 0.7) * height)
        road = texture_patch(rng, width, height - level).astype(np.float32)
        grey = float(rng.uniform(50, 150))
        picture[level:] = (grey + rng.uniform(0.05, 0.4) * (road - road.mean())).clip(0, 255).astype(np.uint8)
    return picture


def _paint(rng: np.random.Generator) -> Colour:
    if rng.random() < 0.6:
        return PAINTS[int(rng.integers(len(PAINTS)))]
    b, g, r = (float(v) for v in rng.uniform(10, 240, size=3))
    return b, g, r


def _skin(rng: np.random.Generator) -> Picture:
    """The face of something like a vehicle: a drawn one, photo texture under paint, or plain paint with a gradient."""
    paint, choice = _paint(rng), rng.random()
    if choice < 0.45:
        makers = (skins.car_front, skins.car_rear)
        return makers[int(rng.integers(2))](paint, rng)
    if choice < 0.55:
        return skins.tall_rear(paint, rng, glass=True)
    height, width = 260, 480
    base = (
        np.asarray(paint, dtype=np.float32)
        * np.linspace(rng.uniform(0.6, 1.3), rng.uniform(0.4, 1.0), height)[:, None, None]
    )
    sheet = np.broadcast_to(base, (height, width, 3)).copy()
    if choice < 0.85:
        sheet += rng.uniform(0.1, 0.6) * (texture_patch(rng, width, height).astype(np.float32) - 128)
    picture = np.asarray(np.clip(sheet, 0, 255), dtype=np.uint8)
    for _ in range(int(rng.integers(1, 6))):
        tone = tuple(float(v) for v in rng.uniform(0, 255) * rng.uniform(0.8, 1.2, size=3))
        y, x = int(rng.integers(height)), int(rng.integers(width))
        thick = int(rng.integers(1, 14))
        if rng.random() < 0.7:
            cv2.line(picture, (0, y), (width, y + int(rng.normal(0, 8))), tone, thick, cv2.LINE_AA)
        else:
            cv2.ellipse(
                picture, (x, y), (int(rng.integers(8, 80)), int(rng.integers(5, 40))), 0, 0, 360, tone, -1, cv2.LINE_AA
            )
    return picture


def _glue_panel(collage: Collage, rng: np.random.Generator, panel_px: float, *, plate_px: float) -> None:
    """A vehicle's face with glass above, lamps, wheels and, if asked for, a plate in its plane or near it."""
    height, width = collage.colour.shape[:2]
    tall = float(rng.uniform(0.4, 0.75)) * panel_px
    if plate_px:
        anchor = np.array([rng.uniform(0.25, 0.75), rng.uniform(0.3, 0.85)])
        aim = _somewhere(rng, width, height)
        centre = (aim[0] + (0.5 - anchor[0]) * panel_px, aim[1] + (0.5 - anchor[1]) * tall)
    else:
        anchor, centre = np.array([0.5, 0.6]), _somewhere(rng, width, height)
    quad = tilted_quad(rng, centre, panel_px, tall)
    unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32)
    plane = cv2.getPerspectiveTransform(unit, quad.astype(np.float32))

    def on_panel(x0: float, y0: float, x1: float, y1: float) -> Floats:
        corners = np.array([[[x0, y0]], [[x1, y0]], [[x1, y1]], [[x0, y1]]], dtype=np.float64)
        return np.asarray(cv2.perspectiveTransform(corners, plane)[:, 0], dtype=np.float64)

    disc: Picture = np.zeros((64, 64), dtype=np.uint8)
    cv2.circle(disc, (32, 32), 31, (255.0,), -1)
    tyre: Picture = np.full((64, 64, 3), 28, dtype=np.uint8)
    cv2.circle(tyre, (32, 32), 18, (150, 150, 150), -1)
    if rng.random() < 0.5:
        size = float(rng.uniform(0.12, 0.22))
        for x in (0.06, 0.94 - size):
            collage.glue(tyre, on_panel(x, 0.85, x + size, 0.85 + size * panel_px / tall), "wheel", mask=disc)
    if rng.random() < 0.7:
        glass = np.asarray(np.clip(texture_patch(rng, 160, 80) * 0.5 + 20, 0, 255), dtype=np.uint8)
        pane = on_panel(0.1, -0.75, 0.9, -0.02)
        pane[:2] += 0.12 * (pane[:2].mean(axis=0) - pane[:2])
        collage.glue(glass, pane, "windscreen")
    collage.glue(_skin(rng), quad, "vehicle")
    if rng.random() < 0.5:
        lamp: Picture = np.full((64, 64, 3), 235 if rng.random() < 0.5 else 60, dtype=np.uint8)
        lamp[..., 2] = 230
        for x in (0.03, 0.77):
            collage.glue(lamp, on_panel(x, 0.12, x + 0.2, 0.38), "light", mask=disc)
    if not plate_px:
        return
    spot = on_panel(anchor[0], anchor[1], anchor[0] + 1e-3, anchor[1]).mean(axis=0)
    if rng.random() < 0.25:
        _glue_plate(collage, rng, (float(spot[0]), float(spot[1])), plate_px)
        return
    sheet = world_plate(rng)
    share = plate_px / panel_px
    high = share * sheet.shape[0] / sheet.shape[1] * panel_px / tall
    x0, y0 = anchor[0] - share / 2, anchor[1] - high / 2
    if rng.random() < 0.5:
        rim, tone = float(rng.uniform(0.01, 0.12)) * high, int(rng.choice([20, 40, 160]))
        dark: Picture = np.full((16, 16, 3), tone, dtype=np.uint8)
        collage.glue(dark, on_panel(x0 - 0.4 * rim, y0 - rim, x0 + share + 0.4 * rim, y0 + high + rim))
    collage.glue(sheet, on_panel(x0, y0, x0 + share, y0 + high), "plate")


def _glue_plate(collage: Collage, rng: np.random.Generator, centre: tuple[float, float], plate_px: float) -> None:
    sheet = world_plate(rng)
    collage.glue(sheet, tilted_quad(rng, centre, plate_px, plate_px * sheet.shape[0] / sheet.shape[1]), "plate")


def _glue_look_alike(collage: Collage, rng: np.random.Generator, *, small: bool = False) -> None:
    height, width = collage.colour.shape[:2]
    picture, mask, name = look_alike(rng)
    wide = _log_uniform(rng, 16, 120 if small else 400)
    quad = tilted_quad(rng, _somewhere(rng, width, height), wide, wide * picture.shape[0] / picture.shape[1])
    colour, owner = collage.colour.copy(), collage.owner.copy()
    collage.glue(picture, quad, name, mask=mask)
    _undo_if_hiding(collage, colour, owner)


def _occlude(collage: Collage, rng: np.random.Generator) -> None:
    height, width = collage.colour.shape[:2]
    colour, owner = collage.colour.copy(), collage.owner.copy()
    high, wide = _log_uniform(rng, 20, 500), _log_uniform(rng, 4, 120)
    quad = tilted_quad(rng, _somewhere(rng, width, height), wide, high, most_yaw=20)
    collage.glue(texture_patch(rng, 64, 128), quad)
    _undo_if_hiding(collage, colour, owner)


def _undo_if_hiding(collage: Collage, colour: Picture, owner: Owners) -> None:
    """Take the last piece off again if it leaves so little of a plate that nobody could say whether it is one."""
    for piece in collage.pieces:
        if piece.class_name == "plate":
            was = int((owner == piece.owner).sum())
            left = int((collage.owner == piece.owner).sum())
            if left < was and left < 0.6 * piece.pixels:
                collage.colour, collage.owner = colour, owner
                return
