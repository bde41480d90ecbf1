from __future__ import annotations

import pandas as pd
import pytest

from workbench.model.errors import InputError, TableError
from workbench.train import Counts, select


def tables(count: int = 10, **columns: object) -> tuple[pd.DataFrame, pd.DataFrame]:
    ids = [f"i{n}" for n in range(count)]
    images = pd.DataFrame({"image_id": ids, "path": ids, "width": 100, "height": 50, "split": "train"})
    images = images.assign(**({"group_id": [f"g{n}" for n in range(count)], "label_status": "labelled"} | columns))
    boxes = pd.DataFrame({"image_id": ids, "class_name": "plate", "xmin": 10.0, "ymin": 10.0, "xmax": 30.0})
    return images, boxes.assign(ymax=20.0)


def test_select__unlabelled_pictures_are_never_backgrounds() -> None:
    images, boxes = tables(6)
    images["label_status"] = ["labelled", "empty", "approved", "unlabelled", "returned", "labelled"]
    images["split"] = ["train", "train", "train", "train", "train", "test"]
    chosen = select(images, boxes.iloc[[0, 2, 5]], classes=["plate"])
    assert set(chosen.train["image_id"]) | set(chosen.val["image_id"]) == {"i0", "i1", "i2"}
    counts = chosen.counts
    assert (counts.left_out_unlabelled, counts.left_out_returned, counts.left_out_other_split) == (1, 1, 1)


def test_select__a_picture_without_a_split_is_left_out() -> None:
    images, boxes = tables(4, split=["train", None, "pool", "val"])
    chosen = select(images, boxes, classes=["plate"])
    assert chosen.counts.left_out_other_split == 2
    assert list(chosen.train["image_id"]) == ["i0"]
    assert list(chosen.val["image_id"]) == ["i3"]
    assert chosen.val_from == "the split val"


def test_select__boxes_are_treated_and_counted() -> None:
    images, boxes = tables(1, split="train")
    rows = pd.concat([boxes] * 6, ignore_index=True).assign(ignore=False)
    rows.loc[0, "ignore"] = True
    rows.loc[1, ["xmin", "xmax"]] = [90.0, 130.0]
    rows.loc[2, ["xmin", "xmax"]] = [100.0, 130.0]
    rows.loc[3, ["ymin", "ymax"]] = [20.0, 20.0]
    counts = select(images, rows, classes=["plate"]).counts
    assert (counts.boxes_ignored, counts.boxes_clipped, counts.boxes_without_area, counts.boxes_twice) == (1, 1, 2, 1)
    assert counts.train_boxes == 2
    kept = select(images, rows, classes=["plate"]).boxes
    assert list(kept["xmax"]) == [100.0, 30.0]


def test_select__does_not_change_its_arguments() -> None:
    images, boxes = tables(3)
    before = images.copy(), boxes.copy()
    select(images, boxes, classes=["plate"])
    pd.testing.assert_frame_equal(images, before[0])
    pd.testing.assert_frame_equal(boxes, before[1])


def test_select__without_val_whole_groups_are_kept_apart() -> None:
    images, boxes = tables(40)
    images["group_id"] = [f"g{n // 2}" for n in range(40)]
    chosen = select(images, boxes, classes=["plate"])
    assert len(chosen.val) == 4
    assert not set(chosen.val["group_id"]) & set(chosen.train["group_id"])
    assert chosen.counts.train_boxes + chosen.counts.val_boxes == 40
    assert "4 of 40" in chosen.val_from
    shuffled = select(images.sample(frac=1, random_state=1), boxes, classes=["plate"])
    assert set(shuffled.val["image_id"]) == set(chosen.val["image_id"])


@pytest.mark.parametrize("count", [1, 2, 3])
def test_select__the_last_box_is_never_kept_apart(count: int) -> None:
    images, boxes = tables(count)
    chosen = select(images, boxes.iloc[:1], classes=["plate"])
    assert chosen.counts.train_boxes == 1
    assert len(chosen.val)


def test_select__one_group_checks_itself() -> None:
    images, boxes = tables(5, group_id="one")
    chosen = select(images, boxes, classes=["plate"])
    assert len(chosen.train) == len(chosen.val) == 5
    assert "themselves" in chosen.val_from


def test_select__refusals() -> None:
    images, boxes = tables(3)
    with pytest.raises(InputError, match="3 unlabelled"):
        select(images.assign(label_status="unlabelled"), boxes, classes=["plate"])
    with pytest.raises(InputError, match="in the split train"):
        select(images.assign(split="test"), boxes, classes=["plate"])
    with pytest.raises(InputError, match="no box to learn from"):
        select(images, boxes.iloc[:0], classes=["plate"])
    with pytest.raises(InputError, match="no box to learn from"):
        select(images, boxes.assign(ignore=True), classes=["plate"])
    with pytest.raises(InputError, match="3 boxes have a class that is not trained, first 'plate'"):
        select(images, boxes, classes=["car"])
    with pytest.raises(InputError, match="no pictures"):
        select(images.iloc[:0], boxes.iloc[:0], classes=["plate"])
    with pytest.raises(TableError, match="images does not hold"):
        select(images, boxes.assign(image_id="x"), classes=["plate"])


def test_counts__say_what_was_used_and_only_what_was_left_out():
    counts = Counts(**dict.fromkeys(Counts.model_fields, 0) | {"train_pictures": 2, "train_boxes": 1, "boxes_twice": 1})
    assert repr(counts) == str(counts)
    assert str(counts) == "2 pictures with 1 box to learn from; 0 pictures with 0 boxes to watch it by; 1 box twice"
