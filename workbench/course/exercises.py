"""Exercises: a question, an answer that is computed when it is asked for, and hints that do not give it away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import pandas as pd

from workbench.course.course_project import labels_of
from workbench.course.story import PHOTOS, training_named
from workbench.label import check_labels
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS, iou_matrix, xyxy_to_cxcywh_rel

if TYPE_CHECKING:
    from workbench.course.course import Course

Answer = float | str | Sequence[float]


@dataclass(frozen=True)
class Exercise:
    """One question.

    Attributes:
        name: round and number, such as ``5.1``.
        asks: the question.
        answer: computes the answer from the round's own data.
        within: how far off a number may be, as a share of the answer.
        hints: shown one after the other to answers that are not right.
    """

    name: str
    asks: str
    answer: Callable[[Course], Answer]
    within: float
    hints: tuple[str, ...]


@dataclass(frozen=True)
class Feedback:
    """What `Course.check` says of an answer.

    Attributes:
        right: whether it was.
        says: the words.
    """

    right: bool
    says: str

    def __repr__(self) -> str:
        return self.says


def judge_answer(exercise: Exercise, given: Answer, right: Answer, *, tries: int) -> Feedback:
    """Compare an answer with the right one; a hint for one that is not.

    Args:
        exercise: the question.
        given: the student's answer.
        right: the right one.
        tries: how many were wrong before this one.

    Raises:
        InputError: if the answer is of another kind than the right one.
    """
    if isinstance(right, str):
        if not isinstance(given, str):
            raise InputError(f"exercise {exercise.name} asks for a word, not {given!r}")
        fits = given.strip().lower() == right.lower()
    else:
        try:
            numbers, wanted = (
                np.atleast_1d(np.asarray(given, dtype=float)),
                np.atleast_1d(np.asarray(right, dtype=float)),
            )
        except (TypeError, ValueError):
            raise InputError(f"exercise {exercise.name} asks for a number, not {given!r}") from None
        if numbers.shape != wanted.shape:
            raise InputError(f"exercise {exercise.name} asks for {wanted.size} numbers, {numbers.size} were given")
        fits = bool(np.all(np.abs(numbers - wanted) <= exercise.within * np.maximum(np.abs(wanted), 1e-3) + 1e-9))
    if fits:
        return Feedback(True, f"{exercise.name}: right")
    return Feedback(False, f"{exercise.name}: not yet. {exercise.hints[min(tries, len(exercise.hints) - 1)]}")


def exercises(number: int) -> tuple[Exercise, ...]:
    """The exercises of one round."""
    return tuple(one for one in EXERCISES if one.name.split(".")[0] == str(number))


def overlap_with_right(course: Course, parts: Sequence[str], kind: str) -> pd.DataFrame:
    """Every right box of some folders with the best IoU that a box of another kind of label has with it.

    Returns:
        file, iou.
    """
    rows = []
    for part in parts:
        folder = course.street.part(part)
        right, other = (dict(tuple(labels_of(folder, one).groupby("image_id"))) for one in ("xml", kind))
        for name, boxes in right.items():
            theirs = other.get(name)
            best = np.zeros(len(boxes))
            if theirs is not None:
                best = iou_matrix(boxes[CORNERS].to_numpy(float), theirs[CORNERS].to_numpy(float)).max(axis=1)
            rows.append(pd.DataFrame({"file": f"{part}/{name!s}", "iou": best}))
    return pd.concat(rows, ignore_index=True)


def _code_of_corners(course: Course) -> str:
    folder = course.street.part("photos")
    problems = check_labels(folder / "corners", images=folder).problems
    return str(problems.loc[problems["severity"] == "error", "code"].iloc[0])


def _times_as_fast(course: Course) -> float:
    speeds = course.speeds
    if not {"r1-yolo", "r1-rcnn"} <= set(speeds):
        raise InputError("exercise 1.2 is about the recorded speeds; open the round with mode='recorded'")
    return speeds["r1-yolo"] / speeds["r1-rcnn"]


def _lecture(course: Course) -> list[float]:
    return [float(v) for v in xyxy_to_cxcywh_rel([[330, 321, 744, 386]], 980, 551)[0]]


def _wrong_files(course: Course) -> float:
    rows = overlap_with_right(course, PHOTOS, "converted")
    return float(rows.loc[rows["iou"] < 0.5, "file"].nunique())


def _wide_iou(course: Course) -> float:
    return float(overlap_with_right(course, PHOTOS, "wide")["iou"].median())


def _best_confidence(course: Course, training: str, part: Literal["stills", "video"]) -> float:
    sweep = course.evaluate(course.train(training), part, confidence=0.5).sweep
    return float(sweep["confidence"].iloc[int(sweep["f1"].argmax())])


def _duplicates(course: Course) -> float:
    verdicts = course.evaluate(course.train("r7-frames"), "video", confidence=0.3).verdicts
    return float((verdicts["error"] == "duplicate").sum())


def _sharper(course: Course) -> float:
    images = course.project.test("street").images
    sharpness = images.groupby("source")["sharpness_320"].median()
    return float(sharpness["test_stills"] / sharpness["test_frames"])


def _boxes_learned_from(course: Course) -> float:
    name = training_named("r8-long").name
    return float(course.train(name).record.counts.train_boxes)


def _between_seeds(course: Course) -> float:
    recalls = course.verdicts()[0].values
    return max(recalls) - min(recalls)


EXERCISES = (
    Exercise(
        "1.1",
        "YOLO was given the folder `corners`. What does the check call its mistake? Give the code.",
        _code_of_corners,
        0.0,
        ("`wb.check_labels(folder / 'corners', images=folder).problems` has a column `code`.", "It is an error."),
    ),
    Exercise(
        "1.2",
        "How many times as many frames a second does YOLO do on this processor as Faster R-CNN?",
        _times_as_fast,
        0.05,
        ("`course.speeds` holds both.", "Divide the larger by the smaller."),
    ),
    Exercise(
        "2.1",
        "How far apart are the best and the worst seed of Faster R-CNN, in recall on stills at confidence 0.5?",
        _between_seeds,
        0.05,
        (
            "`course.table()` has a figure for each seed.",
            "`course.verdicts()[0].values` holds them; largest less least.",
        ),
    ),
    Exercise(
        "3.1",
        "The lecture's box is 330 321 744 386 in a picture of 980 x 551. What are its four YOLO numbers?",
        _lecture,
        0.001,
        ("Centre and size, each divided by the picture's width or height.", "The centre's x is (330 + 744) / 2 / 980."),
    ),
    Exercise(
        "3.2",
        "In how many of the converted files is at least one box wrong, its IoU with the XML's below 0.5?",
        _wrong_files,
        0.0,
        (
            "`course.labels('photos', 'converted')` beside `course.labels('photos', 'xml')`; both photo folders count.",
            "A file's first object is always right. How many files have more than one?",
        ),
    ),
    Exercise(
        "4.1",
        "At which confidence is F1 on stills best?",
        partial(_best_confidence, training="r4-yolo", part="stills"),
        0.06,
        ("`evaluation.sweep` has a row for every confidence.", "`sweep['f1'].idxmax()` names the row."),
    ),
    Exercise(
        "5.1",
        "What is the median IoU of the wide boxes with the right ones, on the first 150 photos?",
        _wide_iou,
        0.1,
        (
            "`workbench.model.geometry.iou_matrix` compares two sets of boxes.",
            "Take the best wide box for each right one.",
        ),
    ),
    Exercise(
        "6.1",
        "At which confidence is F1 on video best?",
        partial(_best_confidence, training="r6-long", part="video"),
        0.06,
        ("`evaluation.sweep` has a row for every confidence.", "`sweep['f1'].idxmax()` names the row."),
    ),
    Exercise(
        "7.1",
        "How many of the finds in video are duplicates at confidence 0.3?",
        _duplicates,
        0.0,
        ("`evaluation.verdicts` has a column `error`.", "Count the rows whose error is 'duplicate'."),
    ),
    Exercise(
        "7.2",
        "How many times as sharp as the test frames are the test stills (median of `sharpness_320`)?",
        _sharper,
        0.05,
        ("`course.project.test('street').images` has the column.", "Group by `source`, take the median, divide."),
    ),
    Exercise(
        "8.1",
        "From how many boxes did the last detector learn?",
        _boxes_learned_from,
        0.0,
        ("A run's record counts them.", "`run.record.counts`"),
    ),
)
