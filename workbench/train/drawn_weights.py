"""Make weights from nothing but drawn pictures: draw in many processes, train, write the file with its figures."""

from __future__ import annotations

import argparse
import hashlib
import json
import multiprocessing
import tempfile
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from tqdm.auto import tqdm

import workbench
from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.project import ProjectFolder, files
from workbench.train import Recipe as TrainingRecipe
from workbench.train import train


@dataclass(frozen=True)
class Drawn:
    """One picture with its objects.

    Attributes:
        content: the encoded picture.
        width: in pixels.
        height: in pixels.
        objects: class name and ``(xmin, ymin, xmax, ymax)`` in pixels of each.
    """

    content: bytes
    width: int
    height: int
    objects: Sequence[tuple[str, Sequence[float]]]


@dataclass(frozen=True)
class Recipe:
    """How weights are made.

    Attributes:
        pictures: how many are drawn.
        iterations: batches of training.
        image_size: pixels of the longer side.
        batch: pictures in a batch.
        seed: of the pictures and the training.
    """

    pictures: int
    iterations: int
    image_size: int
    batch: int = 64
    seed: int = 0


@dataclass(frozen=True)
class Weights:
    """One file of weights that we ship.

    Attributes:
        name: of the file, without its extension.
        classes: what it finds.
        draw: one picture from a random generator and the picture's number.
        key: keeps its pictures' worlds apart from those of the street's batches (1 to 6) and of other weights.
        val_every: one picture of so many is held back to watch the training.
        recipe: with which it was made.
        detector: the architecture.
    """

    name: str
    classes: tuple[str, ...]
    draw: Callable[[np.random.Generator, int], Drawn]
    key: int
    val_every: int
    recipe: Recipe
    detector: str = "yolo11n"


def make_weights(
    wanted: Weights, out: Path, *, start: Path | None = None, workers: int | None = None
) -> dict[str, Any]:
    """Draw, train, and write ``NAME.pt`` and ``NAME.json`` (recipe, figures, hash) into `out`.

    Args:
        wanted: what to make.
        out: a folder.
        start: weights made before, to go on from, with their ``.json`` beside them; random weights by default.
        workers: processes that draw; by default one a processor.

    Returns:
        What ``NAME.json`` holds.
    """
    recipe = wanted.recipe
    with tempfile.TemporaryDirectory() as work:
        project = ProjectFolder.create(Path(work) / wanted.name, classes=wanted.classes)
        with multiprocessing.get_context("spawn").Pool(workers) as pool:
            found = pool.imap(partial(_rows, wanted, project.pictures), range(recipe.pictures), chunksize=8)
            made = list(tqdm(found, total=recipe.pictures, unit="picture", desc="draw", mininterval=2))
        boxes = tables.from_rows("boxes", [box for _, rows in made for box in rows])
        run = train(
            project,
            tables.from_rows("images", [image for image, _ in made]),
            boxes,
            TrainingRecipe(
                detector=wanted.detector,
                weights=start,
                batches=recipe.iterations,
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


def command(wanted: Weights, text: str | None) -> None:
    """The command line of one file of weights: where to, and another recipe if asked for."""
    parser = argparse.ArgumentParser(description=text, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("out", type=Path)
    parser.add_argument("--start", type=Path, help="weights made before, to go on from, their .json beside them")
    for name, value in asdict(wanted.recipe).items():
        parser.add_argument(f"--{name.replace('_', '-')}", type=int, default=value)
    asked = vars(parser.parse_args())
    out, start = asked.pop("out"), asked.pop("start")
    about = make_weights(replace(wanted, recipe=Recipe(**asked)), out, start=start)
    tqdm.write(json.dumps({name: about[name] for name in ("boxes", "sha256", "seconds", "metrics")}))
