"""What a project offers at the Tab key, and how it shows itself."""

from __future__ import annotations

from pathlib import Path

import pytest

import workbench as wb

NAMES = [
    *("amend", "boxes", "check", "classes", "collect", "coverage", "create", "decide", "diff", "drop"),
    *("duplicates", "export"),
    *("folder", "freeze_test", "goal", "hard_examples", "images", "label", "label_log", "leaks", "mark", "marks"),
    *("open", "out_of_fold", "pick", "predict", "records", "relabel_queue", "report", "rerun", "restore", "resume"),
    *("rounds", "run", "runs", "set_boxes", "snapshot", "test", "tests", "train", "verify", "version", "versions"),
]
"""All that `p.<tab>` lists: the tables, and the verbs in the order of the alphabet."""


@pytest.fixture
def project(tmp_path: Path) -> wb.Project:
    return wb.Project.create(tmp_path / "plates", classes=["plate", "light"], goal="video")


def test_tab__lists_so_many_names_and_no_more(project: wb.Project) -> None:
    assert [name for name in dir(project) if not name.startswith("_")] == NAMES


def test_tables__are_values_and_the_folders_lie_apart(project: wb.Project) -> None:
    for name in ("images", "boxes", "marks", "label_log", "versions", "runs", "tests", "rounds"):
        assert len(getattr(project, name)) == 0
    assert project.folder.runs == project.folder.root / "runs"


def test_repr__says_in_words_what_it_is(project: wb.Project) -> None:
    assert repr(project) == "Project 'plates': 0 pictures, 0 boxes of plate, light, goal video"
    assert "<b>Project plates</b>" in project._repr_html_()


def test_goal__is_kept(project: wb.Project) -> None:
    assert wb.open(project.folder.root).goal == "video"
