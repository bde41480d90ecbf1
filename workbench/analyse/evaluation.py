"""One evaluation: a test set looked at with one confidence and one IoU, and everything it can be asked."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass, field, replace
from functools import cached_property
from typing import Any

import pandas as pd

from workbench.analyse import causes as causing
from workbench.analyse import errors, evidence, hotcoco_adapter, matching, metrics, overlap, testset
from workbench.analyse import verdicts as judging
from workbench.errors import InputError


@dataclass(frozen=True)
class Settings:
    """What the figures of an evaluation depend on; it travels with them.

    Attributes:
        confidence: predictions from here on count (AP looks at all of them).
        iou: least IoU of a match, for verdicts, precision and recall (AP: 0.50 to 0.95).
        matching: the rule by which predictions find their boxes.
        background_iou: at most this IoU with every box makes a false alarm a background error (TIDE).
        max_detections: predictions per picture and class that AP looks at.
        pictures: number of pictures evaluated.
        unlabelled_left_out: pictures left out, with all their predictions, because nobody has labelled them.
        classes: every class that boxes or predictions have.
        unknown_classes: those that only predictions have; all of them are false alarms, AP leaves them out.
        hotcoco: version of the package that computed AP.
    """

    confidence: float
    iou: float
    matching: str
    background_iou: float
    max_detections: int
    pictures: int
    unlabelled_left_out: int
    classes: tuple[str, ...]
    unknown_classes: tuple[str, ...]
    hotcoco: str


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Answers about one set of predictions, at one confidence and IoU. Make one with `evaluate`, move it with `at`."""

    settings: Settings
    _test_set: testset.TestSet = field(repr=False)
    _pairs: overlap.Pairs = field(repr=False)
    _ap: hotcoco_adapter.AveragePrecision = field(repr=False)
    _matching: matching.Matching = field(repr=False)
    _errors: errors.Errors = field(repr=False)

    def __repr__(self) -> str:
        m, at = self.metrics, self.settings
        shares = (
            f"{name} {m[name]:.2f} (95 %: {m[f'{name}_low']:.2f} to {m[f'{name}_high']:.2f})"
            for name in ("precision", "recall")
        )
        return (
            f"Evaluation of {at.pictures} pictures at confidence {at.confidence:g}, IoU {at.iou:g}\n"
            f"  {m['tp']:.0f} hits, {m['fp']:.0f} false alarms, {m['fn']:.0f} misses\n"
            f"  {', '.join(shares)}, F1 {m['f1']:.2f}\n"
            f"  AP {m['AP']:.3f}, AP50 {m['AP50']:.3f} (over all confidences)"
        )

    @cached_property
    def metrics(self) -> dict[str, float]:
        """AP, AP50, AP75, precision, recall (each with its 95 % Wilson interval), f1 and the counts behind them.

        NaN where there is nothing to measure: AP without boxes, precision without predictions.
        """
        return metrics.summary(self._test_set, self._matching, self._ap, self.settings.confidence)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """What became of every prediction at or above the confidence and of every box, as the table ``verdicts``.

        Picture by picture in the order of `images`: the predictions by falling confidence, then the boxes they left.
        """
        return judging.table(
            self._rows, self._test_set, self._matching, self._errors, self._suggestions, self.settings.confidence
        )

    def at(self, *, confidence: float | None = None, iou: float | None = None) -> Evaluation:
        """The same predictions looked at with another confidence or IoU.

        Raises:
            InputError: if one of them is out of range.
        """
        confidence = self.settings.confidence if confidence is None else confidence
        iou = self.settings.iou if iou is None else iou
        check_thresholds(confidence, iou)
        moved = replace(self, settings=replace(self.settings, confidence=float(confidence), iou=float(iou)))
        return moved if iou == self.settings.iou else moved._matched_again()

    def sweep(self) -> pd.DataFrame:
        """Counts and shares at every confidence from 0.01 to 0.99, one row each.

        Returns:
            confidence, tp, fp, fn, precision, recall, f1, false_alarms_per_picture.
        """
        return metrics.count(self._test_set, self._matching, metrics.SWEEP)

    def per_class(self) -> pd.DataFrame:
        """One row a class: boxes, predictions, AP, AP50, AP75, counts and shares at this confidence."""
        return metrics.per_class(self._test_set, self._matching, self._ap, self.settings.confidence)

    def failures(self) -> pd.DataFrame:
        """The verdicts that are false alarms or misses, with the evidence for their cause and what to do about it.

        Adds to the verdicts: evidence, action, also, other_box_id, other_prediction_id.
        """
        return evidence.failures(
            self.verdicts, self._rows, self._test_set, self._matching, self._errors, self._suggestions
        )

    def causes(self) -> pd.DataFrame:
        """Failures by suggested cause, most frequent first.

        Returns:
            cause, failures, misses, false_alarms, share, action, example (a picture's id).
        """
        return evidence.roll_up(self._rows, self._test_set, self._suggestions)

    def to_json_dict(self) -> dict[str, Any]:
        """Metrics and settings as JSON can hold them: what is not a number becomes ``None``."""
        known = {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in self.metrics.items()}
        settings = {k: list(v) if isinstance(v, tuple) else v for k, v in asdict(self.settings).items()}
        return {"metrics": known, "settings": settings}

    @cached_property
    def _rows(self) -> judging.Rows:
        return judging.lay_out(self._test_set, self._matching, self.settings.confidence)

    @cached_property
    def _suggestions(self) -> causing.Suggestions:
        return causing.suggest(self._test_set, self._matching, self._errors, confidence=self.settings.confidence)

    def _matched_again(self) -> Evaluation:
        test_set, iou = self._test_set, self.settings.iou
        pairs = self._pairs if iou >= self._pairs.floor else _pairs(test_set, iou)
        matched = matching.match(pairs, test_set.predictions, test_set.boxes, iou=iou)
        return replace(self, _pairs=pairs, _matching=matched, _errors=errors.classify(pairs, matched, test_set.boxes))


def evaluate(
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    confidence: float = 0.5,
    iou: float = 0.5,
) -> Evaluation:
    """Compare predictions with ground truth.

    Pictures with label_status `unlabelled` or `returned` are left out, and so are their predictions; `empty` ones
    count, and whatever is predicted there is a false alarm. Boxes marked `ignore` count neither for nor against.

    Args:
        images: table ``images``; image_id is enough.
        boxes: table ``boxes``, the ground truth.
        predictions: table ``predictions``, stored down to a low confidence, so that AP and `Evaluation.at` see all.
        confidence: predictions from here on count for everything but AP; 0 to 1.
        iou: least IoU of a match; above 0, at most 1.

    Raises:
        TableError: if a table breaks its rules, or boxes or predictions name a picture that `images` does not hold.
        InputError: if no picture is labelled, or confidence or iou is out of range.
    """
    check_thresholds(confidence, iou)
    test_set = testset.build(images, boxes, predictions)
    pairs = _pairs(test_set, iou)
    matched = matching.match(pairs, test_set.predictions, test_set.boxes, iou=iou)
    ap = hotcoco_adapter.average_precision(test_set)
    settings = Settings(
        confidence=float(confidence),
        iou=float(iou),
        matching=matching.RULE,
        background_iou=errors.BACKGROUND_IOU,
        max_detections=hotcoco_adapter.MAX_DETECTIONS,
        pictures=len(test_set.image_ids),
        unlabelled_left_out=test_set.left_out,
        classes=test_set.classes,
        unknown_classes=test_set.unknown_classes,
        hotcoco=ap.version,
    )
    return Evaluation(settings, test_set, pairs, ap, matched, errors.classify(pairs, matched, test_set.boxes))


def check_thresholds(confidence: float, iou: float) -> None:
    """Refuse a confidence outside 0 to 1 and an IoU outside 0 (excluded) to 1.

    Raises:
        InputError: naming the value.
    """
    if not 0 <= confidence <= 1:
        raise InputError(f"evaluate: confidence is {confidence}; expected 0 to 1")
    if not 0 < iou <= 1:
        raise InputError(f"evaluate: iou is {iou}; expected above 0 and at most 1")


def _pairs(test_set: testset.TestSet, iou: float) -> overlap.Pairs:
    return overlap.find_pairs(
        test_set.predictions,
        test_set.boxes,
        pictures=len(test_set.image_ids),
        floor=min(iou, errors.BACKGROUND_IOU),
    )
