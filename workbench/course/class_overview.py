"""A class's work on one page: decisions, guesses, exercises and labels of all students beside each other."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path

import pandas as pd

from workbench.annotate import agreement, label_log
from workbench.api.project import Project
from workbench.course.answers import Answers
from workbench.course.course import ANSWERS, GUESSES, STUDENT
from workbench.course.guesses import Guesses
from workbench.decide import RoundRecord, read_records
from workbench.decide.timeline import verdict
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.project import files
from workbench.project.project_folder import STORE_NAME

_DEPTH = 4
"""A project lies at most so many folders below the one that was named: class / student / round / project."""
_DRAWN = ("labelled", "empty")
_DECISION_COLUMNS = (
    *("round", "student", "decision", "reason", "question", "hypothesis", "expectation", "verdict"),
    *("confidence", "stills", "video", "next_step", "at"),
)
_LABELLING_COLUMNS = ("student", "pictures", "boxes", "seconds", "minutes", "shown", "accepted")
_AGREEMENT_COLUMNS = ("first", "second", "pictures", "objects", "iou", "only_first", "only_second")


@dataclass(frozen=True)
class ClassReport:
    """What the students of a class did, as tables; each has a column ``student``.

    Attributes:
        students: their names.
        decisions: round, student, decision (as it stands), reason, question, hypothesis, expectation, verdict,
            confidence, stills and video (recall at that confidence), next_step, at.
        guesses: question, student, guess, at; the first a student made.
        exercises: name, student, right, tries, result.
        labelling: student, pictures, boxes, seconds (median of a picture), minutes, shown and accepted pre-labels.
        agreement: first, second, pictures and objects that both drew, median iou, only_first, only_second.
    """

    students: tuple[str, ...]
    decisions: pd.DataFrame
    guesses: pd.DataFrame
    exercises: pd.DataFrame
    labelling: pd.DataFrame
    agreement: pd.DataFrame

    def __repr__(self) -> str:
        counts = {name: len(getattr(self, name)) for name in ("decisions", "guesses", "exercises")}
        return f"{', '.join(self.students)}: {', '.join(f'{count} {name}' for name, count in counts.items())}"

    def save(self, path: str | Path) -> Path:
        """Write it as one self-contained page.

        Raises:
            InputError: for a name that does not end in .html.
        """
        from workbench.show import class_page

        target = Path(path).expanduser().resolve()
        if target.suffix.lower() not in (".html", ".htm"):
            raise InputError(f"{path}: a class's report ends in .html; give such a name")
        files.write_text(target, class_page(self, made_at=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")))
        return target


@dataclass(frozen=True)
class _Work:
    """One project of a student, and the folder of all of that student's."""

    student: str
    home: Path
    project: Project


def class_report(folders: Sequence[str | Path]) -> ClassReport:
    """Gather what students left in their folders.

    Args:
        folders: of one student each, as `open_course` was given it, of one round, of any project, or a folder that
            holds some of these.

    Raises:
        InputError: if a folder is not there or holds no project.
        ProjectError: naming a file that cannot be read.
    """
    works = _told_apart([work for folder in folders for work in _works(Path(folder))])
    beside = [(work.student, work.project.folder.root.parent) for work in works]
    guesses = [Guesses(home / GUESSES, who).table().assign(student=who) for who, home in beside]
    answers = [Answers(home / ANSWERS, who).table().assign(student=who) for who, home in beside]
    return ClassReport(
        students=tuple(sorted({work.student for work in works})),
        decisions=_decisions(works),
        guesses=_first(guesses, ["question", "student", "guess", "at"]),
        exercises=_first(answers, ["name", "student", "right", "tries", "result"]),
        labelling=_labelling(works),
        agreement=_agreement(works),
    )


def _works(folder: Path) -> list[_Work]:
    if not folder.is_dir():
        raise InputError(f"{folder} is no folder; name the students' folders, as open_course was given them")
    stores = sorted(_stores(folder.resolve(), _DEPTH))
    if not stores:
        raise InputError(f"{folder} holds no project; name the folder that open_course was given, such as data/course")
    works = []
    for store in stores:
        project = Project.open(store.parent)
        student = project.folder.store.note(STUDENT)
        home = project.folder.root if student is None else project.folder.root.parent.parent
        decided = (record.who for record in read_records(project.folder))
        works.append(_Work(student or next(decided, project.folder.root.name), home, project))
    return works


def _stores(folder: Path, depth: int) -> Iterator[Path]:
    if (folder / STORE_NAME).is_file():
        yield folder / STORE_NAME
    elif depth:
        for below in folder.iterdir():
            if below.is_dir() and not below.name.startswith("."):
                yield from _stores(below, depth - 1)


def _told_apart(works: Sequence[_Work]) -> list[_Work]:
    """Two students of one name, often the login of a classroom's machines, are named with their folders."""
    homes = defaultdict(set)
    for work in works:
        homes[work.student].add(work.home)
    return [
        replace(work, student=f"{work.student} ({work.home.parent.name}/{work.home.name})")
        if len(homes[work.student]) > 1
        else work
        for work in works
    ]


def _first(found: Sequence[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    """Of all that a student said of one thing in several projects, what was said first."""
    table = pd.concat(found, ignore_index=True)
    if "at" in columns:
        table = table.sort_values("at", kind="stable")
    keys = columns[:2]
    return table.drop_duplicates(keys)[columns].sort_values(keys, kind="stable").reset_index(drop=True)


def _decisions(works: Sequence[_Work]) -> pd.DataFrame:
    rows = [_decision(work.student, record) for work in works for record in read_records(work.project.folder)]
    table = pd.DataFrame(rows, columns=pd.Index(_DECISION_COLUMNS))
    return table.sort_values(["round", "student", "at"], kind="stable").reset_index(drop=True)


def _decision(student: str, record: RoundRecord) -> tuple[object, ...]:
    recalls = {part.part: part.figures["recall"].value for part in record.parts if "recall" in part.figures}
    said = (record.stands, record.reason, record.question, record.hypothesis, record.expectation, verdict(record))
    measured = (record.settings.get("confidence"), recalls.get("stills"), recalls.get("video"))
    return (record.number, student, *said, *measured, record.next_step, record.at)


def _labelling(works: Sequence[_Work]) -> pd.DataFrame:
    """What each student labelled by hand, and how fast."""
    logs = [label_log(work.project.folder.store).assign(student=work.student) for work in works]
    log = pd.concat(logs, ignore_index=True)
    rows = []
    for student, mine in log[log["answer"].isin(_DRAWN)].groupby("student"):
        last = mine.drop_duplicates("image_id", keep="last")
        pace, minutes = mine["seconds"].median(), mine["seconds"].sum() / 60
        counts = [int(mine[name].fillna(0).sum()) for name in ("shown", "accepted")]
        rows.append((student, len(last), int(last["boxes"].sum()), pace, minutes, *counts))
    return pd.DataFrame(rows, columns=pd.Index(_LABELLING_COLUMNS))


def _agreement(works: Sequence[_Work]) -> pd.DataFrame:
    """Each two students on the pictures in which both drew, told by their bytes: projects number them on their own."""
    drawn = pd.concat([_drawn(work) for work in works], ignore_index=True)
    drawn = drawn[drawn["home"] == drawn.groupby(["labeller", "image_id"])["home"].transform("first")]
    rows: list[tuple[object, ...]] = []
    if drawn["labeller"].nunique() > 1:
        objects = agreement(drawn.drop(columns="home"))
        for (first, second), pair in objects.groupby(["first", "second"], sort=False):
            both, alone = pair["iou"].dropna(), [int(pair[f"class_{one}"].isna().sum()) for one in ("second", "first")]
            rows.append((first, second, pair["image_id"].nunique(), len(both), both.median(), *alone))
    return pd.DataFrame(rows, columns=pd.Index(_AGREEMENT_COLUMNS))


def _drawn(work: _Work) -> pd.DataFrame:
    """The boxes of the pictures that a student answered, with the picture's hash for its id."""
    log = label_log(work.project.folder.store)
    answered = log.loc[log["answer"].isin(_DRAWN), "image_id"].unique()
    images, boxes, _ = work.project.folder.store.read_all()
    mine = boxes[boxes["image_id"].isin(answered)]
    hashes = images.set_index("image_id")["sha256"]
    known = mine.assign(
        image_id=mine["image_id"].map(hashes), labeller=work.student, home=str(work.project.folder.root)
    )
    return known[["image_id", "class_name", *CORNERS, "labeller", "home"]]
