"""Make an evaluation: three tables and where the pictures lie in, everything that matching says out."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd

from workbench.analyse.evaluation import Evaluation
from workbench.analyse.figures import average_precision
from workbench.analyse.inputs import Inputs, Settings, build, check_thresholds
from workbench.analyse.match import matching, verdicts
from workbench.analyse.remarks import predictions_left_out, remarks_of
from workbench.analyse.why import failures
from workbench.analyse.why.cause_inputs import CauseInputs


def evaluate(
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    confidence: float = 0.5,
    iou: float = 0.5,
    pictures: str | Path | None = None,
    training: tuple[pd.DataFrame, pd.DataFrame] | None = None,
    training_pictures: str | Path | None = None,
    name: str = "tables",
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
        pictures: the folder that the images' paths start from. With it, causes look at the pixels (blur, light, look-
            alikes); they are read when causes are first asked for.
        training: `images` and `boxes` that the detector was trained on; with them, causes know what training lacked.
        training_pictures: their folder; by default `pictures`.
        name: what to call it where it is shown.

    Raises:
        TableError: if a table breaks its rules, or boxes or predictions name a picture that `images` does not hold.
        InputError: if no picture is labelled, or confidence or iou is out of range.
    """
    roots = (None if folder is None else Path(folder) for folder in (pictures, training_pictures))
    return evaluate_inputs(
        Inputs(name, images, boxes, predictions, next(roots), training, next(roots)),
        confidence=confidence,
        iou=iou,
    )


def evaluate_inputs(inputs: Inputs, *, confidence: float = 0.5, iou: float = 0.5) -> Evaluation:
    """`evaluate`, with all that it takes in one piece."""
    check_thresholds(confidence, iou)
    test_set = build(inputs.images, inputs.boxes, inputs.predictions, unreadable=inputs.left_out.unreadable)
    given = CauseInputs(
        test_set, pictures=inputs.root, training=inputs.training, training_pictures=inputs.training_root
    )
    known = {"tables": True, "pixels": inputs.root is not None, "training": inputs.training is not None}
    pairs = matching.pairs_of(test_set, iou)
    matched = matching.match(pairs, test_set.predictions, test_set.boxes, iou=iou)
    ap = average_precision.average_precision(test_set)
    settings = Settings(
        confidence=float(confidence),
        iou=float(iou),
        matching=matching.RULE,
        background_iou=matching.BACKGROUND_IOU,
        max_detections=average_precision.MAX_DETECTIONS,
        pictures=len(test_set.image_ids),
        unlabelled_left_out=test_set.left_out,
        classes=test_set.classes,
        unknown_classes=test_set.unknown_classes,
        intervals=test_set.units.words,
        causes_from=", ".join(name for name, is_known in known.items() if is_known),
        hotcoco=ap.version,
        unreadable_left_out=test_set.unreadable,
        elsewhere_left_out=inputs.left_out.elsewhere,
        predictions_left_out=predictions_left_out(inputs, test_set),
        pictures_with_predictions=len(np.unique(test_set.predictions.image)),
        difficult=inputs.difficult,
        remarks=remarks_of(inputs, test_set),
        predictions_read_as=inputs.read_as,
    )
    wrong = verdicts.classify(pairs, matched, test_set.boxes)
    return Evaluation(settings, inputs, test_set, pairs, ap, matched, wrong, given)


def judge(
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    predictions: pd.DataFrame,
    *,
    confidence: float = 0.5,
    iou: float = 0.5,
    checked: bool = False,
) -> pd.DataFrame:
    """The verdicts that `evaluate` comes to, without causes and so without a look at the pictures.

    What it says of a picture depends on the boxes and predictions of this picture alone.

    Args:
        images: table ``images``; image_id is enough.
        boxes: table ``boxes``, the ground truth.
        predictions: table ``predictions``; those below the confidence may be left out.
        confidence: predictions from here on count.
        iou: least IoU of a match; above 0, at most 1.
        checked: the tables are validated already, and belong together.

    Raises:
        TableError: if a table breaks its rules, or boxes or predictions name a picture that `images` does not hold.
        InputError: if no picture is labelled, or confidence or iou is out of range.
    """
    check_thresholds(confidence, iou)
    test_set = build(images, boxes, predictions, checked=checked)
    pairs = matching.pairs_of(test_set, iou)
    matched = matching.match(pairs, test_set.predictions, test_set.boxes, iou=iou)
    rows = verdicts.lay_out(test_set, matched, confidence)
    count = len(rows.outcome)
    unknown = failures.Causes(np.full(count, -1, dtype=np.int64), (), np.zeros(count, dtype=bool))
    return verdicts.table(
        rows, test_set, matched, verdicts.classify(pairs, matched, test_set.boxes), unknown, confidence
    )
