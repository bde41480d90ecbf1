"""What a round's decision rests on: its detector and the one before, on the same pictures, stills apart from video."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.analyse import Evaluation, compare, evaluate, wilson_interval
from workbench.decide.old_resample import LEAST_GROUPS, differences
from workbench.decide.record import IterationRecord
from workbench.decide.record_figures import AtConfidence, Difference, Figure, Part
from workbench.model.errors import InputError, ProjectError
from workbench.project.marks import confirmed_causes
from workbench.train import Run
from workbench.version import find_test, head, load, part_of, sha256_of_test, snapshot

if TYPE_CHECKING:
    from workbench.api.project import Project

CONFIDENCES = (0.3, 0.5, 0.6, 0.8)
"""The story's thresholds."""

PARTS = ("all", "stills", "video")
FIGURES = ("AP", "AP50", "precision", "recall", "f1", "false_alarms_per_picture", "tp", "fp", "fn")
_COUNTED = ("labelled", "empty", "approved")
_DIGITS = 6


@dataclass(frozen=True)
class Look:
    """One detector's predictions on one test set.

    Attributes:
        images: the labelled pictures of the test set.
        boxes: their boxes.
        predictions: what was found in them.
        root: what the pictures' paths start from.
        training: the pictures and boxes that the detector learned from.
        confirmed: causes that people confirmed.
        video: sources whose pictures are frames, beside those that have a time.
    """

    images: pd.DataFrame
    boxes: pd.DataFrame
    predictions: pd.DataFrame
    root: Path
    training: tuple[pd.DataFrame, pd.DataFrame]
    confirmed: pd.DataFrame
    video: tuple[str, ...] = ()

    def part(self, name: str) -> pd.DataFrame:
        """The pictures of a part: a frame has a time, or comes from a source that is a video."""
        if name == "all":
            return self.images
        frames = self.images["frame_s"].notna() | self.images["source"].isin(list(self.video))
        return self.images[frames == (name == "video")]

    def evaluate(self, part: str, *, confidence: float, iou: float) -> Evaluation:
        """Evaluate a part."""
        images = self.part(part)
        boxes, predictions = (
            table[table["image_id"].isin(images["image_id"])] for table in (self.boxes, self.predictions)
        )
        return evaluate(
            images,
            boxes,
            predictions,
            confidence=confidence,
            iou=iou,
            pictures=self.root,
            training=self.training,
            confirmed=self.confirmed,
        )


@dataclass(frozen=True)
class Evidence:
    """What goes into the record; see `IterationRecord`."""

    test_id: str = ""
    test_version: str | None = None
    video: tuple[str, ...] = ()
    settings: dict[str, Any] | None = None
    parts: tuple[Part, ...] = ()
    at_confidence: tuple[AtConfidence, ...] = ()
    against: int | None = None
    differences: tuple[Difference, ...] = ()
    ledger: dict[str, dict[str, int]] | None = None
    warnings: tuple[str, ...] = ()


def gather(
    project: Project,
    run: Run,
    before: IterationRecord | None,
    *,
    test: str,
    confidence: float,
    iou: float,
    video: Sequence[str] = (),
    progress: bool = True,
) -> Evidence:
    """Measure a run, and the run of the round before, on the same test set.

    Args:
        project: the project.
        run: the round's training.
        before: the record of the round before.
        test: a split as the working labels are, or a frozen test.
        confidence: predictions from here on count.
        iou: least IoU of a hit.
        video: sources whose pictures are frames of videos, beside those that have a time.
        progress: show a bar where predictions are still to be made.

    Raises:
        InputError: if the test set has no labelled picture, or no picture from one of `video`.
    """
    images, boxes = project.look_at(test)
    strange = sorted(set(video) - set(images["source"]))
    if strange:
        sources = ", ".join(sorted(set(images["source"])))
        raise InputError(f"no picture of {test!r} comes from {strange[0]!r}; its sources are: {sources}")
    now = look(project, run, images, boxes, name=test, video=video, progress=progress)
    warnings = []
    version = _version_of(project, run, images, boxes, test)
    test_id = f"t{sha256_of_test(images, boxes)[:12]}"
    there = [name for name in PARTS if len(now.part(name))]
    evaluations = {name: now.evaluate(name, confidence=confidence, iou=iou) for name in there}
    found: tuple[Difference, ...] = ()
    ledger: dict[str, dict[str, int]] = {}
    against = None
    if before is not None:
        if before.test_id and before.test_id != test_id:
            warnings.append(
                f"round {before.number} was tested on {before.test} {before.test_id}, this one on {test} {test_id}: "
                "their figures are not comparable; the differences are of both detectors on this round's test"
            )
        try:
            if before.run is None:
                raise InputError("it names no training")
            former = look(project, before.run, images, boxes, name=test, video=video, progress=progress)
        except (InputError, ProjectError) as error:
            warnings.append(f"no difference against round {before.number}: {error}")
        else:
            against = before.number
            earlier = {name: former.evaluate(name, confidence=confidence, iou=iou) for name in there}
            found, said = _differences(now, earlier, evaluations)
            warnings += said
            ledger = _ledger(earlier["all"], evaluations["all"])
    return Evidence(
        test_id=test_id,
        test_version=version,
        video=tuple(video),
        settings=evaluations["all"].to_json_dict()["settings"],
        parts=tuple(part_figures(name, one) for name, one in evaluations.items()),
        at_confidence=tuple(_at(name, one, c) for name, one in evaluations.items() for c in CONFIDENCES),
        against=against,
        differences=found,
        ledger=ledger,
        warnings=tuple(warnings),
    )


def look(
    project: Project,
    run: Run | str,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    *,
    name: str,
    video: Sequence[str] = (),
    progress: bool = True,
) -> Look:
    """A run's predictions on the labelled pictures of a test set; they are made once and kept with the run."""
    found = project.find(run, images, name=name, progress=progress)
    counted = images[images["label_status"].isin(_COUNTED)].reset_index(drop=True)
    if not len(counted):
        raise InputError(f"no picture of {name!r} is labelled, so nothing can be measured on it; label some")
    inside = counted["image_id"]
    predictions = found[found["image_id"].isin(inside)]
    return Look(
        counted,
        boxes[boxes["image_id"].isin(inside)],
        predictions,
        root=project.root,
        training=part_of(*project.learned_tables(project.run(run)), "train"),
        confirmed=confirmed_causes(project.store, predictions),
        video=tuple(video),
    )


def part_figures(name: str, evaluation: Evaluation) -> Part:
    """What an evaluation says of a part."""
    rolled = evaluation.causes
    causes = {str(cause): int(count) for cause, count in zip(rolled["cause"], rolled["failures"], strict=True)}
    return Part(part=name, pictures=evaluation.settings.pictures, figures=figures_of(evaluation), causes=causes)


def figures_of(evaluation: Evaluation) -> dict[str, Figure]:
    """An evaluation's figures with their intervals where they have one."""
    metrics = evaluation.metrics
    return {
        name: Figure(
            value=known(metrics[name]),
            low=known(metrics.get(f"{name}_low")),
            high=known(metrics.get(f"{name}_high")),
        )
        for name in FIGURES
    }


def known(value: float | None) -> float | None:
    """A figure as a record holds it: six decimals, None for what cannot be measured."""
    return None if value is None or math.isnan(value) else round(float(value), _DIGITS)


def _version_of(project: Project, run: Run, images: pd.DataFrame, boxes: pd.DataFrame, test: str) -> str:
    """The version that holds the test set as it is; where none does, one is taken, so that it can be tested again."""
    frozen = find_test(project, test)
    if frozen is not None:
        return frozen.lock.version
    wanted = sha256_of_test(images, boxes)
    for name in dict.fromkeys((run.record.version, head(project))):
        if name is not None:
            version = load(project, name)
            if sha256_of_test(*part_of(version.images(), version.boxes(), test)) == wanted:
                return version.version_id
    return snapshot(project, f"holds what {run.run_id} was tested on").version_id


def _at(part: str, evaluation: Evaluation, confidence: float) -> AtConfidence:
    moved = evaluation.at(confidence=confidence)
    m = moved.metrics
    tp, fp, fn = (int(m[name]) for name in ("tp", "fp", "fn"))
    return AtConfidence(
        part=part,
        confidence=confidence,
        tp=tp,
        fp=fp,
        fn=fn,
        recall=_share(tp, tp + fn),
        precision=_share(tp, tp + fp),
        false_alarms_per_picture=round(fp / moved.settings.pictures, _DIGITS),
    )


def _share(part: int, whole: int) -> Figure:
    low, high = wilson_interval(part, whole)
    return Figure(value=known(part / whole) if whole else None, low=known(float(low)), high=known(float(high)))


def _differences(
    now: Look, earlier: dict[str, Evaluation], later: dict[str, Evaluation]
) -> tuple[tuple[Difference, ...], list[str]]:
    found, warnings = [], []
    for part, evaluation in later.items():
        images = now.part(part)
        # Frames that came in one by one have a group each; a source that is said to be a video is one.
        images = images.assign(group_id=images["group_id"].mask(images["source"].isin(now.video), images["source"]))
        measured = differences(images, earlier[part].verdicts, evaluation.verdicts)
        if measured.unit == "pictures" and images["group_id"].duplicated().any():
            warnings.append(
                f"{part}: its {measured.units} pictures are of fewer than {LEAST_GROUPS} groups (videos, bursts), so "
                "single pictures were drawn; neighbours are alike, and the intervals of the difference are too narrow"
            )
        for measure, one in measured.of.items():
            if not any(math.isnan(value) for value in (one.value, one.low, one.high)):
                value, low, high = (round(number, _DIGITS) for number in (one.value, one.low, one.high))
                found.append(Difference(part=part, measure=measure, value=value, low=low, high=high))
    return tuple(found), warnings


def _ledger(earlier: Evaluation, later: Evaluation) -> dict[str, dict[str, int]]:
    rows = compare(earlier, later)
    result: dict[str, dict[str, int]] = {
        kind: dict.fromkeys(("fixed", "broken", "stayed"), 0) for kind in ("miss", "false alarm")
    }
    for kind, change in zip(rows["kind"], rows["change"], strict=True):
        result[kind][change] += 1
    return result
