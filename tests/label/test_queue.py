"""The labelling of a queue, without a widget: every answer is held against what the store says."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from workbench.annotate import LabelQueue, label_log
from workbench.annotate.editing import OpenBox
from workbench.model import tables
from workbench.model.errors import InputError, ProjectError
from workbench.model.geometry import CORNERS
from workbench.project import ProjectFolder
from workbench.project.marks import mark, relabel_queue

CLASSES = ["번호판", "truck"]


class Clock:
    """Seconds that go on when a test says so."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        return self.now


def read(path: Path, width: int, height: int) -> str:
    if "broken" in path.name:
        raise InputError(f"cannot read the picture {path.name}: damaged; put it back or run the check")
    return path.name


def box(x: float = 10.0, *, name: str = "번호판", **values: object) -> OpenBox:
    return OpenBox(name, x, 20.0, x + 30.5, 40.25, **values)


@pytest.fixture
def home(tmp_path) -> ProjectFolder:
    """Five pictures that nobody has labelled, 100 x 80."""
    project = ProjectFolder.create(tmp_path / "plates", classes=CLASSES)
    add(project, *"abcde")
    return project


def add(project: ProjectFolder, *names: str, **values: object) -> None:
    common = {"width": 100, "height": 80, "source": "web", "frame_s": None, "split": "train"}
    rows = [{"image_id": n, "path": f"pictures/{n}.jpg", "sha256": n, "group_id": n, **common} for n in names]
    rows = [{"label_status": "unlabelled", **row, **values} for row in rows]
    project.store.add_images(tables.from_rows("images", rows), tables.empty("boxes"))


def queue_of(home: ProjectFolder, queue: object = None, **options: object) -> LabelQueue:
    return LabelQueue(home.store, home.root, queue, **{"read": read, "who": "민아", **options})


def statuses(home: ProjectFolder) -> dict[str, str]:
    images = home.images
    return dict(zip(images["image_id"], images["label_status"], strict=True))


def corners(home: ProjectFolder, image_id: str) -> list[list[float]]:
    boxes = home.boxes
    return boxes.loc[boxes["image_id"] == image_id, CORNERS].to_numpy().tolist()


def label_all(queue: LabelQueue, count: int) -> None:
    for _ in range(count):
        queue.draw([box()])
        queue.submit()


# Answers --------------------------------------------------------------------------------------------------------------


def test_submit__saves_boxes_labeller_and_seconds_in_one_event_and_opens_the_next(home):
    clock = Clock()
    queue = queue_of(home, clock=clock)
    assert (queue.current.image_id, queue.position, queue.boxes) == ("a", 0, ())
    clock.now = 4.0
    queue.draw([box(), box(50, name="truck")])
    clock.now = 6.5
    queue.submit()
    assert queue.current.image_id == "b"
    assert statuses(home)["a"] == "labelled"
    saved = home.boxes
    assert saved[["class_name", "labeller"]].to_numpy().tolist() == [["번호판", "민아"], ["truck", "민아"]]
    assert saved[CORNERS].to_numpy().tolist() == [[10, 20, 40.5, 40.25], [50, 20, 80.5, 40.25]]
    (event,) = tables.records(home.store.events("a", action="label"))
    assert (event["who"], event["seconds"]) == ("민아", 6.5)
    assert json.loads(event["before"]) == {"label_status": "unlabelled", "boxes": []}


def test_submit__without_a_box_saves_nothing_and_asks(home):
    queue = queue_of(home)
    queue.submit()
    assert queue.current.image_id == "a"
    assert "No box is drawn" in queue.message
    assert statuses(home)["a"] == "unlabelled"
    assert len(home.store.events("a")) == 1  # That it was collected.


def test_empty__is_an_answer_of_its_own(home):
    queue = queue_of(home)
    queue.empty()
    assert (statuses(home)["a"], queue.current.image_id, queue.message) == ("empty", "b", "")


def test_empty__with_boxes_drawn_has_to_be_said_twice(home):
    queue = queue_of(home)
    queue.draw([box()])
    queue.empty()
    assert statuses(home)["a"] == "unlabelled"
    assert "1 box is drawn" in queue.message
    queue.draw([box(), box(50)])  # Something else in between: it is asked again.
    queue.empty()
    assert (statuses(home)["a"], queue.current.image_id) == ("unlabelled", "a")
    queue.empty()
    assert (statuses(home)["a"], len(home.boxes)) == ("empty", 0)


def test_skip__leaves_the_picture_unlabelled_and_comes_back_to_it_when_asked(home):
    clock = Clock()
    queue = queue_of(home, clock=clock)
    queue.draw([box()])
    clock.now = 3.0
    queue.skip()
    label_all(queue, 4)
    assert queue.current is None
    assert queue.counts() == {"labelled": 4, "skipped": 1}
    assert queue.summary() == "5 of 5 pictures answered: 4 labelled, 1 skipped"
    assert home.store.events("a", action="skip")["seconds"].tolist() == [3.0]
    queue.rest()
    assert (queue.current.image_id, queue.boxes) == ("a", (box(),))
    queue.submit()
    assert statuses(home)["a"] == "labelled"
    assert queue.current is None


def test_back__shows_what_was_saved_and_forward_goes_past_it(home):
    queue = queue_of(home)
    label_all(queue, 2)
    queue.draw([box(60)])
    queue.back()
    assert (queue.current.image_id, queue.answer) == ("b", "labelled")
    assert [one.corners for one in queue.boxes] == [box().corners]
    queue.draw([replace(queue.boxes[0], xmin=12.0)])
    queue.submit()
    assert (queue.current.image_id, queue.boxes) == ("c", (box(60),))  # As it was left.
    assert corners(home, "b") == [[12.0, 20.0, 40.5, 40.25]]
    assert home.boxes["box_id"].tolist() == ["b1", "b2"]  # A moved box is the same box.
    queue.back()
    queue.back()
    queue.back()
    assert queue.current.image_id == "a"
    assert "no picture before" in queue.message
    queue.skip()
    assert (statuses(home)["a"], queue.current.image_id) == ("labelled", "c")


def test_end__says_so_does_nothing_more_and_can_go_back(home):
    queue = queue_of(home, ["a", "b"])
    label_all(queue, 2)
    before = home.store.last_event()
    for act in (queue.submit, queue.empty, queue.skip, queue.reload):
        act()
    queue.draw([box()])
    assert (queue.current, queue.picture, queue.boxes) == (None, None, ())
    assert home.store.last_event() == before
    queue.back()
    assert queue.current.image_id == "b"


def test_queue__of_nothing_is_done_at_once(home):
    queue = queue_of(home, [])
    assert (queue.current, queue.summary(), queue.counts()) == (None, "no pictures wait", {})
    queue.back()
    queue.undo()
    assert queue.current is None


# Undo -----------------------------------------------------------------------------------------------------------------


def test_undo__takes_back_strokes_then_answers(home):
    queue = queue_of(home)
    queue.draw([box()])
    queue.draw([box(), box(60)])
    queue.undo()
    assert queue.boxes == (box(),)
    queue.submit()
    queue.empty()
    queue.undo()
    assert (queue.current.image_id, statuses(home)["b"]) == ("b", "unlabelled")
    queue.undo()
    assert (queue.current.image_id, queue.boxes) == ("a", (box(),))
    assert (statuses(home)["a"], len(home.boxes)) == ("unlabelled", 0)
    queue.undo()
    queue.undo()
    assert (queue.boxes, queue.message) == ((), "There is nothing to take back.")
    assert set(label_log(home.store)["answer"]) == set()


def test_undo__gives_boxes_back_with_their_ids_attributes_and_marks(home):
    home.store.set_boxes(
        "a", pd.DataFrame([{"class_name": "truck", **dict(zip(CORNERS, (1, 2, 30, 40), strict=True))}])
    )
    home.store.set_boxes("a", home.boxes.assign(colour="red", ignore=True))
    before = home.boxes
    mark(home.store, before[["image_id", "box_id", "class_name", *CORNERS]], "relabel")
    queue = queue_of(home, relabel_queue(home.store))
    assert queue.current.about == ("b1",)
    queue.draw([box()])
    queue.submit()
    assert (home.boxes["box_id"].tolist(), len(relabel_queue(home.store))) == (["b2"], 0)
    queue.undo()
    pd.testing.assert_frame_equal(home.boxes, before)
    assert relabel_queue(home.store)["box_id"].tolist() == ["b1"]


def test_undo__of_a_picture_saved_twice_goes_back_step_by_step(home):
    queue = queue_of(home)
    label_all(queue, 1)
    queue.back()
    queue.draw([replace(queue.boxes[0], xmin=12.0)])
    queue.submit()
    queue.undo()
    assert (corners(home, "a"), queue.boxes[0].xmin) == ([[10.0, 20.0, 40.5, 40.25]], 12.0)
    queue.undo()  # The stroke.
    assert queue.boxes[0].xmin == 10.0
    queue.undo()
    assert (statuses(home)["a"], queue.message) == ("unlabelled", "")


def test_undo__of_somebody_else_is_noticed(home):
    other = queue_of(home, who="tom")
    label_all(other, 1)
    mine = queue_of(home, ["a"], again=True)
    other.undo()
    mine.submit()
    assert "tom changed the labels of 'a'" in mine.message


def test_undo__does_not_take_back_what_somebody_else_saved(home):
    queue = queue_of(home)
    label_all(queue, 1)
    home.store.set_boxes("a", tables.empty("boxes"), who="tom")
    queue.undo()
    assert "Not taken back: tom changed the labels of 'a'" in queue.message
    assert statuses(home)["a"] == "empty"


def test_store_undo__refuses_what_is_no_edit(home):
    with pytest.raises(InputError, match="event 1 is no edit"):
        home.store.undo(1)


# Going on, others, troubles -------------------------------------------------------------------------------------------


def test_queue__goes_on_where_it_was_left(home):
    label_all(queue_of(home), 3)
    queue = queue_of(home, list("abcde"))
    assert (queue.current.image_id, queue.position) == ("d", 3)
    assert queue.counts() == {"labelled": 3, "waiting": 2}
    queue.back()
    assert queue.current.image_id == "c"


def test_queue__returned_come_before_unlabelled(home):
    add(home, "z", label_status="returned")
    add(home, "f", label_status="approved")
    queue = queue_of(home)
    assert [one.image_id for one in queue.queue] == ["z", *"abcde"]
    assert queue.current.reason == "returned for another look"


def test_conflict__nobody_writes_over_anybody_unseen(home):
    mine, other = queue_of(home), queue_of(home, who="tom")
    other.draw([box(60)])
    other.submit()
    mine.draw([box()])
    mine.submit()
    assert mine.current.image_id == "a"
    assert mine.message.startswith("tom changed the labels of 'a' at ")
    assert (mine.boxes, corners(home, "a")) == ((box(),), [[60, 20, 90.5, 40.25]])
    mine.submit()
    assert (mine.current.image_id, corners(home, "a")) == ("b", [[10, 20, 40.5, 40.25]])
    (held,) = json.loads(home.store.events("a", action="label")["before"].iloc[-1])["boxes"]
    assert (held["xmin"], held["labeller"]) == (60, "tom")


def test_conflict__reload_shows_theirs(home):
    mine, other = queue_of(home), queue_of(home, who="tom")
    label_all(other, 1)
    mine.draw([box(60)])
    mine.submit()
    mine.reload()
    assert [one.box_id for one in mine.boxes] == ["b1"]
    mine.undo()
    assert mine.boxes == (box(60),)
    mine.reload()
    mine.draw([replace(mine.boxes[0], xmin=11.0)])
    mine.submit()
    assert corners(home, "a") == [[11.0, 20.0, 40.5, 40.25]]


def test_conflict__after_a_restore(home):
    queue = queue_of(home)
    home.store.replace_all(home.images, home.boxes, CLASSES, who="tom", why="v1", notes={})
    queue.draw([box()])
    queue.submit()
    assert "tom changed the labels" in queue.message


def test_queue__passes_over_what_somebody_else_labelled_meanwhile(home):
    queue = queue_of(home)
    for name in "bc":
        home.store.set_boxes(name, tables.empty("boxes"), who="tom")
    label_all(queue, 1)
    assert queue.current.image_id == "d"
    assert queue.message.count("was labelled by somebody else meanwhile") == 2
    assert queue.counts() == {"labelled": 1, "empty": 2, "waiting": 2}


def test_queue__unreadable_pictures_are_named_and_passed_over(home):
    add(home, "broken 1", "broken 2")
    queue = queue_of(home, ["broken 1", "a", "broken 2"])
    assert queue.current.image_id == "a"
    assert "Left out: cannot read the picture broken 1.jpg: damaged" in queue.message
    label_all(queue, 1)
    assert (queue.current, queue.counts()) == (None, {"unreadable": 2, "labelled": 1})
    assert list(queue.unreadable) == ["broken 1", "broken 2"]
    assert statuses(home)["broken 1"] == "unlabelled"
    queue.back()
    assert queue.current.image_id == "a"


def test_save__that_fails_keeps_the_boxes_and_says_why(home, monkeypatch):
    queue = queue_of(home)
    queue.draw([box()])

    def full(*_: object, **__: object) -> None:
        raise ProjectError("no space left")

    with monkeypatch.context() as patch:
        patch.setattr(type(home.store), "set_boxes", full)
        queue.submit()
    assert (queue.current.image_id, queue.boxes, queue.message) == ("a", (box(),), "Not saved: no space left")
    queue.submit()
    assert statuses(home)["a"] == "labelled"


@pytest.mark.parametrize(
    ("queue", "said"),
    [
        (["a", "nobody"], "'nobody' is not in the project"),
        (pd.DataFrame({"image": ["a"]}), "no column image_id; it has image"),
    ],
    ids=["unknown", "no column"],
)
def test_queue__refuses(home, queue, said):
    with pytest.raises(InputError, match=said):
        queue_of(home, queue)


def test_queue__of_labels_shows_labelled_pictures_until_each_was_looked_at_again(home):
    label_all(queue_of(home), 5)
    boxes = home.boxes[["image_id", "box_id", "class_name", *CORNERS]]
    suspects = boxes.iloc[[3, 1, 1]].assign(kind="loose", evidence="much wider than the prediction")
    queue = queue_of(home, suspects)
    assert [one.image_id for one in queue.queue] == ["d", "b"]
    assert queue.current.reason == "loose: much wider than the prediction"
    queue.submit()
    assert queue.current.image_id == "b"
    assert queue_of(home, suspects).current.image_id == "b"  # After a restart.
    assert queue_of(home, suspects, again=False).current is None
    queue.submit()
    assert queue.current is None
    assert queue_of(home, suspects).current.image_id == "d"  # A new pass.
    assert queue_of(home, list("abc")).current is None
    assert queue_of(home, list("abc"), again=True).current.image_id == "a"


# Boxes ----------------------------------------------------------------------------------------------------------------


def test_draw__cuts_at_the_edge_drops_slips_and_turns_boxes_drawn_backwards(home):
    queue = queue_of(home)
    queue.draw([OpenBox("truck", -5, -5, 20, 30), OpenBox("truck", 90, 70, 60, 40), OpenBox("truck", 5, 5, 5.5, 60)])
    assert [one.corners for one in queue.boxes] == [(0, 0, 20, 30), (60, 40, 90, 70)]
    with pytest.raises(InputError, match="no class 'lorry'; there are: 번호판, truck"):
        queue.draw([box(name="lorry")])
    assert len(queue.boxes) == 2


def test_draw__what_went_through_the_display_is_no_stroke(home):
    queue = queue_of(home)
    queue.draw([box(1 / 3)])
    queue.draw([box(1 / 3 + 1e-9)])
    queue.undo()
    assert queue.boxes == ()


def test_submit__an_untouched_box_stays_exactly_what_it_was(home):
    odd = {"class_name": "truck", "xmin": 1 / 3, "ymin": -2.5, "xmax": 120.0, "ymax": 40.7, "ignore": True}
    home.store.set_boxes("a", pd.DataFrame([{**odd, "labeller": "tom", "colour": "red"}]))
    before = home.boxes
    queue = queue_of(home, ["a"], again=True)
    queue.draw([replace(queue.boxes[0], xmin=queue.boxes[0].xmin + 0.01), box()])
    queue.submit()
    after = home.boxes
    pd.testing.assert_frame_equal(after.iloc[:1], before)
    assert after["labeller"].tolist() == ["tom", "민아"]


# Pre-labels and the log -----------------------------------------------------------------------------------------------


@pytest.fixture
def predictions() -> pd.DataFrame:
    rows = [("a", x, 0.9) for x in (0, 20, 40, 60)] + [("a", 10, 0.3), ("b", 95, 0.8)]
    table = pd.DataFrame(rows, columns=["image_id", "xmin", "confidence"])
    return table.assign(class_name="번호판", ymin=10.0, xmax=table["xmin"] + 15.0, ymax=30.0)


def test_prelabels__are_shown_from_the_confidence_on_and_counted(home, predictions):
    queue = queue_of(home, prelabels=predictions, confidence=0.5)
    same, moved, renamed, _ = queue.boxes
    assert [one.xmin for one in queue.boxes] == [0, 20, 40, 60]
    queue.draw([replace(same, xmin=0.4), replace(moved, ymax=31.0), replace(renamed, class_name="truck"), box(70)])
    queue.submit()
    assert [one.corners for one in queue.boxes] == [(95, 10, 100, 30)]  # Cut at the edge.
    queue.submit()
    assert queue.boxes == ()  # Nothing was predicted for c.
    queue.draw([box()])
    queue.submit()
    log = label_log(home.store)
    names = ["shown", "accepted", "moved", "renamed", "removed", "added"]
    assert log[names].to_numpy().tolist() == [[4, 1, 1, 1, 1, 1], [1, 1, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]]
    assert log["boxes"].tolist() == [4, 1, 1]


def test_prelabels__are_still_known_when_a_picture_is_opened_again(home, predictions):
    queue = queue_of(home, prelabels=predictions)
    queue.submit()
    queue.back()
    queue.draw([replace(queue.boxes[0], xmax=17.0), *queue.boxes[1:3]])
    queue.submit()
    log = label_log(home.store)
    assert log["accepted"].tolist() == [4, 2]
    assert log[["moved", "removed", "added"]].iloc[1].tolist() == [1, 1, 0]


def test_prelabels__leave_labelled_pictures_alone(home, predictions):
    label_all(queue_of(home), 1)
    queue = queue_of(home, prelabels=predictions, again=True)
    assert [one.corners for one in queue_of(home, ["a"], prelabels=predictions, again=True).boxes] == [box().corners]
    assert queue.current.image_id == "b"


@pytest.mark.parametrize(
    ("change", "confidence", "said"),
    [
        ({"class_name": "plate"}, 0.5, "have the class 'plate', the project has 번호판, truck"),
        ({}, 1.5, "expected 0 to 1"),
    ],
    ids=["class", "confidence"],
)
def test_prelabels__refused(home, predictions, change, confidence, said):
    with pytest.raises(InputError, match=said):
        queue_of(home, prelabels=predictions.assign(**change), confidence=confidence)


def test_log__seconds_count_pauses_as_a_minute_and_skips_as_work(home):
    clock = Clock()
    queue = queue_of(home, clock=clock)
    clock.now += 5
    queue.draw([box()])
    clock.now += 4000
    queue.submit()
    clock.now += 7
    queue.skip()
    clock.now += 2
    queue.empty()
    log = label_log(home.store)
    assert log[["image_id", "answer", "seconds"]].to_numpy().tolist() == [
        *(["a", "labelled", 65.0], ["b", "skipped", 7.0], ["c", "empty", 2.0]),
    ]
    assert set(log["who"]) == {"민아"}
    assert log["shown"].isna().all()


def test_log__of_an_untouched_project_is_empty(home):
    assert label_log(home.store).empty
