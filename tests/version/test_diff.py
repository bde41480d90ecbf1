from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.version import diff, load, snapshot

from ..depth import examples

CELL, CELLS = 100, 5
# What is done to a box, and the change that a person would call it; None where nothing is to be told.
EDITS = {
    "nothing": None,
    "tremble": None,
    "redraw": None,
    "remove": "removed",
    "move": "moved",
    "redraw elsewhere": "moved",
    "tighten": "tightened",
    "loosen": "loosened",
    "relabel": "relabelled",
    "relabel and move": "relabelled",
    "ignore": "ignored",
}
PAIRS = {
    "added": "removed",
    "tightened": "loosened",
    "ignored": "unignored",
    "moved": "moved",
    "relabelled": "relabelled",
}
MIRROR = PAIRS | {after: before for before, after in PAIRS.items()}


def pictures(*names: str, **values: object) -> pd.DataFrame:
    return pd.DataFrame({"image_id": list(names), "split": "train", "source": "web"}).assign(**values)


def boxes(*rows: tuple[object, ...]) -> pd.DataFrame:
    """Rows of box_id, image_id, class_name and the corners."""
    frame = pd.DataFrame(rows, columns=["box_id", "image_id", "class_name", *CORNERS])
    return frame if len(frame) else tables.empty("boxes")


def changes(found) -> list[tuple[object, ...]]:
    rows = tables.records(found.boxes[["image_id", "change", "box_id_before", "box_id_after"]])
    return sorted(tuple(row.values()) for row in rows)


def image_changes(found) -> list[tuple[object, ...]]:
    rows = tables.records(found.images[["image_id", "change", "before", "after"]])
    return [tuple(row.values()) for row in rows]


@st.composite
def edited(draw):
    """Two states of a dataset, and the changes between them by construction.

    Every box has a cell of its own, so that no two of them overlap.
    """
    names = [f"차 {number}" for number in range(draw(st.integers(1, 2)))]
    before, after, expected = [], [], []
    fresh = iter(range(1000, 2000))
    for name in names:
        for cell in range(CELLS):
            place = cell * CELL + 30.0
            corners = [place, 30.0, place + draw(st.integers(20, 40)), draw(st.integers(50, 70))]
            box = {"box_id": f"{name}-{cell}", "image_id": name, "class_name": "plate", "ignore": draw(st.booleans())}
            box |= dict(zip(CORNERS, map(float, corners), strict=True))
            what = draw(st.sampled_from(["add", "absent", *EDITS]))
            if what == "absent":
                continue
            if what == "add":
                after.append(box)
                expected.append((name, "added", None, box["box_id"]))
                continue
            before.append(box)
            if what == "remove":
                expected.append((name, "removed", box["box_id"], None))
                continue
            now = edit(box, what, draw(st.integers(1, 4)))
            if what.startswith("redraw"):
                now["box_id"] = f"new-{next(fresh)}"
            after.append(now)
            change = "unignored" if what == "ignore" and box["ignore"] else EDITS[what]
            if change is not None:
                expected.append((name, change, box["box_id"], now["box_id"]))
    order = draw(st.randoms(use_true_random=False))
    states = []
    for rows in (before, after):
        order.shuffle(rows)
        states.append(pd.DataFrame(rows) if rows else tables.empty("boxes"))
    return names, states[0], states[1], sorted(expected, key=str)


def edit(box: dict[str, object], what: str, pixels: int) -> dict[str, object]:
    xmin, ymin, xmax, ymax = (float(box[name]) for name in CORNERS)  # type: ignore[arg-type]
    if what == "tremble":
        xmin, ymin, xmax, ymax = xmin + 0.5, ymin - 0.4, xmax - 0.3, ymax + 0.5
    elif what in ("move", "redraw elsewhere", "relabel and move"):
        xmin, xmax = xmin + pixels, xmax + pixels
    elif what == "tighten":
        xmin, ymax = xmin + pixels, ymax - pixels
    elif what == "loosen":
        xmin, ymin, ymax = xmin - pixels, ymin - pixels, ymax + pixels
    new = {**box, "xmin": xmin, "ymin": ymin, "xmax": xmax, "ymax": ymax}
    if what.startswith("relabel"):
        new["class_name"] = "light"
    if what == "ignore":
        new["ignore"] = not box["ignore"]
    return new


@given(edited())
@examples(10, 500)
def test_diff__finds_exactly_the_edits(world):
    names, before, after, expected = world
    images = pictures(*names)
    found = diff((images, before), (images, after))
    assert sorted(changes(found), key=str) == expected
    assert found.images.empty
    kinds = [change for _, change, _, _ in expected]
    assert found.summary == {f"boxes {kind}": kinds.count(kind) for kind in set(kinds)}


@given(edited())
@examples(10, 500)
def test_diff__backwards_is_the_mirror(world):
    names, before, after, expected = world
    images = pictures(*names)
    found = diff((images, after), (images, before))
    mirrored = [(name, MIRROR[change], second, first) for name, change, first, second in expected]
    assert sorted(changes(found), key=str) == sorted(mirrored, key=str)


def test_diff__a_box_with_next_to_no_area_is_no_error():
    images = pictures("a")
    thin, thick = (boxes(("b1", "a", "plate", 0, 0, 1, height)) for height in (2.2e-313, 2.0))
    assert diff((images, thin), (images, thick)).boxes["area_ratio"].tolist() == [np.inf]


def test_diff__to_itself_is_nothing():
    images = pictures("a", "b")
    rows = boxes(("b1", "a", "plate", 0, 0, 9, 9), ("b2", "a", "light", 0, 0, 9, 9), ("b3", "b", "plate", 0, 0, 9, 9))
    found = diff((images, rows), (images.iloc[::-1], rows.iloc[::-1]))
    assert (len(found.boxes), len(found.images), found.summary, str(found)) == (0, 0, {}, "nothing changed")


@examples(10, 500)
@given(
    before=st.dictionaries(st.integers(0, 9), st.sampled_from(tables.SPLITS)),
    after=st.dictionaries(st.integers(0, 9), st.sampled_from(tables.SPLITS)),
)
def test_diff__finds_exactly_the_pictures_that_changed(before, after):
    first, second = (
        pictures(*(f"차 {number}" for number in state), split=list(state.values())) if state else tables.empty("images")
        for state in (before, after)
    )
    nothing = boxes()
    expected = []
    for number in sorted(before.keys() | after.keys()):
        name = f"차 {number}"
        if number not in after:
            expected.append((name, "removed", None, None))
        elif number not in before:
            expected.append((name, "added", None, None))
        elif before[number] != after[number]:
            expected.append((name, "split", before[number], after[number]))
    assert image_changes(diff((first, nothing), (second, nothing))) == expected


def test_diff__tells_of_split_and_label_status():
    before = pictures("a", "b", label_status=["unlabelled", "labelled"])
    after = pictures("a", "b", label_status=["empty", "approved"], split=["train", "val"])
    found = diff((before, boxes()), (after, boxes()))
    assert image_changes(found) == [
        ("a", "label_status", "unlabelled", "empty"),
        ("b", "label_status", "labelled", "approved"),
        ("b", "split", "train", "val"),
    ]
    assert found.summary == {"pictures label_status": 2, "pictures split": 1}


def test_diff__a_picture_takes_its_boxes_with_it():
    both = boxes(("b1", "a", "plate", 0, 0, 9, 9), ("b2", "b", "plate", 0, 0, 9, 9))
    found = diff((pictures("a", "b"), both), (pictures("a"), both.iloc[:1]))
    assert changes(found) == [("b", "removed", "b2", None)]
    assert image_changes(found) == [("b", "removed", None, None)]
    assert found.boxes["source"].tolist() == found.images["source"].tolist() == ["web"]


def test_diff__measures_what_a_move_did():
    images = pictures("a")
    found = diff(
        (images, boxes(("b1", "a", "plate", 0, 0, 10, 10), ("b2", "a", "plate", 50, 50, 60, 60))),
        (images, boxes(("b1", "a", "plate", 5, 0, 15, 10), ("b2", "a", "light", 50, 50, 60, 55))),
    )
    moved, relabelled = tables.records(found.boxes)
    assert (moved["change"], moved["iou"], moved["area_ratio"]) == ("moved", pytest.approx(1 / 3), 1.0)
    assert (relabelled["class_before"], relabelled["class_after"]) == ("plate", "light")
    assert (relabelled["iou"], relabelled["area_ratio"]) == (0.5, 0.5)


def test_diff__an_added_box_has_no_measure():
    found = diff((pictures("a"), boxes()), (pictures("a"), boxes(("b1", "a", "plate", 0, 0, 9, 9))))
    row = tables.records(found.boxes)[0]
    assert row == {
        "image_id": "a",
        "change": "added",
        "box_id_before": None,
        "box_id_after": "b1",
        "class_before": None,
        "class_after": "plate",
        "iou": None,
        "area_ratio": None,
        "source": "web",
        "shift_px": None,
        "also": "",
        "labeller_before": None,
        "labeller_after": "",
        "attributes_before": None,
        "attributes_after": "{}",
    }


@pytest.mark.parametrize(
    ("shift", "expected"),
    [
        (0.5, []),
        (0.6, [("a", "moved", "b1", "b1")]),
        (-0.5, []),
    ],
)
def test_diff__half_a_pixel_is_no_move(shift, expected):
    before = boxes(("b1", "a", "plate", 10, 10, 60, 60))
    after = before.assign(xmin=10 + shift, xmax=60 + shift)
    assert changes(diff((pictures("a"), before), (pictures("a"), after))) == expected


@pytest.mark.parametrize(
    ("width", "expected"),
    # A box of 100 drawn anew with this width, from the same corner on: the IoU is the width's share.
    [
        (31, [("a", "tightened", "b1", "b9")]),
        (29, [("a", "added", None, "b9"), ("a", "removed", "b1", None)]),
    ],
    ids=["above 0.3", "below 0.3"],
)
def test_diff__boxes_drawn_anew_are_one_where_they_overlap(width, expected):
    before, after = boxes(("b1", "a", "plate", 0, 0, 100, 10)), boxes(("b9", "a", "plate", 0, 0, width, 10))
    assert changes(diff((pictures("a"), before), (pictures("a"), after))) == expected


def test_diff__of_boxes_drawn_anew_the_best_overlap_wins():
    before = boxes(("b1", "a", "plate", 0, 0, 10, 10), ("b2", "a", "plate", 4, 0, 14, 10))
    after = boxes(("b8", "a", "plate", 4, 0, 14, 10), ("b9", "a", "light", 1, 0, 11, 10))
    found = diff((pictures("a"), before), (pictures("a"), after))
    assert changes(found) == [("a", "relabelled", "b1", "b9")]


@pytest.mark.parametrize("backwards", [False, True])
def test_diff__two_boxes_drawn_anew_as_one_are_one_less(backwards):
    two = boxes(("b1", "a", "plate", 0, 0, 10, 10), ("b2", "a", "plate", 0, 0, 10, 9))
    one = boxes(("b9", "a", "plate", 0, 0, 10, 10))
    if backwards:
        found = diff((pictures("a"), one), (pictures("a"), two))
        assert changes(found) == [("a", "added", None, "b2")]
    else:
        found = diff((pictures("a"), two), (pictures("a"), one))
        assert changes(found) == [("a", "removed", "b2", None)]


def test_diff__boxes_of_two_pictures_are_never_one():
    before, after = boxes(("b1", "a", "plate", 0, 0, 9, 9)), boxes(("b2", "b", "plate", 0, 0, 9, 9))
    images = pictures("a", "b")
    assert changes(diff((images, before), (images, after))) == [
        ("a", "removed", "b1", None),
        ("b", "added", None, "b2"),
    ]


def test_diff__does_not_change_what_it_is_given():
    first = pictures("a"), boxes(("b1", "a", "plate", 0, 0, 9, 9))
    second = pictures("a", "b"), boxes(("b2", "a", "plate", 0, 0, 9, 8))
    copies = [frame.copy(deep=True) for frame in (*first, *second)]
    diff(first, second)
    for frame, copy in zip((*first, *second), copies, strict=True):
        pd.testing.assert_frame_equal(frame, copy)


def test_diff__of_nothing_and_all():
    nothing = tables.empty("images"), tables.empty("boxes")
    full = pictures("a", "b"), boxes(("b1", "a", "plate", 0, 0, 9, 9))
    assert diff(nothing, nothing).summary == {}
    assert diff(nothing, full).summary == {"pictures added": 2, "boxes added": 1}
    assert diff(full, nothing).summary == {"pictures removed": 2, "boxes removed": 1}
    assert list(diff(nothing, nothing).boxes) == list(diff(full, nothing).boxes)


def test_diff__many_boxes_without_an_overlap_of_one_another():
    """A picture labelled from scratch: as many removed as added, each pair one box."""
    rng = np.random.default_rng(0)
    rows = [(f"b{n}", "a", "plate", 50 * n, 0, 50 * n + 40, 40) for n in range(60)]
    order = rng.permutation(60)
    anew = [(f"c{n}", "a", "plate", *rows[n][3:]) for n in order]
    found = diff((pictures("a"), boxes(*rows)), (pictures("a"), boxes(*anew)))
    assert found.summary == {}


def test_diff__between_two_versions(home):
    first = snapshot(home, "one")
    edited_boxes = home.boxes
    mine = edited_boxes[edited_boxes["image_id"] == "a"].copy()
    mine.iloc[0, mine.columns.get_loc("xmax")] = 33.0
    home.store.set_boxes("a", mine.iloc[:1])
    home.store.set_boxes("b", pd.DataFrame())
    home.store.set_split(["c"], "val")
    second = load(home, snapshot(home, "two").version_id)
    found = diff((first.images, first.boxes), (second.images, second.boxes))
    assert changes(found) == [
        ("a", "loosened", "b1", "b1"),
        ("a", "removed", "b2", None),
        ("b", "removed", "b3", None),
    ]
    assert image_changes(found) == [("b", "label_status", "labelled", "empty"), ("c", "split", "test", "val")]
    assert json.loads(json.dumps(found.to_json_dict()))["summary"] == found.summary
    assert str(found) == "1 picture label_status, 1 picture split, 2 boxes removed, 1 box loosened"


def test_diff__tells_attributes_and_labellers_and_what_else_holds():
    images = pictures("a")
    first = boxes(*((f"b{n}", "a", "plate", 50 * n, 0, 50 * n + 40, 40) for n in range(4)))
    before = first.assign(labeller="ann", truncated=[1.0, None, 1.0, 1.0])
    after = before.assign(labeller=["ann", "ann", "민아", "민아"], truncated=[0.0, None, 1.0, None])
    after.loc[3, "xmin"] += 10
    found = tables.records(diff((images, before), (images, after)).boxes)
    assert [(row["box_id_after"], row["change"], row["also"]) for row in found] == [
        ("b0", "attributes", ""),
        ("b2", "labeller", ""),
        ("b3", "tightened", "attributes, labeller"),
    ]
    assert (found[0]["attributes_before"], found[0]["attributes_after"]) == ('{"truncated": 1}', '{"truncated": 0}')
    assert (found[1]["labeller_before"], found[1]["labeller_after"]) == ("ann", "민아")
    assert (found[2]["shift_px"], found[2]["area_ratio"], found[2]["attributes_after"]) == (10.0, 0.75, "{}")


def test_counts__by_source_and_labeller_add_up():
    images = pictures("a", "b").assign(source=["web", "drive"])
    before = boxes(("b1", "a", "plate", 0, 0, 9, 9), ("b2", "b", "plate", 0, 0, 9, 9)).assign(labeller="ann")
    after = boxes(("b1", "a", "plate", 3, 0, 9, 9), ("b3", "b", "plate", 50, 0, 59, 9)).assign(labeller="민아")
    found = diff((images, before), (images, after))
    assert tables.records(found.counts("source", "labeller")) == [
        {"source": "drive", "labeller": "ann", "added": 0, "removed": 1, "tightened": 0},
        {"source": "drive", "labeller": "민아", "added": 1, "removed": 0, "tightened": 0},
        {"source": "web", "labeller": "민아", "added": 0, "removed": 0, "tightened": 1},
    ]
    assert tables.records(found.by_how_much()) == [
        {"change": "tightened", "boxes": 1, "area_ratio": pytest.approx(2 / 3), "shift_px": 3.0, "shift_px_most": 3.0}
    ]
    assert diff((images, before), (images, before)).counts("source").empty


@pytest.mark.parametrize(
    ("before", "after", "lines"),
    [
        (("a", "b"), ("a", "b"), ()),
        (("a",), ("a", "b"), ("class 'b' added",)),
        (("a", "b"), ("b",), ("class 'a' removed",)),
        (("a", "b"), ("b", "a"), ("classes reordered to b, a",)),
    ],
    ids=["same", "added", "removed", "reordered"],
)
def test_diff__tells_what_became_of_the_classes(before, after, lines):
    nothing = tables.empty("images"), tables.empty("boxes")
    assert diff(nothing, nothing, classes=(before, after)).classes == lines
