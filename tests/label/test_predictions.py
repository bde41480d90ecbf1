import json

import pytest

from workbench.label import read_labels, read_predictions
from workbench.model.errors import InputError


@pytest.fixture
def labels(tmp_path, photo):
    photo(tmp_path / "p" / "a.jpg", (100, 80))
    content = {
        "images": [{"id": 7, "file_name": "a.jpg", "width": 100, "height": 80}],
        "annotations": [{"id": 1, "image_id": 7, "category_id": 3, "bbox": [10, 10, 20, 20]}],
        "categories": [{"id": 3, "name": "plate"}],
    }
    (tmp_path / "labels.json").write_text(json.dumps(content))
    return read_labels(tmp_path / "labels.json", images=tmp_path / "p")


def write(tmp_path, **changes):
    entry = {"image_id": 7, "category_id": 3, "bbox": [10, 10, 20, 20], "score": 0.5} | changes
    (tmp_path / "r.json").write_text(json.dumps([entry]))
    return tmp_path / "r.json"


@pytest.mark.parametrize("image", [7, "7", "a.jpg", "a", "elsewhere/a.jpg"])
def test_read_predictions__finds_the_picture(tmp_path, labels, image):
    found = read_predictions(write(tmp_path, image_id=image), labels)
    assert found[["image_id", "class_name", "confidence", "xmin", "ymax"]].values.tolist() == [
        ["a.jpg", "plate", 0.5, 10, 30]
    ]


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"score": float("nan")}, "confidence"),
        ({"score": None}, "confidence"),
        ({"score": 1.5}, "0 to 1"),
        ({"image_id": 8}, "1 of 1"),
        ({"category_id": 9}, "category"),
        ({"bbox": [1, 2, 3]}, "four numbers"),
        ({"bbox": [1, 2, float("inf"), 3]}, "finite"),
        ({"bbox": [1, 2, -3, 3]}, "negative"),
    ],
    ids=str,
)
def test_read_predictions__one_line_errors(tmp_path, labels, changes, word):
    with pytest.raises(InputError, match=word) as raised:
        read_predictions(write(tmp_path, **changes), labels)
    assert "\n" not in str(raised.value)


def test_read_predictions__yolo_folder(tmp_path, labels):
    (tmp_path / "y").mkdir()
    (tmp_path / "y" / "a.txt").write_text("3 0.5 0.5 0.2 0.25 0.875\n")
    found = read_predictions(tmp_path / "y", labels)
    assert found[["xmin", "ymin", "xmax", "ymax", "confidence"]].values.tolist() == [[40, 30, 60, 50, 0.875]]
    (tmp_path / "y" / "zzz.txt").write_text("3 0.5 0.5 0.2 0.25 0.875\n")
    with pytest.raises(InputError, match="1 of 2"):
        read_predictions(tmp_path / "y", labels)


def test_read_predictions__none(tmp_path, labels):
    (tmp_path / "r.json").write_text("[]")
    assert len(read_predictions(tmp_path / "r.json", labels)) == 0


@pytest.mark.parametrize("value", [1e308, -1e12, "1e400"])
def test_read_predictions__numbers_that_hold_no_pixel_are_refused_without_a_warning(tmp_path, labels, recwarn, value):
    with pytest.raises(InputError, match=r"entry 0: a box value is .*; expected a finite number"):
        read_predictions(write(tmp_path, bbox=[10, 10, value, 20]), labels)
    assert [str(one.message) for one in recwarn] == []
