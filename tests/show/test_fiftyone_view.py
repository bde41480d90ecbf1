"""The FiftyOne dataset, with a real mongod."""

from __future__ import annotations

from datetime import datetime

import pandas as pd
import pytest
from bson import ObjectId

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.show.fiftyone import documents as rows
from workbench.show.fiftyone.app import fiftyone
from workbench.show.fiftyone.dataset import FALSE_ALARMS, MISSES, build_view
from workbench.show.fiftyone.dataset_content import Content

pytestmark = [pytest.mark.mongod, pytest.mark.slow]


@pytest.fixture(scope="module")
def fo(mongod):
    return fiftyone()


@pytest.fixture(scope="module")
def dataset(fo, world):
    evaluation = world.evaluate(0.5)
    made = build_view(
        "show-test",
        world.images,
        world.boxes,
        world.predictions,
        evaluation.verdicts,
        root=world.root,
        confidence=0.5,
        iteration=4,
    )
    yield made
    fo.delete_dataset("show-test")


def of(dataset, key):
    return dataset.one(dataset_field("image_id") == key)


def dataset_field(name):
    from fiftyone import ViewField

    return ViewField(name)


def test_saved_views__count_what_evaluate_counts(dataset, world):
    metrics = world.evaluate(0.5).metrics
    misses, false_alarms = dataset.load_saved_view(MISSES), dataset.load_saved_view(FALSE_ALARMS)
    assert misses.count("ground_truth.detections") == metrics["fn"] == 2
    assert false_alarms.count("predictions.detections") == metrics["fp"] == 3
    assert dataset.sum("eval_tp") == metrics["tp"]
    assert false_alarms.values("surest_false_alarm") == [0.85, 0.8]
    assert misses.values("largest_miss") == sorted(misses.values("largest_miss"), reverse=True)


def test_build_view__a_picture_nobody_labelled_has_no_ground_truth(dataset):
    assert of(dataset, "nobody")["ground_truth"] is None
    assert of(dataset, "empty")["ground_truth"].detections == []
    assert [p.outcome for p in of(dataset, "nobody")["predictions"].detections] == [None]


def test_build_view__boxes_are_relative_and_carry_their_verdict(dataset, world):
    sample = of(dataset, "a")
    found, missed = sample["ground_truth"].detections
    assert found.bounding_box == pytest.approx([40 / 320, 60 / 240, 100 / 320, 30 / 240])
    assert (found.label, found.outcome, found.eval, missed.outcome, missed.error) == (
        *("번호판", "tp", "tp", "fn", "missed"),
    )
    hit = sample["predictions"].detections[0]
    assert (found.eval_id, hit.eval_id, hit.eval_iou) == (hit.id, found.id, pytest.approx(hit.iou))
    assert hit.confidence == 0.9
    assert [p.confidence for p in sample["predictions_below"].detections] == [0.3]
    assert sample.tags == ["test", "web"]
    assert (sample["source"], sample["brightness"], sample["frame_s"]) == ("web", 0.5, None)
    assert sample.filepath == str(world.root / "a 1.jpg")


def test_build_view__ignored_ones_are_no_part_of_the_evaluation(dataset):
    sample = of(dataset, "crowd")
    assert [p.outcome for p in sample["predictions"].detections] == ["ignored", "ignored", "tp"]
    assert [p.eval for p in sample["predictions"].detections] == [None, None, "tp"]
    assert (sample["eval_tp"], sample["eval_fp"], sample["eval_fn"]) == (1, 0, 0)


def test_build_view__turned_picture_has_its_upright_size(dataset):
    sample = of(dataset, "turned")
    assert (sample.metadata.width, sample.metadata.height) == (240, 320)
    assert sample["ground_truth"].detections[0].bounding_box == pytest.approx([30 / 240, 200 / 320, 80 / 240, 30 / 320])


def test_build_view__evaluation_is_registered_as_fiftyones_own(dataset, world):
    metrics = world.evaluate(0.5).metrics
    results = dataset.load_evaluation_results("eval")
    said = results.metrics()
    assert said["precision"] == pytest.approx(metrics["precision"])
    assert said["recall"] == pytest.approx(metrics["recall"])
    info = dataset.get_evaluation_info("eval").config
    assert (info.pred_field, info.gt_field, info.iou) == ("predictions", "ground_truth", 0.5)


def test_build_view__verdicts_equal_fiftyones_own_evaluation(dataset, fo):
    """Where nothing is ignored and everything labelled, FiftyOne itself comes to the same verdicts."""
    view = dataset.match(dataset_field("image_id").is_in(["a", "turned", "empty"]))
    copy = view.clone()
    try:
        copy.evaluate_detections("predictions", gt_field="ground_truth", eval_key="own", iou=0.5)
        for field in ("ground_truth", "predictions"):
            path = f"{field}.detections"
            assert copy.values(f"{path}.own") == copy.values(f"{path}.eval")
            assert copy.values(f"{path}.own_id") == [[i or "" for i in ids] for ids in copy.values(f"{path}.eval_id")]
    finally:
        copy.delete()


def test_documents__are_what_add_samples_writes(dataset, fo):
    """Keys and types of a picture's document, against the same sample written by FiftyOne itself."""
    ours = dataset._sample_collection.find_one({"image_id": "a"})
    copy = fo.Dataset()
    try:
        copy.add_samples([dataset.one(dataset_field("image_id") == "a").copy()], dynamic=True)
        theirs = copy._sample_collection.find_one({})
    finally:
        copy.delete()

    def shape(value):
        if isinstance(value, dict):
            return {key: shape(inner) for key, inner in value.items() if inner is not None}
        return [shape(inner) for inner in value] if isinstance(value, list) else type(value)

    assert shape(ours) == shape(theirs)


def test_build_view__again_replaces_it_with_the_same_ids(fo, dataset, world):
    before = dataset.values("id"), dataset.values("ground_truth.detections.id")
    evaluation = world.evaluate(0.9)
    again = build_view(
        "show-test-2", world.images, world.boxes, world.predictions, evaluation.verdicts, root=world.root
    )
    again = build_view(
        "show-test-2", world.images, world.boxes, world.predictions, evaluation.verdicts, root=world.root
    )
    try:
        assert (again.values("id"), again.values("ground_truth.detections.id")) == before
        assert again.load_saved_view(MISSES).count("ground_truth.detections") == evaluation.metrics["fn"]
        assert fo.list_datasets().count("show-test-2") == 1
    finally:
        again.delete()


def test_build_view__leaves_other_peoples_datasets_alone(fo, world):
    theirs = fo.Dataset("somebody-elses")
    try:
        with pytest.raises(InputError, match="'somebody-elses' that the workbench did not make"):
            build_view(
                "somebody-elses",
                world.images,
                world.boxes,
                world.predictions,
                world.evaluate().verdicts,
                root=world.root,
            )
    finally:
        theirs.delete()


def test_build_view__a_failure_leaves_no_half_built_dataset(fo, world):
    before = fo.list_datasets()
    verdicts = world.evaluate().verdicts
    with pytest.raises(InputError, match="verdicts name box_id"):
        build_view("half", world.images, world.boxes.iloc[:1], world.predictions, verdicts, root=world.root)
    assert fo.list_datasets() == before


def test_build_view__no_boxes_no_predictions(fo, world):
    empty = [tables.empty(name) for name in ("boxes", "predictions", "verdicts")]
    made = build_view("nothing", world.images, *empty, root=world.root, persistent=False)
    try:
        assert made.load_saved_view(MISSES).count("ground_truth.detections") == 0
        assert len(made) == 5
    finally:
        made.delete()


def test_documents__numbered_ids_and_missing_values(world):
    images = tables.validate(
        pd.DataFrame({"image_id": [7], "path": ["x.jpg"], "width": [100], "height": [50]}), "images"
    )
    boxes = pd.DataFrame(
        {"box_id": [3], "image_id": [7], "class_name": ["p"], "xmin": 10, "ymin": 5, "xmax": 20, "ymax": 10}
    )
    verdicts = pd.DataFrame({"image_id": [7], "box_id": [3], "class_name": ["p"], "outcome": ["fn"]})
    content = Content(
        tables.validate(images, "images"),
        tables.validate(boxes, "boxes"),
        tables.empty("predictions"),
        tables.validate(verdicts, "verdicts"),
        world.root,
        0.5,
    )
    prints = content.fingerprints()
    made = rows.documents(content, dataset_id=ObjectId(), now=datetime(2026, 1, 1), prints=prints)
    (document,) = made
    (label,) = document["ground_truth"]["detections"]
    assert (document["image_id"], label["box_id"], label["eval"]) == (7, 3, "fn")
    assert label["bounding_box"] == [0.1, 0.1, 0.1, 0.1]
    assert rows.object_id("box", 3) != rows.object_id("box", "3") != rows.object_id("prediction", "3")
