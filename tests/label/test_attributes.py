"""What a file says besides is kept under the file's own names, and is never taken for a mark of ours."""

from __future__ import annotations

import json

import pytest
from PIL import Image

from workbench.label import read_labels

NAMES = ("ignore", "points", "shape", "labeller", "keypoints")
SAID = dict.fromkeys(NAMES, "no")


def coco(**more):
    box = {"id": 1, "image_id": 1, "category_id": 1, "bbox": [1, 1, 20, 20], **more}
    images = [{"id": 1, "file_name": "a.jpg", "width": 200, "height": 100}]
    return json.dumps({"images": images, "annotations": [box], "categories": [{"id": 1, "name": "cat"}]})


def cvat():
    said = "".join(f'<attribute name="{name}">no</attribute>' for name in NAMES)
    box = f'<box label="cat" occluded="0" xtl="1" ytl="1" xbr="21" ybr="21">{said}</box>'
    return f'<annotations><image id="0" name="a.jpg" width="200" height="100">{box}</image></annotations>'


def labelme():
    shape = {"label": "cat", "points": [[1, 1], [21, 21]], "shape_type": "rectangle", "attributes": SAID}
    return json.dumps({"shapes": [shape], "imagePath": "a.jpg", "imageWidth": 200, "imageHeight": 100})


def via():
    rect = {"name": "rect", "x": 1, "y": 1, "width": 20, "height": 20}
    region = {"shape_attributes": rect, "region_attributes": {"class": "cat", **SAID}}
    return json.dumps({"a.jpg1": {"filename": "a.jpg", "size": 1, "regions": [region]}})


@pytest.mark.parametrize(
    ("file", "text"),
    [
        ("coco.json", coco(attributes=SAID)),
        ("annotations.xml", cvat()),
        ("a.json", labelme()),
        ("via.json", via()),
        ("l.csv", "filename,class,xmin,ymin,xmax,ymax,points,shape,labeller\na.jpg,cat,1,1,21,21,no,no,no\n"),
    ],
    ids=["coco", "cvat", "labelme", "via", "csv"],
)
def test_attributes_that_are_called_like_our_columns(tmp_path, file, text):
    Image.new("RGB", (200, 100)).save(tmp_path / "a.jpg")
    (tmp_path / file).write_text(text)
    boxes = read_labels(tmp_path / file).boxes
    assert boxes[["xmin", "ymin", "xmax", "ymax", "ignore", "labeller"]].values.tolist() == [[1, 1, 21, 21, False, ""]]
    said = [name for name in NAMES if f"{name}_attribute" in boxes]
    assert {"points", "shape", "labeller"} <= set(said)
    assert [boxes.loc[0, f"{name}_attribute"] for name in said] == ["no"] * len(said)


@pytest.mark.parametrize(("crowd", "other"), [(1, 0), (0, 1)])
def test_coco__iscrowd_alone_says_what_does_not_count(tmp_path, crowd, other):
    """Converters from VOC write ``ignore``, too; pycocotools goes by ``iscrowd`` whatever that says."""
    Image.new("RGB", (200, 100)).save(tmp_path / "a.jpg")
    (tmp_path / "coco.json").write_text(coco(iscrowd=crowd, ignore=other))
    assert read_labels(tmp_path / "coco.json").boxes["ignore"].tolist() == [bool(crowd)]
