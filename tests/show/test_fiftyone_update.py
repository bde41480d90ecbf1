"""The FiftyOne dataset brought up to date, with marks and an earlier iteration; and one test that all numbers agree."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

import workbench as wb
from workbench.analyse import compare
from workbench.project import Store
from workbench.project.marks import mark
from workbench.show import failures_page
from workbench.show.explorer.state import ExplorerState
from workbench.show.fiftyone import dataset as fiftyone_view
from workbench.show.fiftyone import live as fiftyone_live
from workbench.show.fiftyone import saved_views
from workbench.show.fiftyone.app import fiftyone
from workbench.show.pages import page as pages

from .looked import Looked

pytestmark = [pytest.mark.mongod, pytest.mark.slow]


@pytest.fixture(scope="module")
def fo(mongod):
    return fiftyone()


@pytest.fixture
def subject(world) -> Looked:
    images = world.images.assign(group_id=["", "", "", "clip", "clip"])
    return Looked("update-test", images, world.boxes, world.predictions, world.root)


@pytest.fixture
def earlier(subject) -> Looked:
    predictions = subject.predictions
    gone = (predictions["image_id"] == "empty") | ((predictions["image_id"] == "a") & (predictions["confidence"] > 0.5))
    return subject.with_predictions(predictions[~gone].reset_index(drop=True), "earlier")


@pytest.fixture
def store(tmp_path) -> Store:
    made = Store(tmp_path / "marks.sqlite")
    made.prepare()
    return made


@pytest.fixture
def built(fo, subject):
    yield subject.fiftyone()
    fo.delete_dataset("update-test")


def count(dataset, view: str, field: str) -> int:
    return int(dataset.load_saved_view(view).count(f"{field}.detections"))


def written(dataset) -> dict[str, object]:
    return {one["image_id"]: one["last_modified_at"] for one in dataset._sample_collection.find({})}


def figures_in(report: str, number: int) -> dict[str, str]:
    """The figures of a round on the whole test set, as a page that was reported shows them."""
    told = re.search(rf"(?s)<h3>Round {number} .*?<h4>Figures at .*?</h4>(.*?)</table>", report)
    assert told is not None
    heads = re.findall(r"<th[^>]*>(?!on<)([^<]*)</th>", told[1].split("</thead>")[0])
    row = re.search(r'<tr><th scope="row">all</th>(.*?)</tr>', told[1])
    assert row is not None
    return dict(zip(heads, re.findall(r'<td class="n">([^<]*)', row[1]), strict=True))


def test_numbers_agree__explorer_evaluate_fiftyone_its_panel_the_page_and_the_report(fo, tested, tmp_path):
    project, run = tested.project, tested.second
    said: dict[int, dict[str, float]] = {}
    for number, confidence in enumerate((0.3, 0.5, 0.8), 1):
        subject = project.test().evaluate(run)
        evaluation = project.test().evaluate(run, confidence=confidence)
        metrics = evaluation.metrics
        counts = {name: int(metrics[name]) for name in ("tp", "fp", "fn")}
        causes = dict(zip(evaluation.causes["cause"], evaluation.causes["failures"], strict=True))
        assert len(causes) > 2
        explorer = ExplorerState(subject.at(confidence=confidence))
        assert {name: explorer.figures()[name] for name in counts} == counts
        assert explorer.counts()["outcome"]["failures"] == len(evaluation.failures) == counts["fp"] + counts["fn"]
        assert {k: v for k, v in explorer.counts()["cause"].items() if v} == causes

        dataset = project.test().evaluate(run, confidence=confidence).fiftyone(name="agree-test")
        assert count(dataset, saved_views.MISSES, "ground_truth") == counts["fn"]
        assert count(dataset, saved_views.FALSE_ALARMS, "predictions") == counts["fp"]
        patches = dataset.load_saved_view(saved_views.MISSES).to_patches("ground_truth")
        assert len(patches) == counts["fn"]
        assert {name: dataset.sum(f"eval_{name}") for name in counts} == counts
        own = dataset.load_evaluation_results("eval", cache=False).metrics()
        assert (own["precision"], own["recall"]) == pytest.approx((metrics["precision"], metrics["recall"]))
        assert fiftyone_live.causes_shown(dataset) == causes

        page = failures_page(evaluation)
        text = re.sub(r"<[^>]+>|\s+", " ", re.sub(r"(?s)<(style|svg).*?</\1>", "", page))
        for heading, name in (("Misses", "fn"), ("False alarms", "fp")):
            assert re.search(rf"{heading} +{counts[name]}\b", text), (heading, counts[name])
        record = project.decide(
            project.test().evaluate(run, confidence=confidence), number=number, keep=None, because="to see"
        )
        assert record.causes == causes
        said[number] = metrics

        # What the App's panel computes at another confidence than the dataset's own.
        for other in (0.3, 0.5, 0.8):
            live, wanted = (
                fiftyone_live.evaluation_of(dataset, confidence=other),
                project.test().evaluate(run, confidence=other),
            )
            for name in ("tp", "fp", "fn", "precision", "recall", "f1"):
                assert live.metrics[name] == pytest.approx(wanted.metrics[name]), (other, name)
            assert live.causes[["cause", "failures"]].to_dict() == wanted.causes[["cause", "failures"]].to_dict()

    report = project.report(tmp_path / "report.html").read_text("utf-8")
    for number, metrics in said.items():
        told = figures_in(report, number)
        names = {"hits": "tp", "misses": "fn", "false alarms": "fp", "recall": "recall", "precision": "precision"}
        for word, name in (names | {"F1": "f1"}).items():
            assert told[word] == pages.number(metrics[name]), (number, word)
    fo.delete_dataset("agree-test")


def test_update__writes_only_what_changed(built, subject):
    before, ids = written(built), built.values("ground_truth.detections.id")
    again = subject.fiftyone()
    assert again.name == built.name
    assert written(again) == before
    boxes = subject.boxes.copy()
    boxes.loc[boxes["image_id"] == "turned", "xmax"] += 20
    again = replace(subject, boxes=boxes).fiftyone()
    after = written(again)
    assert {key for key in before if after[key] != before[key]} == {"turned"}
    assert again.values("ground_truth.detections.id") == ids
    turned = again.one(wb_field("image_id") == "turned")
    assert turned["ground_truth"].detections[0].bounding_box[2] == pytest.approx(100 / 240)


def everything(dataset) -> dict[str, object]:
    """All that a dataset holds, but when it was written and under which id of its own."""
    times = ("last_modified_at", "created_at", "_dataset_id")
    found = dataset._sample_collection.find({}, dict.fromkeys(times, 0)).sort("_id", 1)
    results = dataset.load_evaluation_results("eval", cache=False).serialize()
    rows = zip(*(results[name] for name in ("ytrue", "ypred", "confs", "ytrue_ids", "ypred_ids", "ious")), strict=True)
    own = {name: value for name, value in dataset.info.items() if name != "seen"}
    return {"pictures": list(found), "results": sorted(map(repr, rows)), "classes": results["classes"], "info": own}


def relabelled(subject: Looked) -> Looked:
    boxes = subject.boxes.copy()
    boxes.loc[boxes["image_id"] == "turned", "xmax"] += 20
    return replace(subject, boxes=boxes)


def another_run(subject: Looked) -> Looked:
    moved = subject.predictions.assign(xmax=subject.predictions["xmax"] + 1)
    return subject.with_predictions(moved.iloc[::-1].reset_index(drop=True), subject.name)


def fewer_pictures(subject: Looked) -> Looked:
    tables = (subject.images, subject.boxes, subject.predictions)
    kept = [table[table["image_id"] != "crowd"].reset_index(drop=True) for table in tables]
    return Looked(subject.name, *kept, subject.root)


@pytest.mark.parametrize(
    ("change", "confidence"),
    [(relabelled, 0.5), (another_run, 0.5), (fewer_pictures, 0.5), (lambda subject: subject, 0.8), (another_run, 0.3)],
    ids=["relabelled", "another run", "fewer pictures", "another confidence", "another run and confidence"],
)
def test_update__equals_what_is_built_anew(change, confidence, fo, built, subject):
    before = everything(built)
    changed = change(subject)
    updated = everything(changed.fiftyone(confidence=confidence))
    assert updated != before
    fo.delete_dataset("update-test")
    assert everything(changed.fiftyone(confidence=confidence)) == updated
    assert everything(subject.fiftyone()) == before


def test_update__a_dataset_of_another_way_of_writing_is_built_anew(built, subject, monkeypatch):
    built.save_view("mine", built.limit(1))
    assert "mine" in subject.fiftyone().list_saved_views()
    monkeypatch.setattr(fiftyone_view, "_WAY", -1)
    assert "mine" not in subject.fiftyone().list_saved_views()


def test_results__are_read_by_fiftyone_itself(built, subject):
    held = built.load_evaluation_results("eval", cache=False)
    metrics = subject.evaluate().metrics
    assert len(held.ytrue_ids) == metrics["tp"] + metrics["fp"] + metrics["fn"]
    labels = {"truth": built.values("ground_truth.detections.id", unwind=True)}
    labels["found"] = built.values("predictions.detections.id", unwind=True)
    assert {one for one in held.ytrue_ids if one is not None} <= set(labels["truth"])
    assert {one for one in held.ypred_ids if one is not None} <= set(labels["found"])
    pairs = {(t, p) for t, p in zip(held.ytrue_ids, held.ypred_ids, strict=True) if t is not None and p is not None}
    partner = zip(labels["truth"], built.values("ground_truth.detections.eval_id", unwind=True), strict=True)
    assert pairs == {(ours, theirs) for ours, theirs in partner if theirs}
    assert held.metrics()["precision"] == pytest.approx(metrics["precision"])


def test_update__follows_pictures_that_come_and_go_and_keeps_a_persons_view(built, subject):
    built.save_view("mine", built.match(wb_field("source") == "web"))
    less = subject.images["image_id"] != "crowd"
    smaller = Looked(
        subject.name,
        subject.images[less].reset_index(drop=True),
        *(t[t["image_id"] != "crowd"].reset_index(drop=True) for t in (subject.boxes, subject.predictions)),
        subject.root,
    )
    again = smaller.fiftyone()
    assert sorted(again.values("image_id")) == ["a", "empty", "nobody", "turned"]
    assert count(again, saved_views.FALSE_ALARMS, "predictions") == smaller.evaluate().metrics["fp"]
    assert len(again.load_saved_view("mine")) == 1
    assert len(subject.fiftyone()) == 5
    assert count(subject.fiftyone(), saved_views.MISSES, "ground_truth") == subject.evaluate().metrics["fn"]


def test_marks__are_tags_and_confirmed_causes(fo, built, subject, store):
    state = subject.state(store=store)
    cards = state.view()["cards"]
    state.mark([card["key"] for card in cards], "edge_case")
    miss = next(card for card in cards if card["outcome"] == "fn")
    state.mark([miss["key"]], "relabel")
    state.mark([miss["key"]], "cause", "mud")
    dataset = subject.fiftyone(store=store)
    edge = dataset.load_saved_view(saved_views.EDGE_CASES)
    both = sum(int(edge.count(f"{field}.detections")) for field in ("ground_truth", "predictions"))
    assert both == len(cards) == 5
    (label,) = dataset.load_saved_view(saved_views.RELABEL).values("ground_truth.detections", unwind=True)
    assert (sorted(label.tags), label.cause, label.cause_confirmed) == (["edge_case", "relabel"], "mud", True)
    mark(store, state.listed(), "edge_case", False)
    dataset = subject.fiftyone(store=store)
    assert len(dataset.load_saved_view(saved_views.EDGE_CASES)) == 0


def test_saved_views__by_error_and_cause(built, subject):
    failures = subject.evaluate().failures
    alarms = failures[failures["outcome"] == "fp"]
    for view, wanted in (
        (saved_views.DUPLICATES, alarms["error"] == "duplicate"),
        (saved_views.SHIFTED, alarms["cause"] == "shifted box"),
        (saved_views.TOO_WIDE, alarms["cause"] == "too wide a box"),
    ):
        assert count(built, view, "predictions") == int(wanted.sum()), view
    assert count(built, saved_views.SHIFTED, "predictions") == 1
    clips = built.load_saved_view(saved_views.CLIPS)
    assert len(clips) == 1
    assert [sample.frame_s for sample in clips.get_dynamic_group(clips.first()["group_id"])] == [1.5, 2.0]


def test_earlier__what_is_fixed_and_new_is_what_compare_says(fo, subject, earlier):
    dataset = subject.fiftyone(name="update-two", before=earlier)
    try:
        ledger = compare(earlier.evaluate(), subject.evaluate())
        missed = ledger["box_id"].notna()

        def said(change: str, miss: bool) -> int:
            return int(((ledger["change"] == change) & (missed == miss)).sum())

        assert count(dataset, saved_views.NEW_MISSES, "ground_truth") == said("broken", True)
        assert count(dataset, saved_views.FIXED_MISSES, "ground_truth") == said("fixed", True) == 1
        assert count(dataset, saved_views.NEW_FALSE_ALARMS, "predictions") == said("broken", False) == 2
        assert count(dataset, saved_views.FIXED_FALSE_ALARMS, "predictions_before") == said("fixed", False)
        shown = sum(len(one.detections) for one in dataset.values("predictions_before"))
        assert shown == int((earlier.predictions["confidence"] >= 0.5).sum())
    finally:
        dataset.delete()


def test_show_in_fiftyone__from_a_folder_labels_and_a_predictions_file(fo, world, tmp_path):
    pictures, labels, found = world.root, tmp_path / "labels", tmp_path / "found"
    for folder, table in ((labels, world.boxes[~world.boxes["ignore"]]), (found, world.predictions)):
        folder.mkdir()
        for image_id, mine in table.groupby("image_id"):
            width, height = world.images.set_index("image_id").loc[image_id, ["width", "height"]]
            lines = [
                f"0 {(b.xmin + b.xmax) / 2 / width} {(b.ymin + b.ymax) / 2 / height} {(b.xmax - b.xmin) / width} "
                f"{(b.ymax - b.ymin) / height} {getattr(b, 'confidence', '')}".strip()
                for b in mine.itertuples()
            ]
            (folder / f"{image_id} 1.txt").write_text("\n".join(lines) + "\n")
    (labels / "classes.txt").write_text("번호판\n")
    held = wb.files(pictures, labels, format="yolo").evaluate(found, confidence=0.6)
    explorer, dataset = held.explore(), held.fiftyone(name="three-lines")
    try:
        figures = explorer.state.figures()
        assert figures["tp"] == 2
        assert count(dataset, saved_views.MISSES, "ground_truth") == figures["fn"] == 2
        assert count(dataset, saved_views.FALSE_ALARMS, "predictions") == figures["fp"]
    finally:
        dataset.delete()


def wb_field(name: str):
    from fiftyone import ViewField

    return ViewField(name)
