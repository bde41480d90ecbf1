"""The real sets: a conversion that others made as the oracle, and every fault their README lists under its own code."""

import numpy as np
import pytest

from workbench.label import check_labels, convert, read_labels
from workbench.model.geometry import CORNERS


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
        "near-duplicate-picture": 6,
        "foreign-path": 1,
    },
    "korean_voc_labelme": {
        "foreign-path": 1,
        "filename-without-extension": 1,
        "character-entities": 1,
        "filename-mismatch": 1,
        "mixed-formats": 1,
        "class-holds-text": 1,
        "labellers-apart": 1,
    },
    "dashcam_frames_day": {
        "float-coordinates": 1,
        "wrong-extension": 34,
        "frames-of-one-video": 1,
    },
    "bad_labels": {"size-mismatch": 40, "filename-extension": 40, "filename-mismatch": 40, "sliver": 1},
    "openalpr_eu": {"main-object-only": 1},
    "yolo_mark": {"list-entry-missing": 1, "no-final-newline": 1},
    "multi_annotator_labelme": {
        "label-without-picture": 40,
        "picture-without-label": 20,
        "labelled-twice": 20,
        # The same van, and the same lorry, a moment later.
        "near-duplicate-picture": 2,
        "labellers-disagree": 1,
        "labellers-apart": 1,
        "deleted-object": 1,
    },
}


@pytest.mark.slow
@pytest.mark.parametrize("place", EXPECTED)
def test_check__real_sets(real_data, place):
    report = check_labels(real_data / place)
    assert report.summary["codes"] == EXPECTED[place]
    assert report.findings == ()


def test_check__two_labellers_of_one_crop(real_data):
    report = check_labels(real_data / "multi_annotator_labelme")
    (message,) = report.problems.loc[report.problems["code"] == "labellers-apart", "message"]
    assert "'ecyou' and 'mhsieh2' have 20 objects of 20 pictures in common" in message


@pytest.mark.slow
def test_check__real_parts_wrong(real_data, tmp_path):
    """A third of a real set with the corner for the centre: the right name, and no right file is changed."""
    source = real_data / "bad_labels"
    convert(source, tmp_path / "yolo", to="yolo")
    files = sorted((tmp_path / "yolo" / "labels").glob("*.txt"))
    for file in files[::3]:
        rows = np.array([line.split() for line in file.read_text().splitlines()], float)
        rows[:, 1:3] -= rows[:, 3:] / 2
        file.write_text("".join("0 " + " ".join(f"{v:.6f}" for v in row[1:]) + "\n" for row in rows))
    report = check_labels(tmp_path / "yolo" / "labels", images=source / "images", format="yolo")
    (finding,) = report.findings
    assert finding.name == "corner-for-centre"
    wrong = {file.name for file in files[::3]}
    assert set(finding.files) <= wrong
    assert len(finding.files) >= 0.8 * len(wrong)


def test_check__quads_beside_rectangles(real_data):
    report = check_labels(real_data / "korean_voc_labelme", format="labelme")
    assert report.summary["codes"]["two-shapes"] == 7


def test_check__two_annotations_of_one_plate(real_data):
    report = check_labels(real_data / "korean_voc_labelme")
    (message,) = report.problems.loc[report.problems["code"] == "labellers-apart", "message"]
    assert "voc and labelme have 13 objects of 13 pictures in common, IoU 0.78 to 0.96" in message


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
