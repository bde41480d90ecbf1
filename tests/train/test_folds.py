"""Predictions by a detector that has not seen the picture: how pictures are shared out, and real trainings, tiny."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest

import workbench as wb
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.train import FoldOf, OutOfFold, Recipe, fold_runs, list_runs, runs, share_out, together, without_fold

TINY: dict[str, Any] = {"folds": 2, "weights": "base", "batches": 30, "batch": 8, "image_size": 96, "device": "cpu"}
LOOSE, MISSING = (3, 8), (5, 12)


def pictures(groups: list[str], **columns: Any) -> pd.DataFrame:
    table = pd.DataFrame({"image_id": [f"i{number}" for number in range(len(groups))], "group_id": groups})
    return table.assign(**{"split": "train", "label_status": "labelled"} | columns)


def test_share_out__groups_stay_whole_and_folds_are_about_equal() -> None:
    rng = np.random.default_rng(0)
    images = pictures([f"g{number}" for number in rng.integers(0, 40, 300)])
    fold = share_out(images, 5)
    assert (images.assign(fold=fold).groupby("group_id")["fold"].nunique() == 1).all()
    counts = np.bincount(fold, minlength=6)
    assert counts[0] == 0
    assert counts[1:].max() - counts[1:].min() < images["group_id"].value_counts().median()
    # The same pictures in another order are shared out alike.
    turned = images.iloc[::-1]
    assert (share_out(turned, 5)[::-1] == fold).all()


def test_share_out__only_what_is_learned_from_is_in_a_fold() -> None:
    images = pictures(["", "", "", "", ""])
    images["split"] = ["train", "val", "test", "pool", "train"]
    images["label_status"] = ["labelled", "empty", "labelled", "labelled", "unlabelled"]
    fold = share_out(images, 2)
    assert sorted(fold[:2]) == [1, 2]
    assert fold[2:].tolist() == [0, 0, 0]
    seen = without_fold(images, FoldOf(folds=2, fold=int(fold[0])))
    assert seen["split"].tolist() == ["pool", "val", "test", "pool", "train"]
    assert images["split"].tolist()[0] == "train"


@pytest.mark.parametrize(
    ("groups", "count", "message"),
    [
        (["a", "a", "b"], 3, "3 labelled pictures to learn from are of 2 groups"),
        ([], 2, "0 labelled pictures"),
        (["a", "b"], 1, "folds is 1; expected a whole number of at least 2"),
    ],
)
def test_share_out__refuses(groups: list[str], count: int, message: str) -> None:
    with pytest.raises(InputError, match=message):
        share_out(pictures(groups), count)


def test_together__ids_of_several_runs_stay_apart() -> None:
    one = pd.DataFrame(
        [["p0", "a", "x", 0.5, 0, 0, 1, 1]], columns=["prediction_id", "image_id", "class_name", "confidence", *CORNERS]
    )
    both = together([one, one.iloc[:0], one.assign(image_id="b")])
    assert both["prediction_id"].tolist() == ["fold1-p0", "fold3-p0"]
    assert len(together([one.iloc[:0]])) == 0


def test_out_of_fold__says_in_words_what_it_is() -> None:
    run: Any = SimpleNamespace(record=SimpleNamespace(seconds=3.0))
    images = pictures(["a", "b", "c"], fold=[1, 1, 2])
    told = OutOfFold("v1", (run, run), images, together([]))
    words = "2 folds of v1: 0 predictions on 3 pictures, each by a detector that had not seen it; trained in 6 s"
    assert repr(told) == words
    assert 'fold 1</th><td style="text-align: left">2 pictures' in told._repr_html_()


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, draw: Any) -> wb.Project:
    """Red rectangles in twenty-four pictures; some labels are planted wrong. Frozen as a version."""
    made = wb.Project.create(tmp_path_factory.mktemp("folds") / "project", classes=["plate"])
    images, boxes = draw(made.folder.root, 24)
    boxes = boxes[~boxes["image_id"].isin([f"i{number}" for number in MISSING])]
    loose = boxes["image_id"].isin([f"i{number}" for number in LOOSE])
    boxes = boxes.astype(dict.fromkeys(CORNERS, "float64"))
    boxes.loc[loose, CORNERS] += np.array([-12.0, -12.0, 12.0, 12.0])
    boxes[["xmin", "ymin"]] = boxes[["xmin", "ymin"]].clip(lower=0)
    made.folder.store.add_images(images, boxes)
    made.snapshot("planted")
    return made


def of_folds(project: wb.Project) -> OutOfFold:
    recipe = Recipe(**{name: value for name, value in TINY.items() if name != "folds"})
    return fold_runs.out_of_fold(project.folder, project._current_version(), recipe, folds=TINY["folds"])


@pytest.fixture(scope="module")
def predicted(project: wb.Project) -> Any:
    return of_folds(project)


@pytest.mark.slow
def test_out_of_fold__every_picture_is_looked_at_by_the_run_that_did_not_see_it(
    project: wb.Project, predicted: Any
) -> None:
    assert [run.record.fold for run in predicted.runs] == [FoldOf(folds=2, fold=1), FoldOf(folds=2, fold=2)]
    assert sorted(predicted.images["image_id"]) == sorted(project.images["image_id"])
    for number, run in enumerate(predicted.runs, start=1):
        held = predicted.images[predicted.images["fold"] == number]
        learned, _ = project._learned_tables(run)
        assert not set(held["image_id"]) & set(learned.loc[learned["split"].isin(("train", "val")), "image_id"])
        counts = run.record.counts
        assert counts.train_pictures + counts.val_pictures == 24 - len(held)
        mine = predicted.predictions[predicted.predictions["prediction_id"].str.startswith(f"fold{number}-")]
        assert set(mine["image_id"]) <= set(held["image_id"])
        assert len(mine)


@pytest.mark.slow
def test_out_of_fold__what_is_done_is_not_done_again(
    project: wb.Project, predicted: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The second fold was killed: it is brought to its end in the run that it was; the first is taken as it is.
    first, second = predicted.runs
    before = first.weights.stat().st_mtime_ns
    runs.rewrite(second, state="interrupted", batches_done=3)
    second.weights.unlink()
    monkeypatch.setattr(fold_runs, "train", lambda *_, **__: pytest.fail("a fold was trained anew"))
    again = of_folds(project)
    assert [run.run_id for run in again.runs] == [first.run_id, second.run_id]
    assert again.runs[1].record.state == "finished"
    assert first.weights.stat().st_mtime_ns == before
    pd.testing.assert_frame_equal(again.predictions, predicted.predictions)


@pytest.mark.slow
def test_out_of_fold__runs_are_kept_out_of_lists(project: wb.Project, predicted: Any) -> None:
    assert list_runs(project.folder).empty
    assert len(list_runs(project.folder, folds=True)) == 2
    assert project.run(predicted.runs[0].run_id).record.fold == FoldOf(folds=2, fold=1)


@pytest.mark.slow
def test_suspects__out_of_fold_predictions_name_planted_mistakes(project: wb.Project, predicted: Any) -> None:
    found = project.out_of_fold(predicted.version, **TINY).suspects
    first = found.head(6)
    assert {f"i{number}" for number in MISSING} <= set(first.loc[first["kind"] == "missing", "image_id"])
    # Labels put right since are no suspects any more, without another training.
    picture = f"i{MISSING[0]}"
    row = found[(found["image_id"] == picture) & (found["kind"] == "missing")].iloc[[0]]
    project.set_boxes(picture, row[["class_name", *CORNERS]].assign(image_id=picture))
    later = project.out_of_fold(predicted.version, **TINY).suspects
    assert not (
        (later["image_id"] == picture) & (later["kind"] == "missing") & (later["score"] >= row["score"].iloc[0])
    ).any()


@pytest.mark.slow
def test_suspects__a_run_that_learned_from_them_says_what_to_do(project: wb.Project, predicted: Any) -> None:
    # A fold's run has not seen the pictures of its fold; but it has seen the others of the split.
    with pytest.raises(InputError, match=r"learned from 12 of these pictures.*out_of_fold.*--folds"):
        _ = project.test("train").evaluate(predicted.runs[0]).suspects


@pytest.mark.slow
def test_suspects__on_the_command_line_takes_the_folds_that_are_there(project: wb.Project, predicted: Any) -> None:
    version = predicted.version
    words = [
        "suspects",
        "-p",
        str(project.folder.root),
        "--folds",
        "2",
        "--version",
        version,
        "--batches",
        "30",
        "--json",
    ]
    words += ["--batch", "8", "--image-size", "96", "--device", "cpu"]
    done = subprocess.run([sys.executable, "-m", "workbench", *words], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["suspects"][0]["kind"] in ("missing", "loose", "tight", "shifted")
    assert len(list_runs(project.folder, folds=True)) == 2
    done = subprocess.run(
        [sys.executable, "-m", "workbench", *words, "--run", "r001"], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert Path(project.folder.root).is_dir()
