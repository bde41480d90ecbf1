"""On the command line: which run is the last, what is said of one that is half-trained, and how one goes on."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import workbench as wb
from workbench.cli import app, guard, main
from workbench.cli.interrupted import GO_ON, how_to_go_on
from workbench.model.session_options import options
from workbench.project.files import sha256_of
from workbench.train import RunRecord
from workbench.train.runs import new_run, rewrite

from .in_process import workbench


@pytest.fixture
def project(tmp_path: Path) -> wb.Project:
    rng = np.random.default_rng(0)
    for folder in ("images", "more", "labels"):
        (tmp_path / folder).mkdir()
    for name in "abcd":
        folder = tmp_path / ("more" if name == "d" else "images")
        Image.fromarray(rng.integers(0, 255, (80, 100, 3), dtype=np.uint8)).save(folder / f"{name}.png")
        (tmp_path / "labels" / f"{name}.txt").write_text("0 0.5 0.5 0.4 0.25\n")
    (tmp_path / "labels" / "classes.txt").write_text("plate\n")
    made = wb.Project.create(tmp_path / "p", classes=["plate"])
    made.collect(tmp_path / "images", labels=tmp_path / "labels", split="test")
    made.collect(tmp_path / "more", labels=tmp_path / "labels", split="train")
    return made


@pytest.fixture
def trained(
    project: wb.Project, run_record: Callable[..., RunRecord], save_found: Callable[..., None]
) -> Callable[..., str]:
    """A run that found the boxes of the first pictures, as many as asked for."""
    version = project.snapshot("as it came").version_id

    def make(state: str, finds: int, **changes: object) -> str:
        run = new_run(project.folder, run_record(version, state=state, **changes))
        boxes = project.test().boxes[["image_id", "class_name", "xmin", "ymin", "xmax", "ymax"]].iloc[:finds]
        found = boxes.assign(confidence=0.9, prediction_id=[f"{run.run_id}-{row}" for row in range(finds)])
        save_found(project, run, found)
        return run.run_id

    return make


def test_last_run__is_a_finished_one_and_later_ones_are_told_of(
    project: wb.Project, trained: Callable[..., str]
) -> None:
    first, second = trained("finished", 2), trained("interrupted", 1, batches_done=40)
    done = workbench("evaluate", "-p", project.folder.root, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["metrics"]["tp"]) == (0, 2)
    assert done.stderr.splitlines() == [
        f"workbench: the run {second} was interrupted after 40 of 120 batches: its weights are half-trained; "
        f"workbench resume {second} brings it to its end; looked at is {first}"
    ]
    # Who names it gets it, with the word where the figures are.
    done = workbench("evaluate", "-p", project.folder.root, "--run", second, "--json")
    found = json.loads(done.stdout)
    assert (done.returncode, found["metrics"]["tp"]) == (0, 1)
    assert "its weights are half-trained" in found["settings"]["remarks"][0]
    assert "its weights are half-trained" in workbench("failures", "-p", project.folder.root, "--run", second).stderr
    assert "its weights are half-trained" in repr(project.test().evaluate(second))


@pytest.mark.parametrize("state", ["interrupted", "failed"])
def test_last_run__none_is_finished(state: str, project: wb.Project, trained: Callable[..., str]) -> None:
    only = trained(state, 1)
    for command in (["evaluate"], ["failures"], ["predict"], ["decide", "1", "-d", "revert", "-b", "so"]):
        done = workbench(*command, "-p", project.folder.root)
        assert done.returncode == 2
        assert f"has no run that is finished: the run {only} " in done.stderr
    done = workbench("decide", 1, "-d", "revert", "-b", "so", "--run", only, "-p", project.folder.root)
    assert (done.returncode, "caution: the run" in done.stdout) == (0, True)


def test_resume__means_the_last_that_did_not_end(project: wb.Project, trained: Callable[..., str]) -> None:
    trained("finished", 1)
    done = workbench("resume", "-p", project.folder.root)
    assert (done.returncode, done.stderr.count("there is nothing to resume")) == (2, 1)
    second = trained("interrupted", 1)
    trained("finished", 1)
    # The newest is finished, so nothing is taken up without being named.
    assert "there is nothing to resume; name an older run" in workbench("resume", "-p", project.folder.root).stderr
    assert second in workbench("runs", "-p", project.folder.root).stdout


@pytest.mark.slow
def test_compare__two_by_default_three_or_one(project: wb.Project, trained: Callable[..., str]) -> None:
    root = project.folder.root
    done = workbench("compare", "-p", root)
    assert (done.returncode, done.stderr.count("compare takes two detectors or more; 0 trained here")) == (2, 1)
    names = [trained("finished", 1)]
    assert workbench("compare", "-p", root).returncode == 2
    names += [trained("finished", 2), trained("failed", 3)]
    done = workbench("compare", "-p", root, "--json")
    found = json.loads(done.stdout)
    assert done.returncode == 0
    assert {row["metric"]: row["difference"] for row in found["metrics"]}["tp"] == 1
    assert f"the run {names[2]} failed after 0 of 120 batches" in done.stderr
    names.append(trained("finished", 3))
    every = json.loads(workbench("compare", "-p", root, "--json").stdout)["iterations"]
    assert [row["iteration"] for row in every] == [names[0], names[1], names[3]]
    assert [row["recall"] for row in every] == pytest.approx([1 / 3, 2 / 3, 1])
    done = workbench("compare", names[0], names[2], names[3], "-p", root)
    assert (done.returncode, "its weights are half-trained" in done.stderr) == (0, True)
    one = workbench("compare", names[0], "-p", root)
    assert (one.returncode, one.stderr.count("compare takes two detectors or more; 1 given")) == (2, 1)


def test_runs__lists_all_with_what_became_of_them(project: wb.Project, trained: Callable[..., str]) -> None:
    assert "no run yet" in workbench("runs", "-p", project.folder.root).stdout
    names = [trained("finished", 1), trained("interrupted", 1)]
    listed = json.loads(workbench("runs", "-p", project.folder.root, "--json").stdout)["runs"]
    assert [(row["run_id"], row["state"]) for row in listed] == list(
        zip(names, ["finished", "interrupted"], strict=True)
    )
    assert "interrupted" in workbench("runs", "-p", project.folder.root).stdout


def test_snapshot__a_note_on_what_is_frozen_already_is_kept(project: wb.Project) -> None:
    root = project.folder.root
    frozen = workbench("freeze-test", "street", "-p", root, "--json")
    done = workbench("snapshot", "-m", "first fifty, by 민아", "-p", root)
    assert "first fifty, by 민아" in done.stdout
    assert workbench("snapshot", "-m", "first fifty, by 민아", "-p", root, "--json").returncode == 0
    (row,) = json.loads(workbench("versions", "-p", root, "--json").stdout)["versions"]
    assert row["note"] == "holds the test 'street'; first fifty, by 민아"
    # The version itself is what it was.
    assert workbench("verify", "-p", root).returncode == 0
    assert json.loads(frozen.stdout)["version"] == row["version"]


def test_duplicates__of_an_empty_project(tmp_path: Path) -> None:
    wb.Project.create(tmp_path / "p", classes=["plate"])
    done = workbench("duplicates", "-p", tmp_path / "p", "--json")
    assert (done.returncode, json.loads(done.stdout)["summary"]["pictures"]) == (0, 0)


def test_interrupted__every_command_says_how_to_go_on(capsys: pytest.CaptureFixture[str]) -> None:
    names = {one.name or one.callback.__name__.replace("_", "-") for one in app.registered_commands if one.callback}
    # The course adds one of its own.
    assert names | {"class-report"} == GO_ON.keys()
    assert how_to_go_on(["train", "-p", "x"]).endswith("go on with: workbench resume")

    def stopped() -> None:
        raise KeyboardInterrupt

    for work in (stopped, lambda: 130):  # as Python has it, and as Typer makes of it
        with pytest.raises(SystemExit) as left:
            guard(work, interrupted=how_to_go_on(["collect"]))
        assert left.value.code == 130
        (line,) = capsys.readouterr().err.splitlines()
        assert line == "workbench: interrupted; pictures that came in are safe; the same command goes on with the rest"


@pytest.mark.parametrize(
    ("terminal", "words", "shown"), [(True, (), True), (True, ("--json",), False), (False, (), False)]
)
def test_bars__only_on_a_terminal_and_never_beside_json(
    terminal: bool, words: tuple[str, ...], shown: bool, project: wb.Project, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(options, "progress", True)
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    with pytest.raises(SystemExit):
        main(["versions", "-p", str(project.folder.root), *words])
    assert options.progress is shown


def test_state__a_run_that_ended_since_its_record_was_read(project: wb.Project, trained: Callable[..., str]) -> None:
    name = trained("running", 1, process_id=2**22 + 1)
    run = project.run(name)
    assert (run.state, run.half_trained is None) == ("killed", False)
    rewrite(run, state="finished")
    assert (run.state, run.half_trained) == ("finished", None)


def test_round__its_training_went_on_since_it_was_decided(project: wb.Project, trained: Callable[..., str]) -> None:
    name = trained("interrupted", 1)
    weights = project.run(name).weights
    weights.parent.mkdir()
    weights.write_bytes(b"half-trained")
    # What is kept was found by these.
    about = next((weights.parent.parent / "predictions").glob("*.json"))
    kept = json.loads(about.read_text())
    kept["settings"]["weights_sha256"] = sha256_of(weights)
    about.write_text(json.dumps(kept))
    record = project.decide(project.test().evaluate(name), keep=False, because="not yet")
    assert record.weights_sha256 == sha256_of(weights)
    assert project.test().evaluate(name).settings.remarks[1:] == ()
    weights.write_bytes(b"trained to the end")
    kept["settings"]["weights_sha256"] = sha256_of(weights)
    about.write_text(json.dumps(kept))
    assert "round 1 was decided on other weights of the run" in project.test().evaluate(name).settings.remarks[1]
