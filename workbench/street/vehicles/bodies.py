"""The bodies of cars, vans, trucks and buses, put together from painted faces."""

from __future__ import annotations

import numpy as np

from workbench.street.draw.brush import Brush, Point, shade
from workbench.street.draw.raster import Colour, Picture
from workbench.street.scene.facades import phone_number
from workbench.street.vehicles import flanks, skins
from workbench.street.vehicles.solids import Bend, Face, Solid, bent_faces, quad
from workbench.street.vehicles.vehicle_shapes import Shape

Bodies = tuple[Solid, ...]
_LOW = 0.2


def car_bodies(shape: Shape, paint: Colour, rng: np.random.Generator) -> tuple[Bodies, Bodies]:
    """A car: its solids as seen near by, and fewer of them for far away; a later one stands on an earlier one."""
    w, f, r = shape.width / 2, shape.length / 2, -shape.length / 2
    front, rear = skins.car_front(paint, rng), skins.car_rear(paint, rng)
    side = _car_flank(shape, paint, rng)
    nose, belt, tail = shape.bonnet_y, shape.belt_y, shape.belt_y - 0.02
    screen_z, back_z = f - shape.bonnet, r + shape.boot
    bonnet, lid = flanks.top(paint, crease=True), flanks.top(paint)
    cabin = _cabin(shape, paint, rng)
    made: list[Bodies] = []
    for near in (True, False):
        ahead = _car_bend(w, nose, 0.12, near=near)
        behind = _car_bend(w, tail, 0.08, near=near)
        edge = ahead.points(f, 1)[0]
        faces = [*bent_faces(behind, r, -1, paint, rear), *bent_faces(ahead, f, 1, paint, front)]
        faces += _both_flanks(side, w, belt, (r + 0.35, f - 0.4), paint)
        end = f - 0.12
        cap = np.array([[-w * 0.955, belt, screen_z], *edge[::-1], [w * 0.955, belt, screen_z]])
        faces.append(Face(cap, shade(paint, 1.08)))
        half_z, half_y = (screen_z + end) / 2, 0.42 * belt + 0.58 * nose + 0.035
        a, b, c = w * 0.95, w * 0.9, w * 0.8
        faces.append(
            quad([(-a, belt, screen_z), (a, belt, screen_z), (b, half_y, half_z), (-b, half_y, half_z)], paint, bonnet)
        )
        faces.append(quad([(-b, half_y, half_z), (b, half_y, half_z), (c, nose, end), (-c, nose, end)], paint, bonnet))
        lid_edge = behind.points(r, -1)[0]
        faces.append(
            Face(np.array([*lid_edge, [w * 0.955, belt, back_z], [-w * 0.955, belt, back_z]]), shade(paint, 1.1))
        )
        if shape.boot > 0.3:
            faces.append(
                quad([(-a, belt, back_z), (a, belt, back_z), (c, tail, r + 0.08), (-c, tail, r + 0.08)], paint, lid)
            )
        solids = [Solid(tuple(faces)), cabin]
        if near:
            solids += [_mirror(x, belt + 0.06, screen_z - 0.3, paint) for x in (-w - 0.1, w + 0.1)]
        made.append(tuple(solids))
    return made[0], made[1]


def _car_bend(w: float, top: float, lean: float, *, near: bool) -> Bend:
    across = (-w, -0.88 * w, -0.58 * w, 0.58 * w, 0.88 * w, w) if near else (-w, -0.8 * w, 0.8 * w, w)
    back = (0.38, 0.12, 0.0, 0.0, 0.12, 0.38) if near else (0.36, 0.03, 0.03, 0.36)
    up = (top, 0.5, _LOW) if near else (top, _LOW)
    return Bend(
        across,
        back,
        up,
        (lean, 0.0, 0.05) if near else (0.5 * lean, 0.03),
        (0.965, 1.0, 0.98) if near else (0.98, 0.99),
    )


def _car_flank(shape: Shape, paint: Colour, rng: np.random.Generator) -> Picture:
    """From the rear bend to the front bend, from the ground to the belt."""
    f, r = shape.length / 2, -shape.length / 2
    z0, z1 = r + 0.35, f - 0.4
    length, belt = z1 - z0, shape.belt_y
    axles = [z - z0 for z in shape.wheel_z]
    doors = [f - shape.bonnet - z0 - 0.1, f - shape.bonnet - z0 - 1.15, max(0.5, f - shape.bonnet - z0 - 2.1)]
    brush = flanks.flank(
        paint, rng, size_m=(length, belt), skirt_m=_LOW, wheels_m=axles, radius_m=shape.wheel_radius, doors_m=doors
    )
    screen, back = (f - shape.bonnet - z0) / length, (r + shape.boot - z0) / length
    share = (z1 - (f - shape.bonnet)) / (shape.bonnet - 0.12)
    drop = share * (belt - shape.bonnet_y) / belt
    outline: list[Point] = [(0.0, 0.02), (max(back, 0.01), 0.0), (screen, 0.0), (1.0, drop)]
    return flanks.cut_flank(
        brush, size_m=(length, belt), skirt_m=_LOW, wheels_m=axles, radius_m=shape.wheel_radius, outline=outline
    )


def _both_flanks(side: Picture, w: float, belt: float, ends: tuple[float, float], paint: Colour) -> list[Face]:
    """A side and its mirror image, each in an upper part that leans in and a lower one."""
    z0, z1 = ends
    cut = round(side.shape[0] * (1 - 0.5 / belt))
    faces = []
    for sign, skin in ((1, side), (-1, np.ascontiguousarray(side[:, ::-1]))):
        first, last = (z0, z1) if sign == 1 else (z1, z0)
        top, middle, low = sign * w * 0.955, sign * w, sign * w * 0.985
        faces.append(
            quad([(top, belt, first), (top, belt, last), (middle, 0.5, last), (middle, 0.5, first)], paint, skin[:cut])
        )
        faces.append(
            quad([(middle, 0.5, first), (middle, 0.5, last), (low, 0.0, last), (low, 0.0, first)], paint, skin[cut:])
        )
    return faces


def _cabin(shape: Shape, paint: Colour, rng: np.random.Generator) -> Solid:
    w, f, r = shape.width / 2, shape.length / 2, -shape.length / 2
    belt, roof = shape.belt_y, shape.roof_y
    wb, wt = w * 0.94, w * 0.74
    a, d = f - shape.bonnet, r + shape.boot
    b, c = a - shape.screen, d + shape.back
    frame = shade(paint, 0.9)
    screen, glass = flanks.windscreen(frame, rng), flanks.rear_glass(frame, rng)
    side = flanks.side_windows(frame, rng, panes=3 if shape.name in ("suv", "hatch") else 2)
    top, middle, high = flanks.top(paint), (b + c) / 2, roof + 0.045
    mirrored = np.ascontiguousarray(side[:, ::-1])
    return Solid(
        (
            quad([(-wt, roof, c), (wt, roof, c), (wb, belt, d), (-wb, belt, d)], frame, glass),
            quad([(wt, roof, b), (-wt, roof, b), (-wb, belt, a), (wb, belt, a)], frame, screen),
            quad([(wt, roof, c), (wt, roof, b), (wb, belt, a), (wb, belt, d)], frame, side),
            quad([(-wt, roof, b), (-wt, roof, c), (-wb, belt, d), (-wb, belt, a)], frame, mirrored),
            quad([(-wt, roof, b), (wt, roof, b), (wt, high, middle), (-wt, high, middle)], paint, top),
            quad([(-wt, high, middle), (wt, high, middle), (wt, roof, c), (-wt, roof, c)], paint, top),
        )
    )


def _mirror(x: float, y: float, z: float, paint: Colour) -> Solid:
    angles = np.linspace(0, 2 * np.pi, 9)[:-1]
    ring = np.stack([x + 0.11 * np.cos(angles), y + 0.075 * np.sin(angles), np.zeros(8)], axis=1)
    ahead, behind = (ring + np.array([0.0, 0.0, z + way]) for way in (0.04, -0.04))
    return Solid((Face(ahead, shade(paint, 0.95)), Face(behind, (120.0, 112.0, 104.0))))


def tall_bodies(shape: Shape, paint: Colour, rng: np.random.Generator) -> tuple[Bodies, Bodies]:
    """A van, truck or bus: its solids as seen near by, and fewer of them for far away."""
    if shape.name == "truck":
        return _truck(shape, paint, rng)
    w, f, r, bus = shape.width / 2, shape.length / 2, -shape.length / 2, shape.name == "bus"
    front, rear = skins.tall_front(paint, rng, bus=bus), skins.tall_rear(paint, rng, glass=True)
    lean = 0.12 if bus else 0.55
    side = _tall_flank(shape, paint, rng, (r + 0.1, f - 0.18), lean)
    near, far = (_box((r, f), w, shape.roof_y, lean, paint, (front, rear, side), fine) for fine in (True, False))
    mirrors = tuple(_mirror(x, shape.belt_y + 0.35, f - 0.3, (40.0, 38.0, 38.0)) for x in (-w - 0.14, w + 0.14))
    return (near, *mirrors), (far,)


def _tall_flank(
    shape: Shape, paint: Colour, rng: np.random.Generator, ends: tuple[float, float], lean: float
) -> Picture:
    z0, z1 = ends
    size, bus = (z1 - z0, shape.roof_y), shape.name == "bus"
    axles = [z - z0 for z in shape.wheel_z]
    doors = (
        [size[0] - 0.9, size[0] - 2.1] if not bus else [size[0] - 0.6, size[0] - 1.8, size[0] * 0.45, size[0] * 0.33]
    )
    brush = flanks.flank(
        paint, rng, size_m=size, skirt_m=0.3, wheels_m=axles, radius_m=shape.wheel_radius, doors_m=doors
    )
    y0, y1, panes = 0.1, 1 - shape.belt_y / shape.roof_y, 7 if bus else 3
    for x0 in np.linspace(0.03, 0.97, panes + 1)[:-1]:
        x1 = float(x0) + 0.94 / panes - 0.012
        brush.shape([(float(x0), y0), (x1, y0), (x1, y1), (float(x0), y1)], skins.GLASS, rim=skins.DARK, px=3)
        brush.light((float(x0) + x1) / 2, y0, (0.5 * (x1 - float(x0)), 0.3 * (y1 - y0)), 0.9)
    if bus and rng.random() < 0.75:
        _advert(brush, rng, (0.3, y1 + 0.06, 0.7, 0.82))
    elif not bus and rng.random() < 0.5:
        brush.text(phone_number(rng), 0.3, 0.5, 0.09, (60.0, 60.0, 60.0) if sum(paint) > 380 else (240.0, 240.0, 240.0))
    outline: list[Point] = [(0.0, 0.0), (1 - lean / size[0], 0.0), (1.0, 0.46), (1.0, 0.6)]
    return flanks.cut_flank(
        brush, size_m=size, skirt_m=0.3, wheels_m=axles, radius_m=shape.wheel_radius, outline=outline
    )


def _advert(brush: Brush, rng: np.random.Generator, box: tuple[float, float, float, float]) -> None:
    """A poster on a bus: a coloured ground, a face or a disc, a name and a telephone number to be mistaken."""
    x0, y0, x1, y1 = box
    ground: Colour = ((60.0, 90.0, 220.0), (200.0, 120.0, 40.0), (60.0, 180.0, 240.0), (240.0, 240.0, 240.0))[
        int(rng.integers(4))
    ]
    ink: Colour = (30.0, 30.0, 30.0) if sum(ground) > 460 else (250.0, 250.0, 250.0)
    brush.box(x0, y0, x1, y1, ground)
    high = y1 - y0
    brush.disc(x0 + 0.06, (y0 + y1) / 2, 0.36 * high, (120.0, 150.0, 200.0))
    brush.text(
        str(rng.choice(["안경", "부동산", "SALE 50", "보험", "정비소"])), x0 + 0.12, y0 + 0.12 * high, 0.32 * high, ink
    )
    brush.box(x0 + 0.11, y0 + 0.52 * high, x1 - 0.02, y1 - 0.08 * high, (244.0, 244.0, 242.0))
    brush.text(
        f"{rng.integers(1500, 1700)}-{rng.integers(1000, 10000)}",
        x0 + 0.13,
        y0 + 0.58 * high,
        0.27 * high,
        (30.0, 28.0, 28.0),
    )


def _box(
    ends: tuple[float, float], w: float, top: float, lean: float, paint: Colour,
    pictures: tuple[Picture, Picture, Picture], near: bool,
) -> Solid:  # fmt: skip
    """A box with bent corners whose windscreen leans back."""
    (r, f), (front, rear, side) = ends, pictures
    across = (-w, -0.86 * w, 0.86 * w, w) if near else (-w, w)
    ahead = Bend(
        across,
        (0.18, 0.0, 0.0, 0.18) if near else (0.05, 0.05),
        (top, 0.5 * top + 0.15, 0.3),
        (lean, 0.0, 0.0),
        (0.93, 1.0, 1.0),
    )
    behind = Bend(across, (0.1, 0.0, 0.0, 0.1) if near else (0.03, 0.03), (top, 0.3), (0.1, 0.0), (0.95, 1.0))
    z0, z1 = r + 0.1, f - 0.18
    tops = w * 0.95
    roof = [(-tops, top, z0), (-tops, top, f - lean), (tops, top, f - lean), (tops, top, z0)]
    mirrored = np.ascontiguousarray(side[:, ::-1])
    faces = [
        *bent_faces(behind, r, -1, paint, rear),
        *bent_faces(ahead, f, 1, paint, front),
        quad([(tops, top, z0), (tops, top, z1), (w, 0.0, z1), (w, 0.0, z0)], paint, side),
        quad([(-tops, top, z1), (-tops, top, z0), (-w, 0.0, z0), (-w, 0.0, z1)], paint, mirrored),
        quad(roof, shade(paint, 1.1)),
    ]
    return Solid(tuple(faces))


def _truck(shape: Shape, paint: Colour, rng: np.random.Generator) -> tuple[Bodies, Bodies]:
    w, f, r, top = shape.width / 2, shape.length / 2, -shape.length / 2, shape.roof_y
    load: Colour = ((208.0, 208.0, 206.0), (150.0, 110.0, 60.0), (84.0, 124.0, 84.0))[int(rng.integers(3))]
    split, cab_top = f - 1.55, 2.0
    hold, cab = skins.tall_rear(load, rng, glass=False), skins.tall_front(paint, rng, bus=False)
    front_axle, rear_axle = shape.wheel_z
    cab_side = _cut_box(
        paint, rng, (f - 0.18 - split, cab_top), 0.35, [front_axle - split], [0.3], lean=0.3, glass=True
    )
    side = _cut_box(load, rng, (split - r - 0.1, top), 0.62, [rear_axle - r - 0.1], [], lean=0.0, glass=False)
    made: list[Bodies] = []
    for near in (True, False):
        box = _box((r, split + 0.18), w, top, 0.0, load, (hold, hold, side), near)
        made.append((box, _box((split - 0.1, f), w * 0.96, cab_top, 0.3, paint, (cab, cab, cab_side), near)))
    return made[0], made[1]


def _cut_box(
    paint: Colour, rng: np.random.Generator, size: tuple[float, float], skirt: float, axles: list[float],
    doors: list[float], *, lean: float, glass: bool,
) -> Picture:  # fmt: skip
    brush = flanks.flank(paint, rng, size_m=size, skirt_m=skirt, wheels_m=axles, radius_m=0.4, doors_m=doors)
    if glass:
        brush.shape([(0.12, 0.1), (0.76, 0.1), (0.92, 0.48), (0.12, 0.48)], skins.GLASS, rim=skins.DARK, px=4)
        brush.light(0.5, 0.1, (0.4, 0.15), 0.9)
    else:
        ink: Colour = (70.0, 60.0, 60.0) if sum(paint) > 380 else (240.0, 240.0, 240.0)
        brush.text(str(rng.choice(["EXPRESS", "이사", "운송", "FRESH", "택배"])), 0.12, 0.16, 0.13, ink)
        brush.text(phone_number(rng), 0.12, 0.36, 0.1, ink)
    outline: list[Point] = [(0.0, 0.0), (1 - lean / size[0], 0.0), (1.0, 0.5), (1.0, 0.6)]
    return flanks.cut_flank(brush, size_m=size, skirt_m=skirt, wheels_m=axles, radius_m=0.4, outline=outline)
