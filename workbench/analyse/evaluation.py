"""One evaluation: a test set looked at with one confidence and one IoU, and everything it can be asked.

`workbench.analyse.evaluate` makes one.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from workbench.analyse.figures import average_precision, metrics, slices
from workbench.analyse.figures.bootstrap import DRAWS, Drawn, effective
from workbench.analyse.figures.metrics import Tally, tally
from workbench.analyse.inputs import Inputs, Settings, TestSet, check_thresholds
from workbench.analyse.match import matching
from workbench.analyse.match import verdicts as judging
from workbench.analyse.video import video_report
from workbench.analyse.why import causes as causing
from workbench.analyse.why import failures as failing
from workbench.analyse.why.cause_inputs import CauseInputs
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.model.tables import FN, FP, TP
from workbench.model.wording import as_html, counted

_COUNTED = {"tp": "hits", "fp": "false alarms", "fn": "misses"}


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Answers about one set of predictions, at one confidence and IoU. Make one with `evaluate`, move it with `at`.

    Attributes:
        settings: what the figures depend on.
        inputs: what was evaluated.
    """

    settings: Settings
    inputs: Inputs = field(repr=False)
    _test_set: TestSet = field(repr=False)
    _pairs: matching.Pairs = field(repr=False)
    _ap: average_precision.AveragePrecision = field(repr=False)
    _matching: matching.Matching = field(repr=False)
    _errors: judging.Errors = field(repr=False)
    _given: CauseInputs = field(repr=False)

    def __repr__(self) -> str:
        return "\n  ".join(self._in_words)

    def _repr_html_(self) -> str:
        return as_html(self._in_words)

    @property
    def _in_words(self) -> tuple[str, ...]:
        m, at = self.metrics, self.settings
        shares = []
        for name, words in (("precision", "precision"), ("recall", "recall"), ("f1", "F1")):
            low, high = m[f"{name}_low"], m[f"{name}_high"]
            ends = "no interval: too little to go by" if math.isnan(low) else f"95 %: {low:.2f} to {high:.2f}"
            shares.append(f"{words} {m[name]:.2f} ({ends})")
        return (
            f"Evaluation of {at.pictures} pictures at confidence {at.confidence:g}, IoU {at.iou:g}",
            ", ".join(counted(int(m[key]), what) for key, what in _COUNTED.items()),
            ", ".join(shares),
            f"AP {m['AP']:.3f}, AP50 {m['AP50']:.3f} (over all confidences); intervals by {at.intervals}",
            *(f"Note: {said}" for said in at.remarks),
        )

    @property
    def pictures(self) -> pd.DataFrame:
        """The rows of `images` that were evaluated: those that somebody has labelled."""
        return self._test_set.images

    @cached_property
    def metrics(self) -> dict[str, float]:
        """AP, AP50, AP75; precision, recall, f1 and false_alarms_per_picture, each with its 95 % interval; counts.

        The intervals respect groups (see `Settings.intervals`). NaN where there is nothing to measure: AP without
        boxes, precision without predictions. For intervals of AP see `intervals`.
        """
        at = self.settings.confidence
        return metrics.summary(self._test_set, self._matching, self._tally, self._ap, self.drawn_shares, at)

    @cached_property
    def verdicts(self) -> pd.DataFrame:
        """What became of every prediction at or above the confidence and of every box, as the table ``verdicts``.

        Picture by picture in the order of `images`: the predictions by falling confidence, then the boxes they left.
        The settings travel in ``verdicts.attrs["settings"]``.
        """
        table = judging.table(
            self._rows, self._test_set, self._matching, self._errors, self._causes, self.settings.confidence
        )
        return self._with_settings(table)

    def at(self, *, confidence: float | None = None, iou: float | None = None) -> Evaluation:
        """The same predictions looked at with another confidence or IoU.

        Raises:
            InputError: if one of them is out of range.
        """
        confidence = self.settings.confidence if confidence is None else confidence
        iou = self.settings.iou if iou is None else iou
        check_thresholds(confidence, iou)
        moved = replace(self, settings=replace(self.settings, confidence=float(confidence), iou=float(iou)))
        if iou != self.settings.iou:
            return moved._matched_again()
        # What no confidence changes is counted once.
        moved.__dict__["_tally"] = self._tally
        if "_drawn_ap" in self.__dict__:
            moved.__dict__["_drawn_ap"] = self._drawn_ap
        return moved

    @cached_property
    def sweep(self) -> pd.DataFrame:
        """Counts, shares and their intervals at every confidence from 0.01 to 0.99, one row each.

        Returns:
            confidence, tp, fp, fn, precision, recall, f1, false_alarms_per_picture, and of each ``_low`` and ``_high``.
        """
        return self._with_settings(metrics.sweep(self._tally))

    def operating_points(self, *, false_alarms_per_picture: float = 0.01) -> pd.DataFrame:
        """The confidences worth a look: the one asked for, best F1, most recall with few false alarms, the story's.

        Args:
            false_alarms_per_picture: how many are allowed at the third of them; 0.01 is one in 100 pictures.

        Returns:
            point (its name) and the columns of `sweep`.

        Raises:
            InputError: if the number allowed is negative.
        """
        if not false_alarms_per_picture >= 0:
            raise InputError(f"false_alarms_per_picture is {false_alarms_per_picture}; expected 0 or more")
        return self._with_settings(
            metrics.points(
                self._tally, asked=self.settings.confidence, false_alarms_per_picture=false_alarms_per_picture
            )
        )

    @cached_property
    def intervals(self) -> pd.DataFrame:
        """Every figure with its 95 % interval by bootstrap over the units of the settings, AP among them.

        Returns:
            metric (AP, AP50, AP75, precision, recall, f1, false_alarms_per_picture), value, low, high, draws, unit.
        """
        drawn = self.drawn
        return self._with_settings(
            pd.DataFrame(
                {
                    "metric": pd.Series(list(drawn), dtype="str"),
                    "value": [float(one.value[0]) for one in drawn.values()],
                    "low": [float(one.interval[0][0]) for one in drawn.values()],
                    "high": [float(one.interval[1][0]) for one in drawn.values()],
                    "draws": DRAWS,
                    "unit": self.settings.intervals,
                }
            )
        )

    @cached_property
    def drawn_shares(self) -> dict[str, Drawn]:
        """Precision, recall, f1 and false_alarms_per_picture in every draw of the bootstrap."""
        return self._tally.drawn_at(self.settings.confidence)

    @cached_property
    def drawn(self) -> dict[str, Drawn]:
        """The same of AP, AP50 and AP75 as well, which takes longer; what no confidence changes is drawn once."""
        return {**self._drawn_ap, **self.drawn_shares}

    def drawn_part(self, rows: npt.NDArray[np.bool_], pictures: npt.NDArray[np.bool_]) -> dict[str, Drawn]:
        """`drawn_shares` of a part of the test, in the same draws of the same units.

        Args:
            rows: the verdicts that belong to it, shape (verdicts,).
            pictures: the pictures among which they lie, shape (`pictures`,).
        """
        verdicts, test_set, units = self._rows, self._test_set, self._test_set.units
        image = np.full(len(rows), -1, dtype=np.int64)
        alarm = verdicts.prediction >= 0
        image[alarm] = test_set.predictions.image[verdicts.prediction[alarm]]
        image[~alarm] = test_set.boxes.image[verdicts.box[~alarm]]
        tp, fp, fn = (
            np.bincount(units.of_image[image[rows & (verdicts.outcome == kind)]], minlength=len(units))
            for kind in (TP, FP, FN)
        )
        among = np.bincount(units.of_image[pictures], minlength=len(units))
        return metrics.shares_of(units, tp[:, None], fp[:, None], tp + fn, among)

    def curve(self) -> pd.DataFrame:
        """`sweep` without intervals, which is counting only."""
        return self._with_settings(metrics.sweep(self._tally, intervals=False))

    @cached_property
    def tide(self) -> pd.DataFrame:
        """TIDE's table over all predictions, whatever the confidence: error, count, ap_gain if it were mended."""
        return self._with_settings(average_precision.tide(self._test_set, self.settings.iou))

    def calibration(self, *, bins: int = 10) -> pd.DataFrame:
        """How often predictions of a confidence are right, over all predictions.

        Returns:
            confidence_low, confidence_high, predictions, mean_confidence, precision; the expected calibration error
            stands in ``attrs["expected_calibration_error"]``.

        Raises:
            InputError: if `bins` is below 1.
        """
        if bins < 1:
            raise InputError(f"bins is {bins}; expected at least 1")
        return self._with_settings(average_precision.calibration(self._test_set, self.settings.iou, bins=bins))

    @cached_property
    def per_class(self) -> pd.DataFrame:
        """One row a class: boxes, predictions, AP, AP50, AP75, counts and shares at this confidence."""
        return self._with_settings(
            metrics.per_class(self._test_set, self._matching, self._ap, self.settings.confidence)
        )

    @cached_property
    def confusion(self) -> pd.DataFrame:
        """Which class was taken for which at this confidence; see `analyse.confusion.table`.

        Returns:
            A row for each class that is there and one for nothing, a column for each class said and one for missed; a
            row adds up to the boxes of the class, a column to its predictions.
        """
        return self._with_settings(
            judging.confusion(self._rows, self._test_set, self._matching, self._errors, self.settings.confidence)
        )

    def slices(self, *by: str, rules: dict[str, str] | None = None, bins: int = 4) -> pd.DataFrame:
        """Figures of parts of the test set, with intervals and a warning where a part is small.

        Args:
            by: columns of images, boxes or predictions to part by; a column of numbers is cut into `bins` parts of
                equal size. Always there: ``width``, ``height``, ``area``, ``aspect`` of the box in pixels, and what the
                pixels say (``brightness``, ``blur``, …) where they were read.
            rules: parts by rule, such as ``{"near": "height > 20"}``; pandas' query language.
            bins: parts of a column of numbers.

        Returns:
            by, slice, boxes, pictures, tp, fn, fp, recall, precision, f1, each with ``_low`` and ``_high``, warning.

        Raises:
            InputError: for an unknown column or a rule that cannot be read.
        """
        table = slices.cut(self._test_set, self._matching, self._given, self.settings.confidence, by, rules, bins)
        return self._with_settings(table)

    def video_report(self, *, frames_per_second: float | None = None) -> video_report.VideoReport:
        """How it does on video: recall a frame and a plate, flicker, false alarms a minute. See `video.report`.

        Args:
            frames_per_second: of the detector, to compare with the video's own rate.

        Raises:
            InputError: if no picture carries a moment (``frame_s``).
        """
        return video_report.report(self, frames_per_second=frames_per_second)

    @cached_property
    def failures(self) -> pd.DataFrame:
        """The verdicts that are false alarms or misses, with the evidence for their cause and what to do about it.

        Adds to the verdicts: evidence, action, also, other_box_id, other_prediction_id, look_alikes, and where it is in
        pixels: xmin, ymin, xmax, ymax of the prediction of a false alarm, of the box of a miss.
        """
        case = failing.Case(
            self._rows,
            self._test_set,
            self._matching,
            self._errors,
            self._suggestions,
            self._given,
            self._causes,
        )
        rows, boxes, predictions = self._rows, self._test_set.boxes, self._test_set.predictions
        failed = np.flatnonzero((rows.outcome == FP) | (rows.outcome == FN))
        alarm, corners = rows.outcome[failed] == FP, np.zeros((len(failed), 4))
        corners[alarm] = predictions.xyxy[rows.prediction[failed[alarm]]]
        corners[~alarm] = boxes.xyxy[rows.box[failed[~alarm]]]
        found = failing.failures(self.verdicts, case)
        return self._with_settings(found.assign(**dict(zip(CORNERS, corners.T, strict=True))))

    @cached_property
    def looks(self) -> npt.NDArray[np.float32]:
        """What each failure looks like: gradients of its box, in the order of `failures`, shape (failures, d).

        Two that look alike have vectors of unit length that are near; zero where the picture was not read, or where the
        prediction is so little confident that it was not looked at.
        """
        rows, pixels = self._rows, self._given.pixels
        failed = np.flatnonzero((rows.outcome == FP) | (rows.outcome == FN))
        if pixels is None:
            return np.zeros((len(failed), 0), dtype=np.float32)
        alarm = rows.prediction[failed] >= 0
        looks = np.zeros((len(failed), pixels.box_looks.shape[1]), dtype=np.float32)
        looks[alarm] = pixels.prediction_looks[rows.prediction[failed[alarm]]]
        looks[~alarm] = pixels.box_looks[rows.box[failed[~alarm]]]
        return looks

    @cached_property
    def causes(self) -> pd.DataFrame:
        """Failures by cause, most frequent first.

        Returns:
            cause, failures, misses, false_alarms, confirmed, share, recall_gain, precision_gain, f1_gain, kind, action,
            example (a picture's id). A gain is what the figure would gain if this cause alone were mended.
        """
        return self._with_settings(failing.roll_up(self._rows, self._test_set, self._causes))

    @cached_property
    def next_steps(self) -> pd.DataFrame:
        """What to do next: `causes` with ``ap_gain`` (AP at the settings' IoU), the largest gain in F1 first."""
        table = failing.ap_gain(self.causes, self._rows, self._test_set, self._causes, self._matching)
        return self._with_settings(table)

    def to_json_dict(self) -> dict[str, Any]:
        """Metrics and settings as JSON can hold them: what is not a number becomes ``None``."""
        known = {k: None if isinstance(v, float) and math.isnan(v) else v for k, v in self.metrics.items()}
        return {"metrics": known, "settings": self.settings.to_json_dict()}

    @cached_property
    def _rows(self) -> judging.Rows:
        return judging.lay_out(self._test_set, self._matching, self.settings.confidence)

    @cached_property
    def _tally(self) -> Tally:
        return tally(self._test_set, self._matching)

    @cached_property
    def _drawn_ap(self) -> dict[str, Drawn]:
        test_set = self._test_set
        per_iou = []
        for iou in average_precision.IOUS:
            matched = matching.match(self._pairs_for(iou), test_set.predictions, test_set.boxes, iou=float(iou))
            per_iou.append(average_precision.drawn(test_set, average_precision.rank(test_set, matched)))
        every = np.stack(per_iou, axis=1)
        figures = {"AP": every.mean(axis=1), "AP50": every[:, 0], "AP75": every[:, 5]}
        count = effective(self._tally.boxes)[None]
        return {
            name: Drawn(np.concatenate([[self.metrics[name]], values])[:, None], count, "share")
            for name, values in figures.items()
        }

    @cached_property
    def _suggestions(self) -> causing.Suggestions:
        return causing.suggest(
            self._test_set, self._matching, self._errors, self._given, confidence=self.settings.confidence
        )

    @cached_property
    def _causes(self) -> failing.Causes:
        return failing.settle(self._rows, self._test_set, self._suggestions, self.inputs.confirmed)

    def _with_settings(self, table: pd.DataFrame) -> pd.DataFrame:
        table.attrs["settings"] = self.settings.to_json_dict()
        return table

    def _pairs_for(self, iou: float) -> matching.Pairs:
        return self._pairs if iou >= self._pairs.floor else matching.pairs_of(self._test_set, iou)

    def _matched_again(self) -> Evaluation:
        test_set, iou = self._test_set, self.settings.iou
        pairs = self._pairs_for(iou)
        matched = matching.match(pairs, test_set.predictions, test_set.boxes, iou=iou)
        return replace(self, _pairs=pairs, _matching=matched, _errors=judging.classify(pairs, matched, test_set.boxes))
