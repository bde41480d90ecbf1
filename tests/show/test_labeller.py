"""The labeller's widget without a browser: what it sends, and what it makes of what the browser says."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from PIL import Image

import workbench as wb
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.show import Labeller
from workbench.show.labeller.labeller import MOST_PX, picture_for_screen


@pytest.fixture
def home(world, tmp_path) -> wb.Project:
    """The drawn world, nothing labelled yet."""
    project = wb.Project.create(tmp_path / "plates", classes=["번호판", "truck"])
    extra = {"split": "pool", "sha256": world.images["image_id"], "group_id": world.images["image_id"]}
    paths = [str(world.root / path) for path in world.images["path"]]
    project.folder.store.add_images(
        world.images.assign(**extra, path=paths, label_status="unlabelled"), world.boxes.iloc[:0]
    )
    return project


def drawn(x: float = 10.0, name: str = "번호판", **more: Any) -> dict[str, Any]:
    return {"at": [x, 20.5, x + 40, 60.25], "class_name": name, "ignore": False, **more}


def say(widget: Labeller, do: str, boxes: list[dict[str, Any]] | None = None, number: int | None = None) -> None:
    number = widget.view["number"] if number is None else number
    widget._heard(None, {"do": do, "number": number, "boxes": boxes}, [])


def test_labeller__shows_the_first_picture_and_what_waits(home):
    widget = home.label(who="민아")
    assert widget.words["classes"] == ["번호판", "truck"]
    assert (widget.view["at"], widget.view["total"], widget.view["file"]) == (1, 5, "a 1.jpg")
    assert widget.view["counts"] == {"waiting": 5}
    assert Image.open(io.BytesIO(widget.picture["jpeg"])).size == (320, 240)
    assert repr(widget) == "Labeller(0 of 5 pictures answered)"
    bundle: Any = widget._repr_mimebundle_()[0]
    assert bundle["text/plain"] == repr(widget)


def test_labeller__an_answer_is_saved_before_the_next_picture_is_sent(home):
    widget = home.label(who="민아")
    say(widget, "submit", [drawn(), drawn(90, "truck", ignore=True)])
    saved = home.boxes
    assert saved[CORNERS].to_numpy().tolist() == [[10, 20.5, 50, 60.25], [90, 20.5, 130, 60.25]]
    assert saved[["class_name", "ignore", "labeller"]].to_numpy().tolist() == [
        *(["번호판", False, "민아"], ["truck", True, "민아"]),
    ]
    assert (widget.view["at"], widget.view["boxes"], widget.picture["number"]) == (2, [], widget.view["number"])
    say(widget, "empty")
    say(widget, "back")
    assert (widget.view["file"], widget.view["said"]) == ("crowd 1.jpg", "empty")


def test_labeller__an_answer_about_another_picture_is_dropped(home):
    widget = home.label()
    first = widget.view["number"]
    say(widget, "submit", [drawn()])
    events, answer = home.folder.store.last_event(), widget.view["answer"]
    say(widget, "submit", [drawn(), drawn(90)], number=first)  # Enter pressed twice.
    assert (home.folder.store.last_event(), widget.view["at"], widget.view["boxes"]) == (events, 2, [])
    assert widget.view["answer"] == answer + 1  # The browser is told, so that it does not wait for ever.


def test_labeller__what_is_drawn_is_kept_and_can_be_taken_back(home):
    widget = home.label()
    say(widget, "draw", [drawn()])
    say(widget, "draw", [drawn(), drawn(90)])
    assert [box.xmin for box in widget.queue.boxes] == [10, 90]
    say(widget, "undo", [drawn(), drawn(90)])
    assert [box["at"][0] for box in widget.view["boxes"]] == [10]
    say(widget, "submit", [])
    assert "No box is drawn" in widget.view["message"]


@pytest.mark.parametrize("do", ["__init__", "show", "draw_all", ""])
def test_labeller__does_nothing_that_is_no_answer(home, do):
    widget = home.label()
    events = home.folder.store.last_event()
    say(widget, do)
    assert (home.folder.store.last_event(), widget.view["at"]) == (events, 1)


def test_labeller__says_what_was_wrong_with_a_message(home):
    widget = home.label()
    say(widget, "submit", [drawn(name="lorry")])
    assert "there is no class 'lorry'" in widget.view["message"]
    assert len(home.boxes) == 0


def test_labeller__to_the_end(home, world):
    (world.root / "empty 1.jpg").rename(world.root / "away.jpg")
    try:
        widget = home.label(["a", "empty"])
        say(widget, "skip", [drawn()])
    finally:
        (world.root / "away.jpg").rename(world.root / "empty 1.jpg")
    assert widget.picture is None
    assert widget.view["summary"] == "1 of 2 pictures answered: 1 skipped; 1 could not be read"
    assert "it is not there" in widget.view["unreadable"][0]
    say(widget, "rest")
    assert [box["at"] for box in widget.view["boxes"]] == [drawn()["at"]]


def test_label__by_split_source_and_with_prelabels(home, world):
    assert home.label("pool").view["total"] == 5
    assert home.label("web").view["total"] == 2
    with pytest.raises(InputError, match="no pictures in a split or source 'train'"):
        home.label("train")
    widget = home.label(prelabels=world.predictions, confidence=0.8)
    assert [box["prediction_id"] for box in widget.view["boxes"]] == ["p0"]
    say(widget, "submit", widget.view["boxes"])
    log = home.label_log
    assert log[["answer", "shown", "accepted", "added"]].to_numpy().tolist() == [["labelled", 1, 1, 0]]


def test_label__of_the_relabel_queue_looks_at_the_box_first(home):
    home.set_boxes("turned", pd.DataFrame([{"class_name": "truck", **dict(zip(CORNERS, (1, 2, 30, 40), strict=True))}]))
    both = pd.concat([home.boxes, home.boxes.assign(xmin=9.0, box_id="new")])
    home.set_boxes("turned", both)
    home.mark(home.boxes.iloc[1:], "relabel", who="tom")
    home.mark(home.boxes.iloc[1:], "note", "too wide", who="tom")
    widget = home.label(home.relabel_queue)
    assert widget.view["selected"] == 1
    assert widget.view["reason"] == "tom says that a label is wrong (“too wide”)"
    say(widget, "submit", widget.view["boxes"])
    assert len(home.relabel_queue) == 0


# Pictures -------------------------------------------------------------------------------------------------------------


def test_picture__is_upright_and_in_the_size_that_the_project_knows(world):
    shown = picture_for_screen(world.root / "turned 1.jpg", 240, 320)
    picture = Image.open(io.BytesIO(shown.jpeg))
    assert (picture.size, shown.width, shown.height) == ((240, 320), 240, 320)
    red, _, blue = picture.getpixel((70, 215))
    assert blue - red > 120
    with pytest.raises(InputError, match="is 240 x 320 pixels, the project knows it as 320 x 240"):
        picture_for_screen(world.root / "turned 1.jpg", 320, 240)


@pytest.mark.parametrize("size", [(4032, 3024), (9000, 60), (1, 1)], ids=str)
def test_picture__of_any_size_fits(tmp_path, size):
    path = tmp_path / "p.jpg"
    Image.fromarray(np.zeros((size[1], size[0], 3), dtype=np.uint8)).save(path)
    shown = picture_for_screen(path, *size)
    assert (shown.width, shown.height) == size
    assert max(Image.open(io.BytesIO(shown.jpeg)).size) == min(max(size), MOST_PX)


def test_picture__that_is_none_says_so(tmp_path):
    (tmp_path / "p.jpg").write_text("no picture")
    with pytest.raises(InputError, match="cannot read the picture"):
        picture_for_screen(tmp_path / "p.jpg", 10, 10)
    with pytest.raises(InputError, match="it is not there"):
        picture_for_screen(Path("http://example.org/p.jpg"), 10, 10)
