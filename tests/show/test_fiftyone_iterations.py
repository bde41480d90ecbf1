"""Further iterations in the FiftyOne dataset, a field each: what they say, and what an update of one of them writes."""

from __future__ import annotations

from dataclasses import replace

import pytest
from pymongo.collection import Collection
from pymongo.errors import AutoReconnect
from typer.testing import CliRunner

from workbench.cli import app
from workbench.model import tables
from workbench.model.errors import InputError, SetupError, TableError
from workbench.project import Store
from workbench.project.marks import marks
from workbench.show.fiftyone import edits_back, further_rounds, update
from workbench.show.fiftyone.app import fiftyone

from .looked import Looked

pytestmark = [pytest.mark.mongod, pytest.mark.slow]

NAME = "iterations-test"
OF_FIELD = {"outcome", "error", "iou"}


@pytest.fixture(scope="module")
def fo(mongod):
    return fiftyone()


@pytest.fixture
def subject(world) -> Looked:
    return Looked(NAME, world.images, world.boxes, world.predictions, world.root)


@pytest.fixture
def rounds(subject) -> dict[str, Looked]:
    """Two iterations: one that is less sure, and one that finds only half."""
    found = subject.predictions
    unsure = found.assign(confidence=found["confidence"] * 0.8, xmin=found["xmin"] + 4)
    few = found.iloc[::2].reset_index(drop=True)
    return {"r1": subject.with_predictions(unsure, "r1"), "r2": subject.with_predictions(few, "r2")}


@pytest.fixture
def built(fo, subject, rounds):
    yield subject.fiftyone(rounds=rounds)
    fo.delete_dataset(NAME)


def held(dataset) -> dict[str, dict[str, object]]:
    """Every picture's document but when it was written, by the picture."""
    times = dict.fromkeys(("last_modified_at", "created_at", "_dataset_id"), 0)
    return {one["image_id"]: one for one in dataset._sample_collection.find({}, times)}


def labels(dataset, field: str) -> list[dict[str, object]]:
    return [label for one in held(dataset).values() for label in one[field]["detections"]]


def changed(before, after) -> set[tuple[str, str]]:
    """Which fields of which pictures differ."""
    return {
        (key, name)
        for key in before.keys() | after.keys()
        for name in before.get(key, {}).keys() | after.get(key, {}).keys()
        if before.get(key, {}).get(name) != after.get(key, {}).get(name)
    }


def moved(subject: Looked, *pictures: str) -> Looked:
    mine = subject.predictions["image_id"].isin(pictures)
    return subject.with_predictions(
        subject.predictions.assign(xmax=subject.predictions["xmax"] + 25 * mine), subject.name
    )


@pytest.mark.parametrize("confidence", [0.3, 0.5, 0.7])
@pytest.mark.parametrize("name", ["r1", "r2"])
def test_field__says_what_evaluate_says_of_that_run(name, confidence, fo, subject, rounds):
    dataset = subject.fiftyone(rounds=rounds, confidence=confidence)
    try:
        evaluation = rounds[name].evaluate(confidence=confidence)
        said = evaluation.verdicts.dropna(subset="prediction_id").set_index("prediction_id")
        found = {label["prediction_id"]: label for label in labels(dataset, f"predictions_{name}")}
        counts = {outcome: sum(one.get("outcome") == outcome for one in found.values()) for outcome in ("tp", "fp")}
        assert counts == {outcome: evaluation.metrics[outcome] for outcome in ("tp", "fp")}
        counted = rounds[name].predictions
        assert found.keys() == set(counted.loc[counted["confidence"] >= confidence, "prediction_id"])
        for key, label in found.items():
            verdict = said.loc[key] if key in said.index else {}  # Nobody labelled the picture.
            wanted = {one: tables.plain(verdict.get(one)) for one in OF_FIELD}
            assert {one: label.get(one) for one in OF_FIELD} == pytest.approx(wanted)
            assert "cause" not in label
        false = dataset.filter_labels(f"predictions_{name}", field("outcome") == "fp")
        assert false.count(f"predictions_{name}.detections") == evaluation.metrics["fp"]
    finally:
        dataset.delete()


def test_labels__have_ids_of_their_own(built):
    ids = [
        label["_id"] for name in ("predictions", "predictions_r1", "predictions_r2") for label in labels(built, name)
    ]
    assert len(ids) == len(set(ids)) > 10


def test_document__is_what_add_samples_writes(fo, built):
    copy = fo.Dataset()
    try:
        copy.add_samples([built.one(field("image_id") == "a").copy()], dynamic=True)
        theirs, ours = copy._sample_collection.find_one({}), held(built)["a"]
    finally:
        copy.delete()
    for name in ("predictions_r1", "predictions_r2"):
        for mine, other in zip(ours[name]["detections"], theirs[name]["detections"], strict=True):
            assert {**other, "_id": mine["_id"]} == mine


@pytest.fixture
def made(monkeypatch) -> list[tuple[str, list[str]]]:
    """Whose rows are made, and of which pictures."""
    said: list[tuple[str, list[str]]] = []
    documents, of_iteration = update.rows.documents, further_rounds.Iteration.documents

    def content(content, **options):
        said.extend([("content", content.images["image_id"].tolist())] if len(content.images) else [])
        return documents(content, **options)

    def iteration(self, wanted):
        said.extend([(self.name, self.truth.images["image_id"][wanted].tolist())] if wanted.any() else [])
        return of_iteration(self, wanted)

    monkeypatch.setattr(update.rows, "documents", content)
    monkeypatch.setattr(further_rounds.Iteration, "documents", iteration)
    return said


def test_update__of_one_iteration_writes_its_field_and_makes_no_other_rows(built, subject, rounds, made):
    before, times = held(built), dict(zip(*built.values(["image_id", "last_modified_at"]), strict=True))
    results = built.load_evaluation_results("eval", cache=False).serialize()
    again = subject.fiftyone(rounds=rounds | {"r1": moved(rounds["r1"], "a", "turned")})
    assert changed(before, held(again)) == {("a", "predictions_r1"), ("turned", "predictions_r1")}
    assert made == [("r1", ["a", "turned"])]
    now = dict(zip(*again.values(["image_id", "last_modified_at"]), strict=True))
    assert {key for key in now if now[key] != times[key]} == {"a", "turned"}
    assert again.load_evaluation_results("eval", cache=False).serialize() == results


def test_update__nothing_changed_makes_no_rows(built, subject, rounds, made):
    before = held(built)
    assert held(subject.fiftyone(rounds=rounds)) == before
    assert made == []


def test_update__another_run_leaves_the_iterations_alone(built, subject, rounds, made):
    before = held(built)
    again = moved(subject, "a").fiftyone(rounds=rounds)
    assert made == [("content", ["a"])]
    assert {picture for picture, _ in changed(before, held(again))} == {"a"}
    assert not {name for _, name in changed(before, held(again))} & {"predictions_r1", "predictions_r2"}


def test_update__boxes_change_the_verdicts_of_every_iteration_on_that_picture(built, subject, rounds, made):
    boxes = subject.boxes.assign(xmax=subject.boxes["xmax"] + 40 * (subject.boxes["image_id"] == "a"))
    edited = replace(subject, boxes=boxes)
    again = edited.fiftyone(rounds=rounds)
    assert made == [("content", ["a"]), ("r1", ["a"]), ("r2", ["a"])]
    wanted = replace(rounds["r1"], boxes=boxes).evaluate().metrics
    told = [label.get("outcome") for label in labels(again, "predictions_r1")]
    assert (told.count("tp"), told.count("fp")) == (wanted["tp"], wanted["fp"])


def test_update__an_iteration_comes_and_goes(built, subject, rounds, made):
    before, schema = held(built), built.get_field_schema(flat=True)
    built.save_view("mine", built.limit(1))
    more = rounds | {"third try": moved(subject, "empty")}
    again = subject.fiftyone(rounds=more)
    assert {whose for whose, _ in made} == {"third try"}
    assert changed(before, held(again)) == {(key, "predictions_third_try") for key in before}
    assert again.get_field_schema()["predictions_third_try"].description == "what third try found"
    assert again.count("predictions_third_try.detections") == again.count("predictions.detections")
    paths = next(one.paths for one in again.app_config.sidebar_groups if one.name == "labels")
    assert paths[-3:] == ["predictions_r1", "predictions_r2", "predictions_third_try"]
    coloured = {one["path"]: one for one in again.app_config.color_scheme.fields}
    assert coloured["predictions_third_try"]["colorByAttribute"] == "outcome"

    less = subject.fiftyone(rounds=rounds)
    assert held(less) == before
    assert set(less.get_field_schema(flat=True)) == set(schema)
    assert "predictions_third_try" not in {one["path"] for one in less.app_config.color_scheme.fields}
    assert "mine" in less.list_saved_views()

    assert not [name for name in subject.fiftyone().get_field_schema() if name.startswith("predictions_r")]
    assert subject.fiftyone(rounds=rounds).count("predictions_r1.detections") == len(labels(built, "predictions_r1"))


def test_update__keeps_what_a_person_coloured_and_his_own_field(built, subject, rounds):
    built.add_sample_field("weather", built.get_field_schema()["source"].__class__)
    built.set_values("weather", ["wet"] * len(built))
    built.app_config.color_scheme.fields[0]["fieldColor"] = "#123456"
    built.save()
    again = moved(subject, "a").fiftyone(rounds=rounds | {"r3": rounds["r1"]})
    assert again.distinct("weather") == ["wet"]
    assert again.app_config.color_scheme.fields[0]["fieldColor"] == "#123456"


def test_update__equals_what_is_built_anew(fo, built, subject, rounds):
    without = {"r2": rounds["r2"]}
    fewer = [t[t["image_id"] != "crowd"].reset_index(drop=True) for t in (subject.images, subject.boxes)]
    kept = {
        name: one.with_predictions(one.predictions[one.predictions["image_id"] != "crowd"], name)
        for name, one in {**without, "r4": moved(subject, "a")}.items()
    }
    current = subject.predictions[subject.predictions["image_id"] != "crowd"].reset_index(drop=True)
    changed_now = Looked(NAME, *fewer, current, subject.root)
    for one, iterations, confidence in ((changed_now, kept, 0.5), (subject, rounds, 0.8), (subject, without, 0.5)):
        updated = held(one.fiftyone(rounds=iterations, confidence=confidence))
        fo.delete_dataset(NAME)
        assert held(one.fiftyone(rounds=iterations, confidence=confidence)) == updated


def test_update__an_attribute_more_makes_the_field_anew(built, subject, rounds):
    found = rounds["r1"].predictions.assign(track=1)
    again = subject.fiftyone(rounds=rounds | {"r1": subject.with_predictions(found, "r1")})
    assert {label["track"] for label in labels(again, "predictions_r1")} == {1}
    assert "predictions_r1.detections.track" in again.get_field_schema(flat=True)


@pytest.mark.parametrize("batches", [0, 1, 2])
def test_update__killed_on_the_way_is_taken_up_again(batches, fo, built, subject, rounds, made, monkeypatch):
    """The database dies after so many batches of two pictures; the next call writes the rest and nothing else."""
    wanted = rounds | {"r1": moved(rounds["r1"], "a", "turned", "crowd", "empty"), "r3": moved(subject, "a")}
    write, sent = Collection.bulk_write, []

    def dying(self, *args, **options):
        if len(sent) == batches:
            raise AutoReconnect("gone")
        sent.append(args)
        return write(self, *args, **options)

    monkeypatch.setattr(update, "_BATCH", 2)
    with monkeypatch.context() as context:
        context.setattr(Collection, "bulk_write", dying)
        with pytest.raises(SetupError, match="call it again"):
            subject.fiftyone(rounds=wanted)
    made.clear()
    again = held(subject.fiftyone(rounds=wanted))
    left = {"a", "turned", "crowd", "empty", "nobody"} - set(subject.images["image_id"][: 2 * batches])
    assert {picture for whose, pictures in made if whose == "r3" for picture in pictures} == left
    assert {whose for whose, _ in made} <= {"r1", "r3"}
    fo.delete_dataset(NAME)
    assert held(subject.fiftyone(rounds=wanted)) == again


def test_iterations__of_one_picture_that_nobody_labelled_and_with_no_predictions(fo, subject):
    pictures = subject.images[subject.images["image_id"].isin(("a", "nobody"))].reset_index(drop=True)
    boxes, found = (t[t["image_id"].isin(pictures["image_id"])] for t in (subject.boxes, subject.predictions))
    few = Looked(NAME, pictures, boxes.reset_index(drop=True), found.reset_index(drop=True), subject.root)
    nothing = few.with_predictions(tables.empty("predictions"), "none")
    dataset = few.fiftyone(rounds={"none": nothing, "same": few})
    try:
        assert labels(dataset, "predictions_none") == []
        more = few.predictions.assign(confidence=0.9)
        moved_there = more[(more["image_id"] == "nobody") | (found.reset_index(drop=True)["confidence"] >= 0.5)]
        dataset = few.fiftyone(rounds={"none": nothing, "same": few.with_predictions(moved_there, "same")})
        told = [one.get("outcome") for one in held(dataset)["nobody"]["predictions_same"]["detections"]]
        assert told == [None, None]
    finally:
        dataset.delete()


@pytest.mark.parametrize("name", ["", "..", "below", "before"])
def test_iterations__a_name_that_makes_no_field(name, fo, subject):
    with pytest.raises(InputError, match="cannot be called"):
        subject.fiftyone(rounds={name: subject})


def test_iterations__two_names_of_one_field(fo, subject):
    with pytest.raises(InputError, match="'r 1' and 'r-1' would both be predictions_r_1"):
        subject.fiftyone(rounds={"r 1": subject, "r-1": subject})


def test_iterations__of_other_pictures_or_classes(fo, subject):
    other = subject.predictions.assign(image_id="elsewhere")
    with pytest.raises(TableError, match="10 of 10 rows name a picture"):
        subject.fiftyone(rounds={"r1": subject.with_predictions(other, "r1")})
    named = subject.predictions.assign(class_name="car")
    with pytest.raises(InputError, match="not one is common"):
        subject.fiftyone(rounds={"r1": subject.with_predictions(named, "r1")})


def test_iterations__a_persons_field_of_the_same_name_is_left_alone(built, subject, rounds):
    built.add_sample_field("predictions_r3", built.get_field_schema()["source"].__class__)
    with pytest.raises(InputError, match="'predictions_r3' that the workbench did not make"):
        subject.fiftyone(rounds=rounds | {"r3": subject})
    assert "predictions_r3" in subject.fiftyone(rounds=rounds).get_field_schema()


def test_mark_labels__of_an_iteration_goes_to_the_project(fo, subject, rounds, tmp_path):
    store = Store(tmp_path / "marks.sqlite")
    store.prepare()
    dataset = subject.fiftyone(rounds=rounds, store=store)
    try:
        label = labels(dataset, "predictions_r1")[0]
        assert edits_back.mark_labels(dataset, [str(label["_id"])], "edge_case") == 1
        assert marks(store)["edge_case"].tolist() == [True]
        assert labels(dataset, "predictions_r1")[0]["tags"] == ["edge_case"]
    finally:
        dataset.delete()


@pytest.fixture
def decided(tested):
    project = tested.project
    for number, run in enumerate((tested.first, tested.second), 1):
        project.decide(project.test().evaluate(run), number=number, keep=None, because="to see")
    return tested


def test_project__names_iterations_by_their_number(fo, decided):
    project = decided.project

    def fields(**options) -> list[str]:
        dataset = project.test().evaluate(decided.second).fiftyone(name=NAME, **options)
        return [name for name in dataset.get_field_schema() if name[:13] == "predictions_r"]

    try:
        assert fields(rounds="all") == ["predictions_r1"]
        told = [label.get("outcome") for label in labels(fo.load_dataset(NAME), "predictions_r1")]
        metrics = project.test().evaluate(1).metrics
        assert (told.count("tp"), told.count("fp")) == (metrics["tp"], metrics["fp"])
        assert fields(rounds=[2, decided.first]) == ["predictions_r1", "predictions_r2"]
        assert fields(rounds=[]) == fields() == []
        with pytest.raises(InputError, match="'every'; expected 'all'"):
            fields(rounds="every")
        with pytest.raises(InputError, match="no training of a round 7"):
            fields(rounds=[7])
    finally:
        fo.delete_dataset(NAME)


def test_project__a_run_of_no_iteration_keeps_its_own_name(fo, tested):
    dataset = tested.project.test().evaluate(tested.second).fiftyone(name=NAME, rounds=[tested.first])
    try:
        (name,) = (one for one in dataset.get_field_schema() if one.startswith("predictions_r"))
        assert name == f"predictions_{tested.first.run_id.replace('-', '_')}"
    finally:
        dataset.delete()


def test_command__takes_all_numbers_and_runs(fo, decided):
    words = ["fiftyone", "-p", str(decided.project.folder.root), "--no-app", "--name", NAME, "--run", "2"]
    try:
        for asked, fields in (("all", ["predictions_r1"]), ("1, 2", ["predictions_r1", "predictions_r2"])):
            done = CliRunner().invoke(app, [*words, "--rounds", asked])
            assert done.exit_code == 0, done.output
            schema = fo.load_dataset(NAME).get_field_schema()
            assert [name for name in schema if name.startswith("predictions_r")] == fields
        done = CliRunner().invoke(app, ["fiftyone", "--labels", "x", "--predictions", "y", "--rounds", "all"])
        assert done.exit_code == 2
        assert "needs a project" in done.output
    finally:
        fo.delete_dataset(NAME)


def field(name: str):
    from fiftyone import ViewField

    return ViewField(name)
