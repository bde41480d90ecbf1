"""Randomised scenes: nothing looks real, everything varies, so that a detector learns what a plate is and not a place.

The idea is domain randomisation (Tobin et al., 2017). A scene is a collage of photo texture, vehicle-like panels,
plates, look-alikes and things in front, then a camera's faults. Boxes come from the pixels that are left of each plate.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context
from pathlib import Path

import cv2
import numpy as np

from workbench.sample import panels
from workbench.sample.camera import encode
from workbench.sample.collage import Collage, Owners, tilted_quad
from workbench.sample.faults import add_faults
from workbench.sample.glyphs import FONTS, text_line
from workbench.sample.look_alikes import look_alike
from workbench.sample.pinhole import Floats
from workbench.sample.raster import Picture
from workbench.sample.textures import texture_patch
from workbench.sample.world_plates import world_plate
from workbench.sample.writers import yolo_text

OBJECTS = ("vehicle", "wheel", "light", "windscreen", "sign")
_SIZES = ((640, 480), (640, 640), (640, 360), (480, 640), (640, 427))
_LEAST_VISIBLE = 0.45
_NAMES = ("cars", "DRIVE", "MotorWorld", "auto24", "Photo", "SPOT", "garage", "team-x", "2014")
OnPanel = Callable[[float, float, float, float], Floats]
_FLAWLESS = 0.25


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
    kinds = OBJECTS if objects else ("plate",)
    picture, names, boxes, quality = _scene(rng, kinds)
    height, width = picture.shape[:2]
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
    widths = sorted(_log_uniform(rng, 14, 480) for _ in range(count))
    for plate_px in widths:
        if rng.random() < 0.8:
            _glue_panel(collage, rng, plate_px / float(rng.uniform(0.2, 0.34)), plate_px=plate_px)
        else:
            _glue_plate(collage, rng, _somewhere(rng, width, height), plate_px)
    for _ in range(int(rng.integers(0, 3))):
        _glue_look_alike(collage, rng, small=True)
    for _ in range(int(rng.choice(3, p=(0.55, 0.3, 0.15)))):
        _occlude(collage, rng)
    if rng.random() < 0.3:
        _watermark(collage, rng)
    names, boxes = collage.boxes(classes, least_visible=_LEAST_VISIBLE if classes == ("plate",) else 0.3)
    plates = collage.boxes(("plate",), least_visible=0.1)[1]
    finest = float((plates[:, 3] - plates[:, 1]).min()) if len(plates) else 20.0
    if rng.random() < _FLAWLESS:
        return collage.colour, names, boxes, int(rng.integers(60, 97))
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

    share = plate_px / panel_px
    sheet = world_plate(rng) if plate_px else None
    colour = panels.paint(rng)
    if sheet is not None and rng.random() < 0.2:
        # A white plate on a white car, a silver one on silver: no edge but the plate's own.
        b, g, r = (float(v) for v in np.median(sheet, axis=(0, 1)) + rng.uniform(-25, 25))
        colour = (b, g, r)
    if rng.random() < 0.5:
        tyre, disc = panels.wheel(rng)
        size = float(rng.uniform(0.12, 0.22))
        for x in (0.06, 0.94 - size):
            collage.glue(tyre, on_panel(x, 0.85, x + size, 0.85 + size * panel_px / tall), "wheel", mask=disc)
    if rng.random() < 0.7:
        glass = np.asarray(np.clip(texture_patch(rng, 160, 80) * 0.5 + 20, 0, 255), dtype=np.uint8)
        pane = on_panel(0.1, -0.75, 0.9, -0.02)
        pane[:2] += 0.12 * (pane[:2].mean(axis=0) - pane[:2])
        collage.glue(glass, pane, "windscreen")
    collage.glue(panels.skin(rng, colour), quad, "vehicle")
    if rng.random() < 0.4:
        lamp: Picture = np.full((64, 64, 3), 235 if rng.random() < 0.5 else 60, dtype=np.uint8)
        lamp[..., 2] = 230
        bulb: Picture = np.zeros((64, 64), dtype=np.uint8)
        cv2.circle(bulb, (32, 32), 31, (255.0,), -1)
        for x in (0.03, 0.77):
            collage.glue(lamp, on_panel(x, 0.12, x + 0.2, 0.38), "light", mask=bulb)
    for _ in range(int(rng.integers(0, 7))):
        _glue_detail(collage, rng, on_panel, panel_px / tall)
    if sheet is None:
        return
    high = share * sheet.shape[0] / sheet.shape[1] * panel_px / tall
    x0, y0 = anchor[0] - share / 2, anchor[1] - high / 2
    if rng.random() < 0.25:
        spot = on_panel(anchor[0], anchor[1], anchor[0] + 1e-3, anchor[1]).mean(axis=0)
        _glue_plate(collage, rng, (float(spot[0]), float(spot[1])), plate_px)
        return
    if rng.random() < 0.3:
        # The recess of a boot lid, in shade or lit by the plate's lamp, under a bar of chrome.
        wide, tone = float(rng.uniform(0.06, 0.5)) * share, float(rng.uniform(0.3, 1.4))
        b, g, r = (min(tone * v, 255.0) for v in colour)
        hollow: Picture = np.full((16, 16, 3), (b, g, r), dtype=np.uint8)
        deep = float(rng.uniform(0.1, 0.7)) * high
        collage.glue(hollow, on_panel(x0 - wide, y0 - deep, x0 + share + wide, y0 + high + 0.8 * deep))
        if rng.random() < 0.5:
            bar: Picture = np.full((8, 64, 3), float(rng.uniform(90, 235)), dtype=np.uint8)
            collage.glue(bar, on_panel(x0 - wide, y0 - deep - 0.2 * high, x0 + share + wide, y0 - deep))
    if rng.random() < 0.5:
        _glue_frame(collage, rng, on_panel, (x0, y0, x0 + share, y0 + high))
    collage.glue(sheet, on_panel(x0, y0, x0 + share, y0 + high), "plate")


def _glue_frame(collage: Collage, rng: np.random.Generator, on_panel: OnPanel, box: tuple[float, ...]) -> None:
    """A dealer's frame around a plate, thicker below; it is not part of the plate."""
    x0, y0, x1, y1 = box
    high = y1 - y0
    thick, tone = float(rng.uniform(0.01, 0.12)) * high, float(rng.choice([20, 40, 160, 225]))
    low = thick if rng.random() < 0.6 else float(rng.uniform(0.1, 0.28)) * high
    dark: Picture = np.full((16, 16, 3), tone, dtype=np.uint8)
    collage.glue(dark, on_panel(x0 - 0.4 * thick, y0 - thick, x1 + 0.4 * thick, y1 + low))
    if low > thick:
        collage.glue(panels.rim(rng, (tone, tone, tone)), on_panel(x0, y1, x1, y1 + low))


def _glue_detail(collage: Collage, rng: np.random.Generator, on_panel: OnPanel, slim: float) -> None:
    """A badge, lamp or the like, once or as a pair left and right."""
    picture, mask = panels.detail(rng)
    wide = _log_uniform(rng, 0.04, 0.3)
    high = min(wide * picture.shape[0] / picture.shape[1] * slim, 0.6)
    x, y = float(rng.uniform(0.0, 1.0 - wide)), float(rng.uniform(-0.3, 0.95 - high))
    collage.glue(picture, on_panel(x, y, x + wide, y + high), mask=mask)
    if rng.random() < 0.4:
        collage.glue(picture[:, ::-1], on_panel(1 - x - wide, y, 1 - x, y + high), mask=mask[:, ::-1])


def _watermark(collage: Collage, rng: np.random.Generator) -> None:
    """A site's name over the picture, near an edge, half transparent or not; what it covers is still there."""
    height, width = collage.colour.shape[:2]
    words = ("www.{}.com", "{}.net", "@{}", "{}", "© {} {}")
    name = str(rng.choice(words)).format(*(str(rng.choice(_NAMES)) for _ in range(2)))
    line = text_line(name, int(rng.integers(8, 40)), str(rng.choice(list(FONTS))))[:, : width - 8]
    x = int(rng.uniform(0, width - line.shape[1]))
    y = int(height * (rng.uniform(0.9, 0.98) if rng.random() < 0.7 else rng.uniform(0.02, 0.8)))
    part = collage.colour[y : y + line.shape[0], x : x + line.shape[1]]
    share = line[: part.shape[0], :, None].astype(np.float32) / 255 * float(rng.uniform(0.25, 1.0))
    part[:] = (part + share * (rng.choice([0.0, 255.0, 220.0]) - part)).astype(np.uint8)


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
