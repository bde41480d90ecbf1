"""What a class left in its folders, on one page."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from workbench.__main__ import main
from workbench.course import class_report
from workbench.course.answers import Answers
from workbench.course.course import ANSWERS, GUESSES, STUDENT
from workbench.course.guesses import Guesses
from workbench.model import tables
from workbench.model.errors import InputError, ProjectError

QUESTION = "What share of the plates in video will it find at 80 %?"


def round_of(home: Path, who: str, *, shift: float = 0.0, number: int = 5) -> wb.Project:
    """A round as a student leaves it: two pictures labelled by hand, a guess, an exercise, a decision."""
    project = wb.Project.create(home / f"round-{number}-recorded" / "plates", classes=["plate"])
    project.folder.store.set_note(STUDENT, who)
    # Each project has its own names for the pictures; their bytes are the same.
    names = [f"{who}-{n}" for n in range(3)]
    rows = [
        {"image_id": name, "path": name, "sha256": f"hash{n}", "width": 200, "height": 100, "source": "web"}
        | {"group_id": name, "split": "train", "label_status": "unlabelled"}
        for n, name in enumerate(names)
    ]
    project.folder.store.add_images(tables.from_rows("images", rows), tables.empty("boxes"))
    for name in names[:2]:
        box = {"class_name": "plate", "xmin": 10 + shift, "ymin": 20, "xmax": 110 + shift, "ymax": 60}
        project.set_boxes(name, pd.DataFrame([box]), who="the login", seconds=8 + shift)
    beside = home / f"round-{number}-recorded"
    Guesses(beside / GUESSES, who).keep(QUESTION, 0.5 - shift / 100)
    Answers(beside / ANSWERS, who).keep("5.1", right=shift == 0)
    keep = None if shift else True
    project.decide(
        None, number=number, keep=keep, because=f"so says <b>{who}</b>", hypothesis="more helps", who="the login"
    )
    return project


@pytest.fixture
def classroom(tmp_path: Path) -> Path:
    round_of(tmp_path / "class" / "kim", "민아")
    round_of(tmp_path / "class" / "ann", "ann", shift=10)
    return tmp_path / "class"


def test_class_report__lays_side_by_side(classroom):
    report = class_report([classroom])
    assert report.students == ("ann", "민아")
    decisions = report.decisions.set_index("student")
    assert decisions["decision"].to_dict() == {"ann": "inconclusive", "민아": "keep"}
    assert decisions["round"].tolist() == [5, 5]
    assert report.guesses.set_index("student")["guess"].to_dict() == pytest.approx({"ann": 0.4, "민아": 0.5})
    assert report.exercises.set_index("student")["right"].to_dict() == {"ann": False, "민아": True}
    assert report.labelling.set_index("student")["pictures"].to_dict() == {"ann": 2, "민아": 2}
    assert report.labelling.set_index("student")["seconds"].to_dict() == {"ann": 18, "민아": 8}
    (pair,) = tables.records(report.agreement)
    assert (pair["first"], pair["second"], pair["pictures"], pair["objects"]) == ("ann", "민아", 2, 2)
    assert pair["iou"] == pytest.approx(90 / 110), "90 px of 110 are in both boxes"
    again = class_report([classroom / "ann", classroom / "kim"])
    pd.testing.assert_frame_equal(report.decisions, again.decisions)
    pd.testing.assert_frame_equal(report.agreement, again.agreement)


def test_class_report__two_of_one_name_are_told_apart(classroom):
    round_of(classroom / "bob", "ann", shift=20)
    round_of(classroom / "bob", "ann", shift=20, number=6)
    assert class_report([classroom]).students == ("ann (class/ann)", "ann (class/bob)", "민아")


def test_class_report__the_first_guess_and_one_drawing_of_a_picture_count(classroom):
    second = round_of(classroom / "kim", "민아", shift=30, number=6)
    report = class_report([classroom])
    assert report.guesses.set_index("student")["guess"]["민아"] == 0.5
    assert report.decisions["round"].tolist() == [5, 5, 6]
    assert report.agreement["objects"].tolist() == [2]
    second.folder.store.set_note(STUDENT, "joe")
    assert "joe" in class_report([second.folder.root]).students


def test_class_report__one_student_and_a_project_that_is_not_the_course_s(tmp_path):
    project = wb.Project.create(tmp_path / "own", classes=["plate"])
    assert class_report([tmp_path]).students == ("own",)
    project.decide(None, keep=True, because="it works", who="민아")
    report = class_report([tmp_path / "own"])
    assert report.students == ("민아",)
    assert not len(report.agreement)
    assert "it works" in report.save(tmp_path / "class.html").read_text("utf-8")


def test_save__loads_nothing_and_escapes(classroom, tmp_path):
    page = class_report([classroom]).save(tmp_path / "class.html").read_text("utf-8")
    assert "so says &lt;b&gt;민아&lt;/b&gt;" in page
    assert QUESTION in page
    assert "right, 1 try" in page
    assert "2 objects of both" in page
    assert not re.findall(r"(?:src|href)=|url\(|@import|<script", page)
    with pytest.raises(InputError, match=r"ends in \.html"):
        class_report([classroom]).save(tmp_path / "class.pdf")


@pytest.mark.parametrize(
    ("folder", "says"),
    [("nowhere", "is no folder"), ("bare", "holds no project; name the folder that open_course was given")],
)
def test_command__one_line_for_what_is_not_there(tmp_path, capsys, folder, says):
    (tmp_path / "bare").mkdir()
    with pytest.raises(SystemExit) as status:
        main(["class-report", str(tmp_path / folder), "--out", str(tmp_path / "class.html")])
    assert status.value.code == 2
    said = capsys.readouterr().err
    assert says in said
    assert len(said.splitlines()) == 1
    assert not (tmp_path / "class.html").exists()


def test_command__json(classroom, tmp_path, capsys):
    with pytest.raises(SystemExit) as status:
        main(["class-report", str(classroom), "--out", str(tmp_path / "class.html"), "--json"])
    assert status.value.code == 0
    said = json.loads(capsys.readouterr().out)
    assert said["students"] == ["ann", "민아"]
    assert {row["decision"] for row in said["decisions"]} == {"keep", "inconclusive"}


@pytest.mark.parametrize("content", ["{", '{"a": 1}', "[1]"])
def test_class_report__a_broken_file_is_named(classroom, content):
    (classroom / "ann" / "round-5-recorded" / GUESSES).write_text(content)
    with pytest.raises(ProjectError, match=r"guesses\.json"):
        class_report([classroom])
