"""Figures of parts of a test set: by any column of pictures, boxes or predictions, and by rules."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd

from workbench.analyse.figures.bootstrap import ratio
from workbench.analyse.figures.metrics import shares_of
from workbench.analyse.inputs import Flags, Floats, Objects, TestSet
from workbench.analyse.match.matching import Matching
from workbench.analyse.why.cause_inputs import CauseInputs
from workbench.analyse.why.traits import measured
from workbench.model.errors import InputError

FEW_BOXES = 30
"""A part with fewer boxes comes with a warning."""

_NOT_OF_PICTURES = {"image_id", "path", "sha256"}


def cut(
    test_set: TestSet,
    matching: Matching,
    given: CauseInputs,
    confidence: float,
    by: Sequence[str],
    rules: Mapping[str, str] | None,
    bins: int,
) -> pd.DataFrame:
    """Cut the test set and count each part. See `Evaluation.slices`."""
    if bins < 1:
        raise InputError(f"slices: bins is {bins}; expected at least 1")
    if not by and not rules:
        raise InputError("slices: name a column (slices('source')) or a rule (rules={'near': 'height > 20'})")
    boxes, predictions = test_set.boxes, test_set.predictions
    truth = _columns(test_set, boxes, measured(given.pixels, "boxes"), np.flatnonzero(~boxes.ignore))
    alarm = np.flatnonzero((matching.box_of < 0) & (predictions.confidence >= confidence))
    alarms = _columns(test_set, predictions, measured(given.pixels, "predictions"), alarm)
    found = matching.found_at[~boxes.ignore] >= confidence
    counter = _Counter(test_set, found, ~boxes.ignore, alarm)
    rows: list[dict[str, Any]] = []
    for name in by:
        if name not in truth.columns:
            raise InputError(f"slices: there is no column {name!r}; there are {', '.join(sorted(truth.columns))}")
        rows += _by_column(name, truth, alarms, counter, bins)
    for name, rule in (rules or {}).items():
        mine = _by_rule(name, rule, truth)
        theirs = _by_rule(name, rule, alarms) if _knows(rule, alarms) else None
        rows.append(counter.row("rule", f"{name}: {rule}", mine, theirs))
    return pd.DataFrame(rows)


class _Counter:
    """Counts a part: which boxes and which false alarms belong to it is given as flags."""

    def __init__(self, test_set: TestSet, found: Flags, counted: Flags, alarm: Any) -> None:
        self.units = test_set.units
        self.box_image = test_set.boxes.image[counted]
        self.box_unit = self.units.of_image[self.box_image]
        self.alarm_unit = self.units.of_image[test_set.predictions.image[alarm]]
        self.pictures = np.bincount(self.units.of_image, minlength=len(self.units))
        self.found = found

    def row(self, by: str, name: str, boxes: Flags, alarms: Flags | None) -> dict[str, Any]:
        """Counts, shares and intervals; without `alarms` nothing is known of precision."""
        tp_of, box_of = (np.bincount(self.box_unit[w], minlength=len(self.units)) for w in (boxes & self.found, boxes))
        tp, total = int(tp_of.sum()), int(box_of.sum())
        fp_of = np.bincount(self.alarm_unit if alarms is None else self.alarm_unit[alarms], minlength=len(self.units))
        row: dict[str, Any] = {"by": by, "slice": name, "boxes": total}
        row |= {"pictures": len(np.unique(self.box_image[boxes])), "tp": tp, "fn": total - tp}
        row["fp"] = pd.NA if alarms is None else int(fp_of.sum())
        drawn = shares_of(self.units, tp_of[:, None], fp_of[:, None], box_of, self.pictures)
        for metric in ("recall", "precision", "f1"):
            value, low, high = (float(end[0]) for end in (drawn[metric].value, *drawn[metric].interval))
            known = metric == "recall" or alarms is not None
            ends = (value, low, high) if known else (float("nan"),) * 3
            row |= dict(zip((metric, f"{metric}_low", f"{metric}_high"), ends, strict=True))
        row["warning"] = f"only {total} boxes: the interval says how little that tells" if total < FEW_BOXES else ""
        return row


def _columns(test_set: TestSet, objects: Objects, pixels: dict[str, Floats] | None, rows: Any) -> pd.DataFrame:
    images = test_set.images
    of_picture = images[[name for name in images.columns if name not in _NOT_OF_PICTURES]]
    of_picture = of_picture.rename(columns={"width": "image_width", "height": "image_height"})
    frame = of_picture.iloc[objects.image[rows]].reset_index(drop=True)
    wide, high = (objects.xyxy[rows, 2:] - objects.xyxy[rows, :2]).T
    own: dict[str, Any] = {
        "class_name": np.array(test_set.classes, dtype=object)[objects.label[rows]],
        "width": wide,
        "height": high,
        "area": wide * high,
        "aspect": ratio(wide, high),
    }
    own |= {name: objects.extra[name].to_numpy()[rows] for name in objects.extra.columns}
    if pixels is not None:
        own |= {f"box_{name}": values[rows] for name, values in pixels.items()}
    result: pd.DataFrame = frame.assign(**own)
    return result


def _by_column(
    name: str, truth: pd.DataFrame, alarms: pd.DataFrame, counter: _Counter, bins: int
) -> list[dict[str, Any]]:
    mine = truth[name]
    theirs = alarms[name] if name in alarms.columns else None
    numeric = pd.api.types.is_numeric_dtype(mine.dtype) and not pd.api.types.is_bool_dtype(mine.dtype)
    rows = []
    if numeric and mine.nunique() > bins:
        edges = np.unique(np.nanquantile(mine.to_numpy(dtype=np.float64, na_value=np.nan), np.linspace(0, 1, bins + 1)))
        for low, high in itertools.pairwise(edges):
            first, last = low == edges[0], high == edges[-1]
            flags = [
                None if side is None else _between(side, -np.inf if first else low, np.inf if last else high)
                for side in (mine, theirs)
            ]
            words = f"< {high:.4g}" if first else f"≥ {low:.4g}" if last else f"{low:.4g} to {high:.4g}"
            rows.append(counter.row(name, words, flags[0], flags[1]))  # type: ignore[arg-type]
    else:
        # A value that only false alarms have is a part, too: nothing but false alarms.
        seen = pd.concat([mine, theirs]) if theirs is not None else mine
        for value in sorted(seen.dropna().unique().tolist(), key=str):
            other = None if theirs is None else (theirs == value).fillna(False).to_numpy(dtype=bool)
            rows.append(counter.row(name, str(value), (mine == value).fillna(False).to_numpy(dtype=bool), other))
    unknown = mine.isna().to_numpy(dtype=bool)
    if unknown.any():
        rows.append(counter.row(name, "not known", unknown, None))
    return rows


def _between(values: pd.Series[Any], low: float, high: float) -> Flags:
    numbers = values.to_numpy(dtype=np.float64, na_value=np.nan)
    with np.errstate(invalid="ignore"):
        return np.asarray((numbers >= low) & (numbers < high), dtype=bool)


def _by_rule(name: str, rule: str, frame: pd.DataFrame) -> Flags:
    try:
        result = frame.eval(rule) if len(frame) else np.zeros(0, dtype=bool)
    except Exception as error:  # pandas raises whatever its parser and the columns' types come to
        raise InputError(
            f"slices: the rule {name!r} ({rule}) cannot be read: {error}; "
            f"columns are {', '.join(sorted(frame.columns))}"
        ) from error
    flags = np.asarray(result)
    if flags.dtype != bool or flags.shape != (len(frame),):
        raise InputError(f"slices: the rule {name!r} ({rule}) gives no yes or no for each box; compare with < > == and")
    return flags


def _knows(rule: str, frame: pd.DataFrame) -> bool:
    """Whether false alarms have every column that the rule speaks of; an attribute of boxes they have not."""
    words = set(re.findall(r"[A-Za-z_]\w*", re.sub(r"'[^']*'|\"[^\"]*\"", "", rule)))
    return words - {"and", "or", "not", "in", "True", "False"} <= set(frame.columns)
