"""Two evaluations on the same test set: what was mended, what broke, what stayed wrong, and the figures' difference."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyse.evaluation import Evaluation
from workbench.analyse.figures.bootstrap import Drawn
from workbench.analyse.inputs import Flags, Ints, Objects, take
from workbench.analyse.match.matching import find_pairs, match
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.model.tables import FP

CHANGES = ("fixed", "broken", "stayed")


def compare(before: Evaluation, after: Evaluation) -> pd.DataFrame:
    """The ledger: every miss and every false alarm of either evaluation, and what became of it.

    A box is *fixed* if it was missed and is found now, *broken* the other way round, *stayed* if missed in both. A
    false alarm has *stayed* if the later detector raises one of the same class in the same place (IoU at least the
    settings' `iou`, most confident first), else it is *fixed*; one that is new is *broken*.

    Args:
        before: the earlier evaluation.
        after: the later one, on the same pictures and boxes and with the same IoU; the confidence may differ.

    Returns:
        change, kind (``miss`` or ``false alarm``), image_id, class_name, box_id, prediction_before, prediction_after,
        confidence_before, confidence_after, cause_before, cause_after; NA where a side has none.

    Raises:
        InputError: if the two did not look at the same test set with the same IoU.
    """
    check_same_test_set(before, after)
    ledger = pd.concat([_misses(before, after), _false_alarms(before, after)], ignore_index=True)
    rank = ledger["change"].map({name: i for i, name in enumerate(CHANGES)})
    return ledger.iloc[np.argsort(rank.to_numpy(dtype=np.int64), kind="stable")].reset_index(drop=True)


def metrics_difference(before: Evaluation, after: Evaluation) -> pd.DataFrame:
    """Every metric of both evaluations and the difference, with its 95 % interval by paired bootstrap.

    Both are drawn together, unit by unit (see `Settings.intervals`): what makes one video hard for both does not blur
    their difference.

    Args:
        before: the earlier evaluation.
        after: the later one.

    Returns:
        metric, before, after, difference, low, high (NaN for counts), clear (whether 0 lies outside the interval).

    Raises:
        InputError: if the two did not look at the same test set with the same IoU.
    """
    check_same_test_set(before, after)
    ends = {name: found[1:] for name, found in difference_of(before.drawn, after.drawn).items()}
    names = [name for name in before.metrics if not name.endswith(("_low", "_high"))]
    nothing = (float("nan"), float("nan"))
    table = pd.DataFrame(
        {
            "metric": pd.Series(names, dtype="str"),
            "before": [float(before.metrics[name]) for name in names],
            "after": [float(after.metrics[name]) for name in names],
        }
    )
    low, high = (np.array([ends.get(name, nothing)[side] for name in names]) for side in (0, 1))
    with np.errstate(invalid="ignore"):
        clear = (low > 0) | (high < 0)
    return table.assign(difference=table["after"] - table["before"], low=low, high=high, clear=clear)


def compare_all(evaluations: Mapping[str, Evaluation]) -> pd.DataFrame:
    """Several detectors on one frozen test set, one row each, and what each changed against the one before.

    Args:
        evaluations: by name, in the order of the loop; two at least.

    Returns:
        iteration, then for AP, AP50, recall, precision, f1 and false_alarms_per_picture the value, its ``_low`` and
        ``_high`` and its ``_change`` with ``_change_low`` and ``_change_high`` (NaN in the first row); fixed, broken,
        stayed (failures of the ledger against the one before; NA in the first row).

    Raises:
        InputError: with fewer than two, or if they did not look at the same test set with the same IoU.
    """
    names, every = list(evaluations), list(evaluations.values())
    if len(every) < 2:
        raise InputError(f"compare_all: {len(every)} evaluation given; it takes two at least")
    for other in every[1:]:
        check_same_test_set(every[0], other)
    rows: list[dict[str, Any]] = []
    for number, name in enumerate(names):
        row: dict[str, Any] = {"iteration": name}
        for metric in ("AP", "AP50", "recall", "precision", "f1", "false_alarms_per_picture"):
            here = every[number].drawn[metric]
            low, high = here.interval
            row |= {metric: float(here.value[0]), f"{metric}_low": float(low[0]), f"{metric}_high": float(high[0])}
            change = (np.nan,) * 3
            if number:
                change = difference_of(every[number - 1].drawn, {metric: here})[metric]
            row |= dict(zip((f"{metric}_change{end}" for end in ("", "_low", "_high")), change, strict=True))
        ledger = compare(every[number - 1], every[number])["change"].value_counts() if number else None
        row |= {change: pd.NA if ledger is None else int(ledger.get(change, 0)) for change in CHANGES}
        rows.append(row)
    table = pd.DataFrame(rows)
    table[list(CHANGES)] = table[list(CHANGES)].astype("Int64")
    table.attrs["settings"] = every[-1].settings.to_json_dict()
    return table


def difference_of(before: Mapping[str, Drawn], after: Mapping[str, Drawn]) -> dict[str, tuple[float, float, float]]:
    """Each of the later figures less the earlier one, and the ends of the difference's 95 % interval.

    Both were drawn together (see `workbench.analyse.figures.bootstrap`), so what makes a video hard for both detectors
    does not blur their difference.
    """
    found = {}
    for name, one in after.items():
        change = one.less(before[name])
        value, low, high = (float(end[0]) for end in (change.value, *change.interval))
        found[name] = value, low, high
    return found


def check_same_test_set(before: Evaluation, after: Evaluation) -> None:
    """Refuse two evaluations whose difference would not be the detector's.

    Raises:
        InputError: saying in which way they differ.
    """
    first, second = before._test_set, after._test_set
    if before.settings.iou != after.settings.iou:
        raise InputError(
            f"compare: one evaluation was made at IoU {before.settings.iou:g}, the other at {after.settings.iou:g}; "
            "bring both to one with .at(iou=...)"
        )
    if len(first.image_ids) != len(second.image_ids) or set(first.image_ids) != set(second.image_ids):
        missing = len(set(first.image_ids) ^ set(second.image_ids))
        raise InputError(
            f"compare: the two test sets differ in {missing} pictures ({len(first.image_ids)} before, "
            f"{len(second.image_ids)} after); evaluate both on the same frozen test set"
        )
    if not _truth(before).equals(_truth(after)):
        raise InputError(
            f"compare: the two test sets have the same pictures but other boxes ({len(first.boxes.image)} before, "
            f"{len(second.boxes.image)} after); evaluate both on the same version of the labels"
        )
    if _units(before) != _units(after):
        raise InputError(
            "compare: the two test sets put their pictures into other groups (group_id, frame_s); evaluate both on the "
            "same table of pictures"
        )


def _truth(evaluation: Evaluation) -> pd.DataFrame:
    test_set = evaluation._test_set
    boxes = test_set.boxes
    truth = pd.DataFrame(boxes.xyxy, columns=CORNERS)
    truth.insert(0, "class_name", np.array(test_set.classes, dtype=object)[boxes.label])
    truth.insert(0, "image_id", take(test_set.image_ids, boxes.image))
    truth.insert(0, "box_id", boxes.ids)
    return truth.assign(ignore=boxes.ignore).sort_values("box_id", ignore_index=True)


def _units(evaluation: Evaluation) -> dict[object, str]:
    test_set = evaluation._test_set
    return dict(zip(test_set.image_ids, test_set.units.keys[test_set.units.of_image], strict=True))


def _misses(before: Evaluation, after: Evaluation) -> pd.DataFrame:
    sides = []
    for evaluation in (before, after):
        rows = evaluation.verdicts
        rows = rows[rows["box_id"].notna() & rows["outcome"].isin(("tp", "fn"))]
        sides.append(rows.set_index("box_id"))
    first, second = sides[0], sides[1].reindex(sides[0].index)
    was, still = (side["outcome"].to_numpy() == "fn" for side in (first, second))
    failed = was | still
    first, second, was, still = first[failed], second[failed], was[failed], still[failed]
    return _ledger(first.reset_index(), second.reset_index(), was, still).assign(kind="miss")


def _false_alarms(before: Evaluation, after: Evaluation) -> pd.DataFrame:
    pictures = pd.Index(before._test_set.image_ids)
    classes = sorted(set(before.settings.classes) | set(after.settings.classes))
    old, old_row = _raised(before, pictures, classes)
    new, new_row = _raised(after, pictures, classes)
    iou = before.settings.iou
    partner = match(find_pairs(new, old, pictures=len(pictures), floor=iou), new, old, iou=iou).prediction_of
    stayed, gone = np.flatnonzero(partner >= 0), np.flatnonzero(partner < 0)
    fresh = np.setdiff1d(np.arange(len(new.image)), partner[stayed])
    first = np.concatenate([old_row[stayed], old_row[gone], np.full(len(fresh), -1)])
    second = np.concatenate([new_row[partner[stayed]], np.full(len(gone), -1), new_row[fresh]])
    left, right = _pick(before.verdicts, first), _pick(after.verdicts, second)
    for name in ("image_id", "class_name"):
        left[name] = left[name].where(first >= 0, right[name])
    return _ledger(left, right, first >= 0, second >= 0).assign(kind="false alarm")


def _raised(evaluation: Evaluation, pictures: pd.Index[Any], classes: list[str]) -> tuple[Objects, Ints]:
    """The false alarms in the order of `pictures` and by falling confidence, and their rows in the verdicts."""
    test_set, rows = evaluation._test_set, evaluation._rows
    at = np.flatnonzero(rows.outcome == FP)
    which = rows.prediction[at]
    image = pictures.get_indexer(pd.Index(test_set.image_ids))[test_set.predictions.image[which]]
    confidence = test_set.predictions.confidence[which]
    order = np.lexsort((-confidence, image))
    which, label = which[order], np.searchsorted(classes, test_set.classes) if classes else np.zeros(0, dtype=np.int64)
    raised = Objects(
        ids=test_set.predictions.ids.iloc[which],
        image=image[order],
        label=label[test_set.predictions.label[which]],
        xyxy=test_set.predictions.xyxy[which],
        confidence=confidence[order],
        ignore=np.zeros(len(which), dtype=bool),
    )
    return raised, at[order]


def _pick(rows: pd.DataFrame, positions: Ints) -> pd.DataFrame:
    columns = ("image_id", "box_id", "prediction_id", "class_name", "confidence", "cause")
    return pd.DataFrame({name: take(rows[name], positions, nullable=True) for name in columns})


def _ledger(first: pd.DataFrame, second: pd.DataFrame, was: Flags, still: Flags) -> pd.DataFrame:
    change = np.where(was & still, "stayed", np.where(was, "fixed", "broken"))
    return pd.DataFrame(
        {
            "change": pd.Series(change, dtype="str"),
            "kind": pd.Series([""] * len(change), dtype="str"),
            "image_id": first["image_id"],
            "class_name": first["class_name"],
            "box_id": first["box_id"],
            "prediction_before": first["prediction_id"],
            "prediction_after": second["prediction_id"],
            "confidence_before": first["confidence"],
            "confidence_after": second["confidence"],
            "cause_before": first["cause"],
            "cause_after": second["cause"],
        }
    )
