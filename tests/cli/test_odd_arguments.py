"""Every command in every odd situation: it may refuse, in one sentence; it never ends in a traceback."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.__main__ import main
from workbench.cli import app
from workbench.train import Run, RunRecord
from workbench.train.runs import new_run

NOWHERE = "/nowhere/at/all"

ODD: dict[str, tuple[tuple[str, ...], ...]] = {
    "doctor": (("x",), ("--no-such-option",)),
    "sample": ((), ("OUT/a/b", "--size", "huge"), ("PICTURES",)),
    "weights": ((), ("x",)),
    "lab": (("--print",), ("--port", "x"), ("x",)),
    "init": ((), ("OUT",), ("OUT", "-c", ""), ("OUT", "-c", ",,"), ("OUT", "-c", "a,a"), ("PICTURES", "-c", "a")),
    "train": ((), ("--version", "v9"), ("--detector", "none"), ("--weights", "none"), ("--batches", "0"), ("x",)),
    "resume": ((), ("r9",), ("9",), ("r001",), ("r001", "r002"), ("x",)),
    "runs": ((), ("--json",), ("x",)),
    "predict": (
        *((), ("r9",), ("9",), ("r001", "r002"), ("--split", "none"), ("--split", ""), ("--images", "PICTURES")),
        *(("--images", NOWHERE, "--weights", "plates"), ("--weights", "none.pt", "--images", "PICTURES")),
    ),
    "collect": (
        *((), (NOWHERE,), ("PICTURES", "--split", "none"), ("PICTURES", "--labels", NOWHERE), ("EMPTY",)),
        *(("PICTURES", "--rename", "a"), ("PICTURES", "--format", "none"), ("PICTURES", "--every", "-1")),
        *(("PICTURES/a.png", "PICTURES/b.png", "PICTURES/none.png"), ("x.mp4",), ("PICTURES", "--source", "")),
    ),
    "drop": (
        (),
        (NOWHERE,),
        ("a.png", "--because", "odd"),
        ("a.png", "--because", ""),
        ("--undo", "99"),
        ("--undo", "x"),
    ),
    "duplicates": ((), (NOWHERE,), ("EMPTY",), ("PICTURES", "EMPTY"), ("--json",), ("--out", "OUT/p.html")),
    "leaks": (
        (),
        (NOWHERE,),
        ("EMPTY",),
        ("PICTURES",),
        ("--train", "PICTURES"),
        ("--train", "EMPTY", "--test", "EMPTY"),
    ),
    "coverage": (
        *((), ("train",), ("none", "--reference", "test"), ("train", "--reference", "none"), ("x", "y")),
        *(("PICTURES", "--reference", NOWHERE), ("PICTURES", "--reference", "EMPTY"), ("train", "--reference", "test")),
    ),
    "pick": ((), ("0",), ("x",), ("3",), ("3", "--by", "none"), ("3", "--like", "none"), ("3", "--by", "coverage")),
    "snapshot": ((), ("-m", ""), ("-m", "why"), ("-m", "why", "x")),
    "versions": ((), ("--json",), ("x",)),
    "diff": ((), ("v9",), ("",), ("v9", "v8"), ("v9", "v8", "v7"), ("v",), ("v", "v")),
    "restore": ((), ("v9",), ("",), ("v",), ("v9", "v8")),
    "verify": ((), ("v9",), ("",), ("v",), ("--json",)),
    "export": (
        (),
        ("v9",),
        ("v9", "OUT/x"),
        ("v", "OUT/x"),
        ("v", "OUT/y", "--to", "none"),
        ("v", "OUT/z", "--split", "x"),
    ),
    "freeze-test": ((), ("a/b",), ("",), ("street",), ("street", "--split", "none"), ("street", "x"), ("--json",)),
    "close-test": ((), ("x",)),
    "check": (
        (),
        (NOWHERE,),
        ("EMPTY",),
        ("PICTURES",),
        ("PICTURES", "--images", NOWHERE),
        ("--format", "none"),
        ("x", "y"),
    ),
    "convert": (
        *(
            (),
            (NOWHERE,),
            ("PICTURES", "OUT/c"),
            ("EMPTY", "OUT/d", "--to", "coco"),
            ("PICTURES", "OUT/e", "--to", "x"),
        ),
        ("LABELS", "OUT/f", "--to", "voc", "--from", "none"),
    ),
    "label-stats": ((), (NOWHERE,), ("EMPTY",), ("LABELS", "--format", "none"), ("--json",)),
    "evaluate": (
        *((), ("--run", "r9"), ("--run", "9"), ("--run", ""), ("--split", "none"), ("--source", "none"), ("r001",)),
        *(("--iou", "0"), ("--iou", "2"), ("--confidence", "2"), ("--by", "none"), ("--rule", "x"), ("--rule", "a=(")),
        *(("--labels", "LABELS"), ("--predictions", "FOUND"), ("--labels", NOWHERE, "--predictions", "FOUND")),
        *(("--labels", "EMPTY", "--predictions", "FOUND"), ("--labels", "LABELS", "--predictions", NOWHERE)),
        *(("--labels", "LABELS", "--images", "EMPTY", "--predictions", "FOUND"), ("--difficult", "none")),
        ("--labels", "LABELS", "--images", "PICTURES", "--predictions", "EMPTY"),
        ("--labels", "LABELS", "--images", "PICTURES", "--predictions", "FOUND", "--rename", "x=y"),
        ("--labels", "LABELS", "--images", "PICTURES", "--predictions", "FOUND", "--json"),
    ),
    "failures": (
        *((), ("--run", "r9"), ("--confirm", "x"), ("--confirm", "x=y"), ("--out", "/dev/null/x.html")),
        ("--labels", "LABELS", "--images", "PICTURES", "--predictions", "FOUND", "--confirm", "x=y"),
    ),
    "suspects": (
        (),
        ("--limit", "0"),
        ("--folds", "1"),
        ("--folds", "3"),
        ("--folds", "3", "--run", "r001"),
        ("--run", "r9"),
    ),
    "compare": (
        *((), ("r001",), ("r001", "r001"), ("r001", "r9"), ("r9", "r8", "r7"), ("r001", "r002", "r003"), ("1",)),
        *(("--json",), ("r001", "r001", "r001"), ("--split", "none"), ("r001", "r001", "--iou", "0")),
    ),
    "fiftyone": (
        *(("--rounds", "x", "--labels", "LABELS", "--predictions", "FOUND"), ("--run", "r9", "--no-app")),
        ("--rounds", "9", "--no-app", "--run", "r9"),
    ),
    "video": (
        *((), (NOWHERE,), ("PICTURES",), ("PICTURES/a.png",), ("--film", "OUT/x.mp4"), ("--fps", "0"), ("--run", "r9")),
        ("--labels", "LABELS", "--images", "PICTURES", "--predictions", "FOUND"),
        ("--labels", "LABELS", "--images", "PICTURES", "--predictions", "FOUND", "--fps", "-1"),
    ),
    "decide": (
        *((), ("1",), ("0", "-d", "keep", "-b", "so"), ("1", "-d", "none", "-b", "so"), ("1", "-d", "keep", "-b", "")),
        *(("x", "-d", "keep", "-b", "so"), ("1", "-d", "keep", "-b", "so", "--run", "r9")),
        *(("1", "-d", "keep", "-b", "so", "--test", "none"), ("1", "-d", "keep", "-b", "so", "--measure", "none")),
        *(("1", "-d", "revert", "-b", "so"), ("9", "-d", "revert", "-b", "so"), ("1", "-d", "keep", "-b", "again")),
    ),
    "amend": ((), ("9", "-b", "so"), ("0", "-b", "so"), ("1", "-b", ""), ("1", "-b", "so", "-d", "inconclusive")),
    "rerun": ((), ("9",), ("0",), ("x",), ("1", "--seeds", "0")),
    "timeline": ((), ("--json",), ("--out", "OUT/x.none"), ("--out", "OUT/x.svg"), ("x",)),
    "class-report": ((), (NOWHERE,), ("EMPTY",), ("PICTURES",), ("EMPTY", "--out", "OUT/x.html")),
    "report": (("--out", "OUT/x.none"), ("--out", "OUT/x.html"), ("--out", "OUT/x.md"), ("x",)),
}
"""Command to its odd arguments. PICTURES, LABELS, FOUND and EMPTY stand for folders, OUT for one to write below."""

PLAIN = {"doctor", "sample", "weights", "lab", "init", "convert"}
"""Commands without a project."""

QUICK = ("no project", "empty project")
SLOW = ("one picture", "unfinished runs", "finished runs")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two pictures with their labels and predictions, and an empty folder."""
    home = tmp_path_factory.mktemp("odd")
    for name in ("pictures", "labels", "found", "empty", "out"):
        (home / name).mkdir()
    rng = np.random.default_rng(0)
    for name in "ab":
        picture = Image.fromarray(rng.integers(0, 255, (40, 60, 3), dtype=np.uint8))
        picture.save(home / "pictures" / f"{name}.png")
        (home / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.4 0.25\n")
        (home / "found" / f"{name}.txt").write_text("0 0.5 0.5 0.4 0.25 0.9\n")
    (home / "labels" / "classes.txt").write_text("plate\n")
    return home


@pytest.fixture
def project(
    request: pytest.FixtureRequest,
    files: Path,
    tmp_path: Path,
    run_record: Callable[..., RunRecord],
    save_found: Callable[..., None],
) -> Path:
    """A folder in one of the situations."""
    home, situation = tmp_path / "project", request.param
    if situation == "no project":
        home.mkdir()
        return home
    made = wb.Project.create(home, classes=["plate"])
    if situation == "one picture":
        made.collect(files / "pictures" / "a.png", split="test")
    if situation in ("unfinished runs", "finished runs"):
        made.collect(files / "pictures", labels=files / "labels", split="test")
        version = made.snapshot("as it came").version_id
        states = ("finished",) * 3 if situation == "finished runs" else ("interrupted", "failed")
        for state in states:
            run = new_run(made.folder, run_record(version, state=state))
            save_found(made, run, _found(made, run))
    return home


def _found(project: wb.Project, run: Run) -> pd.DataFrame:
    boxes = project.boxes[["image_id", "class_name", "xmin", "ymin", "xmax", "ymax"]]
    return boxes.assign(confidence=0.9, prediction_id=[f"{run.run_id}-{row}" for row in range(len(boxes))])


def test_odd__every_command_is_here():
    names = {one.name or one.callback.__name__.replace("_", "-") for one in app.registered_commands if one.callback}
    # The course adds one of its own.
    assert names | {"class-report"} == ODD.keys()


@pytest.mark.parametrize(
    ("command", "project"),
    [
        pytest.param(command, situation, marks=[pytest.mark.slow] if situation in SLOW or command == "video" else [])
        for command in sorted(ODD)
        # Those in PLAIN do the same in every project.
        for situation in (*QUICK, *SLOW)
        if command not in PLAIN or situation == "no project"
    ],
    indirect=["project"],
)
def test_odd__no_traceback(command: str, project: Path, files: Path, tmp_path: Path, monkeypatch: Any) -> None:
    monkeypatch.chdir(project)
    (tmp_path / "out").mkdir()
    stands_for = {
        "PICTURES": files / "pictures",
        "LABELS": files / "labels",
        "FOUND": files / "found",
        "EMPTY": files / "empty",
        "OUT": tmp_path / "out",
    }
    for words in ODD[command]:
        given = [_named(word, stands_for) for word in words]
        said, complained = io.StringIO(), io.StringIO()
        with redirect_stdout(said), redirect_stderr(complained), pytest.raises(SystemExit) as left:
            main([command, *given])
        told = f"{command} {' '.join(words)}: {left.value.code}\n{said.getvalue()[-500:]}{complained.getvalue()}"
        assert left.value.code in (0, 1, 2), told
        assert "Traceback" not in complained.getvalue(), told
        if left.value.code == 2:
            *before, last = complained.getvalue().splitlines()
            assert last.startswith("workbench: "), told
            assert all("half-trained" in line for line in before), told


def _named(word: str, stands_for: dict[str, Path]) -> str:
    head, slash, rest = word.partition("/")
    return f"{stands_for[head]}{slash}{rest}" if head in stands_for else word
