"""Formats that are read and not written: each value worked out by hand, each fault with its line, in every command."""

import json
import random
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

import workbench as wb
from workbench.__main__ import app
from workbench.label import check_labels, convert, label_stats, read_labels
from workbench.label.formats.spec import SPECS
from workbench.model.errors import InputError

CORNERS = ["xmin", "ymin", "xmax", "ymax"]


def pictures(folder: Path, *names: str, size: tuple[int, int] = (320, 240)) -> Path:
    for name in names:
        file = folder / name
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", size, "grey").save(file)
    return folder


def put(file: Path, content: object) -> Path:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return file


def rows(read, *more: str):
    found = read.boxes[["image_id", "class_name", *CORNERS, *more]]
    return [tuple(row) for row in found.itertuples(index=False)]


def codes(read):
    return sorted(set(read.problems["code"]))


KITTI = """Car 0.00 0 -1.57 40.0 60.0 140.0 100.0 1.5 1.6 3.7 1.0 1.5 8.4 -1.56
Pedestrian 0.25 2 0.3 10.25 20.5 30.75 90.0 1.7 0.6 0.8 -1 1.5 9 0.2
DontCare -1 -1 -10 200.0 10.0 300.0 60.0 -1 -1 -1 -1000 -1000 -1000 -10
"""


def test_kitti__corners_and_a_region_that_counts_for_no_class(tmp_path):
    pictures(tmp_path / "training", "image_2/000001.png", "image_3/000001.png")
    put(tmp_path / "training/label_2/000001.txt", KITTI)
    put(tmp_path / "training/calib/000001.txt", "P0: 7.2e+02 0.0 6.1e+02 0.0\n")
    read = read_labels(tmp_path / "training")
    region = (200.0, 10.0, 300.0, 60.0)
    assert rows(read, "ignore") == [
        ("000001.png", "Car", 40.0, 60.0, 140.0, 100.0, False),
        ("000001.png", "Pedestrian", 10.25, 20.5, 30.75, 90.0, False),
        ("000001.png", "Car", *region, True),
        ("000001.png", "Pedestrian", *region, True),
    ]
    assert read.boxes["occluded"].tolist()[:2] == ["0", "2"]
    assert read.boxes["truncated"].tolist()[:2] == ["0.00", "0.25"]
    stats = label_stats(read).set_index("class_name")
    assert stats["boxes"].to_dict() == {"Car": 1, "Pedestrian": 1}
    assert stats["ignored"].to_dict() == {"Car": 1, "Pedestrian": 1}


def test_kitti__a_prediction_in_the_region_is_no_false_alarm(tmp_path):
    pictures(tmp_path / "image_2", "000001.png")
    put(tmp_path / "label_2/000001.txt", KITTI)
    found = [((40, 60, 100, 40), "Car", 0.9), ((210, 20, 40, 30), "Pedestrian", 0.8), ((5, 200, 20, 20), "Car", 0.7)]
    results = [
        {"image_id": "000001.png", "category_id": name, "bbox": box, "score": score} for box, name, score in found
    ]
    given = put(tmp_path / "r.json", results)
    metrics = wb.files(tmp_path / "image_2", tmp_path / "label_2").evaluate(given).metrics
    assert (metrics["tp"], metrics["fp"], metrics["fn"]) == (1, 1, 1)


def test_kitti__faults_have_their_line(tmp_path):
    pictures(tmp_path, "a.png")
    put(tmp_path / "a.txt", KITTI + "Car 0.00 0 -1.57 x 60.0 140.0 100.0 1.5 1.6 3.7 1.0 1.5 8.4 -1.56\nCar 0 0\n")
    read = read_labels(tmp_path)
    assert len(read.boxes) == 4
    lines = {row.code: row.line for row in read.problems.itertuples()}
    assert lines == {"not-a-number": 4, "line-syntax": 5}


SEQINFO = "[Sequence]\nname=MOT17-02\nimDir=img1\nframeRate=30\nseqLength=4\nimWidth=320\nimHeight=240\nimExt=.jpg\n"


def test_mot__frames_tracks_and_what_is_not_considered(tmp_path):
    sequence = tmp_path / "MOT17-02"
    pictures(sequence, *(f"img1/{frame:06d}.jpg" for frame in (1, 2, 3, 4)))
    put(sequence / "seqinfo.ini", SEQINFO)
    put(sequence / "gt/gt.txt", "1,7,40,60,100,40,1,1,0.5\n2,7,42.5,60,100,40,1,1,1\n2,9,0,0,20,20,0,8,1\n")
    put(sequence / "det/det.txt", "1,-1,0,0,10,10,0.9,-1,-1,-1\n" * 5)
    for place, above in ((tmp_path, "MOT17-02/img1"), (sequence, "."), (sequence / "gt", ".")):
        read = read_labels(place)
        one, two, *rest = (f"{above}/{frame:06d}.jpg".removeprefix("./") for frame in (1, 2, 3, 4))
        assert rows(read, "track_id", "ignore") == [
            (one, "pedestrian", 40.0, 60.0, 140.0, 100.0, "7", False),
            (two, "pedestrian", 42.5, 60.0, 142.5, 100.0, "7", False),
            (two, "distractor", 0.0, 0.0, 20.0, 20.0, "9", True),
        ]
        status = read.images.set_index("image_id")["label_status"].to_dict()
        assert status == {one: "labelled", two: "labelled", **dict.fromkeys(rest, "empty")}
    assert read_labels(sequence).classes[:3] == ("pedestrian", "person on vehicle", "car")


def test_mot__names_beside_and_frames_with_other_digits(tmp_path):
    """As CVAT and Datumaro write it: names a line from 1, here with frames that are called otherwise."""
    pictures(tmp_path, "img1/frame_00001.png", "img1/frame_00002.png")
    put(tmp_path / "gt/labels.txt", "plate\ncar\n")
    put(tmp_path / "gt/gt.txt", "1,1,40.0,60.0,100.0,40.0,1,2,1.0\n2,1,40.0,60.0,100.0,40.0,1,1,1.0\n")
    read = read_labels(tmp_path)
    assert [(image, name) for image, name, *_ in rows(read)] == [
        ("frame_00001.png", "car"),
        ("frame_00002.png", "plate"),
    ]
    assert read.classes == ("plate", "car")
    assert read.problems.empty


def test_mot__without_names_the_class_is_a_number_and_that_is_said(tmp_path):
    pictures(tmp_path, "img1/000001.jpg")
    put(tmp_path / "gt/gt.txt", "1,1,40,60,100,40,1,3,1\n" * 2 + "1,2,40,60,100\nx,2,1,1,9,9,1,1,1\n")
    read = read_labels(tmp_path)
    assert set(read.boxes["class_name"]) == {"class_3"}
    assert codes(read) == ["class-names-missing", "line-syntax"]
    assert sorted(read.problems["line"].dropna()) == [3, 4]


def test_visdrone__classes_regions_and_boxes_that_do_not_count(tmp_path):
    pictures(tmp_path / "images", "a.jpg")
    put(
        tmp_path / "annotations/a.txt",
        "40,60,100,40,1,4,0,1\n5,5,10,10,0,1,0,0\n200,10,100,50,0,0,0,0,\n1,2,3,4,1,99,0,0\n",
    )
    read = read_labels(tmp_path / "annotations")
    assert rows(read, "ignore")[:2] == [
        ("a.jpg", "car", 40.0, 60.0, 140.0, 100.0, False),
        ("a.jpg", "pedestrian", 5.0, 5.0, 15.0, 15.0, True),
    ]
    # The region counts for no class: one ignored box for each of the eleven.
    regions = read.boxes[read.boxes["xmin"] == 200]
    assert regions["ignore"].all()
    assert sorted(regions["class_name"]) == sorted(read.classes)
    assert read.classes[0] == "pedestrian"
    assert read.problems[["code", "line"]].to_numpy().tolist() == [["class-id-unknown", 4]]


def test_dota__the_hull_and_the_four_corners(tmp_path):
    pictures(tmp_path / "images", "P1.png", size=(400, 400))
    put(
        tmp_path / "labelTxt/P1.txt",
        "imagesource:GoogleEarth\ngsd:0.1\n100 50 150 100 100 150 50 100 small-vehicle 1\n1 2 ship\n",
    )
    read = read_labels(tmp_path / "labelTxt")
    assert rows(read) == [("P1.png", "small-vehicle", 50.0, 50.0, 150.0, 150.0)]
    assert read.boxes["points"].item() == [[100, 50], [150, 100], [100, 150], [50, 100]]
    assert read.boxes["difficult"].item() == "1"
    assert read.problems[["code", "line"]].to_numpy().tolist() == [["line-syntax", 4]]


def region(shape: dict, **attributes: object) -> dict:
    return {"shape_attributes": shape, "region_attributes": attributes}


RECT = {"name": "rect", "x": 40, "y": 60, "width": 100, "height": 40}


def via(*regions: dict, file: str = "a.jpg") -> dict:
    return {f"{file}1": {"filename": file, "size": 1, "regions": list(regions), "file_attributes": {}}}


def test_via__shapes_become_their_hull(tmp_path):
    pictures(tmp_path, "a.jpg", "b.jpg")
    shapes = [
        RECT,
        {"name": "polygon", "all_points_x": [10, 30, 20], "all_points_y": [5, 5, 25.5]},
        {"name": "circle", "cx": 100, "cy": 100, "r": 10},
        {"name": "ellipse", "cx": 100, "cy": 100, "rx": 20, "ry": 5},
        {"name": "ellipse", "cx": 100, "cy": 100, "rx": 20, "ry": 5, "theta": 1.5707963267948966},
        {"name": "point", "cx": 5, "cy": 5},
    ]
    content = via(*(region(shape, plate="AB 1", type="car") for shape in shapes)) | via(file="b.jpg")
    put(tmp_path / "via.json", {"_via_settings": {}, "_via_img_metadata": content, "_via_attributes": {}})
    read = read_labels(tmp_path)
    assert [one[2:] for one in rows(read)] == [
        (40.0, 60.0, 140.0, 100.0),
        (10.0, 5.0, 30.0, 25.5),
        (90.0, 90.0, 110.0, 110.0),
        (80.0, 95.0, 120.0, 105.0),
        pytest.approx((95.0, 80.0, 105.0, 120.0)),
    ]
    assert set(read.boxes["class_name"]) == {"car"}
    assert set(read.boxes["plate"]) == {"AB 1"}
    assert read.boxes["points"].dropna().item() == [[10, 5], [30, 5], [20, 25.5]]
    # A picture without regions may be one that nobody has come to yet.
    assert read.images.set_index("image_id")["label_status"].to_dict() == {"a.jpg": "labelled", "b.jpg": "unlabelled"}
    assert {"other-shape", "picture-without-label"} <= set(check_labels(read).problems["code"])


def test_via__regions_by_number_and_ticked_boxes_as_version_1_writes(tmp_path):
    pictures(tmp_path, "a.jpg")
    content = via()
    content["a.jpg1"]["regions"] = {"0": region(RECT, kind={"plate": True, "car": False})}
    put(tmp_path / "via.json", content)
    assert rows(read_labels(tmp_path)) == [("a.jpg", "plate", 40.0, 60.0, 140.0, 100.0)]


def test_via__which_attribute_is_the_class_is_asked_and_not_guessed(tmp_path):
    pictures(tmp_path, "a.jpg")
    put(tmp_path / "via.json", via(region(RECT, colour="red", plate="AB 1")))
    with pytest.raises(InputError, match=r"attributes 'colour', 'plate'.*call it 'class' in VIA"):
        read_labels(tmp_path)
    put(tmp_path / "via.json", via(region(RECT)))
    read = read_labels(tmp_path)
    assert read.boxes["class_name"].tolist() == ["object"]
    assert codes(read) == ["class-names-missing"]


def test_via__a_table(tmp_path):
    pictures(tmp_path, "a.jpg", "b.jpg")
    quoted = json.dumps(RECT).replace('"', '""')
    put(
        tmp_path / "via.csv",
        "filename,file_size,file_attributes,region_count,region_id,region_shape_attributes,region_attributes\n"
        f'a.jpg,1,"{{}}",1,0,"{quoted}","{{""name"": ""plate""}}"\n'
        'b.jpg,1,"{}",0,0,"{}","{}"\n'
        'b.jpg,1,"{}",1,0,"{broken","{}"\n',
    )
    read = read_labels(tmp_path)
    assert rows(read, "line") == [("a.jpg", "plate", 40.0, 60.0, 140.0, 100.0, 2)]
    assert read.problems[["code", "line"]].to_numpy().tolist()[0] == ["json-syntax", 4]


def test_createml__centres_in_pixels(tmp_path):
    pictures(tmp_path, "a.jpg", "b.jpg")
    box = {"x": 90.5, "y": 80, "width": 100, "height": 40}
    content = [
        {"image": "a.jpg", "annotations": [{"label": "plate", "coordinates": box}]},
        {"image": "b.jpg", "annotations": []},
    ]
    put(tmp_path / "c.json", content)
    read = read_labels(tmp_path)
    assert rows(read) == [("a.jpg", "plate", 40.5, 60.0, 140.5, 100.0)]
    assert read.images.set_index("image_id")["label_status"].to_dict() == {"a.jpg": "labelled", "b.jpg": "empty"}
    assert read.problems.empty
    content += [{"annotations": []}, {"image": "a.jpg", "annotations": [{"label": "plate"}, {"coordinates": box}]}]
    put(tmp_path / "c.json", content)
    read = read_labels(tmp_path)
    assert len(read.boxes) == 1
    assert codes(read) == ["class-name-empty", "missing-field"]


HERE = ("a.jpg", "plate", 40.0, 60.0, 140.0, 100.0)
TABLES = {
    "tensorflow": "filename,width,height,class,xmin,ymin,xmax,ymax\na.jpg,320,240,plate,40,60,140,100\n",
    "vott": '"image","xmin","ymin","xmax","ymax","label"\n"a.jpg",40.0,60.0,140.0,100.0,"plate"\n',
    "retinanet": "C:\\data\\a.jpg,40,60,140,100,plate\n",
    "gtsdb": "a.jpg;40;60;140;100;plate\n",
    "gtsrb": "Filename;Width;Height;Roi.X1;Roi.Y1;Roi.X2;Roi.Y2;Class\na.jpg;320;240;40;60;140;100;plate\n",
    "makesense": "label_name,bbox_x,bbox_y,bbox_width,bbox_height,image_name,image_width,image_height\n"
    "plate,40,60,100,40,a.jpg,320,240\n",
    "size besides": "filename,width,height,label,x,y,w,h\na.jpg,320,240,plate,40,60,100,40\n",
    "left top": "image_path\tleft\ttop\twidth\theight\tlabel\nx/a.jpg\t40\t60\t100\t40\tplate\n",
    "centres": "image,label,x_center,y_center,width,height\na.jpg,plate,90,80,100,40\n",
    "shares": "image,label,x1,y1,x2,y2\na.jpg,plate,0.125,0.25,0.4375,0.4166666666666667\n",
    "shares of centres": "image,label,cx,cy,w,h\na.jpg,plate,0.28125,0.3333333333333333,0.3125,0.16666666666666666\n",
    "one cell": 'image_id,width,height,bbox,source,class\na,320,240,"[40.0, 60.0, 100.0, 40.0]",x,plate\n',
    "other order": "class,ymax,xmax,ymin,xmin,file name\nplate,100,140,60,40,a.jpg\n",
    "two columns swapped": "filename,xmin,xmax,ymin,ymax,class\na.jpg,40,140,60,100,plate\n",
    "zero": "image,x0,y0,x1,y1,label\na.jpg,40,60,140,100,plate\n",
    "an address": "url,class,xmin,ymin,xmax,ymax\nhttps://host/b/a.jpg,plate,40,60,140,100\n",
}


@pytest.mark.parametrize("name", TABLES)
def test_csv__what_the_columns_mean_their_names_say(tmp_path, name):
    pictures(tmp_path, "a.jpg")
    put(tmp_path / "labels.csv", TABLES[name])
    read = read_labels(tmp_path)
    assert read.format == "csv"
    assert [(one[:2], one[2:]) for one in rows(read)] == [(HERE[:2], pytest.approx(HERE[2:]))]
    assert read.problems.empty, read.problems.to_string()


def test_csv__what_it_keeps(tmp_path):
    pictures(tmp_path, "a.jpg", "b.jpg")
    put(
        tmp_path / "labels.csv",
        "filename,class,xmin,ymin,xmax,ymax,split,iscrowd,colour\n"
        "a.jpg,plate,40,60,140,100,VALIDATION,0,red\n"
        "a.jpg,plate,1,2,30,40,VALIDATION,1,\n"
        "b.jpg,,,,,,TRAIN,,\n",
    )
    read = read_labels(tmp_path)
    assert rows(read, "ignore", "line") == [(*HERE, False, 2), ("a.jpg", "plate", 1.0, 2.0, 30.0, 40.0, True, 3)]
    assert read.boxes["colour"].dropna().tolist() == ["red"]
    images = read.images.set_index("image_id")
    assert images["split"].to_dict() == {"a.jpg": "val", "b.jpg": "train"}
    assert images["label_status"].to_dict() == {"a.jpg": "labelled", "b.jpg": "empty"}


def test_csv__faults_have_their_line(tmp_path):
    pictures(tmp_path, "a.jpg")
    put(
        tmp_path / "labels.csv",
        "filename,class,xmin,ymin,xmax,ymax\n"
        "a.jpg,plate,40,60,140,100\n"
        "a.jpg,,1,2,30,40\n"
        "a.jpg,plate,one,2,30,40\n"
        "a.jpg\n"
        ",plate,1,2,30,40\n"
        "a.jpg,plate,140,60,40,100\n",
    )
    read = read_labels(tmp_path)
    assert rows(read) == [HERE]
    assert {(row.code, row.line) for row in read.problems.itertuples()} == {
        ("class-name-empty", 3),
        ("not-a-number", 4),
        ("line-syntax", 5),
        ("missing-field", 6),
        ("min-max-swapped", 7),
    }


def test_csv__two_tables_that_mean_different_things_are_not_mixed(tmp_path):
    pictures(tmp_path, "a.jpg")
    put(tmp_path / "a.csv", TABLES["tensorflow"])
    put(tmp_path / "b.csv", TABLES["centres"])
    read = read_labels(tmp_path)
    assert rows(read) == [HERE]
    problem = read.problems.set_index("code").loc["not-this-format"]
    assert problem["file"] == "b.csv"
    assert "centre and size" in problem["message"]


def test_csv__pictures_of_one_name_in_two_folders_stay_apart(tmp_path):
    pictures(tmp_path / "images", "one/a.jpg", "two/a.jpg")
    put(
        tmp_path / "l.csv",
        "path,class,xmin,ymin,xmax,ymax\none/a.jpg,x,1,2,30,40\n/data/two/a.jpg,y,5,6,70,80\n../a.jpg,z,1,1,9,9\n",
    )
    read = read_labels(tmp_path / "l.csv", images=tmp_path / "images")
    assert rows(read)[0] == ("one/a.jpg", "x", 1.0, 2.0, 30.0, 40.0)
    assert "ambiguous-picture" in codes(read)
    assert not set(read.boxes.loc[read.boxes["class_name"] != "x", "image_id"]) & {"one/a.jpg"}


def test_open_images__shares_groups_and_names_of_classes(tmp_path):
    pictures(tmp_path / "validation", "0001eeaf.jpg")
    head = "ImageID,Source,LabelName,Confidence,XMin,XMax,YMin,YMax,IsOccluded,IsTruncated,IsGroupOf,IsDepiction,"
    head += "IsInside\n"
    put(
        tmp_path / "validation-annotations-bbox.csv",
        head
        + "0001eeaf,xclick,/m/0k4j,1,0.125,0.4375,0.25,0.5,1,0,0,0,0\n0001eeaf,xclick,/m/0k4j,1,0,1,0,1,0,0,1,0,0\n",
    )
    read = read_labels(tmp_path)
    assert "class-names-missing" in codes(read)
    put(tmp_path / "class-descriptions-boxable.csv", "/m/0k4j,Car\n/m/01g317,Person\n")
    read = read_labels(tmp_path)
    assert read.format == "open-images"
    assert rows(read, "ignore") == [
        ("validation/0001eeaf.jpg", "Car", 40.0, 60.0, 140.0, 120.0, False),
        ("validation/0001eeaf.jpg", "Car", 0.0, 0.0, 320.0, 240.0, True),
    ]
    assert read.boxes["IsOccluded"].tolist() == ["1", "0"]
    assert "class-names-missing" not in codes(read)
    assert "confidence" not in read.boxes


def set_of(folder: Path, format: str) -> tuple[Path, str]:
    """One box of one class, 40 60 140 100 in a picture of 320 x 240, in each format; and what the class is called."""
    pictures(folder, "img1/000001.jpg" if format == "mot" else "a.jpg")
    texts = {
        "kitti": ("a.txt", "plate 0 0 0 40 60 140 100 1 1 1 1 1 1 1\n"),
        "mot": ("gt/gt.txt", "1,1,40,60,100,40,1,1,1\n"),
        "visdrone": ("a.txt", "40,60,100,40,1,4,0,0\n"),
        "dota": ("a.txt", "40 60 140 60 140 100 40 100 plate 0\n"),
        "via": ("via.json", json.dumps(via(region(RECT, name="plate")))),
        "createml": ("c.json", json.dumps([{"image": "a.jpg", "annotations": [{"label": "plate", "coordinates": {
            "x": 90, "y": 80, "width": 100, "height": 40}}]}])),
        "csv": ("l.csv", TABLES["tensorflow"]),
        "open-images": ("l.csv", "ImageID,LabelName,XMin,XMax,YMin,YMax\na,plate,0.125,0.4375,0.25,0.4166666667\n"),
    }  # fmt: skip
    name, text = texts[format]
    put(folder / name, text)
    if format == "mot":
        put(folder / "gt/labels.txt", "plate\n")
    return folder, "car" if format == "visdrone" else "plate"


READ_ONLY = [name for name, spec in SPECS.items() if not spec.writes and name != "openalpr"]


@pytest.mark.parametrize("format", READ_ONLY)
def test_every_command_reads_it_and_says_what_it_read(tmp_path, format, monkeypatch):
    monkeypatch.chdir(tmp_path)
    folder, name = set_of(tmp_path / "set", format)
    said = {}
    picture = "img1/000001.jpg" if format == "mot" else "a.jpg"
    results = [{"file_name": picture, "category_id": name, "bbox": [40, 60, 100, 40], "score": 0.9}]
    put(tmp_path / "r.json", results)
    call = lambda *words: CliRunner().invoke(app, [str(word) for word in words])  # noqa: E731
    evaluate = ("evaluate", "--images", folder, "--labels", folder, "--predictions", tmp_path / "r.json")
    for words in (("check", folder), ("label-stats", folder), ("convert", folder, "out", "--to", "voc"), evaluate):
        result = call(*words)
        said[words[0]] = result.output
        assert result.exit_code in (0, 1), result.output
        assert f"read as {format}: " in result.output
        out = ("convert", folder, "out2", "--to", "coco", "--json") if words[0] == "convert" else (*words, "--json")
        shown = json.loads(call(*out).stdout)
        chosen = shown["labels"] if "labels" in shown else shown["summary"]
        assert chosen["format"] == format
        assert SPECS[format].why in chosen["reason"]
    assert shown["metrics"]["tp"] == 1
    assert shown["metrics"]["fp"] == shown["metrics"]["fn"] == 0
    there = read_labels(tmp_path / "out", images=folder)
    assert [one[:2] for one in rows(there)] == [(picture, name)]
    assert rows(there)[0][2:] == pytest.approx((40.0, 60.0, 140.0, 100.0))
    call("init", "p", "--classes", name)
    shown = json.loads(call("collect", folder, "--labels", folder, "--project", "p", "--json").stdout)
    assert shown["labels"]["format"] == format
    assert shown["summary"]["boxes"] == 1


@pytest.mark.parametrize("format", READ_ONLY)
def test_nothing_that_a_file_holds_is_an_exception(tmp_path, format):
    """Bytes changed, lines cut, numbers of any size: what cannot be read is a problem with its place."""
    folder, _ = set_of(tmp_path / "set", format)
    file = next(
        one for one in sorted(folder.rglob("*")) if one.suffix in (".txt", ".json", ".csv") and one.stem != "labels"
    )
    whole = file.read_bytes()
    draw = random.Random(7)
    for _ in range(60):
        broken = bytearray(whole * draw.choice([1, 2]))
        for _ in range(draw.randint(1, 4)):
            place = draw.randrange(len(broken))
            broken[place : place + draw.randint(0, 3)] = draw.choice(
                [b"", b"\0", b"\xff", b"-", b"1e999", b"nan", b'"', b",", b"\n", b"9" * 30, b"{", b"]", b"../"]
            )
        file.write_bytes(bytes(broken))
        read = read_labels(folder, format=format)
        assert read.boxes[CORNERS].map(abs).to_numpy().max(initial=0) < 1e12


def test_asked__the_format_that_was_named_is_taken(tmp_path):
    folder, _ = set_of(tmp_path / "set", "kitti")
    assert read_labels(folder, format="kitti").reason == "as asked"
    with pytest.raises(InputError, match=r"format 'kiti' is unknown; use one of voc, .*open-images"):
        read_labels(folder, format="kiti")
    with pytest.raises(InputError, match="format 'kitti' can only be read; write one of voc, "):
        convert(folder, tmp_path / "out", to="kitti")


def test_shares__infinite_values_decide_nothing(tmp_path):
    pictures(tmp_path, "a.jpg")
    put(
        tmp_path / "l.csv", "image,label,x1,y1,x2,y2\na.jpg,plate,0.125,0.25,0.4375,0.5\na.jpg,plate,-inf,nan,0.5,inf\n"
    )
    read = read_labels(tmp_path)
    assert rows(read) == [("a.jpg", "plate", 40.0, 60.0, 140.0, 120.0)]
    assert codes(read) == ["not-a-number"]


def test_mot__a_broken_line_is_of_its_frame_whatever_stands_before_it(tmp_path):
    pictures(tmp_path / "img1", "000001.jpg", "000002.jpg", "000003.jpg")
    tracks = ["1,1,10,10,20,20,1,1,1", "2,1,12,10,20,20,1,1,1", "3,1,14,10,20,20,1,1,1", "1,2,50,x,20,20,1,1,1"]
    put(tmp_path / "gt/gt.txt", "\n".join([*tracks, "2,2,52,50", "3,2,54,50,20,20,1,1,1"]))
    read = read_labels(tmp_path)
    assert read.unread == {"000001.jpg": 1, "000002.jpg": 1}
    assert set(wb.files(tmp_path / "img1", tmp_path).left_out.unreadable) == {"000001.jpg", "000002.jpg"}


def test_csv__a_short_row_is_of_its_picture_and_one_without_a_picture_of_none(tmp_path):
    pictures(tmp_path / "images", "a.jpg", "b.jpg", "c.jpg")
    head = "filename,class,xmin,ymin,xmax,ymax\na.jpg,cat,1,1,20,20\nb.jpg,cat,1,1,20,20\n"
    put(tmp_path / "labels.csv", f"{head}a.jpg,cat,30,30\n,cat,1,1,9,9\nc.jpg,cat\n")
    left_out = wb.files(tmp_path / "images", tmp_path / "labels.csv").left_out
    assert set(left_out.unreadable) == {"a.jpg", "c.jpg"}
    assert len(left_out.faults) == 1
    assert "line 5" in left_out.faults[0]


def test_csv__of_two_splits_the_one_further_from_training_holds_and_that_is_said(tmp_path):
    pictures(tmp_path / "images", "a.jpg", "b.jpg", "c.jpg", "d.jpg")
    table = """filename,class,xmin,ymin,xmax,ymax,split
        a.jpg,cat,1,1,9,9,test2017
        a.jpg,cat,5,5,9,9,TRAIN
        b.jpg,cat,1,1,9,9,validate
        c.jpg,cat,1,1,9,9,dev
        d.jpg,cat,1,1,9,9,latest"""
    put(tmp_path / "labels.csv", table)
    splits = read_labels(tmp_path).images.set_index("image_id")["split"]
    assert splits["a.jpg":"c.jpg"].tolist() == ["test", "val", "val"]
    assert not isinstance(splits["d.jpg"], str)
    found = check_labels(tmp_path).problems
    assert found.loc[found["code"] == "split-overlap", "line"].tolist() == [3]


@pytest.mark.parametrize(
    ("format", "line"),
    [("dota", "10 10 50 10 50 40 10 40 plane 0\n"), ("visdrone", "10,10,40,30,1,4,0,0\n")],
)
def test_lists_of_pictures_beside_the_labels_are_their_splits(tmp_path, format, line):
    pictures(tmp_path / "images", "p1.png", "p2.png", "test.png")
    for name in ("p1", "p2", "test"):
        put(tmp_path / f"labels/{name}.txt", line)
    put(tmp_path / "labels/train.txt", "p1\ntest.png\n")
    put(tmp_path / "labels/val.txt", "p2\n")
    read = read_labels(tmp_path, format=format)
    assert read.images["split"].tolist() == ["train", "val", "train"]
    assert codes(read) == []
    assert len(read.boxes) == 3


def test_points_that_are_no_numbers_are_no_part_of_a_hull(tmp_path):
    pictures(tmp_path, "a.jpg", "b.png")
    polygon = {"name": "polygon", "all_points_x": [10, float("nan"), 30], "all_points_y": [10, 20, 30]}
    region = {"shape_attributes": polygon, "region_attributes": {"class": "cat"}}
    put(tmp_path / "via/via.json", {"a.jpg1": {"filename": "a.jpg", "size": 1, "regions": [region]}})
    put(tmp_path / "dota/b.txt", "10 10 50 nan 50 40 10 40 plane 0\n")
    for given in ("via", "dota"):
        read = read_labels(tmp_path / given, images=tmp_path)
        assert len(read.boxes) == 0
        assert codes(read) == ["not-a-number"]
