"""Label Studio's exports: which picture, which region, whose answer."""

import json

import numpy as np
import pytest

from workbench.label import check_labels, read_labels
from workbench.model.geometry import CORNERS


def rectangle(x, y, w, h, *, label="car", to="image", number="r1", size=(200, 100), **more):
    value = {"x": x, "y": y, "width": w, "height": h, "rotation": more.pop("rotation", 0), "rectanglelabels": [label]}
    result = {"type": "rectanglelabels", "id": number, "from_name": "label", "to_name": to, "value": value}
    return {**result, "original_width": size[0], "original_height": size[1], **more}


def annotation(*results, who=1, **more):
    return {"completed_by": who, "was_cancelled": False, "result": list(results), **more}


def read(folder, *tasks, images=None):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "export.json").write_text(json.dumps(list(tasks)))
    return read_labels(folder / "export.json", images=images)


def by_image(found):
    rows = zip(found.boxes["image_id"], found.boxes[CORNERS].to_numpy().round(6).tolist(), strict=True)
    result = {}
    for image, corners in rows:
        result.setdefault(image, []).append(corners)
    return result


def statuses(found):
    return dict(zip(found.images["image_id"], found.images["label_status"], strict=True))


BOX = [64, 32, 160, 64]


def test_read__export_of_the_case(cases):
    place = cases / "label_studio"
    found = read_labels(place / "export.json", images=place / "images")
    assert by_image(found) == {"one.jpg": [BOX, BOX], "two.jpg": [BOX], "three.jpg": [[64, 32, 160, 96]]}
    assert statuses(found)["four.jpg"] == "unlabelled"
    assert statuses(found)["5 five.jpg"] == "empty"
    assert found.boxes["rotation"].dropna().tolist() == [90]
    assert found.problems.empty


@pytest.mark.parametrize("name", ["min.json", "rect_labels.json"])
def test_read__other_forms_of_the_case(cases, name):
    place = cases / "label_studio"
    assert by_image(read_labels(place / name, images=place / "images")) == {"one.jpg": [BOX]}


def test_read__stored_names_of_the_case(cases):
    assert by_image(read_labels(cases / "ls_prefix")) == {
        "aaaaaaaa-001.jpg": [[126, 50, 212, 87]],
        "bbbbbbbb-001.jpg": [[178, 132, 234, 154]],
    }


@pytest.mark.parametrize(
    ("stored", "there", "want"),
    [
        (["0f6142fb-a.png"], ["a.png"], {"a.png"}),
        (["0f6142fb-a.png"], ["0f6142fb-a.png", "a.png"], {"0f6142fb-a.png"}),
        (["0f6142fb-a.png", "0f6142fc-a.png"], ["a.png"], set()),
        (["0f6142fb-a.png", "0f6142fc-b.png"], ["a.png", "b.png"], {"a.png", "b.png"}),
        (["deadbeef-cafe.png"], ["deadbeef-cafe.png"], {"deadbeef-cafe.png"}),
    ],
    ids=["cut", "as-it-is-first", "cut-is-not-unique", "two", "no-upload-at-all"],
)
def test_read__random_prefix(tmp_path, header_png, stored, there, want):
    for name in there:
        header_png(tmp_path / "images" / name, 200, 100)
    tasks = [
        {"data": {"image": f"/data/upload/3/{name}"}, "annotations": [annotation(rectangle(10, 10, 20, 20))]}
        for name in stored
    ]
    found = read(tmp_path, *tasks, images=tmp_path / "images")
    assert {image for image in by_image(found) if image in there} == want
    assert len(found.boxes) == len(stored)


@pytest.mark.parametrize(
    ("data", "on", "want"),
    [
        ({"img1": "a.png", "img2": "b.png"}, {"to_name": "img2"}, "b.png"),
        ({"image1": "a.png", "image2": "b.png"}, {"to_name": "img-2"}, "b.png"),
        ({"front": "a.png", "back": "b.png"}, {"to_name": "front"}, "a.png"),
        ({"images": ["a.png", "b.png"]}, {"item_index": 1}, "b.png"),
        ({"images": ["a.png", "b.png"]}, {}, "a.png"),
        ({"front": "a.png", "back": "b.png"}, {"to_name": "image"}, None),
        ({"images": ["a.png", "b.png"]}, {"item_index": 7}, None),
        ({"image": "b.png", "page": "https://example.org/about"}, {"to_name": "picture"}, "b.png"),
    ],
    ids=["by-name", "by-number", "by-word", "list", "first-of-list", "unknown", "beyond", "one-picture"],
)
def test_read__box_on_its_own_picture(tmp_path, header_png, data, on, want):
    for name in "ab":
        header_png(tmp_path / "images" / f"{name}.png", 200, 100)
    task = {"data": data, "annotations": [annotation({**rectangle(10, 10, 20, 20), **on})]}
    found = read(tmp_path, task, images=tmp_path / "images")
    assert by_image(found) == ({want: [[20, 10, 60, 30]]} if want else {})
    if want is None:
        assert "empty" not in statuses(found).values()
        assert found.problems["severity"].tolist() == ["error"]


def test_read__several_annotations_are_never_added_up_in_silence(tmp_path):
    answers = [annotation(rectangle(10, 10, 20, 20), who=n) for n in (1, 2)]
    found = read(tmp_path / "two", {"data": {"image": "a.png"}, "annotations": answers})
    assert found.boxes["labeller"].tolist() == ["1", "2"]
    report = check_labels(tmp_path / "two")
    (message,) = report.every.loc[report.every["code"] == "labelled-twice", "message"]
    assert "1 pictures have several annotations (of 1, 2)" in message
    assert not report.ok
    answers[1]["ground_truth"] = True
    found = read(tmp_path / "one", {"data": {"image": "a.png"}, "annotations": answers})
    assert found.boxes["labeller"].tolist() == ["2"]


@pytest.mark.parametrize("turn", [0, 30, 90, 200.5])
def test_read__turned_about_the_first_corner_in_pixels(tmp_path, turn):
    found = read(
        tmp_path, {"data": {"image": "a.png"}, "annotations": [annotation(rectangle(50, 50, 10, 20, rotation=turn))]}
    )
    a = np.radians(turn)
    around = np.array([[0, 0], [20, 0], [20, 20], [0, 20]]) @ np.array(
        [[np.cos(a), np.sin(a)], [-np.sin(a), np.cos(a)]]
    )
    want = np.r_[around.min(axis=0), around.max(axis=0)] + [100, 50, 100, 50]
    np.testing.assert_allclose(found.boxes[CORNERS].to_numpy(), [want], atol=1e-6)


REGIONS = {
    "ellipselabels": ({"x": 50, "y": 50, "radiusX": 10, "radiusY": 20, "ellipselabels": ["car"]}, [80, 30, 120, 70]),
    "polygonlabels": ({"points": [[10, 10], [20, 10], [20, 40]], "polygonlabels": ["car"]}, [20, 10, 40, 40]),
    "brushlabels": ({"format": "rle", "rle": [0, 1], "brushlabels": ["car"]}, None),
    "keypointlabels": ({"x": 5, "y": 5, "width": 1, "keypointlabels": ["car"]}, None),
    "choices": ({"choices": ["day"]}, None),
}


@pytest.mark.parametrize("kind", REGIONS)
def test_read__region_by_region(tmp_path, kind):
    value, want = REGIONS[kind]
    result = {"type": kind, "value": value, "original_width": 200, "original_height": 100, "to_name": "image"}
    found = read(tmp_path, {"data": {"image": "a.png"}, "annotations": [annotation(result)]})
    assert by_image(found) == ({"a.png": [want]} if want else {})
    assert statuses(found)["a.png"] == ("labelled" if want else "unlabelled")
    assert ("other-shape" in set(found.problems["code"])) == (want is None)


def test_read__a_picture_turned_in_the_tool_is_refused(tmp_path):
    task = {"data": {"image": "a.png"}, "annotations": [annotation(rectangle(1, 1, 9, 9, image_rotation=90))]}
    found = read(tmp_path, task)
    assert len(found.boxes) == 0
    assert "turned in the tool" in found.problems["message"].iloc[0]
    assert statuses(found)["a.png"] == "unlabelled"


def test_read__min_with_labels_apart(tmp_path):
    box = {"x": 10, "y": 10, "width": 20, "height": 20, "rotation": 0, "original_width": 200, "original_height": 100}
    other = {**box, "x": 50}
    item = {
        "id": 1,
        "image": "a.png",
        "bbox": [box, other],
        "kind": [{**other, "labels": ["bus"]}, {**box, "labels": ["car"]}],
    }
    found = read(tmp_path, {**item, "annotator": 3})
    assert found.boxes["class_name"].tolist() == ["car", "bus"]
    assert found.boxes["labeller"].tolist() == ["3", "3"]


def test_read__a_local_file_has_no_random_beginning(tmp_path, photo):
    """Only uploads get one: what a local file is called, it is called on the disk."""
    photo(tmp_path / "images" / "a.jpg", (100, 80))
    value = {"rectanglelabels": ["car"], "x": 10, "y": 10, "width": 20, "height": 20}
    region = {"type": "rectanglelabels", "value": value, "original_width": 100, "original_height": 80}
    for place, found in (("local-files/?d=deadbeef-a.jpg", "deadbeef-a.jpg"), ("upload/1/deadbeef-a.jpg", "a.jpg")):
        task = {"id": 1, "data": {"image": f"/data/{place}"}, "annotations": [{"result": [region]}]}
        (tmp_path / "tasks.json").write_text(json.dumps([task]))
        read = read_labels(tmp_path / "tasks.json", images=tmp_path / "images")
        assert read.boxes["image_id"].tolist() == [found]
