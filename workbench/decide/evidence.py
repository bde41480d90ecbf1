"""What a round's decision rests on: what changed, worked out and never typed, and two evaluations of one test."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.analyse import Evaluation, compare, evaluate_inputs
from workbench.analyse.compare import CHANGES, difference_of
from workbench.analyse.figures.bootstrap import TOO_FEW
from workbench.decide.record import AtConfidence, Difference, Figure, Part
from workbench.model.errors import InputError
from workbench.version import Diff

_REDRAWN = ("tightened", "loosened", "moved")
_COUNTS = {
    **dict.fromkeys(_REDRAWN, "boxes redrawn"),
    "added": "boxes added",
    "removed": "boxes removed",
    "relabelled": "boxes relabelled",
    "ignored": "boxes ignored",
    "unignored": "boxes ignored",
}
"""What a change of a box does to a training; attributes and labellers do nothing."""


def changed_arguments(before: Mapping[str, Any], after: Mapping[str, Any]) -> dict[str, str]:
    """Training arguments that differ, as ``name: before → after``."""
    return {
        name: f"{before.get(name)} → {after.get(name)}"
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }


def changed_things(data: Diff, images: pd.DataFrame, arguments: Sequence[str]) -> list[str]:
    """The things that changed, as a person counts them: each of them alone could have made the difference.

    Boxes of a picture that was added belong to that picture, and all that happened to pictures of the split test is one
    thing.

    Args:
        data: what changed in the data.
        images: the `images` tables of both versions, one below the other.
        arguments: names of the training arguments that changed.
    """
    split = images.drop_duplicates("image_id").set_index("image_id")["split"]
    tested = set(split.index[split == "test"])
    things: dict[str, None] = {}
    whole = data.images[data.images["change"].isin(("added", "removed"))]
    for change, image_id, source in zip(whole["change"], whole["image_id"], whole["source"], strict=True):
        words = f"pictures {change} from {source}" if source else f"pictures {change}"
        things["the test set" if image_id in tested else words] = None
    came_or_went = set(whole["image_id"])
    for name, words in (("split", "pictures re-split"), ("bytes", "pictures exchanged")):
        if (data.images["change"] == name).any():
            things[words] = None
    for change, image_id in zip(data.boxes["change"], data.boxes["image_id"], strict=True):
        if image_id not in came_or_went and change in _COUNTS:
            things["the test set" if image_id in tested else _COUNTS[change]] = None
    things |= dict.fromkeys((f"the classes ({line})" for line in data.classes), None)
    return [*things, *arguments]


def describe_change(
    data: Mapping[str, int] | None, arguments: Mapping[str, str] | None, things: Sequence[str] = ()
) -> dict[str, Any]:
    """The change of a round, with a warning where more than one thing changed.

    Args:
        data: counts of what changed in the data; None in the first round.
        arguments: what changed in the training; None in the first round.
        things: what changed, as a person counts, from `changed_things`.
    """
    change: dict[str, Any] = {}
    if data is not None:
        change["data"] = dict(data) or "nothing"
    if arguments is not None:
        change["training"] = dict(arguments) or "nothing"
    if len(things) > 1:
        change["warning"] = (
            f"{len(things)} things changed ({', '.join(things)}); this round cannot tell which of them helped"
        )
    elif data and arguments:
        change["warning"] = "data and training both changed; this round cannot tell which of them helped"
    return change or {"first": "the first round; there is nothing to compare with"}


CONFIDENCES = (0.3, 0.5, 0.6, 0.8)
"""The story's thresholds."""

PARTS = ("all", "stills", "video")
FIGURES = ("AP", "AP50", "precision", "recall", "f1", "false_alarms_per_picture", "tp", "fp", "fn")

MEASURES = ("recall", "precision", "f1", "false_alarms_per_picture")
"""What a decision may rest on."""

LESS_IS_BETTER = frozenset({"false_alarms_per_picture"})
_DIGITS = 6


@dataclass(frozen=True)
class Evidence:
    """What goes into the record; see `RoundRecord`."""

    settings: dict[str, Any] = field(default_factory=dict)
    parts: tuple[Part, ...] = ()
    at_confidence: tuple[AtConfidence, ...] = ()
    differences: tuple[Difference, ...] = ()
    ledger: dict[str, dict[str, int]] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def gather(evaluation: Evaluation, against: Evaluation | None = None, *, video: Sequence[str] = ()) -> Evidence:
    """Take an evaluation apart, and hold each part of it against the same part of an earlier one.

    Figures and intervals are those of the evaluations of the parts: the same that `compare` gives.

    Args:
        evaluation: of the round's detector.
        against: of another detector, on the same test with the same IoU.
        video: sources whose pictures are frames of videos, beside those that have a time.

    Raises:
        InputError: if no picture comes from one of `video`, or the two did not look at the same test.
    """
    later = parts_of(evaluation, video)
    found: list[Difference] = []
    warnings: list[str] = []
    ledger: dict[str, dict[str, int]] = {}
    if against is not None:
        ledger = _ledger(against, evaluation)
        earlier = parts_of(against.at(confidence=evaluation.settings.confidence), video)
        for part, one in later.items():
            found += _differences(part, earlier[part], one)
            warnings += _too_few(part, one)
    return Evidence(
        settings=evaluation.to_json_dict()["settings"],
        parts=tuple(part_figures(name, one) for name, one in later.items()),
        at_confidence=tuple(_at(name, one, c) for name, one in later.items() for c in CONFIDENCES),
        differences=tuple(found),
        ledger=ledger,
        warnings=tuple(warnings),
    )


def parts_of(evaluation: Evaluation, video: Sequence[str] = ()) -> dict[str, Evaluation]:
    """The evaluation as a whole, of its stills and of its video, those that it has; see `PARTS`.

    A picture is a frame if it has a time, or comes from a source that is said to be a video.

    Raises:
        InputError: if no picture comes from one of `video`.
    """
    images = evaluation.pictures
    strange = sorted(set(video) - set(images["source"])) if len(video) else []
    if strange:
        sources = ", ".join(sorted(set(images["source"])))
        raise InputError(f"no picture of the test comes from {strange[0]!r}; its sources are: {sources}")
    frames = images["frame_s"].notna() | images["source"].isin(list(video))
    settings = evaluation.settings
    found = {"all": evaluation}
    for name, part in (("stills", images[~frames]), ("video", images[frames])):
        if len(part) == len(images):
            found[name] = evaluation
        elif len(part):
            inputs = evaluation.inputs.part(part["image_id"])
            found[name] = evaluate_inputs(inputs, confidence=settings.confidence, iou=settings.iou)
    return found


def part_figures(name: str, evaluation: Evaluation) -> Part:
    """What an evaluation says of a part."""
    rolled = evaluation.causes
    causes = {str(cause): int(count) for cause, count in zip(rolled["cause"], rolled["failures"], strict=True)}
    return Part(part=name, pictures=evaluation.settings.pictures, figures=figures_of(evaluation), causes=causes)


def figures_of(evaluation: Evaluation) -> dict[str, Figure]:
    """An evaluation's figures with their intervals where they have one."""
    return {name: _figure(evaluation, name) for name in FIGURES}


def known(value: float | None) -> float | None:
    """A figure as a record holds it: six decimals, None for what cannot be measured."""
    return None if value is None or math.isnan(value) else round(float(value), _DIGITS)


def _figure(evaluation: Evaluation, name: str) -> Figure:
    low, high = (known(evaluation.metrics.get(f"{name}{end}")) for end in ("_low", "_high"))
    return Figure(value=known(evaluation.metrics[name]), low=low, high=high)


def _at(part: str, evaluation: Evaluation, confidence: float) -> AtConfidence:
    moved = evaluation.at(confidence=confidence)
    m = moved.metrics
    return AtConfidence(
        part=part,
        confidence=confidence,
        tp=int(m["tp"]),
        fp=int(m["fp"]),
        fn=int(m["fn"]),
        recall=_figure(moved, "recall"),
        precision=_figure(moved, "precision"),
        false_alarms_per_picture=round(m["false_alarms_per_picture"], _DIGITS),
    )


def _differences(part: str, before: Evaluation, after: Evaluation) -> list[Difference]:
    found = []
    changes = difference_of(before.drawn_shares, after.drawn_shares)
    for measure in MEASURES:
        if not any(math.isnan(end) for end in changes[measure]):
            value, low, high = (round(end, _DIGITS) for end in changes[measure])
            found.append(Difference(part=part, measure=measure, value=value, low=low, high=high))
    return found


def _too_few(part: str, evaluation: Evaluation) -> list[str]:
    """Say so where pictures that are alike had to be drawn apart."""
    images, words = evaluation.pictures, evaluation.settings.intervals
    unknown = part == "video" and images["frame_s"].isna().any() and "picture" in words
    if TOO_FEW not in words and not unknown:
        return []
    return [
        f"{part}: its {evaluation.settings.pictures} pictures are of too few videos or bursts to draw these whole, so "
        f"the intervals are by {words}; neighbours are alike, and for other videos the intervals are too narrow"
    ]


def _ledger(earlier: Evaluation, later: Evaluation) -> dict[str, dict[str, int]]:
    rows: pd.DataFrame = compare(earlier, later)
    result = {kind: dict.fromkeys(CHANGES, 0) for kind in ("miss", "false alarm")}
    for kind, change in zip(rows["kind"], rows["change"], strict=True):
        result[kind][change] += 1
    return result
