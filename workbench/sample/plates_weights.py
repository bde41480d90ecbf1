"""Make the `plates` weights: a detector of number plates that never saw a photograph of one.

`python -m workbench.sample.plates_weights OUT` draws randomised scenes, every eighth picture the street, trains on
them and writes ``OUT/plates.pt`` and ``OUT/plates.json`` (recipe, figures, hash).
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import tempfile
from dataclasses import asdict, dataclass
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
from workbench.sample.randomised import render_randomised
from workbench.sample.scene import render
from workbench.sample.stills import compose_still
from workbench.train import train

# The street's own batches use spawn keys from 1 to 6, `base_weights` 70: these pictures are of other worlds.
_KEY = 71
_STREET_EVERY = 8


@dataclass(frozen=True)
class Recipe:
    """How the plates weights are made.

    Attributes:
        pictures: how many are drawn; every eighth is of the street, the others are randomised scenes.
        iterations: batches of training.
        batch: pictures in a batch.
        image_size: pixels of the longer side.
        seed: of the pictures and the training.
    """

    pictures: int = 9000
    iterations: int = 2400
    batch: int = 64
    image_size: int = 640
    seed: int = 0


def make_plates_weights(out: Path, recipe: Recipe, *, workers: int | None = None) -> dict[str, Any]:
    """Draw, train, and write ``plates.pt`` and ``plates.json`` into `out`.

    Returns:
        What ``plates.json`` holds.
    """
    with tempfile.TemporaryDirectory() as work:
        project = ProjectFolder.create(Path(work) / "plates", classes=["plate"])
        draw = partial(_draw, project.pictures, recipe.seed)
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            found = pool.imap(draw, range(recipe.pictures), chunksize=16)
            made = list(tqdm(found, total=recipe.pictures, unit="picture", desc="draw", mininterval=5))
        boxes = tables.from_rows("boxes", [box for _, rows in made for box in rows])
        run = train(
            project,
            tables.from_rows("images", [image for image, _ in made]),
            boxes,
            classes=["plate"],
            version="plates",
            weights=None,
            iterations=recipe.iterations,
            batch=recipe.batch,
            image_size=recipe.image_size,
            seed=recipe.seed,
        )
        files.copy_whole(run.weights, out / "plates.pt")
        about = {
            "recipe": asdict(recipe),
            "classes": ["plate"],
            "boxes": len(boxes),
            "sha256": files.sha256_of(out / "plates.pt"),
            "seconds": run.record.seconds,
            "machine": run.record.machine.model_dump(mode="json"),
            "packages": run.record.packages,
            "metrics": run.record.metrics,
        }
        files.write_text(out / "plates.json", json.dumps(about, indent=2) + "\n")
        return about


def _draw(folder: Path, seed: int, index: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    cv2.setNumThreads(1)
    rng = np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(_KEY, index)))
    quality = 95
    if index % _STREET_EVERY:
        picture, found = render_randomised(rng)
        corners = [tuple(float(v) for v in row) for row in found]
    elif index % (2 * _STREET_EVERY):
        still = compose_still(rng, ("web", "used-car")[int(rng.integers(2))])
        rendered = render(still.scene, still.view)
        picture, quality = expose(rendered.picture, still.sensor, rng), still.sensor.jpeg
        corners = [plate.box for plate in rendered.plates]
    else:
        clip = compose_clip(rng, seconds=2.0, light=str(rng.choice(sorted(LIGHTS))))
        picture, rendered, _ = shoot(clip, float(rng.uniform(0.0, 2.0)), rng)
        corners, quality = [plate.box for plate in rendered.plates], clip.sensor.jpeg
    name = f"{index:06d}.jpg"
    files.write_bytes(folder / name, encode(picture, quality))
    height, width = picture.shape[:2]
    image = {
        "image_id": name,
        "path": f"pictures/{name}",
        "width": width,
        "height": height,
        "group_id": name,
        "split": "val" if index % 40 == 39 else "train",
        "label_status": "labelled" if corners else "empty",
    }
    rows = [
        {"box_id": f"{index}-{number}", "image_id": name, "class_name": "plate"}
        | dict(zip(("xmin", "ymin", "xmax", "ymax"), box, strict=True))
        for number, box in enumerate(corners)
    ]
    return image, rows


def _main() -> None:
    defaults = Recipe()
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--pictures", type=int, default=defaults.pictures)
    parser.add_argument("--iterations", type=int, default=defaults.iterations)
    parser.add_argument("--image-size", type=int, default=defaults.image_size)
    parser.add_argument("--seed", type=int, default=defaults.seed)
    asked = parser.parse_args()
    recipe = Recipe(pictures=asked.pictures, iterations=asked.iterations, image_size=asked.image_size, seed=asked.seed)
    about = make_plates_weights(asked.out, recipe)
    tqdm.write(json.dumps({name: about[name] for name in ("boxes", "sha256", "seconds", "metrics")}))


if __name__ == "__main__":
    _main()
