"""Files from strangers: a report or a one-line error, never a traceback, a hang, or a file outside the target.

`WORKBENCH_FUZZ=5000` runs as many mutations of our own files, and as many of real ones; a plain run does a few hundred.
"""

import json
import os
import random
import re
import shutil
import time

import pytest

from workbench.label import check_labels, convert, write_labels
from workbench.label.formats.spec import SPECS
from workbench.model import tables
from workbench.model.errors import WorkbenchError

SUFFIX = {"voc": ".xml", "yolo": ".txt", "yolo-mark": ".txt", "coco": ".json", "labelme": ".json"}
SUFFIX |= {"cvat": ".xml", "label-studio": ".json", "openalpr": ".txt"}
BOMB = (
    '<?xml version="1.0"?><!DOCTYPE a [<!ENTITY l0 "lol">'
    + "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
    + "]><annotation><filename>&l9;</filename></annotation>"
)
INTERESTING = [
    b"\0",
    b"\xff\xfe",
    b"nan",
    b"inf",
    b"-1",
    b"1e999",
    b"9" * 400,
    b"../../etc/passwd",
    b"&#0;",
    b"<a>" * 50,
]
INTERESTING += [
    b"[" * 200,
    b"{",
    b"}",
    b"null",
    b'"',
    b"\r",
    b"\n\n",
    "한".encode("cp949"),
    "é".encode("utf-16"),
    b"&x;",
    b"<!--",
]
NAME_OF_A_PICTURE = re.compile(rb"[^\s<>\"/]+\.(?:jpe?g|png)", re.IGNORECASE)
PATHS = [
    b"../../evil.png",
    b"/tmp/evil.png",
    b"..\\..\\evil.png",
    b"C:\\evil.png",
    b"a/../../evil.png",
    b"a" * 5000 + b".png",
]
PATHS += [b"%2e%2e/evil.png", b"a.png/../..", b".", b"", b"a\0b.png", "한글 #=.png".encode()]
ENCODINGS = ["utf-16", "utf-16-le", "utf-32", "cp949", "cp1252", "utf-8-sig"]


@pytest.fixture
def seeds(tmp_path):
    """One good file of every format, from our own writers, as (format, file name, content)."""
    images = tables.from_rows("images", [{"image_id": "a.png", "width": 100, "height": 80}])
    row = {
        "image_id": "a.png",
        "class_name": "plate",
        "xmin": 10,
        "ymin": 20,
        "xmax": 60,
        "ymax": 40,
        "labeller": "ann",
    }
    boxes = tables.from_rows("boxes", [row, row | {"xmin": 70, "xmax": 90}])
    found = [("openalpr", "a.txt", b"a.png\t10\t20\t50\t20\tAB12\n")]
    for name, spec in SPECS.items():
        if spec.writes:
            write_labels(images, boxes, tmp_path / "seed" / name, format=name, classes=["plate"])
            file = next(
                p
                for p in sorted((tmp_path / "seed" / name).rglob("*"))
                if p.suffix == SUFFIX[name] and p.stem in ("a", "annotations", "tasks")
            )
            found.append((name, file.name, file.read_bytes()))
    return found


REAL = [
    ("voc", "voc_indian_eu/images/*.xml"),
    ("yolo", "voc_indian_eu/yolo_labels/*.txt"),
    ("voc", "korean_voc_labelme/**/*.xml"),
    ("labelme", "korean_voc_labelme/**/*.json"),
    ("voc", "dashcam_frames_day/**/*.xml"),
    ("openalpr", "openalpr_eu/**/*.txt"),
    ("voc", "bad_labels/annotations/*.xml"),
    ("yolo-mark", "yolo_mark/**/*.txt"),
    ("labelme", "multi_annotator_labelme/**/*.xml"),
]


def _mutate(rng, data):
    data = bytearray(data)
    for _ in range(rng.randint(1, 6)):
        at = rng.randrange(len(data) + 1)
        kind = rng.randrange(7)
        if kind == 0:
            data[at:at] = rng.choice(INTERESTING)
        elif kind == 1:
            del data[at : at + rng.randint(1, 60)]
        elif kind == 2 and data:
            data[min(at, len(data) - 1)] = rng.randrange(256)
        elif kind == 3:
            data[at:at] = data[max(0, at - rng.randint(1, 80)) : at]
        elif kind == 4 and rng.random() < 0.2:
            data = bytearray(data.decode("utf-8", "replace").encode(rng.choice(ENCODINGS), "replace"))
        elif kind == 5 and (names := list(NAME_OF_A_PICTURE.finditer(data))):
            start, end = rng.choice(names).span()
            data[start:end] = rng.choice(PATHS)
        else:
            data[at : at + 8] = rng.choice(INTERESTING)
    return bytes(data)


def _survives(folder, name=None, images=None):
    start = time.perf_counter()
    try:
        report = check_labels(folder, format=name, images=images)
        json.dumps(report.to_json_dict(), allow_nan=False)
        outcome = report.summary["codes"]
    except WorkbenchError as error:
        outcome = {"error": str(error)}
    assert time.perf_counter() - start < 5
    assert "\n" not in str(outcome.get("error", ""))
    return outcome


def _fuzz(tmp_path, seeds, photo):
    """Check, and every fifth time convert, mutated files; nothing may appear but the target that was asked for."""
    rng = random.Random(11)
    jail = tmp_path / "jail" / "deep"
    pictures, folder, target = jail / "pictures", jail / "m", jail / "out"
    folder.mkdir(parents=True)
    for number, (_, name, _) in enumerate(seeds):
        photo((pictures / str(number) / name).with_suffix(".png"), (100, 80), (10, 20, 60, 40))
    before = sorted(tmp_path.rglob("*"))
    told = {"error": 0, "problems": 0, "nothing": 0}
    for turn in range(int(os.environ.get("WORKBENCH_FUZZ", "400"))):
        number = rng.randrange(len(seeds))
        format_name, name, data = seeds[number]
        file = folder / name
        file.write_bytes(_mutate(rng, data))
        try:
            codes = _survives(folder, format_name if turn % 2 else None, pictures / str(number))
            told["error" if "error" in codes else "problems" if codes else "nothing"] += 1
            if turn % 5 == 0:
                _converts(rng, folder, target, pictures / str(number))
        except Exception as error:
            raise AssertionError(f"turn {turn}: {format_name}: {file.read_bytes()!r}") from error
        file.unlink()
        shutil.rmtree(target, ignore_errors=True)
        assert sorted(tmp_path.rglob("*")) == before, f"turn {turn}: {format_name}: {data!r}"
    assert told["problems"] > told["nothing"]


def _converts(rng, folder, target, pictures):
    start = time.perf_counter()
    try:
        convert(folder, target, to=rng.choice(["voc", "yolo", "coco", "labelme"]), images=pictures, fix=True)
        message = ""
    except WorkbenchError as error:
        message = str(error)
    assert "\n" not in message
    assert time.perf_counter() - start < 5
    assert not any(path.is_symlink() for path in target.rglob("*"))


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_check__mutated_files(tmp_path, seeds, photo):
    _fuzz(tmp_path, seeds, photo)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_check__mutated_real_files(tmp_path, real_data, photo):
    found = [
        (name, path.name, path.read_bytes())
        for name, places in REAL
        for path in sorted(real_data.glob(places), key=lambda path: path.stat().st_size)[:8]
    ]
    assert {name for name, _, _ in found} == {name for name, _ in REAL}
    _fuzz(tmp_path, found, photo)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (BOMB, "xml-entity"),
        ("<annotation>" + "<a>" * 200_000, "xml-syntax"),
        ("<annotation>" + "<a>" * 200_000 + "</a>" * 200_000 + "</annotation>", "size-missing"),
        ("", "xml-syntax"),
        ("<annotation>\n<object>\n</annotation>", "xml-syntax"),
        ("<annotation><object><name>x</name></object></annotation>", "missing-field"),
        ("<annotation>\0</annotation>", "not-text"),
        ("<root/>", "not-this-format"),
    ],
    ids=["bomb", "unclosed", "deep", "empty", "crossed", "no box", "nul", "other root"],
)
def test_check__hostile_xml(tmp_path, text, code):
    (tmp_path / "a.xml").write_text(text, encoding="utf-8")
    codes = _survives(tmp_path, "voc")
    assert code in codes


def test_check__hostile_xml_encodings(tmp_path, voc_xml, photo):
    photo(tmp_path / "a.png", (100, 80))
    for encoding in ("utf-16", "utf-8-sig"):
        (tmp_path / "a.xml").write_bytes(voc_xml([(10, 20, 60, 40)]).encode(encoding))
        codes = _survives(tmp_path, "voc")
        assert "xml-syntax" not in codes
    bomb = BOMB.replace('"1.0"?', '"1.0" encoding="utf-16"?').encode("utf-16")
    (tmp_path / "a.xml").write_bytes(bomb)
    assert "xml-entity" in _survives(tmp_path, "voc")


def test_check__very_long_line(tmp_path):
    with (tmp_path / "a.txt").open("wb") as file:
        file.write(b"0 0.5 0.5 0.1 0.1 " * 6_000_000)
    codes = _survives(tmp_path, "yolo")
    assert "file-too-large" in codes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("[" * 100_000, "json-syntax"),
        ('{"images": ' + "[" * 100_000, "json-syntax"),
        ('{"images": 3}', "not-this-format"),
        ("[]", "not-this-format"),
        ("null", "not-this-format"),
        ('{"images": [{"id": {}}]}', "missing-field"),
    ],
    ids=lambda text: text[:30],
)
def test_check__hostile_json(tmp_path, text, code):
    (tmp_path / "a.json").write_text(text)
    said = {name: set(_survives(tmp_path, name)) for name in ("coco", "labelme", "label-studio", None)}
    assert said["coco"] == {code}
    assert said["labelme"] <= {code, "not-this-format"} != set()
    # An empty list is a Label Studio export without tasks.
    assert said["label-studio"] == (set() if text == "[]" else said["labelme"])


def test_check__links_that_lead_out(tmp_path, voc_xml):
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "secret.xml").write_text(voc_xml([(1, 1, 5, 5)]))
    folder = tmp_path / "labels"
    folder.mkdir()
    (folder / "a.xml").symlink_to(outside / "secret.xml")
    (folder / "loop").symlink_to(folder)
    (folder / "b.xml").write_text(voc_xml([(1, 1, 5, 5)], name="../../../etc/passwd"))
    report = check_labels(folder, format="voc")
    assert report.summary["boxes"] == 1
    assert report.summary["codes"]["path-outside"] == 2


def test_check__pipe_is_not_opened(tmp_path, voc_xml):
    os.mkfifo(tmp_path / "a.xml")
    (tmp_path / "b.xml").write_text(voc_xml([(1, 1, 5, 5)]))
    assert "error" not in _survives(tmp_path, "voc")


def test_convert__never_follows_a_link_in_the_target(tmp_path, voc_xml, photo):
    photo(tmp_path / "in" / "a.png", (100, 80))
    (tmp_path / "in" / "a.xml").write_text(voc_xml([(10, 10, 50, 50)]))
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "labels").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(WorkbenchError, match="link"):
        convert(tmp_path / "in", tmp_path / "out", to="yolo", overwrite=True)
    assert not list((tmp_path / "elsewhere").iterdir())
