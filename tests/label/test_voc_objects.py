"""VOC files as other tools write them: turned boxes, polygons, odd tags, and every encoding that a file may declare."""

import math

import numpy as np
import pytest

from workbench.label import check_labels, convert, read_labels
from workbench.label.reading.sources import Refused
from workbench.label.reading.xml_source import read_xml
from workbench.model.geometry import CORNERS

PLATE = [40, 60, 140, 100]


def corners_of(read):
    return read.boxes[CORNERS].to_numpy().round(6).tolist()


@pytest.mark.slow
def test_read__odd_files_of_the_case(cases):
    place = cases / "voc_odd"
    read = read_labels(place / "xml", images=place / "images")
    names = {path.stem for path in (place / "xml").glob("*.xml")} - {"floats"}
    for name in names:
        found = read.boxes.loc[read.boxes["image_id"] == f"{name}.jpg", CORNERS].to_numpy().tolist()
        assert found == ([PLATE, [180, 120, 260, 170]] if name == "twobb" else [PLATE]), name
    by_image = read.boxes.set_index("image_id")
    assert by_image.loc["difficult.jpg", "difficult"] == "1"
    assert by_image.loc["robndbox.jpg", "rotation"] == 0
    assert by_image.loc["gbk.jpg", "class_name"] == "车牌"
    said = read.problems.set_index("file")["code"].to_dict()
    assert said["floats.xml"] == "not-a-number"  # '100,0'
    assert said["twobb.xml"] == "several-boxes"
    assert not check_labels(place / "xml", images=place / "images").ok


def test_read__korean_of_the_case(cases):
    place = cases / "voc_korean"
    read = read_labels(place / "xml", images=place / "images")
    assert read.classes == ("번호판",)
    assert len(read.boxes) == 4
    said = read.problems.set_index("file")["message"].to_dict()
    assert "read as euc-kr" in said["k0.xml"]
    assert "a guess" in said["k1.xml"]
    assert "a guess" in said["k3.xml"]  # it declares UTF-8 and is not
    assert "k2.xml" not in said


def test_read__difficult_is_kept(cases):
    place = cases / "voc_difficult"
    boxes = read_labels(place / "xml", images=place / "images").boxes
    assert boxes["difficult"].fillna("0").tolist() == ["0", "0", "1", "1"]


def voc(inside, encoding=""):
    head = f'<?xml version="1.0" encoding="{encoding}"?>' if encoding else ""
    return f"{head}<annotation><filename>a.png</filename><object>{inside}</object></annotation>"


def box(name="car"):
    return f"<name>{name}</name><bndbox><xmin>1</xmin><ymin>2</ymin><xmax>30</xmax><ymax>40</ymax></bndbox>"


@pytest.mark.parametrize(
    ("declared", "codec", "name"),
    [
        ("euc-kr", "euc-kr", "번호판"),
        ("EUC-KR", "cp949", "뷁뷁"),  # only the larger code page has it; files declare the smaller one
        ("cp949", "cp949", "번호판"),
        ("ks_c_5601-1987", "cp949", "번호판"),
        ("windows-949", "cp949", "번호판"),
        ("gb2312", "gb2312", "车牌"),
        ("GBK", "gbk", "車牌"),
        ("gb18030", "gb18030", "车牌"),
        ("big5", "big5", "車牌"),
        ("shift_jis", "shift_jis", "車両"),
        ("windows-1251", "cp1251", "номер"),
        ("iso-8859-1", "latin-1", "Schlüssel"),
        ("utf-16", "utf-16", "번호판"),
        ("utf-16", "utf-16-be", "번호판"),
        ("utf-16", "utf-8", "번호판"),  # .NET declares what it had in memory
        ("utf-8", "utf-8-sig", "번호판"),
        ("", "utf-8", "번호판"),
        ("", "cp949", "번호판"),
        ("utf-8", "cp949", "번호판"),
        ("", "cp1252", "Schlüssel"),
    ],
    ids=lambda text: text or "none",
)
def test_read__encodings(tmp_path, declared, codec, name):
    (tmp_path / "a.xml").write_bytes(voc(box(name), declared).encode(codec))
    read = read_labels(tmp_path, format="voc")
    assert read.boxes["class_name"].tolist() == [name]
    said = read.problems.loc[read.problems["code"] == "encoding", "message"].tolist()
    assert len(said) == (not codec.startswith("utf-8"))


@pytest.mark.parametrize("declared", ["rot13", "zip", "utf-7", "unicode_escape", "idna", "no-such-thing", "punycode"])
def test_read__an_encoding_that_is_none_is_refused(declared):
    with pytest.raises(Refused, match="declares the encoding"):
        read_xml(voc(box(), declared).encode("ascii"))


@pytest.mark.parametrize("codec", ["utf-16", "utf-16-le", "cp949", "utf-7"])
def test_read__a_bomb_in_another_encoding(codec):
    bomb = f'<?xml version="1.0" encoding="{codec}"?><!DOCTYPE a [<!ENTITY b "한">]><a>&b;</a>'
    with pytest.raises(Refused) as refused:
        read_xml(bomb.encode(codec))
    assert refused.value.code in ("xml-entity", "not-text")


@pytest.mark.parametrize("angle", [0, 0.3, math.pi / 2, 2.5, math.pi, -0.7])
def test_read__turned_box(tmp_path, angle):
    inside = f"<name>car</name><robndbox><cx>50</cx><cy>60</cy><w>40</w><h>20</h><angle>{angle}</angle></robndbox>"
    (tmp_path / "a.xml").write_text(voc(inside))
    read = read_labels(tmp_path, format="voc")
    wide = (40 * abs(math.cos(angle)) + 20 * abs(math.sin(angle))) / 2
    high = (40 * abs(math.sin(angle)) + 20 * abs(math.cos(angle))) / 2
    np.testing.assert_allclose(corners_of(read), [[50 - wide, 60 - high, 50 + wide, 60 + high]], atol=1e-6)
    assert read.boxes["rotation"].tolist() == pytest.approx([math.degrees(angle)])


def turned(rest):
    return f"<name>car</name><robndbox><cx>5</cx><cy>6</cy><w>4</w>{rest}</robndbox>"


def points(*pairs):
    return "".join(f"<pt><x>{x}</x><y>{y}</y></pt>" for x, y in pairs)


PARTS = "<part><name>wheel</name><bndbox><xmin>5</xmin><ymin>5</ymin><xmax>9</xmax><ymax>9</ymax></bndbox></part>"


@pytest.mark.parametrize(
    ("inside", "want", "code"),
    [
        (PARTS + box(), ["car"], None),
        (box().replace("<name>car</name>", "<attributes><name>colour</name></attributes>"), [], "class-name-empty"),
        (PARTS + box().replace("<name>car</name>", ""), [], "class-name-empty"),
        (turned("<h>2</h><angle>45</angle>"), [], "not-a-number"),
        (turned("<angle>0</angle>"), [], "missing-field"),
        ("<name>car</name><polygon><x1>1</x1><y1>2</y1><x2>9</x2><y2>2</y2></polygon>", [], "missing-field"),
        ("<name>car</name><polygon>" + points((1, 2), (9, 2), (9, 8)) + "</polygon>", ["car"], None),
        (box() + box().replace("30", "50"), ["car", "car"], "several-boxes"),
        (box().upper().replace("CAR", "car"), ["car"], None),
        (box().replace("<", "<v:").replace("<v:/", "</v:"), ["car"], None),
    ],
    ids=["part", "attribute", "part-only-name", "degrees", "no-h", "two-points", "pt", "two", "upper", "prefix"],
)
def test_read__object_by_object(tmp_path, header_png, inside, want, code):
    header_png(tmp_path / "a.png", 100, 80)
    (tmp_path / "a.xml").write_text(voc(inside).replace("<annotation>", '<annotation xmlns:v="http://example.org">'))
    read = read_labels(tmp_path, format="voc")
    assert read.boxes["class_name"].tolist() == want
    assert read.problems["code"].tolist() == ([code] if code else [])
    report = convert(tmp_path, tmp_path / "out", to="coco", format="voc")
    assert report.left_out == ({} if want else {"a.png": 1})


def test_read__a_folder_of_polygons(tmp_path):
    """Whichever of the two formats that draw polygons in XML it is taken for."""
    corners = "".join(f"<x{n}>{x}</x{n}><y{n}>{y}</y{n}>" for n, (x, y) in enumerate([(1, 2), (9, 2), (9, 8)], 1))
    (tmp_path / "a.xml").write_text(voc(f"<name>car</name><polygon>{corners}</polygon>"))
    for format in (None, "voc", "labelme"):
        assert corners_of(read_labels(tmp_path, format=format)) == [[1, 2, 9, 8]]


def test_read__lines_in_another_encoding(tmp_path):
    text = voc(box("번호판") + "</object>\n\n<object>" + box("차"), "utf-16")
    (tmp_path / "a.xml").write_bytes(text.encode("utf-16"))
    assert read_labels(tmp_path, format="voc").boxes["line"].tolist() == [1, 3]
