"""Randomised scenes: nothing looks real, everything varies, so that a detector learns what a plate is and not a place.

The idea is domain randomisation (Tobin et al., 2017). A scene is a collage of photo texture, vehicle-like panels,
plates, look-alikes and things in front, then a camera's faults. Boxes come from the pixels that are left of each plate.
"""

from __future__ import annotations

import cv2
import numpy as np

from workbench.street.draw.camera import encode
from workbench.street.draw.camera_faults import add_faults
from workbench.street.draw.collage import Collage, Owners, tilted_quad
from workbench.street.draw.glyphs import FONTS, text_line
from workbench.street.draw.pinhole import Floats
from workbench.street.draw.raster import Picture
from workbench.street.draw.textures import texture_patch
from workbench.street.plates.world_plates import world_plate
from workbench.street.scene.look_alikes import look_alike
from workbench.street.scene.randomised_weather import under_weather
from workbench.street.vehicles.glued_faces import glue_face, glue_face_with_plate, glue_plate

_SIZES = ((640, 480), (640, 640), (640, 360), (480, 640), (640, 427))
LEAST_VISIBLE = 0.45
# Of a plate's pixels, what letters laid over the picture may take away.
_MOST_WRITTEN_OVER = 0.4
# Standard deviation of a plate's brightness, seen coarsely, in levels of 255.
_LEAST_CONTRAST = 4.0
_NAMES = ("cars", "DRIVE", "MotorWorld", "auto24", "Photo", "SPOT", "garage", "team-x", "2014")
_FLAWLESS = 0.25


def render_randomised(rng: np.random.Generator) -> tuple[Picture, Floats]:
    """Draw one scene.

    Returns:
        The picture, shape (height, width, 3), B, G, R, and the plates' boxes, shape (n, 4), pixels.
    """
    collage = compose(rng)
    boxes = collage.boxes(("plate",), least_visible=LEAST_VISIBLE)[1]
    plates = collage.boxes(("plate",), least_visible=0.1)[1]
    finest = float((plates[:, 3] - plates[:, 1]).min()) if len(plates) else 20.0
    picture = under_weather(collage.colour, collage.mask_of("plate"), rng)
    quality = int(rng.integers(60, 97))
    if rng.random() >= _FLAWLESS:
        picture, quality = add_faults(picture, rng, finest)
    seen = [_shows(picture, box) for box in boxes]
    data = np.frombuffer(encode(picture, quality), dtype=np.uint8)
    return np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8), boxes[seen]


def compose(rng: np.random.Generator) -> Collage:
    """Glue a scene together, as it is before weather and camera; its owner layer is what truth is read from."""
    width, height = _SIZES[int(rng.choice(len(_SIZES), p=(0.35, 0.25, 0.2, 0.1, 0.1)))]
    collage = Collage(_background(rng, width, height))
    for _ in range(int(rng.integers(0, 4))):
        glue_face(collage, rng, _log_uniform(rng, 60, 400), _somewhere(rng, width, height))
    for _ in range(int(rng.integers(0, 5))):
        _glue_look_alike(collage, rng)
    count = int(rng.choice(6, p=(0.08, 0.4, 0.24, 0.14, 0.09, 0.05)))
    for plate_px in sorted(_log_uniform(rng, 14, 480) for _ in range(count)):
        if rng.random() < 0.8:
            glue_face_with_plate(collage, rng, plate_px, _somewhere(rng, width, height))
        else:
            sheet = world_plate(rng)
            size = plate_px, plate_px * sheet.shape[0] / sheet.shape[1]
            glue_plate(collage, rng, sheet, tilted_quad(rng, _somewhere(rng, width, height), *size))
    for _ in range(int(rng.integers(0, 3))):
        _glue_look_alike(collage, rng, small=True)
    for _ in range(int(rng.choice(3, p=(0.55, 0.3, 0.15)))):
        _occlude(collage, rng)
    if rng.random() < 0.3:
        _watermark(collage, rng)
    return collage


def _shows(picture: Picture, box: Floats) -> bool:
    """Whether something stands out in a box: a plate in the dark that nobody can see teaches nothing but guessing."""
    x0, y0, x1, y1 = (int(v) for v in box)
    small = cv2.resize(picture[y0:y1, x0:x1], (12, 4), interpolation=cv2.INTER_AREA)
    return float(small.mean(axis=2).std()) >= _LEAST_CONTRAST


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


def _watermark(collage: Collage, rng: np.random.Generator) -> None:
    """A site's name over the picture, near an edge, half transparent or not; left out where it would hide a plate."""
    height, width = collage.colour.shape[:2]
    words = ("www.{}.com", "{}.net", "@{}", "{}", "© {} {}")
    name = str(rng.choice(words)).format(*(str(rng.choice(_NAMES)) for _ in range(2)))
    line = text_line(name, int(rng.integers(8, 40)), str(rng.choice(list(FONTS))))[:, : width - 8]
    x = int(rng.uniform(0, width - line.shape[1]))
    y = int(height * (rng.uniform(0.9, 0.98) if rng.random() < 0.7 else rng.uniform(0.02, 0.8)))
    place = slice(y, y + line.shape[0]), slice(x, x + line.shape[1])
    part, owners = collage.colour[place], collage.owner[place]
    line = line[: part.shape[0]]
    share = line[..., None].astype(np.float32) / 255 * float(rng.uniform(0.25, 1.0))
    tone = rng.choice([0.0, 255.0, 220.0])
    for piece in collage.pieces:
        under = int(((owners == piece.owner) & (line > 100)).sum()) if piece.class_name == "plate" else 0
        if under > _MOST_WRITTEN_OVER * int((collage.owner == piece.owner).sum()):
            return
    part[:] = (part + share * (tone - part)).astype(np.uint8)


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
