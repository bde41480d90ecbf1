"""Rounds decided on real versions, real run records and a real evaluation."""

from __future__ import annotations

import math
from typing import Any

import pandas as pd
import pytest

import workbench as wb
from workbench.decide import Figure, RoundRecord, amend_round, close_round, figures_of, read_records
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.project import ProjectFolder
from workbench.train import Run, runs
from workbench.version import snapshot

NAMES = ["a", "b", "c", "d"]


@pytest.fixture
def home(tmp_path) -> ProjectFolder:
    project = ProjectFolder.create(tmp_path / "project", classes=["plate"])
    common = {"width": 100, "height": 80, "source": "web", "split": "train", "label_status": "labelled"}
    rows = [{"image_id": n, "path": n, "sha256": n * 3, "group_id": n, **common} for n in NAMES]
    boxes = [{"image_id": n, "class_name": "plate", "xmin": 10, "ymin": 10, "xmax": 50, "ymax": 30} for n in NAMES]
    project.store.add_images(tables.from_rows("images", rows), tables.from_rows("boxes", boxes))
    return project


@pytest.fixture
def evaluation(home):
    """Three boxes found (one with too little confidence), one missed, one false alarm."""
    images, boxes = home.images, home.boxes
    found = boxes[boxes["image_id"] != "d"][["image_id", "class_name", *CORNERS]].assign(confidence=[0.9, 0.8, 0.2])
    alarm = {"image_id": "a", "class_name": "plate", "xmin": 70, "ymin": 50, "xmax": 90, "ymax": 60, "confidence": 0.7}
    return wb.evaluate(images, boxes, pd.concat([found, pd.DataFrame([alarm])], ignore_index=True))


@pytest.fixture
def trained(run_record):
    """A run as a training leaves it, without the training."""

    def make(home: ProjectFolder, version: str, **changes: Any) -> Run:
        return runs.new_run(home, run_record(version, **changes))

    return make


def freeze(home: ProjectFolder) -> str:
    return snapshot(home, "x").version_id


def edit(home: ProjectFolder) -> None:
    """Move one box, remove another, put a picture into another split."""
    boxes = home.boxes
    home.store.set_boxes("a", boxes[boxes["image_id"] == "a"].assign(xmin=20.0, xmax=60.0))
    home.store.set_boxes("b", pd.DataFrame())
    home.store.set_split(["c"], "val")


DIFFERENCE = {"pictures label_status": 1, "pictures split": 1, "boxes moved": 1, "boxes removed": 1}


def test_decide__writes_what_it_returns(home, evaluation, trained):
    run = trained(home, freeze(home))
    record = close_round(
        home,
        1,
        evaluation,
        keep=True,
        because="  it helped \n",
        question="q",
        hypothesis="h",
        expectation="e",
        run=run,
        test="val",
        next_step="n",
        who="ann",
        seconds=3.5,
    )
    assert read_records(home) == (record,)
    assert (record.reason, record.question, record.hypothesis, record.expectation) == ("it helped", "q", "h", "e")
    assert (record.test, record.next_step, record.who, record.seconds) == ("val", "n", "ann", 3.5)
    assert (record.run, record.version, record.parent_version) == (run.run_id, run.record.version, None)
    assert list(record.change) == ["first"]


@pytest.mark.parametrize(("keep", "decision"), [(True, "keep"), (False, "revert"), (None, "inconclusive")])
def test_decide__knows_three_answers(keep, decision, home):
    assert close_round(home, 1, None, keep=keep, because="x").decision == decision


def test_decide__figures_are_those_of_the_evaluation(home, evaluation):
    record = close_round(home, 1, evaluation, keep=None, because="x")
    assert {name: figure.value for name, figure in record.figures.items()} == {
        name: pytest.approx(evaluation.metrics[name], abs=1e-6)
        for name in ("AP", "AP50", "precision", "recall", "f1", "false_alarms_per_picture", "tp", "fp", "fn")
    }
    # Counted by hand: two hits, one false alarm, two misses at a confidence of 0.5.
    assert [record.figures[name].value for name in ("tp", "fp", "fn", "recall")] == [2, 1, 2, 0.5]
    assert record.figures["precision"].value == pytest.approx(2 / 3, abs=1e-6)
    assert record.settings == evaluation.to_json_dict()["settings"]
    assert record.settings["confidence"] == 0.5


def test_decide__figures_move_with_the_confidence(home, evaluation):
    record = close_round(home, 1, evaluation.at(confidence=0.1), keep=None, because="x")
    assert [record.figures[name].value for name in ("tp", "fp", "fn")] == [3, 1, 1]
    assert record.settings["confidence"] == 0.1


def test_figures_of__have_the_evaluations_interval(evaluation):
    figures = figures_of(evaluation)
    for name in ("recall", "precision", "f1", "false_alarms_per_picture"):
        found = (figures[name].low, figures[name].high)
        assert found == tuple(round(evaluation.metrics[f"{name}_{end}"], 6) for end in ("low", "high"))
    assert figures["recall"].low < figures["recall"].value == 0.5 < figures["recall"].high
    assert figures["tp"].low is None
    assert figures["AP"].high is None


def test_figures_of__what_cannot_be_measured_is_missing_and_not_zero(home):
    nothing = wb.evaluate(home.images, home.boxes, tables.empty("predictions"))
    assert math.isnan(nothing.metrics["precision"])
    figures = figures_of(nothing)
    assert figures["precision"] == Figure(value=None)
    assert figures["recall"].value == 0.0
    record = close_round(home, 1, nothing, keep=None, because="x")
    assert read_records(home) == (record,)


def test_decide__causes_add_up_to_the_failures(home, evaluation):
    record = close_round(home, 1, evaluation, keep=None, because="x")
    rolled = evaluation.causes
    assert record.causes == dict(zip(rolled["cause"], rolled["failures"], strict=True))
    assert sum(record.causes.values()) == len(evaluation.failures) == 3


def test_decide__change_of_the_data_is_computed(home, trained):
    first = trained(home, freeze(home))
    close_round(home, 1, None, keep=True, because="x", run=first)
    edit(home)
    second = trained(home, freeze(home))
    record = close_round(home, 2, None, keep=True, because="x", run=second)
    assert record.change == {
        "data": DIFFERENCE,
        "training": "nothing",
        "warning": "3 things changed (pictures re-split, boxes redrawn, boxes removed); "
        "this round cannot tell which of them helped",
    }
    assert record.parent_version == first.record.version != record.version == second.record.version
    assert read_records(home)[1] == record


def test_decide__change_of_the_training_is_computed(home, trained):
    version = freeze(home)
    close_round(home, 1, None, keep=True, because="x", run=trained(home, version))
    run = trained(home, version, detector="fasterrcnn", batches=240, seed=1, start_weights=None, device="0")
    record = close_round(home, 2, None, keep=True, because="x", run=run)
    assert record.change == {
        "data": "nothing",
        "training": {
            "batches": "120 → 240",
            "detector": "yolo11n → fasterrcnn",
            "seed": "0 → 1",
            "start_weights": "base → None",
        },
        "warning": "4 things changed (batches, detector, seed, start_weights); "
        "this round cannot tell which of them helped",
    }


def test_decide__warns_where_data_and_training_changed(home, trained):
    close_round(home, 1, None, keep=True, because="x", run=trained(home, freeze(home)))
    edit(home)
    record = close_round(home, 2, None, keep=True, because="x", run=trained(home, freeze(home), image_size=640))
    assert record.change["data"] == DIFFERENCE
    assert record.change["training"] == {"image_size": "320 → 640"}
    assert "cannot tell which" in record.change["warning"]


def test_decide__compares_with_the_round_before_by_number(home, trained):
    version = freeze(home)
    for number in (5, 2, 1):
        close_round(home, number, None, keep=True, because="x", run=trained(home, version, seed=number))
    record = close_round(home, 4, None, keep=True, because="x", run=trained(home, version, seed=4))
    assert record.change["training"] == {"seed": "2 → 4"}


@pytest.mark.parametrize(
    ("with_run", "which"), [((True, False), "this round"), ((False, True), "round 1")], ids=["now", "before"]
)
def test_decide__a_round_without_a_training_is_not_the_first(with_run, which, home, trained):
    version = freeze(home)
    for number, wanted in enumerate(with_run, start=1):
        run = trained(home, version) if wanted else None
        record = close_round(home, number, None, keep=None, because="x", run=run)
    assert record.change == {"unknown": f"{which} names no training, so what changed cannot be computed"}


@pytest.mark.parametrize("because", ["", " \n\t"])
def test_decide__needs_a_reason(because, home):
    with pytest.raises(InputError, match="round 1 needs a reason") as caught:
        close_round(home, 1, None, keep=True, because=because)
    assert "\n" not in str(caught.value)
    assert not list(home.iterations.iterdir())


@pytest.mark.parametrize("number", [0, -1])
def test_decide__rounds_count_from_one(number, home):
    with pytest.raises(InputError, match="numbered from 1"):
        close_round(home, number, None, keep=True, because="x")
    assert not list(home.iterations.iterdir())


def test_decide__once(home):
    first = close_round(home, 1, None, keep=True, because="x")
    with pytest.raises(InputError, match="decided already"):
        close_round(home, 1, None, keep=False, because="y")
    assert read_records(home) == (first,)


def test_decide__refuses_the_version_that_is_gone(home, trained):
    """Rather than a record that says nothing changed."""
    run = trained(home, freeze(home))
    close_round(home, 1, None, keep=True, because="x", run=run)
    with pytest.raises(InputError, match="no version begins with 'v0000'"):
        close_round(home, 2, None, keep=True, because="x", run=trained(home, "v0000"))
    assert len(read_records(home)) == 1


def test_amend__adds_an_entry(home):
    record = close_round(home, 1, None, keep=True, because="x")
    before = (home.iterations / "001" / "record.yaml").read_bytes()
    amend_round(home, 1, because=" the test set was wrong ", keep=False, who="bob")
    amend_round(home, 1, because="noted", who="ann")
    assert (home.iterations / "001" / "record.yaml").read_bytes() == before
    (now,) = read_records(home)
    assert RoundRecord(**(now.model_dump() | {"amendments": ()})) == record
    assert [(a.who, a.decision, a.reason) for a in now.amendments] == [
        ("bob", "revert", "the test set was wrong"),
        ("ann", None, "noted"),
    ]


@pytest.mark.parametrize(("number", "because", "match"), [(1, " ", "needs a reason"), (2, "x", "no record to amend")])
def test_amend__refuses(number, because, match, home):
    close_round(home, 1, None, keep=True, because="x")
    with pytest.raises(InputError, match=match):
        amend_round(home, number, because=because)
    assert read_records(home)[0].amendments == ()
