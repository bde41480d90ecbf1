"""Something like a vehicle's face on a collage: body, glass, wheels, lamps, badges, and a plate in its place."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from workbench.street.draw.brush import rounded
from workbench.street.draw.collage import Collage, tilted_quad
from workbench.street.draw.pinhole import Floats
from workbench.street.draw.raster import Colour, Picture
from workbench.street.draw.textures import texture_patch
from workbench.street.plates.world_plates import world_plate
from workbench.street.vehicles import panels
from workbench.street.vehicles.details import detail, grille


@dataclass(frozen=True)
class Face:
    """A plane in which a face lies.

    Attributes:
        quad: its corners in the picture, shape (4, 2), clockwise from its top left.
        width: in pixels, about.
        slim: width over height.
    """

    quad: Floats
    width: float
    slim: float

    def spot(self, x0: float, y0: float, x1: float, y1: float) -> Floats:
        """The corners, shape (4, 2), of a box in shares of the face; it may reach beyond the face."""
        unit = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], dtype=np.float32)
        plane = cv2.getPerspectiveTransform(unit, self.quad.astype(np.float32))
        corners = np.array([[[x0, y0]], [[x1, y0]], [[x1, y1]], [[x0, y1]]], dtype=np.float64)
        return np.asarray(cv2.perspectiveTransform(corners, plane)[:, 0], dtype=np.float64)


def glue_face(collage: Collage, rng: np.random.Generator, width: float, aim: tuple[float, float]) -> None:
    """A face without a plate, its middle at `aim`."""
    tall = float(rng.uniform(0.4, 0.75)) * width
    face = Face(tilted_quad(rng, aim, width, tall), width, width / tall)
    _glue_body(collage, rng, face, panels.paint(rng))


def glue_face_with_plate(collage: Collage, rng: np.random.Generator, plate_px: float, aim: tuple[float, float]) -> None:
    """A face whose plate is about `plate_px` wide and has its middle at `aim`."""
    sheet = world_plate(rng)
    aspect = sheet.shape[1] / sheet.shape[0]
    # Short plates are as high as long ones and sit on narrower things, motorcycles too.
    share = float(rng.uniform(0.2, 0.34)) if aspect > 2.5 or rng.random() < 0.5 else float(rng.uniform(0.12, 0.55))
    width = plate_px / share
    tall = float(rng.uniform(0.4, 0.75) if share < 0.36 else rng.uniform(0.7, 1.5)) * width
    x, y = rng.uniform(0.25, 0.75), rng.uniform(0.3, 0.85)
    centre = (aim[0] + (0.5 - x) * width, aim[1] + (0.5 - y) * tall)
    face = Face(tilted_quad(rng, centre, width, tall), width, width / tall)
    colour = panels.paint(rng)
    if rng.random() < 0.2:
        # A white plate on a white car, a silver one on silver, a red one on red: no edge but the plate's own.
        b, g, r = (float(v) for v in np.median(sheet, axis=(0, 1)) + rng.uniform(-25, 25))
        colour = (b, g, r)
    _glue_body(collage, rng, face, colour)
    high = share / aspect * face.slim
    box = (x - share / 2, y - high / 2, x + share / 2, y + high / 2)
    if rng.random() < 0.2:
        # Not in the plane of the face: bent, on a hook, on a bumper that is not drawn.
        spot = face.spot(x, y, x + 1e-3, y).mean(axis=0)
        quad = tilted_quad(rng, (float(spot[0]), float(spot[1])), plate_px, plate_px / aspect)
    else:
        if rng.random() < 0.12:
            # Straight before the grille.
            bars, mask = grille(rng)
            wide, deep = rng.uniform(0.05, 0.8) * share, rng.uniform(0.1, 2.5, size=2) * high
            place = face.spot(box[0] - wide, box[1] - deep[0], box[2] + wide, box[3] + deep[1])
            collage.glue(bars, place, mask=mask)
        elif rng.random() < 0.3:
            _glue_recess(collage, rng, face, box, colour)
        if rng.random() < 0.6:
            _glue_frame(collage, rng, face, box)
        quad = face.spot(*box)
    glue_plate(collage, rng, sheet, quad)
    if rng.random() < 0.06:
        _glue_bar(collage, rng, face, box)


def glue_plate(collage: Collage, rng: np.random.Generator, sheet: Picture, quad: Floats) -> None:
    """A plate on a quad, its corners square or rounded."""
    mask = None
    if rng.random() < 0.5:
        height, width = sheet.shape[:2]
        mask = rounded(height, width, round(float(rng.uniform(0.03, 0.16)) * height))
    collage.glue(sheet, quad, "plate", mask=mask)


def _glue_body(collage: Collage, rng: np.random.Generator, face: Face, colour: Colour) -> None:
    if rng.random() < 0.5:
        tyre, disc = panels.wheel(rng)
        size = float(rng.uniform(0.12, 0.22))
        for x in (0.06, 0.94 - size):
            collage.glue(tyre, face.spot(x, 0.85, x + size, 0.85 + size * face.slim), "wheel", mask=disc)
    if rng.random() < 0.7:
        glass = np.asarray(np.clip(texture_patch(rng, 160, 80) * 0.5 + 20, 0, 255), dtype=np.uint8)
        pane = face.spot(0.1, -0.75, 0.9, -0.02)
        pane[:2] += 0.12 * (pane[:2].mean(axis=0) - pane[:2])
        collage.glue(glass, pane, "windscreen")
    skin = panels.skin(rng, colour)
    outline = panels.outline(rng, skin.shape[0], skin.shape[1]) if rng.random() < 0.5 else None
    collage.glue(skin, face.quad, "vehicle", mask=outline)
    if rng.random() < 0.4:
        lamp: Picture = np.full((64, 64, 3), 235 if rng.random() < 0.5 else 60, dtype=np.uint8)
        lamp[..., 2] = 230
        bulb: Picture = np.zeros((64, 64), dtype=np.uint8)
        cv2.circle(bulb, (32, 32), 31, (255.0,), -1)
        for x in (0.03, 0.77):
            collage.glue(lamp, face.spot(x, 0.12, x + 0.2, 0.38), "light", mask=bulb)
    for _ in range(int(rng.integers(0, 8))):
        _glue_detail(collage, rng, face)


def _glue_detail(collage: Collage, rng: np.random.Generator, face: Face) -> None:
    """A badge, lamp or the like, once or as a pair left and right."""
    picture, mask = detail(rng)
    wide = float(np.exp(rng.uniform(np.log(0.04), np.log(0.3))))
    high = min(wide * picture.shape[0] / picture.shape[1] * face.slim, 0.6)
    x, y = float(rng.uniform(0.0, 1.0 - wide)), float(rng.uniform(-0.3, 0.95 - high))
    collage.glue(picture, face.spot(x, y, x + wide, y + high), mask=mask)
    if rng.random() < 0.4:
        collage.glue(picture[:, ::-1], face.spot(1 - x - wide, y, 1 - x, y + high), mask=mask[:, ::-1])


def _glue_recess(
    collage: Collage, rng: np.random.Generator, face: Face, box: tuple[float, ...], colour: Colour
) -> None:
    """The recess of a boot lid, in shade or lit by the plate's lamp, under a bar of chrome."""
    x0, y0, x1, y1 = box
    high = y1 - y0
    wide, tone = float(rng.uniform(0.06, 0.5)) * (x1 - x0), float(rng.uniform(0.3, 1.4))
    b, g, r = (min(tone * v, 255.0) for v in colour)
    hollow: Picture = np.full((16, 16, 3), (b, g, r), dtype=np.uint8)
    deep = float(rng.uniform(0.1, 0.7)) * high
    collage.glue(hollow, face.spot(x0 - wide, y0 - deep, x1 + wide, y1 + 0.8 * deep))
    if rng.random() < 0.5:
        bar: Picture = np.full((8, 64, 3), float(rng.uniform(90, 235)), dtype=np.uint8)
        collage.glue(bar, face.spot(x0 - wide, y0 - deep - 0.2 * high, x1 + wide, y0 - deep))


def _glue_frame(collage: Collage, rng: np.random.Generator, face: Face, box: tuple[float, ...]) -> None:
    """A dealer's frame around a plate, most often thicker below and with a name there; it is not part of the plate."""
    x0, y0, x1, y1 = box
    high = y1 - y0
    thick, tone = float(rng.uniform(0.01, 0.12)) * high, float(rng.choice([16, 24, 40, 160, 225]))
    low = thick if rng.random() < 0.4 else float(rng.uniform(0.08, 0.3)) * high
    dark: Picture = np.full((16, 16, 3), tone, dtype=np.uint8)
    collage.glue(dark, face.spot(x0 - 0.4 * thick, y0 - thick, x1 + 0.4 * thick, y1 + low))
    if low > thick:
        ground: Colour = (tone, tone, tone)
        if rng.random() < 0.2:
            b, g, r = (float(v) for v in rng.uniform(10, 240, size=3))
            ground = (b, g, r)
        collage.glue(panels.rim(rng, ground), face.spot(x0, y1, x1, y1 + low))


def _glue_bar(collage: Collage, rng: np.random.Generator, face: Face, box: tuple[float, ...]) -> None:
    """A bar, a chain or a tow ball before the plate's edge."""
    x0, y0, x1, y1 = box
    high, tone = y1 - y0, float(rng.uniform(15, 220))
    sheet: Picture = np.full((16, 16, 3), tone, dtype=np.uint8)
    if rng.random() < 0.5:
        y = y0 - 0.05 * high if rng.random() < 0.5 else y1 - 0.15 * high
        collage.glue(sheet, face.spot(x0 - 0.3 * (x1 - x0), y, x1 + 0.3 * (x1 - x0), y + 0.2 * high))
        return
    ball: Picture = np.zeros((32, 32), dtype=np.uint8)
    cv2.circle(ball, (16, 16), 15, (255.0,), -1)
    x, size = float(rng.uniform(x0, x1)), float(rng.uniform(0.3, 0.6)) * high
    sheet = np.asarray(cv2.resize(sheet, (32, 32)), dtype=np.uint8)
    collage.glue(sheet, face.spot(x, y1 - 0.5 * size, x + size / face.slim, y1 + 0.5 * size), mask=ball)
