"""The explorer's state and widget, without a browser."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.analyse import compare, evaluate
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project import Store
from workbench.project.marks import marks, relabel_queue
from workbench.show.explorer.state import ExplorerState

from .looked import Looked

FIGURES = ("tp", "fp", "fn", "precision", "recall", "f1", "false_alarms_per_picture", "pictures")


@pytest.fixture
def subject(world) -> Looked:
    return Looked("now", world.images, world.boxes, world.predictions, world.root)


@pytest.fixture
def store(tmp_path) -> Store:
    made = Store(tmp_path / "marks.sqlite")
    made.prepare()
    return made


@pytest.fixture
def earlier(subject) -> Looked:
    """An iteration that misses a plate of picture a, and raises nothing in the empty picture."""
    predictions = subject.predictions
    gone = (predictions["image_id"] == "empty") | ((predictions["image_id"] == "a") & (predictions["confidence"] > 0.5))
    return subject.with_predictions(predictions[~gone].reset_index(drop=True), "earlier")


def names(state: ExplorerState) -> list[tuple[str, str]]:
    return [(card["outcome"], card["picture"]) for card in state.view()["cards"]]


@pytest.mark.parametrize("confidence", [0.0, 0.3, 0.55, 0.8, 1.0])
@pytest.mark.parametrize("iou", [0.4, 0.5, 0.9])
def test_figures__are_those_of_evaluate(subject, world, confidence, iou):
    state = subject.state()
    state.look(confidence=confidence, iou=iou)
    metrics = evaluate(world.images, world.boxes, world.predictions, confidence=confidence, iou=iou).metrics
    assert state.figures() == pytest.approx({n: metrics[n] for n in FIGURES}, nan_ok=True)
    assert len(state.listed()) == metrics["fp"] + metrics["fn"]


@pytest.mark.parametrize("part", ["source: web", "source: video"])
def test_figures__of_a_slice_are_those_of_evaluate_on_it(subject, world, part):
    state = subject.state()
    state.look(part=part, confidence=0.3)
    images = world.images[world.images["source"] == part.removeprefix("source: ")]
    tables_ = [t[t["image_id"].isin(images["image_id"])] for t in (world.boxes, world.predictions)]
    alone = evaluate(images, *tables_, confidence=0.3)
    assert state.figures() == pytest.approx({n: alone.metrics[n] for n in FIGURES}, nan_ok=True)
    ours, theirs = state.curve(), alone.sweep
    for name in ("precision", "recall", "f1"):
        assert ours[name].tolist() == pytest.approx(theirs[name].tolist(), nan_ok=True)


def test_counts__say_what_each_choice_lists(subject):
    state = subject.state(confidence=0.5)
    counts = state.counts()
    for name, choices in counts.items():
        for choice, count in choices.items():
            state.look(**{"outcome": "failures", "error": "", "cause": "", "class_name": "", name: choice})
            assert len(state.listed()) == count, (name, choice)
    assert counts["outcome"]["failures"] == counts["outcome"]["fp"] + counts["outcome"]["fn"] == 5


def test_view__pages_and_orders(subject):
    state = subject.state(page_size=2)
    first = names(state)
    assert {outcome for outcome, _ in first} == {"fp", "fn"}  # The worst of either kind, side by side.
    state.look(sort="confidence", outcome="fp")
    assert [card["confidence"] for card in state.view()["cards"]] == [0.85, 0.8]
    state.look(page=1)
    assert [card["confidence"] for card in state.view()["cards"]] == [0.55]
    state.look(page=99)
    assert state.view()["controls"]["page"] == 1
    state.look(sort="size", outcome="fn")
    assert state.controls.page == 0
    areas = [(row.xmax - row.xmin) * (row.ymax - row.ymin) for row in state.listed().itertuples()]
    assert areas == sorted(areas, reverse=True)


def test_view__crops_show_the_place_upright(subject):
    state = subject.state()
    state.look(outcome="fn", confidence=0.9)
    turned = next(card for card in state.view()["cards"] if card["picture"] == "turned 1.jpg")
    crop = Image.open(io.BytesIO(turned["jpeg"]))
    (about,) = [box for box in turned["panes"][0]["boxes"] if box["about"]]
    assert (about["role"], about["at"]) == ("fn", [30, 200, 110, 230])
    x0, y0, x1, _ = turned["region"]
    scale = crop.width / (x1 - x0)
    red, _, blue = crop.getpixel((int((70 - x0) * scale), int((215 - y0) * scale)))
    assert blue - red > 120


def test_view__draws_what_the_confidence_lets_through(subject):
    state = subject.state()
    state.look(outcome="fn")
    card = next(card for card in state.view()["cards"] if card["picture"] == "a 1.jpg")
    assert sorted(box["role"] for box in card["panes"][0]["boxes"]) == ["below", "fn", "tp", "truth"]
    state.look(confidence=0.3, outcome="tp")
    card = next(card for card in state.view()["cards"] if card["picture"] == "a 1.jpg")
    assert sorted(box["role"] for box in card["panes"][0]["boxes"]) == ["tp", "tp", "truth", "truth"]


def test_view__a_picture_that_is_not_there_says_so(world, tmp_path):
    state = Looked("lost", world.images, world.boxes, world.predictions, tmp_path).state()
    assert all("it is not there" in card["trouble"] for card in state.view()["cards"])
    state.look(selected=state.view()["cards"][0]["key"])
    assert "it is not there" in state.detail()["trouble"]


def test_detail__whole_picture_with_why_and_its_neighbours(world, subject):
    images = world.images.assign(group_id=["", "", "", "clip", "clip"])
    state = Looked("now", images, world.boxes, world.predictions, world.root).state()
    assert state.detail() is None is state.why()
    state.look(outcome="fp")
    card = next(card for card in state.view()["cards"] if card["picture"] == "empty 1.jpg")
    state.look(selected=card["key"])
    detail = state.detail()
    assert (detail["width"], detail["height"]) == (320, 240)
    assert [(one["name"], one["second"], one["here"]) for one in detail["neighbours"]] == [
        *(("empty 1.jpg", 1.5, True), ("nobody 1.jpg", 2.0, False)),
    ]
    failures = state.evaluation.failures
    mine = failures[failures["confidence"] == card["confidence"]].iloc[0]
    assert (state.why()["evidence"], state.why()["action"]) == (mine["evidence"], mine["action"])


def test_mark__is_in_the_store_and_on_the_card(subject, store):
    state = subject.state(store=store)
    cards = state.view()["cards"]
    miss = next(card for card in cards if card["outcome"] == "fn")
    assert state.mark([card["key"] for card in cards], "relabel") == len(cards)
    state.mark([miss["key"]], "cause", "mud on the plate")
    state.mark([miss["key"]], "note", "시골길")
    assert state.view()["waiting"] == len(relabel_queue(store)) == len(cards)
    again = subject.state(store=store)
    shown = next(card for card in again.view()["cards"] if card["key"] == miss["key"])
    assert (shown["cause"], shown["confirmed"], shown["marks"]) == (
        *("mud on the plate", True, {"relabel": True, "note": "시골길"}),
    )
    assert again.counts()["cause"]["mud on the plate"] == 1
    again.look(cause="mud on the plate")
    assert names(again) == [("fn", miss["picture"])]
    again.look(cause="", marked="nothing")
    assert again.view()["total"] == 0
    again.look(marked="cause")
    assert again.view()["total"] == 1


def test_mark__of_a_false_alarm_holds_at_another_confidence_and_for_renamed_predictions(subject, store):
    state = subject.state(store=store)
    state.look(outcome="fp", sort="confidence")
    state.mark([state.view()["cards"][0]["key"]], "outside")
    renamed = subject.with_predictions(
        subject.predictions.assign(prediction_id=lambda t: "x" + t["prediction_id"]), "x"
    )
    other = renamed.state(store=store, confidence=0.2)
    other.look(marked="outside")
    assert [(card["outcome"], card["confidence"]) for card in other.view()["cards"]] == [("fp", 0.85)]
    assert marks(store)["about"].tolist() == ["now"]


def test_mark__refuses_without_a_store_and_for_a_card_of_another_point(subject, store):
    state = subject.state()
    key = state.view()["cards"][0]["key"]
    with pytest.raises(InputError, match="nowhere to keep"):
        state.mark([key], "relabel")
    state = subject.state(store=store)
    state.look(confidence=0.9)
    with pytest.raises(InputError, match="another confidence or IoU"):
        state.mark([key], "relabel")
    assert len(marks(store)) == 0


def test_before__is_the_ledger_of_compare(subject, earlier, world):
    state = subject.state(before=earlier)
    ledger = compare(earlier.evaluate(), subject.evaluate())
    controls = {"new": "broken", "fixed": "fixed", "stayed": "stayed"}
    assert state.counts()["change"] == {ours: int((ledger["change"] == t).sum()) for ours, t in controls.items()}
    assert state.counts()["change"] == {"new": 2, "fixed": 1, "stayed": 3}
    state.look(change="fixed")
    (card,) = state.view()["cards"]
    assert (card["outcome"], card["picture"]) == ("fn", "a 1.jpg")
    before, now = card["panes"]
    assert (before["name"], now["name"]) == ("earlier", "now")
    assert "fn" in {box["role"] for box in before["boxes"]}
    assert {box["role"] for box in now["boxes"] if box["about"]} == {"truth"}
    assert state.figures(1)["fn"] == earlier.evaluate().metrics["fn"]


def test_before__of_other_pictures_is_refused(subject, world):
    other = Looked("other", world.images[:3], world.boxes[:3], world.predictions[:2], world.root)
    with pytest.raises(InputError, match="test sets"):
        subject.state(before=other)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"confidence": 1.5}, "confidence is 1.5; expected 0 to 1"),
        ({"iou": 0}, "iou is 0; expected above 0 to 1"),
        ({"confidence": "high"}, "confidence is 'high'"),
        ({"error": "wrong"}, "error is 'wrong'; expected one of"),
        ({"change": "new"}, "change is 'new'"),
        ({"colour": "red"}, "there is no 'colour'"),
        ({"page": -1}, "page is -1"),
    ],
    ids=str,
)
def test_look__refuses_and_stays_where_it_is(subject, changes, said):
    state = subject.state()
    before = state.controls
    with pytest.raises(InputError, match=said):
        state.look(**changes)
    assert state.controls == before


def test_explorer__no_predictions_and_no_boxes(world):
    empty = tables.empty("boxes"), tables.empty("predictions")
    view = Looked("empty", world.images, *empty, world.root).state().view()
    assert (view["total"], view["cards"], view["figures"][0]["precision"]) == (0, [], None)


def test_explore__of_tables_keeps_what_is_said_in_a_file(world, tmp_path):
    held = wb.evaluate(world.images, world.boxes, world.predictions, pictures=world.root, name="plates")
    made = held.explore(keep=tmp_path / "said.sqlite")
    made.look(confidence=0.3)
    assert repr(made).startswith("Explorer('plates' at confidence 0.3, IoU 0.5: 3 hits, 3 false alarms, 1")
    assert len(made.rows()) == made.view["total"] == 4
    made.state.mark([made.view["cards"][0]["key"]], "relabel")
    assert marks(Store(tmp_path / "said.sqlite"))["relabel"].tolist() == [True]


def test_widget__asks_and_answers(subject, store):
    widget = subject.explore(store=store)
    answer = widget.view["answer"]
    widget.controls = {**widget.controls, "confidence": 0.3}  # What the browser does.
    assert widget.view["figures"][0]["fn"] == 1
    assert widget.view["answer"] == answer + 1
    widget.controls = {**widget.controls, "confidence": 7}
    assert "confidence is 7" in widget.view["trouble"]
    assert widget.controls["confidence"] == 0.3
    key = widget.view["cards"][0]["key"]
    widget._heard(None, {"do": "mark", "keys": [key], "kind": "edge_case", "value": True}, [])
    assert marks(store)["edge_case"].tolist() == [True]
    assert widget.view["cards"][0]["marks"] == {"edge_case": True}
    widget.look(selected=key)
    assert widget.detail["why"]["evidence"]
    bundle: Any = widget._repr_mimebundle_()[0]
    assert bundle["text/plain"] == repr(widget)


def test_explore__of_a_project_keeps_what_is_said(world, tmp_path):
    project = wb.Project.create(tmp_path / "plates", classes=["번호판"])
    extra = {"split": "test", "sha256": world.images["image_id"], "group_id": world.images["image_id"]}
    project.folder.store.add_images(world.images.assign(**extra), world.boxes)
    made = project.test().evaluate(world.predictions, confidence=0.3).explore()
    made.state.mark([made.view["cards"][0]["key"]], "relabel")
    assert len(wb.open(project.folder.root).relabel_queue) == 1
    assert isinstance(project.marks, pd.DataFrame)
