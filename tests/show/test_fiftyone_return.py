"""What is done in FiftyOne comes back into the project, with a real mongod, and the App's own side of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from workbench.api.project import Project
from workbench.model.errors import InputError
from workbench.show.fiftyone import edits_back, live, saved_views
from workbench.show.fiftyone.app import fiftyone

from .looked import Looked

pytestmark = [pytest.mark.mongod, pytest.mark.slow]


@pytest.fixture(scope="module")
def fo(mongod):
    return fiftyone()


@pytest.fixture
def home(world, tmp_path) -> Project:
    project = Project.create(tmp_path / "plates", classes=["번호판"])
    extra = {"split": "test", "sha256": world.images["image_id"], "group_id": world.images["image_id"]}
    project.folder.store.add_images(world.images.assign(**extra), world.boxes)
    return project


def show(home, world, **options):
    subject = Looked("return-test", home.images, home.boxes, world.predictions, world.root)
    return subject.fiftyone(store=home.folder.store, **options)


@pytest.fixture
def dataset(fo, home, world):
    yield show(home, world)
    fo.delete_dataset("return-test")


def ids(dataset, view: str, field: str) -> list[str]:
    return dataset.load_saved_view(view).values(f"{field}.detections.id", unwind=True)


def test_mark_labels__all_at_once_are_in_the_store_and_on_the_labels(dataset, home, world):
    misses, alarms = ids(dataset, "misses", "ground_truth"), ids(dataset, "false alarms", "predictions")
    assert edits_back.mark_labels(dataset, [*misses, *alarms], "relabel", who="ann") == 5
    queue = home.relabel_queue
    assert (len(queue), set(queue["who"]), queue["box_id"].notna().sum()) == (5, {"ann"}, 2)
    assert sorted(ids(dataset, saved_views.RELABEL, "ground_truth")) == sorted(misses)
    edits_back.mark_labels(dataset, misses[:1], "cause", "mud")
    edits_back.mark_labels(dataset, misses[:1], "note", "ask")
    marked = show(home, world).load_saved_view(saved_views.RELABEL)
    assert sorted(filter(None, marked.values("ground_truth.detections.note", unwind=True))) == ["ask"]
    assert "mud" in marked.values("ground_truth.detections.cause", unwind=True)
    assert sorted(marked.values("predictions.detections.id", unwind=True)) == sorted(alarms)


def test_mark_labels__refuses_what_is_not_there(dataset, fo, world):
    with pytest.raises(InputError, match="none of the labels chosen"):
        edits_back.mark_labels(dataset, ["0" * 24], "relabel")
    alone = Looked("alone", world.images, world.boxes, world.predictions, world.root).fiftyone()
    try:
        with pytest.raises(InputError, match="not made from a project"):
            edits_back.mark_labels(alone, ids(alone, "misses", "ground_truth"), "relabel")
    finally:
        alone.delete()


def test_accept_predictions__become_boxes_with_their_author(dataset, home, world):
    alarms = ids(dataset, "false alarms", "predictions")
    assert edits_back.accept_predictions(dataset, alarms[:1], who="ann") == 1
    boxes = home.boxes
    (new,) = boxes[boxes["labeller"] == "ann"].to_dict("records")
    assert (new["image_id"], new["xmin"], new["ymax"]) == ("empty", pytest.approx(200), pytest.approx(50))
    with pytest.raises(InputError, match="boxes already"):  # Two clicks add no second box.
        edits_back.accept_predictions(dataset, alarms[:1], who="ann")
    assert home.boxes.equals(boxes)
    assert len(ids(show(home, world), "false alarms", "predictions")) == len(alarms) - 1
    with pytest.raises(InputError, match="none of the labels chosen is a prediction"):
        edits_back.accept_predictions(dataset, ids(dataset, "misses", "ground_truth"))


def test_take_edits__moved_drawn_and_removed_boxes_come_back(dataset, fo, home, world):
    before = home.boxes
    assert len(edits_back.take_edits(dataset)) == 0
    sample = dataset.one(fo.ViewField("image_id") == "a")
    first, second = sample["ground_truth"].detections
    first.bounding_box = [0.25, *first.bounding_box[1:]]
    drawn = fo.Detection(label="번호판", bounding_box=[0.5, 0.5, 0.1, 0.1])
    sample["ground_truth"].detections = [first, drawn]
    sample.save()
    edits = edits_back.take_edits(dataset, who="ann")
    assert edits.to_dict("records") == [{"image_id": "a", "taken": True, "boxes": 2}]
    after = home.boxes
    mine = after[after["image_id"] == "a"]
    assert mine["xmin"].tolist() == pytest.approx([80, 160])
    assert mine["labeller"].tolist() == ["ann", "ann"]
    assert first["box_id"] in set(mine["box_id"])
    assert second["box_id"] not in set(after["box_id"])
    others = before["image_id"] != "a"
    assert after[after["image_id"] != "a"].reset_index(drop=True).equals(before[others].reset_index(drop=True))


def test_take_edits__a_class_that_the_project_lacks_is_refused_and_nothing_taken(dataset, fo, home, world):
    before, classes = home.boxes, home.classes
    sample = dataset.one(fo.ViewField("image_id") == "a")
    for detection in sample["ground_truth"].detections:
        detection.label = "plat"
    sample.save()
    with pytest.raises(InputError, match="the project has no class 'plat'"):
        edits_back.take_edits(dataset)
    assert home.classes == classes
    assert home.boxes.equals(before)


def test_take_edits__leaves_alone_what_was_edited_elsewhere(dataset, fo, home):
    boxes = home.boxes
    home.folder.store.set_boxes("a", boxes[boxes["image_id"] == "a"].assign(ymax=185.0))
    edits = edits_back.take_edits(dataset)
    assert edits.to_dict("records") == [{"image_id": "a", "taken": False, "boxes": 2}]
    assert set(home.boxes.loc[home.boxes["image_id"] == "a", "ymax"]) == {185.0}


def test_live__another_confidence_from_the_dataset_is_what_evaluate_says(dataset, home, world):
    subject = Looked("return-test", home.images, home.boxes, world.predictions, world.root)
    for confidence in (0.2, 0.5, 0.8):
        ours, theirs = (
            live.evaluation_of(dataset, confidence=confidence),
            subject.evaluate(confidence=confidence),
        )
        assert {n: ours.metrics[n] for n in ("tp", "fp", "fn")} == {n: theirs.metrics[n] for n in ("tp", "fp", "fn")}
        view = dataset.select_labels(ids=live.failing_labels(ours), omit_empty=True)
        fields = ("ground_truth", "predictions", "predictions_below")
        shown = sum(int(view.count(f"{field}.detections")) for field in fields)
        assert shown == theirs.metrics["fp"] + theirs.metrics["fn"]


def test_plugin__is_found_with_all_its_operators(fo, monkeypatch):
    from fiftyone.operators.registry import list_operators

    # As in a kernel where `import fiftyone` came first, with no folder of plugins named.
    monkeypatch.delenv("FIFTYONE_PLUGINS_DIR", raising=False)
    monkeypatch.setattr(fo.config, "plugins_dir", str(Path(fo.config.default_dataset_dir) / "__plugins__"))
    fiftyone()
    found = {
        one.name for one in list_operators(enabled=None, builtin=False) if one.plugin_name == "@workbench/failures"
    }
    assert found == {
        *("send_to_relabel", "mark_edge_case", "mark_outside", "confirm_cause", "escalate", "accept_box"),
        *("take_edits", "operating_point"),
    }


def test_plugin__leaves_a_folder_that_the_user_named(fo, monkeypatch, tmp_path):
    monkeypatch.setattr(fo.config, "plugins_dir", str(tmp_path))
    fiftyone()
    assert (fo.config.plugins_dir, list(tmp_path.iterdir())) == (str(tmp_path), [])
