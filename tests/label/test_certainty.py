"""How sure a mistake is, what is mended for it, and what is rounding: small sets carry little."""

import shutil
from pathlib import Path

import numpy as np
import pytest

from workbench.label import check_labels, convert, read_labels
from workbench.label.check import systematic
from workbench.model.geometry import CORNERS

PLACES = {"yolo_mark": 19, "korean_voc_labelme": 17}


def mirror(boxes, width, height, axis):
    flipped = boxes.copy()
    side = (width, height)[axis]
    flipped[:, axis], flipped[:, axis + 2] = side - boxes[:, axis + 2], side - boxes[:, axis]
    return flipped


def five(real_data, place, folder, seed, wrong, axis):
    """Five pictures of a set as YOLO txt, the first `wrong` of them mirrored; returns their boxes as they should be."""
    read = read_labels(real_data / place)
    images = read.images[read.images["picture_file"].notna()].set_index("image_id")
    counts = read.boxes["image_id"].value_counts()
    ids = [name for name in images.index if counts.get(name, 0)]
    rng = np.random.default_rng(seed)
    chosen = next(
        pick
        for pick in (rng.choice(ids, 5, replace=False) for _ in range(500))
        if counts[pick].sum() >= systematic.ENOUGH
    )
    truth = {}
    (folder / "images").mkdir(parents=True)
    (folder / "labels").mkdir()
    for number, name in enumerate(chosen):
        source = Path(images.loc[name, "picture_file"])
        shutil.copy(source, folder / "images" / f"p{number}{source.suffix}")
        size = np.array(images.loc[name, ["width", "height"]], float)
        boxes = read.boxes.loc[read.boxes["image_id"] == name, CORNERS].to_numpy()
        truth[f"p{number}.txt"] = boxes
        if number < wrong:
            boxes = mirror(boxes, *size, axis)
        rows = np.hstack([(boxes[:, :2] + boxes[:, 2:]) / 2 / size, (boxes[:, 2:] - boxes[:, :2]) / size])
        text = "".join("0 " + " ".join(f"{value:.6f}" for value in row) + "\n" for row in rows)
        (folder / "labels" / f"p{number}.txt").write_text(text)
    (folder / "data.yaml").write_text("names: [x]\n")
    return truth


@pytest.mark.parametrize("axis", [0, 1], ids=["left-right", "up-down"])
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("seed", range(4))
def test_fix__never_touches_a_right_picture_of_five(real_data, tmp_path, place, seed, axis):
    truth = five(real_data, place, tmp_path / "in", seed, 4, axis)
    labels, images = tmp_path / "in" / "labels", tmp_path / "in" / "images"
    report = check_labels(labels, images=images, format="yolo")
    for finding in report.findings:
        assert "p4.txt" not in finding.files
        assert finding.files
        assert finding.confidence <= 6 / 7
    convert(labels, tmp_path / "out", to="voc", images=images, format="yolo", fix=True)
    back = read_labels(tmp_path / "out", images=images, format="voc").boxes
    right = back.loc[back["label_file"] == "p4.xml", CORNERS].to_numpy()
    np.testing.assert_allclose(right, truth["p4.txt"], atol=0.01)


@pytest.mark.parametrize("wrong", [0, 5])
def test_check__five_that_agree(real_data, tmp_path, wrong):
    five(real_data, "korean_voc_labelme", tmp_path, 3, wrong, 1)
    report = check_labels(tmp_path / "labels", images=tmp_path / "images", format="yolo")
    assert [one.name for one in report.findings] == (["flipped-vertically"] if wrong else [])
    # Five pictures that all have it: by the rule of succession the next one has it with 6 to 1.
    assert all(one.confidence <= 6 / 7 for one in report.findings)


def test_assign_all__many_carry_one_that_cannot_be_told():
    def judged(gains):
        table = np.stack([np.zeros(len(gains)), np.array(gains, float)], axis=1)
        places = np.arange(len(gains))
        return systematic._assign_all(table, places, places)

    wrong, unsure, certain = judged([5, 5, 5, 5, 0.5])
    assert wrong.tolist() == [0, 1, 2, 3]
    assert unsure.tolist() == [4]
    assert certain == 5 / 6
    wrong, unsure, certain = judged([5] * 99 + [0.5, -8])
    assert wrong.tolist() == [*range(100)]
    assert unsure.tolist() == []
    assert certain == 100 / 102
    # Files that nobody looked at stand as the others do.
    table = np.stack([np.zeros(40), np.full(40, 5.0)], axis=1)
    assert len(systematic._assign_all(table, np.arange(40), np.arange(90))[0]) == 90


def outside(folder, header_png, rows, size):
    header_png(folder / "images" / "a.png", *size)
    (folder / "labels").mkdir()
    (folder / "labels" / "a.txt").write_text("".join(f"0 {row}\n" for row in rows))
    report = check_labels(folder / "labels", images=folder / "images", format="yolo")
    return report.summary["codes"].get("box-outside", 0)


@pytest.mark.parametrize("digits", [4, 5, 6, 7])
def test_check__rounded_to_the_edge_is_not_outside(tmp_path, header_png, digits):
    """Boxes at the right and lower edge of a large picture, as tools write them with so many decimals."""
    wide, high = 3977, 2983
    rng = np.random.default_rng(digits)
    rows = []
    for x, y in zip(rng.uniform(10, 900, 60), rng.uniform(10, 900, 60), strict=True):
        values = (wide + wide - x) / 2 / wide, (high + high - y) / 2 / high, x / wide, y / high
        rows.append(" ".join(f"{value:.{digits}f}" for value in values))
    values = np.array([row.split() for row in rows], float)
    assert ((values[:, :2] + values[:, 2:] / 2) > 1).any()
    assert outside(tmp_path, header_png, rows, (wide, high)) == 0
    report = convert(tmp_path / "labels", tmp_path / "out", to="yolo", images=tmp_path / "images", format="yolo")
    assert digits < 6 or report.written.losses == ()


@pytest.mark.parametrize("row", ["0.95 0.5 0.11 0.2", "0.9501 0.5 0.1000 0.2", "0.950003 0.5 0.100000 0.2"])
def test_check__outside_by_more_than_rounding(tmp_path, header_png, row):
    assert outside(tmp_path, header_png, [row], (20_000, 10_000)) == 1
