"""Are the suggested causes right? Failures planted one cause at a time on the made-up street, whose truth is known.

    python benchmarks/causes.py [--sample FOLDER] [--planted 30] [--seed 0]

A made-up detector finds every plate of the sample, a little off and with confidences as detectors have them, except
where a failure is planted: it misses the most blurred plates (by the shutter's truth), the darkest, the smallest, … or
draws boxes too wide, and so on, each in a run of its own. The share of planted failures whose first suggestion is the
planted cause is printed for each, twice: as a project has it, with what people write down by the labelling rules
(distance, angle, visible share), and with nothing but boxes and pixels. Truth is used to plant and to judge only.

Places of look-alikes are those that the shipped weights `plates` find a little like a plate and that are none; they are
given confidences as high as hits have, so that only looks can tell them.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
import pandas as pd

from workbench.analyse import evaluate
from workbench.model import tables
from workbench.model.geometry import CORNERS, iou_matrix
from workbench.street import make_sample

RULES = ["distance_m", "angle_h_deg", "angle_v_deg", "visible"]
WANTED = 0.8
BY_RULE_ONLY = ("far", "hidden")
"""Causes that nothing but a person's word can tell from a box and its pixels: judged with the rules' columns only."""


@dataclass
class World:
    """A sample and a detector's finds in it; planting changes a copy."""

    root: Path
    images: pd.DataFrame
    boxes: pd.DataFrame
    found: pd.DataFrame
    look_alikes: pd.DataFrame
    training: tuple[pd.DataFrame, pd.DataFrame] | None = None


Planted = tuple[World, set[str]]
"""What is evaluated, and the ids of boxes and predictions whose failure is planted."""


def load(folder: Path, seed: int) -> World:
    rng = np.random.default_rng(seed)
    images = tables.validate(pd.read_parquet(folder / "pictures.parquet"), "images")
    boxes = tables.validate(pd.read_parquet(folder / "truth.parquet"), "boxes")
    size = np.tile((boxes[["xmax", "ymax"]].to_numpy() - boxes[["xmin", "ymin"]].to_numpy()), 2)
    found = pd.DataFrame(boxes[CORNERS].to_numpy() + rng.normal(0, 0.03, (len(boxes), 4)) * size, columns=CORNERS)
    found = found.assign(
        image_id=boxes["image_id"],
        class_name="plate",
        prediction_id="p" + boxes["box_id"],
        confidence=rng.beta(6, 2, len(boxes)).clip(0.55, 0.99),
    )
    return World(folder, images, boxes, found, _look_alikes(folder, images, boxes))


def _look_alikes(folder: Path, images: pd.DataFrame, boxes: pd.DataFrame) -> pd.DataFrame:
    from workbench.train import predict

    found = predict("plates", images, root=folder, image_size=640).predictions
    truth = dict(iter(boxes.groupby("image_id")))
    rows = [
        row
        for row in found[found["confidence"] >= 0.03].to_dict("records")
        if row["xmax"] - row["xmin"] >= 8
        and row["ymax"] - row["ymin"] >= 4
        and (
            row["image_id"] not in truth
            or iou_matrix([[row[c] for c in CORNERS]], truth[row["image_id"]][CORNERS].to_numpy()).max() < 0.05
        )
    ]
    return pd.DataFrame(rows)


def worst(column: Callable[[pd.DataFrame], pd.Series]) -> Callable[[World, int, np.random.Generator], Planted]:
    """The detector misses the boxes with the highest values."""

    def plant(world: World, count: int, rng: np.random.Generator) -> Planted:
        value = column(world.boxes).dropna()
        lost = value.sort_values(ascending=False, kind="stable").index[:count]
        return _without(world, lost)

    return plant


def _without(world: World, lost: pd.Index) -> Planted:
    ids = set(world.boxes.loc[lost, "box_id"])
    found = world.found[~world.found["prediction_id"].isin({f"p{name}" for name in ids})]
    return World(world.root, world.images, world.boxes, found, world.look_alikes, world.training), ids


def picked(world: World, count: int, rng: np.random.Generator, *, least_px: float = 12.0) -> np.ndarray:
    """Boxes at random, large enough that boxes can be drawn wrongly around them."""
    large = np.flatnonzero((world.boxes["ymax"] - world.boxes["ymin"]).to_numpy() >= least_px)
    return rng.choice(large, min(count, len(large)), replace=False)


def moved(scale: float, shift: float, *, labels: bool = False) -> Callable[[World, int, np.random.Generator], Planted]:
    """Predictions (or labels) `scale` times as large and `shift` times their width aside."""

    def plant(world: World, count: int, rng: np.random.Generator) -> Planted:
        rows = picked(world, count, rng)
        table = (world.boxes if labels else world.found).copy()
        corners = np.array(table[CORNERS])
        centre, half = (corners[rows, :2] + corners[rows, 2:]) / 2, (corners[rows, 2:] - corners[rows, :2]) / 2
        centre = centre + shift * 2 * half * [1, 0]
        corners[rows] = np.concatenate([centre - scale * half, centre + scale * half], axis=1)
        table[CORNERS] = corners
        ids = set(world.boxes.iloc[rows]["box_id"]) | set(world.found.iloc[rows]["prediction_id"])
        boxes, found = (table, world.found) if labels else (world.boxes, table)
        return World(world.root, world.images, boxes, found, world.look_alikes), ids

    return plant


def duplicate(world: World, count: int, rng: np.random.Generator) -> Planted:
    rows = picked(world, count, rng)
    again = world.found.iloc[rows].assign(
        prediction_id=lambda t: "d" + t["prediction_id"], confidence=lambda t: t["confidence"] - 0.05
    )
    again[["xmin", "xmax"]] += 0.1 * (again[["xmax"]].to_numpy() - again[["xmin"]].to_numpy())
    found = pd.concat([world.found, again], ignore_index=True)
    return World(world.root, world.images, world.boxes, found, world.look_alikes), set(again["prediction_id"])


def unsure(world: World, count: int, rng: np.random.Generator) -> Planted:
    rows = picked(world, count, rng, least_px=0.0)
    found = world.found.copy()
    found.iloc[rows, found.columns.get_loc("confidence")] = rng.uniform(0.15, 0.45, len(rows))
    ids = set(world.boxes.iloc[rows]["box_id"])
    return World(world.root, world.images, world.boxes, found, world.look_alikes), ids


def other_class(world: World, count: int, rng: np.random.Generator) -> Planted:
    rows = picked(world, count, rng)
    found = world.found.copy()
    found.iloc[rows, found.columns.get_loc("class_name")] = "sign"
    ids = set(world.boxes.iloc[rows]["box_id"]) | set(found.iloc[rows]["prediction_id"])
    return World(world.root, world.images, world.boxes, found, world.look_alikes), ids


def look_alike(world: World, count: int, rng: np.random.Generator) -> Planted:
    places = world.look_alikes.sort_values("confidence", ascending=False).drop_duplicates("image_id").head(count)
    false = places.assign(
        prediction_id=[f"l{i}" for i in range(len(places))], confidence=rng.beta(6, 2, len(places)).clip(0.55, 0.99)
    )
    # Every detector also has half-hearted finds; here those places that are not planted.
    rest = world.look_alikes.drop(places.index)
    rest = rest.assign(prediction_id=[f"r{i}" for i in range(len(rest))], confidence=rest["confidence"].clip(0.05, 0.4))
    found = pd.concat([world.found, false, rest], ignore_index=True)
    return World(world.root, world.images, world.boxes, found, world.look_alikes), set(false["prediction_id"])


def label_missing(world: World, count: int, rng: np.random.Generator) -> Planted:
    rows = picked(world, count, rng, least_px=6.0)
    rest = world.look_alikes.assign(
        prediction_id=[f"r{i}" for i in range(len(world.look_alikes))],
        confidence=world.look_alikes["confidence"].clip(0.05, 0.4),
    )
    found = pd.concat([world.found, rest], ignore_index=True)
    boxes = world.boxes.drop(world.boxes.index[rows]).reset_index(drop=True)
    ids = set(world.found.iloc[rows]["prediction_id"])
    return World(world.root, world.images, boxes, found, world.look_alikes), ids


def painted(
    paint: Callable[[np.ndarray, np.ndarray, np.random.Generator], None], visible: float
) -> Callable[..., Planted]:
    """The detector misses plates that are painted over in a copy of their pictures."""

    def plant(world: World, count: int, rng: np.random.Generator) -> Planted:
        photo = world.images.loc[world.images["frame_s"].isna(), "image_id"]
        world = World(
            world.root,
            *(t[t["image_id"].isin(photo)].reset_index(drop=True) for t in (world.images, world.boxes, world.found)),
            world.look_alikes,
        )
        rows = picked(world, count, rng)
        folder = Path(tempfile.mkdtemp(prefix="causes-"))
        images, boxes = world.images.copy(), world.boxes.copy()
        images["path"] = [str((world.root / path).resolve()) for path in images["path"]]
        for image_id, mine in boxes.iloc[rows].groupby("image_id"):
            row = images.index[images["image_id"] == image_id][0]
            picture = cv2.imread(images.loc[row, "path"])
            for corners in mine[CORNERS].to_numpy():
                paint(picture, corners, rng)
            file = folder / f"{len(list(folder.iterdir())):04d}.png"
            cv2.imwrite(str(file), picture)
            images.loc[row, "path"] = str(file)
        boxes.iloc[rows, boxes.columns.get_loc("visible")] *= visible
        lost = world.boxes.index[rows]
        changed, ids = _without(World(Path("/"), images, boxes, world.found, world.look_alikes), lost)
        return changed, ids

    return plant


def glare(picture: np.ndarray, corners: np.ndarray, rng: np.random.Generator) -> None:
    """A lamp shines into the lens: a bright spot over the plate that fades out around it."""
    height, width = picture.shape[:2]
    x, y = (corners[:2] + corners[2:]) / 2
    radius = 0.6 * max(corners[2] - corners[0], 8.0)
    far = np.hypot(np.arange(width)[None] - x, np.arange(height)[:, None] - y) / radius
    picture[:] = np.clip(picture + (320 * np.exp(-0.5 * far**2))[..., None], 0, 255).astype(np.uint8)


def motion_blur(picture: np.ndarray, corners: np.ndarray, rng: np.random.Generator) -> None:
    """The plate and what is around it go over the picture by its own height while the shutter is open."""
    height, width = picture.shape[:2]
    length = max(3, round(float(corners[3] - corners[1])))
    x0, y0, x1, y1 = corners + np.array([-2, -2, 2, 2]) * length
    part = np.s_[int(max(y0, 0)) : int(min(y1, height)), int(max(x0, 0)) : int(min(x1, width))]
    kernel = np.zeros((length, length), dtype=np.float32)
    angle = float(rng.uniform(-0.4, 0.4))
    ends = [(length - 1) / 2 + s * (length - 1) / 2 * np.array([np.cos(angle), np.sin(angle)]) for s in (-1, 1)]
    cv2.line(kernel, tuple(ends[0].round().astype(int).tolist()), tuple(ends[1].round().astype(int).tolist()), 1.0)
    picture[part] = cv2.filter2D(picture[part], -1, kernel / kernel.sum())


def pole(picture: np.ndarray, corners: np.ndarray, rng: np.random.Generator) -> None:
    """Something grey stands before two fifths of the plate."""
    wide = 0.4 * (corners[2] - corners[0])
    left = rng.uniform(corners[0], corners[2] - wide)
    cv2.rectangle(picture, (int(left), 0), (int(left + wide), picture.shape[0]), (96, 98, 100), -1)


def unlike_training(world: World, count: int, rng: np.random.Generator) -> Planted:
    """Training held large plates only, and the small ones of the test are missed; others as small are not there."""
    longer = world.images.set_index("image_id")[["width", "height"]].max(axis=1).astype(float)
    share = np.sqrt(
        (world.boxes["xmax"] - world.boxes["xmin"]) * (world.boxes["ymax"] - world.boxes["ymin"])
    ) / world.boxes["image_id"].map(longer)
    order = share.sort_values().index
    lost = order[:count]
    trained = world.boxes.loc[share > 1.8 * share.loc[lost].max()].reset_index(drop=True)
    changed, ids = _without(world, lost)
    images = world.images[world.images["image_id"].isin(trained["image_id"])].reset_index(drop=True)
    changed.training = (images, trained)
    return changed, ids


def _height(boxes: pd.DataFrame) -> pd.Series:
    return boxes["ymax"] - boxes["ymin"]


PLANTS: dict[str, Callable[[World, int, np.random.Generator], Planted]] = {
    "small": worst(lambda b: -np.sqrt((b["xmax"] - b["xmin"]) * _height(b))),
    "far": worst(lambda b: b["distance_m"]),
    "blurred": painted(motion_blur, 1.0),
    "dark": worst(lambda b: -b["brightness"]),
    "glare": painted(glare, 1.0),
    "oblique": worst(lambda b: b["angle_h_deg"].abs()),
    "cut off": worst(lambda b: b["truncated"].astype(float).where(b["truncated"])),
    "hidden": painted(pole, 0.6),
    "low confidence": unsure,
    "duplicate": duplicate,
    "wrong class": other_class,
    "too wide a box": moved(1.6, 0.0),
    "too tight a box": moved(0.6, 0.0),
    "shifted box": moved(1.0, 0.45),
    "look-alike": look_alike,
    "label missing": label_missing,
    "label loose": moved(1.6, 0.0, labels=True),
    "nothing like it in training": unlike_training,
}


def judge(cause: str, world: World, count: int, seed: int, *, rules: bool) -> tuple[int, int, str]:
    """Planted failures, those with the right first suggestion, and the most frequent wrong one."""
    rng = np.random.default_rng(seed)
    planted, ids = PLANTS[cause](world, count, rng)
    plain = [name for name in tables.TABLES["boxes"] if name in planted.boxes]
    boxes = planted.boxes[[*plain, *(RULES if rules else [])]]
    training = planted.training
    if training is not None:
        training = training[0], training[1][plain]
    evaluation = evaluate(planted.images, boxes, planted.found, pictures=planted.root, training=training)
    failures = evaluation.failures
    key = failures["prediction_id"].where(failures["outcome"] == "fp", failures["box_id"])
    mine = failures[key.isin(ids)]
    wrong = mine.loc[mine["cause"] != cause, "cause"].value_counts()
    return len(mine), int((mine["cause"] == cause).sum()), f"{wrong.index[0]} ({wrong.iloc[0]})" if len(wrong) else ""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sample", type=Path, help="a sample made before (quick or full); by default one is made")
    parser.add_argument("--planted", type=int, default=30)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", choices=PLANTS, action="append")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        sample = asked.sample or make_sample(Path(folder) / "street", seed=asked.seed).folder
        world = load(sample, asked.seed)
        print(f"{len(world.images)} pictures, {len(world.boxes)} plates, {asked.planted} failures planted at a time")
        short = []
        for cause in asked.only or PLANTS:
            cells = []
            for rules in (True, False):
                total, right, wrong = judge(cause, world, asked.planted, asked.seed, rules=rules)
                share = right / max(total, 1)
                cells.append(f"{right:>4} of {total:<4}{share:>6.0%}  {wrong:<28}")
                if share < WANTED and (rules or cause not in BY_RULE_ONLY):
                    short.append(f"{cause} ({'with' if rules else 'without'} rules)")
            print(f"{cause:<29}{cells[0]} | boxes and pixels alone: {cells[1]}".rstrip(), flush=True)
    print(f"below {WANTED:.0%}: {', '.join(short) or 'none'}")
    sys.exit(1 if short else 0)


if __name__ == "__main__":
    main()
