"""Our verdicts as the results of one of FiftyOne's own evaluations, for its Model Evaluation panel."""

from __future__ import annotations

import json
from typing import Any

import pandas as pd

from workbench.show.fiftyone import dataset_content as content
from workbench.show.fiftyone.documents import matches


def _method(iou: float) -> Any:
    from fiftyone.utils.eval.coco import COCOEvaluationConfig

    return COCOEvaluationConfig(content.PREDICTIONS, content.TRUTH, iou=iou, classwise=True, iscrowd="ignore").build()


def register_results(dataset: Any, verdicts: pd.DataFrame, *, iou: float) -> None:
    """Leave our verdicts as the results of an evaluation run, as `evaluate_detections` would have."""
    method = _method(iou)
    method.register_run(dataset, content.EVAL_KEY)
    method.register_samples(dataset, content.EVAL_KEY)
    save_results(dataset, verdicts, iou=iou)


def save_results(dataset: Any, verdicts: pd.DataFrame, *, iou: float) -> None:
    """Put the verdicts in the place of the results that are there."""
    method = _method(iou)
    results = method.generate_results(dataset, matches(verdicts), eval_key=content.EVAL_KEY)
    # As `save_run_results` does it, but that looks at each of a million values for one that JSON does not know.
    run = method._get_run_doc(dataset, content.EVAL_KEY)
    if run.results:
        run.results.delete()
    run.results.put(json.dumps(results.serialize()).encode(), content_type="application/json")
    run.results_meta = dict(results.get_meta() or {})
    getattr(dataset, method._results_cache_field())[content.EVAL_KEY] = results
    run.save()
