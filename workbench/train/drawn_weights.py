"""Make weights from nothing but drawn pictures: draw in many processes, train, write the file with its figures.

`python -m workbench.train.drawn_weights plates OUT` writes ``OUT/plates.pt`` and ``OUT/plates.json`` (recipe, figures,
hash); `base` and `base_rcnn` are made in the same way. What each learns from lies in `workbench.street.weights`.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import tempfile
from dataclasses import asdict, fields, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm.auto import tqdm

import workbench
from workbench.machine.helpers import Helpers
from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.project import ProjectFolder, files
from workbench.street.weights.base_weights import BASE, BASE_RCNN
from workbench.street.weights.drawn import DrawnRecipe, Weights
from workbench.street.weights.plates_weights import PLATES
from workbench.train import Recipe, train

DRAWN = {weights.name: weights for weights in (BASE, BASE_RCNN, PLATES)}
"""The weights that are made so."""


def make_weights(
    wanted: Weights, out: Path, *, start: Path | None = None, workers: int | None = None
) -> dict[str, Any]:
    """Draw, train, and write ``NAME.pt`` and ``NAME.json`` (recipe, figures, hash) into `out`.

    Args:
        wanted: what to make.
        out: a folder.
        start: weights made before, to go on from, with their ``.json`` beside them; random weights by default.
        workers: how many processors to use; as many as this process may if not given.

    Returns:
        What ``NAME.json`` holds.
    """
    recipe = wanted.recipe
    with tempfile.TemporaryDirectory() as work:
        project = ProjectFolder.create(Path(work) / wanted.name, classes=wanted.classes)
        with Helpers(workers) as helpers:
            found = helpers.map(partial(_rows, wanted, project.pictures), range(recipe.pictures))
            made = list(tqdm(found, total=recipe.pictures, unit="picture", desc="draw", mininterval=2))
        boxes = tables.from_rows("boxes", [box for _, rows in made for box in rows])
        run = train(
            project,
            tables.from_rows("images", [image for image, _ in made]),
            boxes,
            Recipe(
                detector=wanted.detector,
                weights=start,
                batches=recipe.batches,
                batch=recipe.batch,
                image_size=recipe.image_size,
                seed=recipe.seed,
            ),
            classes=wanted.classes,
            version=wanted.name,
        )
        target = out / f"{wanted.name}.pt"
        files.copy_whole(run.weights, target)
        about = {
            "recipe": asdict(recipe),
            "detector": wanted.detector,
            "start": None if start is None else json.loads(start.with_suffix(".json").read_text("utf-8")),
            "classes": list(wanted.classes),
            "boxes": {str(name): int(count) for name, count in boxes["class_name"].value_counts().items()},
            "sha256": files.sha256_of(target),
            "sources_sha256": sources_sha256(),
            "seconds": run.record.seconds,
            "machine": run.record.machine.model_dump(mode="json"),
            "packages": run.record.packages,
            "metrics": run.record.metrics,
        }
        files.write_text(out / f"{wanted.name}.json", json.dumps(about, indent=2) + "\n")
        return about


def sources_sha256() -> str:
    """The hash of every source file of the package, names and contents: which code made the weights."""
    root = Path(workbench.__file__).parent
    digest = hashlib.sha256()
    for file in sorted(root.rglob("*.py")):
        digest.update(f"{file.relative_to(root).as_posix()} {files.sha256_of(file)}\n".encode())
    return digest.hexdigest()


def _rows(wanted: Weights, folder: Path, index: int) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    cv2.setNumThreads(1)
    rng = np.random.default_rng(np.random.SeedSequence(wanted.recipe.seed, spawn_key=(wanted.key, index)))
    drawn = wanted.draw(rng, index)
    name = f"{index:06d}.jpg"
    files.write_bytes(folder / name, drawn.content)
    image = {
        "image_id": name,
        "path": f"pictures/{name}",
        "width": drawn.width,
        "height": drawn.height,
        "group_id": name,
        "split": "val" if index % wanted.val_every == wanted.val_every - 1 else "train",
        "label_status": "labelled" if drawn.objects else "empty",
    }
    rows = [
        {"box_id": f"{index}-{number}", "image_id": name, "class_name": class_name}
        | dict(zip(CORNERS, box, strict=True))
        for number, (class_name, box) in enumerate(drawn.objects)
    ]
    return image, rows


def main() -> None:
    """The command line: which weights, where to, and another recipe if asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=DRAWN, help="which weights")
    parser.add_argument("out", type=Path, help="folder for NAME.pt and NAME.json")
    parser.add_argument("--start", type=Path, help="weights made before, to go on from, their .json beside them")
    for option in fields(DrawnRecipe):
        parser.add_argument(f"--{option.name.replace('_', '-')}", type=int, help="by default as in the weights' recipe")
    asked = vars(parser.parse_args())
    wanted, out, start = DRAWN[asked.pop("name")], asked.pop("out"), asked.pop("start")
    recipe = replace(wanted.recipe, **{name: value for name, value in asked.items() if value is not None})
    about = make_weights(replace(wanted, recipe=recipe), out, start=start)
    tqdm.write(json.dumps({name: about[name] for name in ("boxes", "sha256", "seconds", "metrics")}))


if __name__ == "__main__":
    # Under its real name, so that the processes that draw find it.
    from workbench.train import drawn_weights

    drawn_weights.main()
