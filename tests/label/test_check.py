import json
import shutil
import unicodedata

import numpy as np
import pytest
from PIL import Image

from workbench.label import check_labels, check_tables, convert, label_stats, read_labels
from workbench.label.check import picture_evidence, systematic
from workbench.label.writing.fixing import fix_labels
from workbench.model import tables
from workbench.model.errors import InputError


def codes(report):
    return report.summary["codes"]


@pytest.fixture(scope="module")
def drawn_plates(tmp_path_factory, photo):
    rng = np.random.default_rng(4)
    folder, boxes = tmp_path_factory.mktemp("plates"), {}
    for number in range(30):
        x, y = int(rng.integers(5, 200)), int(rng.integers(5, 150))
        box = (x, y, x + int(rng.integers(50, 80)), y + int(rng.integers(15, 25)))
        photo(folder / f"p{number:02d}.png", (320, 240), box)
        boxes[f"p{number:02d}"] = box
    return folder, boxes


@pytest.fixture
def plates(tmp_path, drawn_plates):
    """Thirty pictures with one textured patch each; returns the folder and the true boxes."""
    folder, boxes = drawn_plates
    shutil.copytree(folder, tmp_path / "images")
    return tmp_path, boxes


def write_yolo(folder, lines):
    folder.mkdir(exist_ok=True)
    for name, rows in lines.items():
        (folder / f"{name}.txt").write_text("".join("0 " + " ".join(f"{v:.6f}" for v in row) + "\n" for row in rows))
    (folder / "classes.txt").write_text("plate\n")


def relative(box):
    x0, y0, x1, y1 = box
    return [(x0 + x1) / 2 / 320, (y0 + y1) / 2 / 240, (x1 - x0) / 320, (y1 - y0) / 240]


def test_check__clean_set_is_clean(plates):
    root, boxes = plates
    write_yolo(root / "labels", {name: [relative(box)] for name, box in boxes.items()})
    report = check_labels(root / "labels", images=root / "images")
    assert codes(report) == {}
    assert report.ok
    assert "Nothing found" in report._repr_html_()


MISTAKES = {
    "corner-for-centre": lambda b: [b[0] / 320, b[1] / 240, (b[2] - b[0]) / 320, (b[3] - b[1]) / 240],
    "xyxy-for-cxcywh": lambda b: [b[0] / 320, b[1] / 240, b[2] / 320, b[3] / 240],
    "pixels-for-relative": lambda b: [(b[0] + b[2]) / 2, (b[1] + b[3]) / 2, b[2] - b[0], b[3] - b[1]],
    "normalised-by-swapped-size": lambda b: [
        v * s for v, s in zip(relative(b), [4 / 3, 3 / 4, 4 / 3, 3 / 4], strict=True)
    ],
    "flipped-vertically": lambda b: [relative(b)[0], 1 - relative(b)[1], *relative(b)[2:]],
}


@pytest.mark.parametrize("name", MISTAKES)
def test_check__names_the_mistake_and_fix_undoes_it(plates, name):
    root, boxes = plates
    write_yolo(root / "labels", {key: [MISTAKES[name](box)] for key, box in boxes.items()})
    before = {p.name: p.read_bytes() for p in (root / "labels").iterdir()}
    report = check_labels(root / "labels", images=root / "images")
    assert [finding.name for finding in report.findings] == [name]
    assert report.findings[0].explained == 30
    # One line for the set, and no symptom beside it.
    assert report.problems["code"].tolist() == [name]
    assert "<img" in report._repr_html_()
    json.dumps(report.to_json_dict(), allow_nan=False)
    convert(root / "labels", root / "fixed", to="voc", images=root / "images", fix=True)
    fixed = read_labels(root / "fixed", images=root / "images").boxes
    truth = np.array([boxes[i.removesuffix(".png")] for i in fixed["image_id"]])
    assert np.abs(fixed[["xmin", "ymin", "xmax", "ymax"]].to_numpy() - truth).max() < 1
    assert before == {p.name: p.read_bytes() for p in (root / "labels").iterdir()}


def test_check__names_the_part_that_is_wrong(plates):
    root, boxes = plates
    wrong = sorted(boxes)[::3]
    rows = {k: [MISTAKES["corner-for-centre"](b) if k in wrong else relative(b)] for k, b in boxes.items()}
    write_yolo(root / "labels", rows)
    report = check_labels(root / "labels", images=root / "images")
    assert report.findings[0].name == "corner-for-centre"
    assert {name.removesuffix(".txt") for name in report.findings[0].files} == set(wrong)
    assert "mixed-frames" in codes(report)


def test_check__the_storys_converter(tmp_path, photo):
    rng = np.random.default_rng(5)
    lines, truth = {}, {}
    for number in range(12):
        first = (20, 30 + number, 80, 50 + number)
        second = (int(rng.integers(150, 220)), 120 + number, 290, 150 + number)
        path = photo(tmp_path / "images" / f"s{number}.png", (320, 240), first)
        with Image.open(path) as picture:
            drawn = picture.copy()
        drawn.paste(Image.effect_noise((second[2] - second[0], 30), 120).convert("RGB"), second[:2])
        drawn.save(path)
        wide, high, rows = 320, 240, []
        for x0, y0, x1, y1 in (first, second):
            rows.append([(x0 + x1) / 2 / wide, (y0 + y1) / 2 / high, (x1 - x0) / wide, (y1 - y0) / high])
            wide, high = x1 - x0, y1 - y0
        lines[f"s{number}"], truth[f"s{number}.png"] = rows, [first, second]
    write_yolo(tmp_path / "labels", lines)
    report = check_labels(tmp_path / "labels", images=tmp_path / "images")
    assert [finding.name for finding in report.findings] == ["normalised-by-previous-box"]
    assert report.findings[0].explained == 12
    convert(tmp_path / "labels", tmp_path / "fixed", to="coco", images=tmp_path / "images", fix=True)
    fixed = read_labels(tmp_path / "fixed", images=tmp_path / "images").boxes
    for name, group in fixed.groupby("image_id"):
        assert np.abs(group[["xmin", "ymin", "xmax", "ymax"]].to_numpy() - np.array(truth[name])).max() < 1


def test_check__single_boxes(tmp_path, photo, voc_xml):
    photo(tmp_path / "a.png", (100, 80))
    boxes = [
        (10, 10, 40, 30),
        (10, 10, 40, 30),
        (60, 10, 60, 30),
        (90, 50, 70, 40),
        (80, 60, 130, 75),
        (-500, 0, -400, 9),
    ]
    (tmp_path / "a.xml").write_text(voc_xml(boxes))
    report = check_labels(tmp_path)
    found = codes(report)
    assert {k: found[k] for k in ("duplicate-box", "no-area", "min-max-swapped", "box-outside")} == {
        "duplicate-box": 1,
        "no-area": 1,
        "min-max-swapped": 1,
        "box-outside": 2,
    }
    row = report.problems.set_index("code").loc["no-area"]
    assert (row["file"], row["box"]) == ("a.xml", "60 10 60 30")
    assert "<xmin>60</xmin>" in "".join((tmp_path / "a.xml").read_text().splitlines()[row["line"] - 1 :][:8])
    assert len(read_labels(tmp_path).boxes) == 2


@pytest.mark.parametrize(
    ("size", "code"), [((80, 100), "size-swapped"), ((50, 40), "size-mismatch"), (None, "size-missing")], ids=str
)
def test_check__declared_size(tmp_path, photo, voc_xml, size, code):
    photo(tmp_path / "a.png", (100, 80))
    (tmp_path / "a.xml").write_text(voc_xml([(10, 10, 40, 30)], size=size))
    assert code in codes(check_labels(tmp_path))


def test_check__exif(tmp_path, photo, voc_xml):
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(tmp_path / "a.jpg", (100, 80), exif=exif)
    (tmp_path / "a.xml").write_text(voc_xml([(10, 10, 40, 30)], size=(80, 100), name="a.jpg"))
    read = read_labels(tmp_path)
    assert read.images[["width", "height"]].iloc[0].tolist() == [80, 100]
    assert codes(check_labels(read)) == {}
    (tmp_path / "a.xml").write_text(voc_xml([(10, 10, 40, 30)], size=(100, 80), name="a.jpg"))
    assert codes(check_labels(tmp_path)) == {"exif-unrotated": 1}


def test_check__pictures(tmp_path, photo, voc_xml):
    whole = photo(tmp_path / "a.jpg", (100, 80), quality=90)
    (tmp_path / "cut.jpg").write_bytes(whole.read_bytes()[:900])
    (tmp_path / "broken.png").write_bytes(b"no picture")
    photo(tmp_path / "png.png", (100, 80)).rename(tmp_path / "png.jpg")
    for name in ("a", "cut", "broken", "png"):
        (tmp_path / f"{name}.xml").write_text(voc_xml([(10, 10, 40, 30)], name=f"{name}.jpg"))
    found = codes(check_labels(tmp_path))
    assert found == {"picture-truncated": 1, "picture-broken": 1, "wrong-extension": 1, "filename-extension": 1}


def test_read__empty_and_unlabelled_are_not_the_same(tmp_path, photo, voc_xml):
    for name in ("a", "b", "c"):
        photo(tmp_path / f"{name}.png", (100, 80))
    (tmp_path / "a.xml").write_text(voc_xml([(10, 10, 40, 30)]))
    (tmp_path / "b.xml").write_text(voc_xml([], name="b.png"))
    read = read_labels(tmp_path)
    assert dict(zip(read.images["image_id"], read.images["label_status"], strict=True)) == {
        "a.png": "labelled",
        "b.png": "empty",
        "c.png": "unlabelled",
    }


def test_read__a_file_of_faults_is_not_empty(tmp_path, photo):
    photo(tmp_path / "a.png", (100, 80))
    (tmp_path / "a.txt").write_text("0 0.5 oops 0.1 0.1\n")
    read = read_labels(tmp_path, format="yolo")
    assert read.images["label_status"].tolist() == ["unlabelled"]
    assert read.unread == {"a.png": 1}
    assert read.problems["code"].tolist() == ["not-a-number"]


def test_read__decomposed_names_match(tmp_path, photo):
    photo(tmp_path / unicodedata.normalize("NFD", "Übung 서울.png"), (100, 80))
    (tmp_path / (unicodedata.normalize("NFC", "Übung 서울") + ".txt")).write_text("0 0.5 0.5 0.2 0.2\n")
    read = read_labels(tmp_path, format="yolo")
    assert read.images["image_id"].tolist() == [unicodedata.normalize("NFC", "Übung 서울.png")]
    assert len(read.boxes) == 1


@pytest.mark.parametrize(
    ("first", "second", "same"),
    [
        ("number_plate", "num_plate", True),
        ("Car", "car", True),
        ("licence", "license", True),
        ("plate", "plates", True),
        ("car", "cat", False),
        ("speed 30", "speed 50", False),
        ("bus", "truck", False),
        ("motorcycle", "bicycle", False),
        ("bicycle", "bycicle", True),
        ("pedestrian", "pedestrain", True),
        ("number_plate", "nubmer_plate", True),
        ("left_lamp", "right_lamp", False),
        ("class1", "class2", False),
        ("blue_car", "blue_cat", False),
        ("person_male", "person_female", False),
    ],
)
def test_names__alike(first, second, same):
    from workbench.label.check.name_rules import alike

    assert bool(alike(first, second)) == same


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["ride.mp4#t=1.jpg", "ride.mp4#t=2.5.jpg", "x.jpg"], ["2 pictures are frames of 'ride.mp4'"]),
        (["ride.MOV_0001.jpg", "ride.MOV_0002.jpg"], ["2 pictures are frames of 'ride.MOV'"]),
        (["ride.mp4#t=1.jpg", "walk.mp4#t=1.jpg", "car1.jpg", "car2.jpg"], []),
    ],
    ids=["vott", "numbered", "none"],
)
def test_check__frames_of_one_video(tmp_path, photo, voc_xml, names, said):
    for name in names:
        photo(tmp_path / name, (100, 80))
        (tmp_path / name).with_suffix(".xml").write_text(voc_xml([(10, 10, 40, 30)], name=name))
    problems = check_labels(tmp_path).problems
    messages = problems.loc[problems["code"] == "frames-of-one-video", "message"]
    assert [message.split(": ", 1)[1] for message in messages] == said


def test_check__two_formats_are_compared(tmp_path, photo, voc_xml):
    photo(tmp_path / "a.png", (100, 80))
    (tmp_path / "a.xml").write_text(voc_xml([(10, 10, 40, 30), (60, 50, 90, 70)]))
    shape = {"label": "plate", "points": [[10, 10], [42, 30]], "shape_type": "rectangle"}
    (tmp_path / "a.json").write_text(
        json.dumps({"version": "5.5.0", "shapes": [shape], "imagePath": "a.png", "imageHeight": 80, "imageWidth": 100})
    )
    report = check_labels(tmp_path, format=None)
    (message,) = report.problems.loc[report.problems["code"] == "labellers-apart", "message"]
    assert "have 1 objects of 1 pictures in common, IoU 0.94 to 0.94" in message
    assert message.endswith("edges differ by up to 2 px")


def test_check__a_file_that_could_be_either_is_left(plates):
    """In a mixed set a file whose boxes hardly change is neither mended nor passed over in silence."""
    root, boxes = plates
    wrong = sorted(boxes)[::3]
    rows = {k: [MISTAKES["flipped-vertically"](b) if k in wrong else relative(b)] for k, b in boxes.items()}
    rows["p01"] = [[0.5, 0.505, 0.2, 0.1]]
    write_yolo(root / "labels", rows)
    report = check_labels(root / "labels", images=root / "images")
    (finding,) = report.findings
    assert finding.name == "flipped-vertically"
    assert set(finding.files) == {f"{name}.txt" for name in wrong}
    (message,) = report.problems.loc[report.problems["code"] == "mixed-frames", "message"]
    assert "cannot be told apart" in message
    assert "p01.txt" in message
    fixed = fix_labels(read_labels(root / "labels", images=root / "images"), report.explanation)
    assert any("left as they are" in change and "p01.txt" in change for change in fixed.changes)
    assert fixed.boxes.set_index("image_id").loc["p01.png", "ymin"] == pytest.approx(0.455 * 240)


def test_score__tight_or_loose_is_no_mistake():
    """What the sides say counts between readings that lie apart, and not against one that nearly coincides."""
    measured = np.array([[1.0, 0, 0, 0, 0], [1.0, 0, 0, 0.2, 0], [1.0, 0, 0, 0.2, 0], [0.9, 0, 0, 0, 0]])
    boxes = np.array([[10.0, 10, 50, 50], [10, 10, 49, 49], [60, 10, 90, 50], [10, 10, 50.5, 50.5]])
    full, careful = picture_evidence.score(measured, boxes)
    assert full[1] == full[2] == careful[2] > full[0]
    assert careful[1] == careful[0] == full[0]
    # How much of a box lies inside the picture is no matter of taste.
    assert full[3] == careful[3] < full[0]


def test_assign__only_what_is_sure():
    gains = np.array([5.0, 1.0, -1.0, -5.0])
    table = np.stack([np.zeros(4), gains], axis=1)
    wrong, unsure = systematic._assign(table, np.array([3, 5, 7, 9]), 0.5)
    assert wrong.tolist() == [3]
    assert unsure.tolist() == [5, 7]
    # That most files are wrong does not make a single one of them so.
    wrong, unsure = systematic._assign(table, np.array([3, 5, 7, 9]), 0.9)
    assert wrong.tolist() == [3]
    assert 5 in unsure.tolist()


def test_check_tables__own_tables(tmp_path, photo):
    photo(tmp_path / "a.png", (100, 80))
    images = tables.from_rows("images", [{"image_id": "a.png", "path": "a.png", "width": 100, "height": 80}])
    row = {"image_id": "a.png", "class_name": "x", "xmin": 10, "ymin": 10, "xmax": 40, "ymax": 30}
    report = check_tables(images, tables.from_rows("boxes", [row, row]), pictures=tmp_path)
    assert codes(report) == {"duplicate-box": 1}
    assert codes(check_tables(tables.empty("images"), tables.empty("boxes"))) == {}


def test_label_stats__per_class(tmp_path, photo, voc_xml):
    photo(tmp_path / "a.png", (100, 80))
    (tmp_path / "a.xml").write_text(voc_xml([(10, 10, 40, 30), (0, 0, 10, 10)]))
    stats = label_stats(tmp_path)
    assert stats[["class_name", "boxes", "pictures"]].values.tolist() == [["plate", 2, 1]]
    assert stats["width_50"].iloc[0] == 20


def test_read_labels__one_line_errors(tmp_path):
    for arguments in ({"labels": tmp_path / "none"}, {"labels": tmp_path}, {"labels": tmp_path, "format": "word"}):
        with pytest.raises(InputError) as raised:
            read_labels(**arguments)
        assert "\n" not in str(raised.value)
