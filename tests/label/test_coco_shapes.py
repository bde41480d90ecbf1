"""COCO as others write it: masks without boxes, several tasks of one set, boxes that are not their polygon's hull."""

import json

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pycocotools import mask as coco_mask

from workbench.label import check_labels, convert, read_labels
from workbench.label.formats.coco_masks import segmentation_of
from workbench.model.geometry import CORNERS


def write(path, annotations, *, files=("a.png",), size=(100, 80), categories=("car",)):
    images = [{"id": n, "file_name": name, "width": size[0], "height": size[1]} for n, name in enumerate(files, 1)]
    kinds = [{"id": n, "name": name} for n, name in enumerate(categories, 1)]
    items = [{"id": n, "image_id": 1, "category_id": 1, **one} for n, one in enumerate(annotations, 1)]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"images": images, "annotations": items, "categories": kinds}))
    return path


def corners_of(labels, **options):
    return read_labels(labels, **options).boxes[CORNERS].to_numpy().round(6).tolist()


def test_read__masks_of_the_case(cases):
    read = read_labels(cases / "coco_rle")
    # 12279 = 51 * 240 + 39: the run of 32 begins in column 51, row 39, and 81 columns have one.
    assert corners_of(cases / "coco_rle") == [[51, 39, 132, 71], [10, 10, 150, 140]]
    assert read.boxes["ignore"].tolist() == [True, False]
    assert read.boxes["area"].tolist()[1] == 3500
    report = check_labels(cases / "coco_rle")
    assert report.summary["codes"]["mask-not-kept"] == 1


@given(
    st.integers(1, 12).flatmap(
        lambda high: st.integers(1, 12).flatmap(
            lambda wide: st.lists(st.booleans(), min_size=high * wide, max_size=high * wide).map(
                lambda flat: np.array(flat, dtype=np.uint8).reshape(high, wide)
            )
        )
    )
)
def test_segmentation_of__run_lengths_as_pycocotools(grid):
    packed = coco_mask.encode(np.asfortranarray(grid))
    flat = grid.ravel(order="F")
    turns = [0, *(np.flatnonzero(np.diff(flat)) + 1).tolist(), len(flat)]
    counts = ([0] if flat[0] else []) + np.diff(turns).tolist()
    x, y, w, h = coco_mask.toBbox(packed).tolist()
    want = (x, y, x + w, y + h) if grid.any() else None
    for given_as in (packed["counts"].decode(), counts):
        found = segmentation_of({"size": list(grid.shape), "counts": given_as}, 0, 0, box=True)
        assert found.shape == "mask"
        assert found.corners == want


@pytest.mark.parametrize(
    "counts", ["zzzz~~~", "", "\u00e9", "P137", [3, -1, 98], [3, 4], [1e9], ["a"], None, [2**62] * 4], ids=repr
)
def test_read__run_lengths_that_do_not_fill_the_picture(tmp_path, counts):
    write(tmp_path / "a.json", [{"segmentation": {"size": [10, 10], "counts": counts}}])
    read = read_labels(tmp_path / "a.json")
    assert len(read.boxes) == 0
    assert read.images["label_status"].tolist() == ["unlabelled"]
    assert "do not fill" in " ".join(read.problems["message"])


BOX, POLYGON = [10, 10, 30, 20], [[12, 12, 30, 12, 30, 28]]


@pytest.mark.parametrize("to", ["labelme", "cvat", "label-studio"])
@pytest.mark.parametrize(("bbox", "kept"), [(BOX, False), ([12, 12, 18, 16], True), ([12.004, 12, 18, 16], True)])
def test_convert__a_polygon_never_moves_the_box(tmp_path, header_png, to, bbox, kept):
    header_png(tmp_path / "in" / "images" / "a.png", 100, 80)
    write(tmp_path / "in" / "a.json", [{"bbox": bbox, "segmentation": POLYGON, "area": 144}])
    report = convert(tmp_path / "in" / "a.json", tmp_path / "out", to=to, images=tmp_path / "in" / "images")
    back = read_labels(tmp_path / "out", images=tmp_path / "in" / "images", format=to)
    x, y, w, h = bbox
    np.testing.assert_allclose(back.boxes[CORNERS].to_numpy(), [[x, y, x + w, y + h]], atol=0.01)
    assert ("points" in {one.what for one in report.written.losses}) == (not kept)
    assert ("points" in back.boxes and back.boxes["points"].notna().all()) == kept


def test_convert__area_stays_as_given(tmp_path, header_png):
    header_png(tmp_path / "images" / "a.png", 100, 80)
    write(tmp_path / "a.json", [{"bbox": BOX, "area": 144.5}, {"bbox": [1, 1, 5, 5], "area": 25}])
    report = convert(tmp_path / "a.json", tmp_path / "out", to="coco", images=tmp_path / "images")
    items = json.loads((tmp_path / "out" / "annotations.json").read_text())["annotations"]
    assert [one["area"] for one in items] == [144.5, 25]
    assert report.written.losses == ()
    report = convert(tmp_path / "a.json", tmp_path / "voc", to="voc", images=tmp_path / "images")
    assert [one.what for one in report.written.losses] == ["area"]


def test_convert__masks_and_parts_are_said(tmp_path, header_png):
    header_png(tmp_path / "images" / "a.png", 100, 80)
    parts = [[1, 1, 9, 1, 9, 9], [20, 20, 30, 20, 30, 30]]
    mask = {"size": [80, 100], "counts": [0, 80 * 100]}
    items = [{"bbox": BOX, "segmentation": parts}, {"bbox": BOX, "segmentation": mask}]
    write(tmp_path / "a.json", items)
    report = convert(tmp_path / "a.json", tmp_path / "out", to="coco", images=tmp_path / "images")
    (loss,) = report.written.losses
    assert (loss.what, loss.count) == ("shape", 2)
    assert "polygons 1" in loss.message
    assert "mask 1" in loss.message


def test_read__tasks_of_one_set_are_not_added_up(tmp_path):
    people = [{"bbox": [n, n, 10, 10]} for n in range(5)]
    cars = [{"bbox": [n, 0, 20, 10], "category_id": 2} for n in range(3)]
    write(tmp_path / "person_keypoints_val.json", people, categories=("person",))
    write(tmp_path / "instances_val.json", [*people, *cars], categories=("person", "car"))
    (tmp_path / "captions_val.json").write_text(
        json.dumps({"images": [{"id": 1, "file_name": "a.png"}], "annotations": [{"image_id": 1, "caption": "cars"}]})
    )
    read = read_labels(tmp_path)
    assert len(read.boxes) == 8
    assert set(read.boxes["label_file"]) == {"instances_val.json"}
    said = read.problems.set_index("code")["message"]
    assert "5 of its objects stand there and are read once" in said["same-labels-twice"]
    assert "captions" in said["other-shape"]


def test_read__two_files_with_other_boxes_are_said_in_one_line(tmp_path):
    write(tmp_path / "cars.json", [{"bbox": [1, 1, 10, 10]}, {"bbox": [30, 1, 10, 10]}])
    write(tmp_path / "plates.json", [{"bbox": [3, 3, 4, 2]}], categories=("plate",))
    read = read_labels(tmp_path)
    assert len(read.boxes) == 3
    (message,) = read.problems.loc[read.problems["code"] == "same-labels-twice", "message"]
    assert "'plates.json' labels pictures of 'cars.json', too" in message


def test_read__pictures_of_one_name_in_two_folders_are_others(tmp_path):
    for split in ("train", "valid"):
        write(tmp_path / split / "_annotations.coco.json", [{"bbox": [0, 0, 100, 80]}])
    assert "same-labels-twice" not in set(read_labels(tmp_path).problems["code"])
