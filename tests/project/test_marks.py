"""Marks: what people say of boxes and predictions, kept as events."""

from __future__ import annotations

import io
import subprocess
import sys
import threading

import pandas as pd
import pytest

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project import ProjectFolder
from workbench.project.marks import KINDS, keys, mark, marks, relabel_queue


@pytest.fixture
def home(tmp_path) -> ProjectFolder:
    project = ProjectFolder.create(tmp_path / "plates", classes=["plate"])
    common = {
        "width": 100,
        "height": 80,
        "source": "web",
        "frame_s": None,
        "split": "train",
        "label_status": "labelled",
    }
    images = [{"image_id": n, "path": n, "sha256": n * 3, "group_id": n, **common} for n in "ab"]
    boxes = [{"image_id": n, "class_name": "plate", "xmin": 1, "ymin": 2, "xmax": 30, "ymax": 20} for n in "ab"]
    project.store.add_images(tables.from_rows("images", images), tables.from_rows("boxes", boxes))
    return project


def verdict(image_id: str = "a", *, box: str | None = None, prediction: str | None = None, xmin: float = 1.0) -> dict:
    said = {"image_id": image_id, "box_id": box, "prediction_id": prediction, "class_name": "plate"}
    return said | {"xmin": xmin, "ymin": 2.0, "xmax": 30.0, "ymax": 20.0, "confidence": 0.9 if prediction else None}


def rows(*verdicts: dict) -> pd.DataFrame:
    return pd.DataFrame(list(verdicts))


MISS, ALARM = verdict(box="b1"), verdict("b", prediction="p7", xmin=5.04)


def test_marks__empty(home):
    assert len(marks(home.store)) == len(relabel_queue(home.store)) == 0
    assert set(KINDS) < set(marks(home.store).columns)


def test_mark__holds_who_said_what_and_stays_after_a_restart(home):
    assert mark(home.store, rows(MISS, ALARM), "cause", "blurred", about="run 4", who="ann", seconds=6) == 2
    mark(home.store, rows(ALARM), "note", " look again ", who="bob")
    code = (
        "import sys; from workbench.project import ProjectFolder; from workbench.project.marks import marks;"
        "print(marks(ProjectFolder.open(sys.argv[1]).store).to_json(orient='records'))"
    )
    run = subprocess.run([sys.executable, "-c", code, str(home.root)], check=True, capture_output=True, text=True)
    first, second = pd.read_json(io.StringIO(run.stdout), orient="records").to_dict("records")
    assert (first["box_id"], first["cause"], first["who"], first["about"]) == ("b1", "blurred", "ann", "run 4")
    assert (second["prediction_id"], second["cause"], second["note"], second["who"]) == (
        *("p7", "blurred", "look again", "bob"),
    )
    events = home.store.events(action="mark")
    assert events["who"].tolist() == ["ann", "ann", "bob"]
    assert events["seconds"].tolist()[:2] == [3, 3]


@pytest.mark.parametrize("kind", KINDS)
def test_mark__is_taken_back(home, kind):
    mark(home.store, rows(MISS), kind, "why" if kind in ("cause", "note") else True)
    assert marks(home.store)[kind].tolist() == (["why"] if kind in ("cause", "note") else [True])
    mark(home.store, rows(MISS), kind, None)
    assert len(marks(home.store)) == 0
    assert len(home.store.events(action="mark")) == 2


def test_mark__of_a_place_is_found_again_whatever_the_prediction_is_called(home):
    mark(home.store, rows(ALARM), "outside")
    again = verdict("b", prediction="p99", xmin=5.01)
    moved = verdict("b", prediction="p7", xmin=5.4)
    held = set(marks(home.store)["key"])
    assert [key in held for key in keys(rows(again, moved))] == [True, False]


def test_relabel_queue__until_the_picture_is_edited(home):
    mark(home.store, rows(MISS, ALARM), "relabel", who="ann")
    assert relabel_queue(home.store)["image_id"].tolist() == ["a", "b"]
    boxes = home.boxes
    home.store.set_boxes("a", boxes[boxes["image_id"] == "a"].assign(xmax=28.0))
    assert relabel_queue(home.store)["image_id"].tolist() == ["b"]
    mark(home.store, rows(MISS), "relabel")
    assert relabel_queue(home.store)["image_id"].tolist() == ["b", "a"]
    mark(home.store, rows(MISS), "note", "still too wide")
    home.store.record("look", image_id="a")
    assert len(relabel_queue(home.store)) == 2
    mark(home.store, rows(MISS, ALARM), "relabel", False)
    assert len(relabel_queue(home.store)) == 0


def test_mark__changes_no_label(home):
    before = home.store.read_all()
    mark(home.store, rows(MISS), "relabel")
    after = home.store.read_all()
    assert before[0].equals(after[0])
    assert before[1].equals(after[1])


def test_mark__hundreds_at_once_or_none(home):
    many = [verdict(prediction=f"p{n}", xmin=n / 10) for n in range(300)]
    assert mark(home.store, rows(*many), "edge_case") == 300
    assert marks(home.store)["edge_case"].sum() == 300
    nowhere = verdict(prediction="p301") | {"xmin": None}
    with pytest.raises(InputError, match="neither a box_id nor a xmin"):
        mark(home.store, rows(*many[:5], nowhere), "relabel")
    assert len(relabel_queue(home.store)) == 0


def test_mark__from_two_at_once_loses_nothing(home):
    def one(who: str) -> None:
        for n in range(20):
            mark(home.store, rows(verdict(prediction=f"{who}{n}", xmin=n + len(who) / 10)), "note", who, who=who)

    threads = [threading.Thread(target=one, args=(who,)) for who in ("a", "bb", "ccc")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert marks(home.store)["who"].value_counts().to_dict() == {"a": 20, "bb": 20, "ccc": 20}


@pytest.mark.parametrize(
    ("kind", "value", "said"),
    [
        ("nonsense", True, "kind is 'nonsense'; expected one of cause"),
        ("relabel", "yes", "'relabel' is 'yes'; expected True or False"),
        ("cause", True, "'cause' is True; expected a cause in words"),
    ],
)
def test_mark__refuses(home, kind, value, said):
    with pytest.raises(InputError, match=said):
        mark(home.store, rows(MISS), kind, value)
