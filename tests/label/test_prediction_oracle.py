"""The whole way from two JSON files to AP against pycocotools, which nobody here wrote."""

from __future__ import annotations

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from workbench.api.plain_files import files

from ..depth import often

cocoeval = pytest.importorskip("pycocotools.cocoeval")

PICTURES, CLASSES = 14, (3, 7, 90)


def made_up(seed: int, key: Any, *, many: bool = False) -> tuple[dict, list[dict]]:
    """COCO truth with crowds and empty pictures, and results with many ties, neither in the order of ids."""
    rng = np.random.default_rng(seed)
    ids = [key(number) for number in rng.permutation(PICTURES).tolist()]
    images = [{"id": one, "file_name": f"p{i:02d}.jpg", "width": 200, "height": 150} for i, one in enumerate(ids)]
    annotations, results = [], []
    for one in ids:
        for _ in range(int(rng.integers(0, 7))):
            box = [*rng.integers(0, 90, 2).tolist(), *rng.integers(8, 60, 2).tolist()]
            kind = int(rng.choice(CLASSES))
            annotations.append(
                {"id": len(annotations) + 1, "image_id": one, "category_id": kind, "bbox": box, "area": box[2] * box[3]}
                | {"iscrowd": int(rng.random() < 0.15)}
            )
            for _ in range(int(rng.integers(0, 4))):
                moved = [value + int(rng.integers(-4, 5)) for value in box]
                moved = [max(0, moved[0]), max(0, moved[1]), max(1, moved[2]), max(1, moved[3])]
                guess = kind if rng.random() < 0.8 else int(rng.choice(CLASSES))
                score = int(rng.integers(1, 10)) / 10
                results.append({"image_id": one, "category_id": guess, "bbox": moved, "score": score})
        for _ in range(130 if many else 3):
            box = [*rng.integers(0, 120, 2).tolist(), *rng.integers(5, 50, 2).tolist()]
            results.append({"image_id": one, "category_id": 3, "bbox": box, "score": int(rng.integers(1, 10)) / 10})
    order = rng.permutation(len(results)).tolist()
    categories = [{"id": number, "name": f"class {number}"} for number in CLASSES]
    return {"images": images, "annotations": annotations, "categories": categories}, [results[i] for i in order]


def oracle(truth: dict, results: list[dict]) -> list[float]:
    from pycocotools.coco import COCO

    with contextlib.redirect_stdout(io.StringIO()):
        coco = COCO()
        coco.dataset = json.loads(json.dumps(truth))
        coco.createIndex()
        run = cocoeval.COCOeval(coco, coco.loadRes(json.loads(json.dumps(results))), "bbox")
        run.evaluate()
        run.accumulate()
        run.summarize()
    return run.stats[:3].tolist()


def ours(tmp_path: Path, truth: dict, predictions: Any) -> list[float]:
    (tmp_path / "gt.json").write_text(json.dumps(truth))
    (tmp_path / "r.json").write_text(json.dumps(predictions))
    held = files(labels=tmp_path / "gt.json").evaluate(tmp_path / "r.json")
    return [held.metrics[name] for name in ("AP", "AP50", "AP75")]


KEYS = {
    "numbers": lambda number: number * 13 % 101,
    "texts": lambda number: f"picture {number}",
    "numbers as text": lambda number: str(number * 5 + 1),
    "names of files": lambda number: f"cam/{number}.png",
}


@pytest.mark.parametrize("kind", KEYS)
@pytest.mark.parametrize("seed", range(often(5, 40)))
def test_ap__equals_pycocotools_from_file_to_figure(tmp_path, kind, seed):
    truth, results = made_up(seed, KEYS[kind])
    np.testing.assert_allclose(ours(tmp_path, truth, results), oracle(truth, results), rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(3))
def test_ap__more_than_100_predictions_a_picture(tmp_path, seed):
    truth, results = made_up(seed, KEYS["numbers"], many=True)
    np.testing.assert_allclose(ours(tmp_path, truth, results), oracle(truth, results), rtol=0, atol=1e-12)


@pytest.mark.parametrize("shape", ["annotations", "predictions", "own tables", "by picture", "other fields"])
def test_ap__of_predictions_in_a_dictionary(tmp_path, shape):
    truth, results = made_up(1, KEYS["numbers"])
    names = {image["id"]: image["file_name"] for image in truth["images"]}
    said = {category["id"]: category["name"] for category in truth["categories"]}
    expected = oracle(truth, results)
    if shape == "own tables":
        own = {key: number for number, key in enumerate(sorted(names), start=500)}
        content: Any = {
            "images": [{"id": own[key], "file_name": name} for key, name in names.items()],
            "categories": [{"id": 100 - number, "name": name} for number, name in said.items()],
            "annotations": [
                one | {"image_id": own[one["image_id"]], "category_id": 100 - one["category_id"]} for one in results
            ],
        }
    elif shape == "by picture":
        content = {}
        for one in results:
            content.setdefault(names[one["image_id"]], []).append(
                {key: value for key, value in one.items() if key != "image_id"}
            )
    elif shape == "other fields":
        content = {
            "predictions": [
                {
                    **dict(zip(("xmin", "ymin", "xmax", "ymax"), (x, y, x + w, y + h), strict=True)),
                    "confidence": one["score"],
                    "class_name": said[one["category_id"]],
                    "file_name": names[one["image_id"]],
                }
                for one in results
                for x, y, w, h in [one["bbox"]]
            ]
        }
    else:
        content = {shape: results}
    np.testing.assert_allclose(ours(tmp_path, truth, content), expected, rtol=0, atol=1e-12)


def test_ap__does_not_go_by_the_order_of_the_pictures(tmp_path):
    truth, results = made_up(4, KEYS["numbers"])
    turned = truth | {"images": truth["images"][::-1]}
    assert oracle(truth, results) == oracle(turned, results)
    assert ours(tmp_path, truth, results) == ours(tmp_path, turned, results)
