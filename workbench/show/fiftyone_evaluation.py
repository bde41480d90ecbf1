"""Our verdicts as the results of an evaluation run, as `evaluate_detections` would have left them."""

from __future__ import annotations

from typing import Any

from workbench.show import fiftyone_content as contents
from workbench.show import fiftyone_rows as rows
from workbench.show.fiftyone_content import Content


def register(dataset: Any, content: Content, *, iou: float) -> None:
    """Make the run known to the dataset and save its results; FiftyOne's Model Evaluation panel shows them."""
    method = _method(iou)
    method.register_run(dataset, contents.EVAL_KEY)
    method.register_samples(dataset, contents.EVAL_KEY)
    save_results(dataset, content, iou=iou)


def save_results(dataset: Any, content: Content, *, iou: float) -> None:
    """Save the results of a run that the dataset knows already, over those that it holds."""
    method = _method(iou)
    found = [
        (m.truth, m.prediction, m.iou, m.confidence, m.truth_id, m.prediction_id)
        for m in rows.matches(content.verdicts, content.boxes, content.predictions)
    ]
    results = method.generate_results(dataset, found, eval_key=contents.EVAL_KEY)
    method.save_run_results(dataset, contents.EVAL_KEY, results)


def _method(iou: float) -> Any:
    from fiftyone.utils.eval.coco import COCOEvaluationConfig

    return COCOEvaluationConfig(contents.PREDICTIONS, contents.TRUTH, iou=iou, classwise=True, iscrowd="ignore").build()
