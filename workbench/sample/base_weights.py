"""Make the `base` weights: a detector that knows streets, vehicles and wheels, and was never told what a plate is.

`python -m workbench.sample.base_weights OUT` draws the pictures, trains on them and writes ``OUT/base.pt`` with its
card's figures. Plates are in the pictures and never labelled, so the course starts where other projects start from
weights of everyday objects.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm.auto import tqdm

from workbench import tables
from workbench.project import ProjectFolder, files
from workbench.sample.camera import encode, expose
from workbench.sample.clips import compose_clip, shoot
from workbench.sample.light import LIGHTS
from workbench.sample.parts import CLASSES, visible_parts
from workbench.sample.scene import render
from workbench.sample.stills import compose_still
from workbench.train import train

# The street's own batches use spawn keys from 1 to 6: these pictures are of other worlds.
_KEY = 70


@dataclass(frozen=True)
class Recipe:
    """How the base weights are made.

    Attributes:
        pictures: how many are drawn; every third is a frame of a drive, the others are stills.
        iterations: batches of training.
        batch: pictures in a batch.
        image_size: pixels of the longer side.
        seed: of the pictures and the training.
    """

    pictures: int = 3000
    iterations: int = 2000
    batch: int = 64
    image_size: int = 320
    seed: int = 0


def make_base_weights(out: Path, recipe: Recipe, *, workers: int | None = None) -> dict[str, Any]:
    """Draw, train, and write ``base.pt`` and ``base.json`` (recipe, figures, hash) into `out`.

    Returns:
        What ``base.json`` holds.
    """
    with tempfile.TemporaryDirectory() as work:
        project = ProjectFolder.create(Path(work) / "base", classes=CLASSES)
        draw = partial(_draw, project.pictures, recipe.seed)
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            found = pool.imap(draw, range(recipe.pictures), chunksize=8)
            made = list(tqdm(found, total=recipe.pictures, unit="picture", desc="draw"))
        images = tables.from_rows("images", [image for image, _ in made])
        boxes = tables.from_rows("boxes", [box for _, rows in made for box in rows])
        run = train(
            project,
            images,
            boxes,
            classes=CLASSES,
            version="base",
            weights=None,
            iterations=recipe.iterations,
            batch=recipe.batch,
            image_size=recipe.image_size,
            seed=recipe.seed,
        )
        files.copy_whole(run.weights, out / "base.pt")
        about = {
            "recipe": recipe.__dict__,
            "classes": list(CLASSES),
            "boxes": {str(name): int(count) for name, count in boxes["class_name"].value_counts().items()},
            "sha256": files.sha256_of(out / "base.pt"),
            "seconds": run.record.seconds,
            "machine": run.record.machine.model_dump(mode="json"),
            "packages": run.record.packages,
            "metrics": run.record.metrics,
        }
        files.write_text(out / "base.json", json.dumps(about, indent=2) + "\n")
        return about


def _draw(folder: Path, seed: int, index: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    cv2.setNumThreads(1)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_KEY, index)))
    if index % 3 == 0:
        clip = compose_clip(rng, seconds=2.0, light=str(rng.choice(sorted(LIGHTS))))
        moment = float(rng.uniform(0.0, 2.0))
        picture, _, _ = shoot(clip, moment, rng)
        scene, view, quality = clip.at(moment), clip.view(moment), clip.sensor.jpeg
    else:
        still = compose_still(rng, ("web", "used-car")[index % 2])
        picture = expose(render(still.scene, still.view).picture, still.sensor, rng)
        scene, view, quality = still.scene, still.view, still.sensor.jpeg
    name = f"{index:06d}.jpg"
    content = encode(picture, quality)
    files.write_bytes(folder / name, content)
    parts = visible_parts(scene, view)
    image = {
        "image_id": name,
        "path": f"pictures/{name}",
        "width": view.width,
        "height": view.height,
        "group_id": name,
        "split": "val" if index % 20 == 19 else "train",
        "label_status": "labelled" if parts else "empty",
    }
    rows = [
        {"box_id": f"{index}-{number}", "image_id": name, "class_name": class_name}
        | dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
        for number, (class_name, box) in enumerate(parts)
    ]
    return image, rows


def _main() -> None:
    defaults = Recipe()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pictures", type=int, default=defaults.pictures)
    parser.add_argument("--iterations", type=int, default=defaults.iterations)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    asked = parser.parse_args()
    recipe = Recipe(pictures=asked.pictures, iterations=asked.iterations, seed=asked.seed)
    about = make_base_weights(asked.out, recipe)
    tqdm.write(json.dumps({name: about[name] for name in ("boxes", "sha256", "seconds", "metrics")}))


if __name__ == "__main__":
    _main()
