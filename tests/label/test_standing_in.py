"""A queue answered without a person, and what pre-labels saved: both held against what the log says."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from workbench.annotate import LabelQueue, hand_work, label_log, stand_in
from workbench.model import tables
from workbench.model.errors import InputError, ProjectError
from workbench.model.geometry import CORNERS
from workbench.project import ProjectFolder

TRUE = (10.0, 20.0, 50.0, 40.0)
"""40 x 20; moved by x pixels sideways its IoU is (40 - x) / (40 + x)."""


@pytest.fixture
def home(tmp_path: Path) -> ProjectFolder:
    """Three pictures that nobody has labelled, 100 x 80."""
    project = ProjectFolder.create(tmp_path / "plates", classes=["plate", "truck"])
    common = {"width": 100, "height": 80, "source": "web", "split": "train", "label_status": "unlabelled"}
    rows = [{"image_id": n, "path": f"{n}.jpg", "sha256": n, "group_id": n, **common} for n in "abc"]
    project.store.add_images(tables.from_rows("images", rows), tables.empty("boxes"))
    return project


def shifted(image_id: str, x: float, *, name: str = "plate", **more: object) -> dict[str, object]:
    corners = dict(zip(CORNERS, (TRUE[0] + x, TRUE[1], TRUE[2] + x, TRUE[3]), strict=True))
    return {"image_id": image_id, "class_name": name, **corners, **more}


def found(*rows: dict[str, object]) -> pd.DataFrame:
    return tables.from_rows(
        "predictions", [{"confidence": 0.9, **row, "prediction_id": f"p{i}"} for i, row in enumerate(rows)]
    )


def truth(*rows: dict[str, object]) -> pd.DataFrame:
    return tables.from_rows("boxes", [{**row, "box_id": f"t{i}"} for i, row in enumerate(rows)])


def queue_of(home: ProjectFolder, prelabels: pd.DataFrame | None = None) -> LabelQueue:
    return LabelQueue(home.store, home.root, read=lambda path, width, height: path, who="mina", prelabels=prelabels)


def counted(home: ProjectFolder) -> dict[str, int]:
    log = label_log(home.store)
    names = ("shown", "accepted", "moved", "renamed", "removed", "added")
    return {name: int(log[name].sum()) for name in names if log[name].sum()}


@pytest.mark.parametrize(
    ("prelabel", "expected", "left"),
    [
        (shifted("a", 0), {"shown": 1, "accepted": 1}, 10.0),
        (shifted("a", 6), {"shown": 1, "accepted": 1}, 16.0),
        (shifted("a", 9), {"shown": 1, "moved": 1}, 10.0),
        (shifted("a", 20), {"shown": 1, "removed": 1, "added": 1}, 10.0),
        (shifted("a", 6, name="truck"), {"shown": 1, "renamed": 1}, 16.0),
    ],
    ids=["the same", "IoU 0.74", "IoU 0.63", "IoU 0.33", "another class"],
)
def test_stand_in__corrects_as_a_person_would(home, prelabel, expected, left):
    queue = queue_of(home, found(prelabel))
    assert stand_in(queue, truth(shifted("a", 0))) == 3
    assert counted(home) == expected
    boxes = home.boxes
    assert boxes[["image_id", "class_name", "xmin", "labeller"]].to_numpy().tolist() == [
        ["a", "plate", left, "stand-in"]
    ]
    assert home.images["label_status"].tolist() == ["labelled", "empty", "empty"]
    assert set(label_log(home.store)["who"]) == {"stand-in"}
    assert queue.who == "mina"


def test_stand_in__removes_what_is_on_nothing(home):
    stand_in(queue_of(home, found(shifted("b", 0), shifted("b", 30))), truth(shifted("a", 0)))
    assert counted(home) == {"shown": 2, "removed": 2, "added": 1}
    assert home.images["label_status"].tolist() == ["labelled", "empty", "empty"]


def test_stand_in__a_detector_that_finds_nothing_does_not_say_that_nothing_is_there(home):
    seen = found(shifted("a", 0), shifted("c", 3))
    stand_in(queue_of(home), seen)
    assert home.images["label_status"].tolist() == ["labelled", "unlabelled", "labelled"]
    assert label_log(home.store)["answer"].tolist() == ["labelled", "skipped", "labelled"]


def test_stand_in__leaves_a_persons_answers_alone(home):
    queue = queue_of(home, found(shifted("a", 6)))
    queue.submit()
    assert stand_in(queue, truth(shifted("a", 0), shifted("b", 0))) == 2
    assert label_log(home.store)["who"].tolist() == ["mina", "stand-in", "stand-in"]
    assert stand_in(queue, truth()) == 0


def test_stand_in__says_what_cannot_be_saved_and_stops(home, monkeypatch):
    def refuse(*_: object, **__: object) -> int:
        raise ProjectError("the disk is full")

    queue = queue_of(home)
    monkeypatch.setattr(home.store, "set_boxes", refuse)
    with pytest.raises(InputError, match="stays open: Not saved: the disk is full"):
        stand_in(queue, truth())
    assert queue.who == "mina"


def test_hand_work__is_what_was_corrected_times_the_seconds(home):
    seen = found(shifted("a", 0), shifted("a", 40), shifted("b", 9))
    stand_in(queue_of(home, seen), truth(shifted("a", 0), shifted("b", 0), shifted("c", 0)))
    work = hand_work(label_log(home.store), draw_s=60.0, remove_s=30.0)
    assert work.to_dict() == {
        "pictures": 3, "untouched": 0, "shown": 3, "accepted": 1, "moved": 1, "renamed": 0, "removed": 1, "added": 1,
        "minutes_from_nothing": 3.0, "minutes_to_correct": 2.5, "minutes_saved": 0.5,
    }  # fmt: skip


def test_hand_work__counts_only_what_began_with_prelabels(home):
    stand_in(queue_of(home), truth(shifted("a", 0)))
    work = hand_work(label_log(home.store))
    assert (work["pictures"], work["minutes_saved"]) == (0, 0.0)


def test_hand_work__of_no_answers(home):
    assert hand_work(label_log(home.store))["pictures"] == 0
