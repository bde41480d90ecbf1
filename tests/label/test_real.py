"""The real sets: a conversion that others made as the oracle, and every fault their README lists under its own code."""

import numpy as np
import pytest

from workbench.label import check_labels, convert, read_labels

CORNERS = ["xmin", "ymin", "xmax", "ymax"]


def test_convert__voc_to_yolo_equals_the_providers_own(real_data, tmp_path):
    source = real_data / "voc_indian_eu"
    convert(source / "images", tmp_path / "out", to="yolo")
    theirs = sorted((source / "yolo_labels").glob("*.txt"))
    count = 0
    for file in theirs:
        ours = (tmp_path / "out" / "labels" / file.name).read_text().split("\n")
        for mine, other in zip(filter(None, ours), file.read_text().split("\n"), strict=True):
            gap = np.abs(np.array(mine.split()[1:], float) - np.array(other.split()[1:], float)).max()
            assert gap < 1e-3
            count += 1
    assert count == 225


EXPECTED = {
    "voc_indian_eu/images": {
        "class-names-similar": 1,
        "picture-without-label": 3,
        "duplicate-picture": 2,
        "near-duplicate-picture": 4,
        "foreign-path": 1,
    },
    "korean_voc_labelme": {
        "foreign-path": 1,
        "filename-without-extension": 1,
        "character-entities": 1,
        "filename-mismatch": 1,
        "mixed-formats": 1,
        "class-holds-text": 1,
    },
    "dashcam_frames_day": {"float-coordinates": 1, "wrong-extension": 34, "near-duplicate-picture": 1},
    "bad_labels": {"size-mismatch": 40, "filename-extension": 40, "filename-mismatch": 40, "sliver": 1},
    "openalpr_eu": {"main-object-only": 1},
    "yolo_mark": {"list-entry-missing": 1, "no-final-newline": 1},
    "multi_annotator_labelme": {
        "label-without-picture": 40,
        "picture-without-label": 20,
        "labelled-twice": 20,
        "labellers-disagree": 1,
        "deleted-object": 1,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("place", EXPECTED)
def test_check__real_sets(real_data, place):
    report = check_labels(real_data / place)
    assert report.summary["codes"] == EXPECTED[place]
    assert report.findings == ()


def test_check__quads_beside_rectangles(real_data):
    report = check_labels(real_data / "korean_voc_labelme", format="labelme")
    assert report.summary["codes"]["two-shapes"] == 7


def test_read__hangul_entities(real_data):
    read = read_labels(real_data / "korean_voc_labelme", format="voc")
    assert "서울" in read.classes
    assert len(read.classes) == 30
    assert (read.images["label_status"] == "labelled").all()


def test_read__content_decides_the_type_and_odd_names_match(real_data):
    read = read_labels(real_data / "dashcam_frames_day")
    assert len(read.boxes) == 36
    assert (read.images["width"] == 1280).all()
    assert read.images["image_id"].str.contains("#t=").all()


def test_read__sizes_come_from_the_picture(real_data):
    read = read_labels(real_data / "bad_labels")
    assert (read.images["width"] == 416).all()
    assert (read.images["declared_width"] != 416).any()
    assert read.boxes[CORNERS].to_numpy().max() <= 416
