from __future__ import annotations

import json
import sqlite3
import threading

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model import tables
from workbench.model.errors import InputError, ProjectError, TableError
from workbench.project import ProjectFolder

from ..depth import examples


def image_rows(*names: str, **values: object) -> pd.DataFrame:
    common = {"width": 100, "height": 80, "source": "web", "frame_s": None, "split": "train"} | values
    rows = [{"image_id": n, "path": f"pictures/{n}", "sha256": n * 3, "group_id": f"g{n}", **common} for n in names]
    return tables.from_rows("images", [{"label_status": "unlabelled", **row} for row in rows])


def box_rows(*corners: tuple[float, float, float, float], **values: object) -> pd.DataFrame:
    frame = pd.DataFrame(corners, columns=["xmin", "ymin", "xmax", "ymax"])
    return frame.assign(**({"class_name": "plate"} | values))


@pytest.fixture
def home(tmp_path) -> ProjectFolder:
    project = ProjectFolder.create(tmp_path / "plates", classes=["plate", "light"])
    project.store.add_images(image_rows("a", "b"), tables.empty("boxes"))
    return project


def test_create__opens_again_with_the_same_classes(home):
    assert ProjectFolder.open(home.root).classes == ("plate", "light")


@pytest.mark.parametrize("classes", [[], ["plate", "plate"], [" "], "plate"], ids=["none", "twice", "blank", "text"])
def test_create__refuses_unusable_classes(tmp_path, classes):
    with pytest.raises(InputError):
        ProjectFolder.create(tmp_path / "p", classes=classes)
    assert not (tmp_path / "p").exists()


def test_create__refuses_a_folder_with_something_in_it(tmp_path):
    (tmp_path / "note.txt").write_text("mine")
    with pytest.raises(InputError, match="not an empty folder"):
        ProjectFolder.create(tmp_path, classes=["plate"])
    assert [f.name for f in tmp_path.iterdir()] == ["note.txt"]


def test_open__names_a_folder_without_a_project(tmp_path):
    with pytest.raises(ProjectError, match="holds no project"):
        ProjectFolder.open(tmp_path)


def test_open__refuses_a_newer_schema(home):
    with sqlite3.connect(home.store.path) as db:
        db.execute("PRAGMA user_version = 99")
    with pytest.raises(ProjectError, match="schema version 99"):
        ProjectFolder.open(home.root)


def test_open__names_a_damaged_store(home):
    home.store.path.write_bytes(b"not a database at all" * 100)
    with pytest.raises(ProjectError, match="damaged"):
        ProjectFolder.open(home.root)


def test_open__sweeps_what_a_dead_process_left(home):
    left = home.versions / ".tmp-999999999-abcd"
    left.mkdir()
    (left / "half").write_text("x")
    ProjectFolder.open(home.root)
    assert not left.exists()


def test_set_boxes__keeps_before_and_after(home):
    home.store.set_boxes("a", box_rows((1, 2, 30, 40)), who="ann", seconds=2.5)
    home.store.set_boxes("a", box_rows((1, 2, 31, 40)), who="bob")
    events = home.store.events("a")
    last = events.iloc[-1]
    assert list(events["who"].iloc[-2:]) == ["ann", "bob"]
    assert events["seconds"].iloc[-2] == 2.5
    assert json.loads(last["before"])["boxes"][0]["xmax"] == 30
    assert json.loads(last["after"])["boxes"][0]["xmax"] == 31


def test_set_boxes__no_boxes_means_empty_and_not_unlabelled(home):
    home.store.set_boxes("a", pd.DataFrame())
    status = home.images.set_index("image_id")["label_status"]
    assert status.to_dict() == {"a": "empty", "b": "unlabelled"}


def test_set_boxes__keeps_the_id_of_a_box_that_was_there(home):
    home.store.set_boxes("a", box_rows((1, 2, 30, 40), (5, 5, 9, 9)))
    boxes = home.boxes
    home.store.set_boxes("a", boxes.iloc[[1]].assign(xmax=10.0))
    assert home.boxes["box_id"].tolist() == [boxes["box_id"].iloc[1]]


def test_set_boxes__gives_a_foreign_id_a_new_one(home):
    home.store.set_boxes("a", box_rows((1, 2, 30, 40)))
    home.store.set_boxes("b", box_rows((1, 2, 30, 40), box_id=home.boxes["box_id"].iloc[0]))
    assert home.boxes["box_id"].is_unique


@pytest.mark.parametrize(
    ("image_id", "boxes", "match"),
    [
        ("zzz", box_rows((1, 2, 3, 4)), "not in the project"),
        ("a", box_rows((1, 2, 3, 4), image_id="b"), "another picture"),
    ],
    ids=["unknown", "other"],
)
def test_set_boxes__refuses(home, image_id, boxes, match):
    before = home.store.events()
    with pytest.raises(InputError, match=match):
        home.store.set_boxes(image_id, boxes)
    pd.testing.assert_frame_equal(home.store.events(), before)


def test_set_boxes__changes_nothing_when_a_row_is_wrong(home):
    home.store.set_boxes("a", box_rows((1, 2, 30, 40)))
    with pytest.raises(TableError, match="xmin is greater"):
        home.store.set_boxes("a", box_rows((1, 2, 30, 40), (9, 9, 3, 12)))
    assert len(home.boxes) == 1


def test_add_images__all_or_nothing(home):
    with pytest.raises(InputError, match="already"):
        home.store.add_images(image_rows("c", "a"), tables.empty("boxes"))
    assert home.images["image_id"].tolist() == ["a", "b"]


def test_measures_and_attributes__come_back_as_columns(home):
    home.store.add_images(
        image_rows("c", sharpness=12.5, angle=3.0), box_rows((0, 0, 1, 1), image_id="c", truncated=1, note="번호판")
    )
    row = home.images.set_index("image_id").loc["c"]
    assert (row["sharpness"], row["angle"]) == (12.5, 3.0)
    assert home.boxes[["truncated", "note"]].iloc[0].tolist() == [1, "번호판"]


def test_set_split__never_tears_a_group(home):
    home.store.add_images(image_rows("c", "d", group_id="clip"), tables.empty("boxes"))
    with pytest.raises(InputError, match="same group"):
        home.store.set_split(["c"], "test")
    home.store.set_split(["c", "d"], "test")
    assert home.images.set_index("image_id")["split"].to_dict() == {
        "a": "train",
        "b": "train",
        "c": "test",
        "d": "test",
    }


def test_two_writers__lose_no_edit(home):
    def write(name: str) -> None:
        for size in range(20):
            home.store.set_boxes(name, box_rows((0, 0, size + 1, 5)), who=name)

    threads = [threading.Thread(target=write, args=(name,)) for name in ("a", "b")]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    events = home.store.events()
    assert events.groupby("who").size()[["a", "b"]].tolist() == [20, 20]
    assert home.boxes["xmax"].tolist() == [20.0, 20.0]


@examples(12, 300)
@given(
    st.lists(
        st.tuples(*[st.floats(-50, 500, allow_nan=False, width=32)] * 2, *[st.floats(0, 500, width=32)] * 2),
        max_size=5,
    )
)
def test_set_boxes__gives_back_every_number(tmp_path_factory, rows):
    project = ProjectFolder.create(tmp_path_factory.mktemp("p"), classes=["plate"])
    project.store.add_images(image_rows("a"), tables.empty("boxes"))
    corners = [(x, y, x + w, y + h) for x, y, w, h in rows]
    project.store.set_boxes("a", box_rows(*corners))
    assert list(project.boxes[["xmin", "ymin", "xmax", "ymax"]].itertuples(index=False, name=None)) == corners


@pytest.mark.parametrize("goal", ["", "video", "밤길"])
def test_create__keeps_the_goal(tmp_path, goal):
    home = ProjectFolder.create(tmp_path / "p", classes=["plate"], goal=goal)
    assert (home.goal, ProjectFolder.open(home.root).goal) == (goal, goal)


@pytest.mark.parametrize("goal", [" ", "video ", "a\nb", None], ids=["blank", "padded", "two lines", "none"])
def test_create__refuses_an_unusable_goal(tmp_path, goal):
    with pytest.raises(InputError, match="goal"):
        ProjectFolder.create(tmp_path / "p", classes=["plate"], goal=goal)
    assert not (tmp_path / "p").exists()
