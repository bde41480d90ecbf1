"""The course at its smallest scale: recorded by its own command, opened again, and live."""

from __future__ import annotations

import importlib.util
import io
import json
import shutil
import subprocess
import sys
from pathlib import Path

import av
import matplotlib.pyplot as plt
import pytest
from PIL import Image

import workbench as wb
from workbench.course import ROUNDS, open_course
from workbench.course.course_project import runs_of
from workbench.course.exercises import EXERCISES
from workbench.course.record_story import record_story
from workbench.course.recorded import SHIPPED
from workbench.course.recorded_index import StoryIndex
from workbench.course.scales import SCALES
from workbench.course.story import training_named, trainings
from workbench.model.errors import InputError, ProjectError
from workbench.show import plot_story

ONLY = ("r5-few", "r5-wide")
EXERCISES_BY_NAME = {one.name: one for one in EXERCISES}


@pytest.fixture(scope="module")
def work(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("course")


@pytest.fixture(scope="module")
def recorded(work: Path) -> Path:
    options = {"scale": SCALES["tiny"], "work": work / "recording", "devices": ["cpu"], "only": ONLY}
    record_story(work / "recorded", **options)
    before = {p: p.stat().st_mtime_ns for p in (work / "recording").rglob("last.pt")}
    record_story(work / "recorded", **options)
    assert {p: p.stat().st_mtime_ns for p in (work / "recording").rglob("last.pt")} == before
    return work / "recorded"


def test_rounds__say_what_the_story_says() -> None:
    budgets = {one.name: one.batches for one in trainings()}
    assert (budgets["r6-long"], budgets["r8-long"]) == (45000, 45000)
    assert {budgets[name] for name in ("r1-rcnn", "r2-yolo", "r5-few")} == {1000}
    names = set(budgets)
    assert all({c.training, c.against or c.training} <= names for one in ROUNDS for c in one.claims)
    assert [one.number for one in ROUNDS] == list(range(1, 9))


@pytest.mark.slow
def test_runs_of__finds_every_recorded_training_of_the_story(tmp_path: Path) -> None:
    project = wb.Project.create(tmp_path / "plates", classes=["plate"])
    shutil.copytree(SHIPPED / "runs", tmp_path / "plates" / "runs", dirs_exist_ok=True)
    for name, by_seed in StoryIndex.read(SHIPPED).runs.items():
        for seed, run_id in by_seed.items():
            version = project.run(run_id).record.version
            found = runs_of(project, training_named(name), version, SCALES["full"], seed=seed)
            assert [run.run_id for run in found] == [run_id]
            assert runs_of(project, training_named(name), version, SCALES["quick"], seed=seed) == []


def test_scales__full_is_in_the_story_s_proportions() -> None:
    budgets = SCALES["full"].budgets
    assert {story / ours for story, ours in budgets.items()} == {10}


@pytest.mark.slow
def test_record__ships_the_test_s_frames_and_no_other_pictures_or_weights(recorded: Path) -> None:
    endings = {p.suffix for p in recorded.rglob("*") if p.is_file()}
    assert endings == {".json", ".csv", ".parquet", ".jpg"}
    frames = recorded / "pictures" / "test_frames"
    assert {p.parent for p in recorded.rglob("*.jpg")} == {frames}
    assert len(list(frames.iterdir())) == 20
    index = json.loads((recorded / "story.json").read_text())
    assert set(index["runs"]) == set(ONLY)
    assert all(speed > 0 for speed in index["frames_per_second"].values())


@pytest.mark.slow
def test_record__side_by_side_and_the_last_detector_makes_a_film(tmp_path: Path) -> None:
    options = {"scale": SCALES["tiny"], "work": tmp_path / "recording", "only": ("r8-long", "r5-few")}
    index = record_story(tmp_path / "recorded", devices=["cpu"], at_once=2, **options)
    assert set(index.runs) == {"r8-long", "r5-few"}
    weights = list((tmp_path / "recorded").rglob("last.pt"))
    assert [path.parent.parent.name for path in weights] == [index.runs["r8-long"][0]]
    course = open_course(8, folder=tmp_path / "opened", recorded=tmp_path / "recorded")
    run = course.train("r8-long")
    film = course.film(run, confidence=0.01)
    assert "data:video/mp4;base64," in film._repr_html_()
    with av.open(str(course.project.folder.root / f"{run.run_id}-drive-0.mp4")) as made:
        shown = [(frame.time, frame.width, frame.height) for frame in made.decode(video=0)]
    assert shown == [(pytest.approx(i / 10, abs=1e-3), 640, 390) for i in range(20)]
    with pytest.raises(InputError, match="the test has no drive 4; it has 0 to 0"):
        course.film(run, confidence=0.5, drive=4)
    with pytest.raises(InputError, match=r"the weights of .* did not ship, only those of round 8 did"):
        course.film(course.run("r5-few"), confidence=0.5)


@pytest.mark.slow
def test_recorded__all_verbs_work_on_it(recorded: Path, work: Path) -> None:
    course = open_course(5, folder=work / "opened", recorded=recorded, who="민아")
    few, wide = course.train("r5-few"), course.train("r5-wide")
    assert few.record.counts.train_pictures < wide.record.counts.train_pictures
    stills = course.evaluate(few, "stills", confidence=0.3)
    assert stills.metrics["pictures"] == 8
    assert "visible" in course.project.test("street").boxes.columns
    table = course.table()
    assert table["the story said"].tolist() == [claim.says for claim in ROUNDS[4].claims]
    assert set(table["agree?"]) <= {"yes", "no"}
    drives = course.video(few, confidence=0.01).videos
    assert drives[["video", "frames"]].to_numpy().tolist() == [["test_clips/test_00.mp4", 20]]
    shown = course.show_found(few, "stills", confidence=0.01, count=2)
    with Image.open(io.BytesIO(shown.data)) as picture:
        assert (picture.format, picture.width > picture.height) == ("JPEG", True)
    assert not plt.get_fignums(), "a figure that is left open is shown a second time"
    record = course.project.decide(
        course.project.test("street").evaluate(wide, confidence=0.3),
        number=5,
        keep=None,
        because="measured",
        video=["test_frames"],
        who="민아",
    )
    assert record.decision == "inconclusive"
    assert "boxes" in str(course.project.diff(few.record.version, wide.record.version))
    assert course.run("r5-wide").run_id == wide.run_id
    with pytest.raises(InputError, match="no recorded training 'r9'; there is r5-few, r5-wide"):
        course.run("r9")
    with pytest.raises(InputError, match="has no training 'r4-yolo'; it has r5-few, r5-wide"):
        course.train("r4-yolo")


@pytest.mark.slow
def test_live__the_same_cells_train_here(recorded: Path, work: Path) -> None:
    live = open_course(5, mode="live", live="tiny", folder=work / "live", recorded=recorded)
    run = live.train("r5-few")
    assert run.record.state == "finished"
    assert live.train("r5-few").run_id == run.run_id
    kept = json.loads((recorded / "story.json").read_text())["runs"]["r5-few"]["0"]
    there = json.loads((recorded / "runs" / kept / "record.json").read_text())
    assert run.record.version == there["version"], "the same labels are the same version wherever they are frozen"
    assert live.evaluate(run, "video", confidence=0.1).metrics["pictures"] == 20


def test_open_course__refuses_what_is_not_there(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(InputError, match="no round 9; it has 1 to 8"):
        open_course(9, folder=tmp_path)
    monkeypatch.setenv("WORKBENCH_COURSE", "later")
    with pytest.raises(InputError, match="expected recorded or live"):
        open_course(1, folder=tmp_path)
    with pytest.raises(ProjectError, match=r"story\.json cannot be read .*workbench\.course\.record"):
        open_course(1, mode="recorded", folder=tmp_path, recorded=tmp_path)
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_open_course__in_a_script_without_a_main_guard(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    call = f"open_course(1, mode='live', live='tiny', folder={str(tmp_path)!r})"
    script.write_text(f"from workbench.course import open_course\n{call}\nprint('open')\n", "utf-8")
    done = subprocess.run([sys.executable, str(script)], capture_output=True, text=True, timeout=300, check=False)
    assert (done.returncode, done.stdout.count("open")) == (0, 1), done.stderr


def test_guesses__the_first_stands(tmp_path: Path) -> None:
    from workbench.course.guesses import Guesses

    guesses = Guesses(tmp_path / "guesses.json", who="민아")
    guesses.keep("recall on video", 0.5)
    with pytest.raises(InputError, match=r"you guessed 0\.5 .* already"):
        guesses.keep("recall on video", 0.1)
    assert guesses.of("recall on video") == 0.5
    assert guesses.of("another") is None
    assert guesses.table()["who"].tolist() == ["민아"]


@pytest.mark.slow
def test_exercises__hint_and_do_not_tell(recorded: Path, work: Path) -> None:
    course = open_course(5, folder=work / "exercises", recorded=recorded)
    assert course.exercises["name"].tolist() == ["5.1"]
    right = EXERCISES_BY_NAME["5.1"].answer(course)
    assert isinstance(right, float)
    assert 0.05 < right < 0.5, "wide boxes hold a good piece of bumper"
    first, second = course.check("5.1", right + 0.2), course.check("5.1", right - 0.2)
    assert not first.right
    assert first.says != second.says
    assert f"{right:.2f}" not in first.says + second.says
    assert course.check("5.1", right).right
    with pytest.raises(InputError, match=r"no exercise '9\.1'; it has 5\.1"):
        course.check("9.1", 1)
    with pytest.raises(InputError, match="asks for a number, not 'half'"):
        course.check("5.1", "half")


@pytest.mark.slow
def test_exercises__the_story_s_labels_are_what_they_are_said_to_be(recorded: Path, work: Path) -> None:
    course = open_course(5, folder=work / "labels", recorded=recorded)
    assert EXERCISES_BY_NAME["1.1"].answer(course) == "xyxy-for-cxcywh"
    assert EXERCISES_BY_NAME["3.1"].answer(course) == pytest.approx([0.547959, 0.641561, 0.422449, 0.117967], abs=1e-6)
    several = course.labels("photos", "xml")["image_id"].value_counts().gt(1).sum()
    several += course.labels("more_photos", "xml")["image_id"].value_counts().gt(1).sum()
    wrong = EXERCISES_BY_NAME["3.2"].answer(course)
    assert isinstance(wrong, float)
    assert 1 <= wrong <= several


@pytest.mark.slow
def test_story_page__is_as_the_recorded_runs_say(work: Path) -> None:
    docs = Path(__file__).resolve().parents[2] / "docs"
    spec = importlib.util.spec_from_file_location("docs_story", docs / "story.py")
    assert spec is not None
    assert spec.loader is not None
    story = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(story)
    text, every = story.page(work / "story")
    assert text == (docs / "story.md").read_text("utf-8"), "run `python docs/story.py`"
    assert every.groupby("training")["seed"].nunique().eq(3).all()
    drawn = plot_story(every)
    assert [text.get_text() for text in drawn.get_legend().get_texts()] == ["stills", "video"]
    assert len(drawn.get_xticklabels()) == len(trainings())
