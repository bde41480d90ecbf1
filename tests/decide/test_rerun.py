"""A round done again: the same figures, or what was not the same."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import cv2
import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.decide import read_reruns
from workbench.machine import quiet
from workbench.model.errors import InputError
from workbench.train import Run, load_run

quiet.apply()


@pytest.fixture
def trainings(street, detected, named, monkeypatch) -> Callable[..., list[dict[str, Any]]]:
    """Put trainings that find so many stills, one number a seed, in the place of real ones."""

    def put(*found: int, **record: Any) -> list[dict[str, Any]]:
        asked: list[dict[str, Any]] = []

        def train(version: str, *, weights: str, device: str | None, **recipe: Any) -> Run:
            asked.append({"version": version, "weights": weights, "device": device, **recipe})
            own = {**recipe, "start_weights": weights, **record}
            return detected(named("still", found[len(asked) - 1]), **own)

        monkeypatch.setattr(street, "train", train)
        return asked

    return put


def first_round(street, detected, named, **changes):
    run = detected(named("still", 10), seed=7, **changes)
    return street.decide(street.test().evaluate(run), keep=True, because="x", video=["drive"])


def test_rerun__the_same_figures_come_out_again(street, detected, named, trainings):
    record = first_round(street, detected, named)
    asked = trainings(10)
    result = street.rerun(1)
    assert (result.agrees, result.differs) == (True, ())
    assert str(result) == "round 1 comes out again: all 27 figures are the same"
    assert asked == [
        {"version": record.version, "weights": "base", "seed": 7, "device": None, "learning_rate": None}
        | {"detector": "yolo11n", "batches": 120, "batch": 16, "image_size": 320}
    ]
    (note,) = read_reruns(street.folder, 1)
    assert (note.agrees, note.runs) == (True, result.runs)
    assert street.records == (record,)


def test_rerun__other_figures_are_named(street, detected, named, trainings):
    first_round(street, detected, named)
    trainings(13)
    result = street.rerun(1)
    assert not result.agrees
    rows = result.figures.set_index(["part", "figure"])
    assert rows.loc[("all", "recall"), "difference"] == pytest.approx(3 / 60, abs=1e-6)
    assert not rows.loc[("all", "tp"), "agrees"]
    assert rows.loc[("video", "recall"), "agrees"]
    assert str(result).startswith("round 1 does not come out again: ")


@pytest.mark.parametrize(("found", "agrees"), [((12, 9, 14), True), ((12, 12, 13), False)], ids=["within", "outside"])
def test_rerun__several_seeds_tell_the_spread(found, agrees, street, detected, named, trainings):
    first_round(street, detected, named)
    asked = trainings(*found)
    result = street.rerun(1, seeds=3)
    assert [one["seed"] for one in asked] == [7, 8, 9]
    row = result.figures.set_index(["part", "figure"]).loc[("stills", "tp")]
    assert (row["recorded"], row["again"], row["spread"], row["agrees"]) == (
        10,
        found[0],
        max(found) - min(found),
        agrees,
    )


def test_rerun__names_an_argument_that_was_changed_by_hand(street, detected, named, trainings):
    first_round(street, detected, named)
    path = street.folder.iterations / "001" / "record.yaml"
    path.write_text(path.read_text().replace("batches: 120", "batches: 240"))
    asked = trainings(10)
    result = street.rerun(1)
    assert asked[0]["batches"] == 240
    assert result.differs == (
        "the record was changed by hand after it was written",
        f"batches: the record says 240, {street.records[0].run} was trained with 120",
    )


def test_rerun__names_other_packages_weights_and_machines(street, detected, named, trainings):
    first_round(street, detected, named, packages={"torch": "2.6", "numpy": "2.2"})
    trainings(10, packages={"torch": "2.9", "numpy": "2.2"}, start_sha256="1" * 64)
    assert street.rerun(1).differs == (
        "the weights 'base' to start from are another file than they were",
        "torch: 2.6 then, 2.9 now",
    )


def test_rerun__looks_at_the_test_set_as_it_was(street, detected, named, trainings):
    first_round(street, detected, named)
    trainings(10)
    street.set_boxes("still29", pd.DataFrame())
    assert street.rerun(1).agrees


@pytest.mark.parametrize(
    ("number", "seeds", "match"),
    [
        (2, 1, "there is no round 2; decided are: 1"),
        (1, 0, "seeds is 0"),
        (1, 1, "its record has no run, version, arguments, test_version, parts, settings"),
    ],
    ids=["unknown", "no seed", "says too little"],
)
def test_rerun__refuses(number, seeds, match, street):
    street.decide(None, keep=None, because="x")
    with pytest.raises(InputError, match=match):
        street.rerun(number, seeds=seeds)


@pytest.mark.slow
def test_rerun__of_a_real_tiny_training_reproduces_its_figures(tmp_path):
    """Nothing is put in anything's place: pictures, training, figures, and an argument changed by hand."""
    project = wb.Project.create(tmp_path / "번호판", classes=["plate"])
    rng = np.random.default_rng(0)
    folder = tmp_path / "in"
    folder.mkdir()
    place = {}
    for number in range(16):
        picture = np.full((96, 128, 3), rng.integers(60, 200), np.uint8)
        x, y, w, h = (int(rng.integers(low, high)) for low, high in ((5, 85), (5, 55), (20, 35), (15, 30)))
        cv2.rectangle(picture, (x, y), (x + w - 1, y + h - 1), (0, 0, 255), -1)
        cv2.imwrite(str(folder / f"p{number:02d}.png"), picture)
        place[f"p{number:02d}.png"] = (x, y, x + w, y + h)
    project.collect(folder, source="drawn", split="train")
    images = project.images
    for image_id, path in zip(images["image_id"], images["path"], strict=True):
        xmin, ymin, xmax, ymax = place[path.rsplit("/", 1)[-1]]
        box = {"class_name": "plate", "xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}
        project.set_boxes(image_id, pd.DataFrame([box]))
    project.folder.store.set_split(images["image_id"].tolist()[10:], "test")
    version = project.snapshot("drawn rectangles")
    run = project.train(
        version,
        batches=12,
        batch=4,
        image_size=96,
        learning_rate=0.003,
        seed=3,
        device="cpu",
    )
    record = project.decide(project.test().evaluate(run, confidence=0.05), keep=True, because="x")
    assert record.figures["AP50"].value > 0, "nothing was found: the figures would agree whatever was trained"
    result = project.rerun(1)
    assert (result.agrees, result.differs) == (True, ())
    assert load_run(project.folder, result.runs[0]).record.result_sha256 == run.record.result_sha256
    assert record.arguments["learning_rate"] == run.record.arguments["lr0"] == 0.003

    path = project.folder.iterations / "001" / "record.yaml"
    path.write_text(path.read_text(encoding="utf-8").replace("  batches: 12\n", "  batches: 3\n"), encoding="utf-8")
    result = project.rerun(1)
    assert not result.agrees
    assert result.differs == (
        "the record was changed by hand after it was written",
        f"batches: the record says 3, {run.run_id} was trained with 12",
    )
