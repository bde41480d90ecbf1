"""Must show: the same content has the same id, and a version that was brought back is the version."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import unicodedata
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st

from workbench.model import tables
from workbench.model.errors import ProjectError
from workbench.model.geometry import CORNERS
from workbench.project import ProjectFolder
from workbench.version import Version, content_sha256, diff, restore, snapshot, verify

from ..depth import examples, often

GOLDEN = Path(__file__).parent / "golden"
CLASSES = ("plate", "light")
TEXT = st.text(st.characters(codec="utf-8", exclude_categories=["Cs", "Cc"]), max_size=6)
NUMBER = st.floats(0, 1e6, allow_nan=False).map(lambda value: value + 0.0)
ATTRIBUTE = st.none() | st.booleans() | st.integers(-9, 9) | NUMBER | TEXT | st.lists(st.integers(0, 9), max_size=2)


@st.composite
def datasets(draw, boxes_from=0):
    """A dataset with every column that a version holds."""
    names = draw(st.lists(TEXT.filter(str.strip), min_size=1, max_size=5, unique=True))
    images = [
        {
            "image_id": name,
            "path": f"pictures/{number}.jpg",
            "sha256": draw(st.sampled_from("0123")) * 64,
            "width": draw(st.integers(1, 9999)),
            "height": draw(st.integers(1, 9999)),
            "source": draw(TEXT),
            "group_id": draw(TEXT),
            "frame_s": draw(st.none() | NUMBER),
            "split": draw(st.sampled_from(tables.SPLITS)),
            "label_status": draw(st.sampled_from(tables.LABEL_STATUSES)),
            "sharpness": draw(NUMBER),
        }
        for number, name in enumerate(names)
    ]
    boxes = []
    for _ in range(draw(st.integers(boxes_from, 6))):
        x, y, width, height = draw(NUMBER), draw(NUMBER), draw(NUMBER), draw(NUMBER)
        box = {"image_id": draw(st.sampled_from(names)), "class_name": draw(st.sampled_from(CLASSES))}
        box |= dict(zip(CORNERS, (x, y, x + width, y + height), strict=True))
        box |= {"ignore": draw(st.booleans()), "labeller": draw(TEXT)}
        boxes.append(box | {name: draw(ATTRIBUTE) for name in ("truncated", "note") if draw(st.booleans())})
    return tables.from_rows("images", images), tables.from_rows("boxes", boxes)


def project_of(images: pd.DataFrame, boxes: pd.DataFrame, root: Path) -> ProjectFolder:
    home = ProjectFolder.create(root, classes=CLASSES)
    home.store.replace_all(images, boxes, CLASSES, who=None, why="a test", notes={})
    return home


@given(world=datasets(), data=st.data())
@examples(12, suppress_health_check=[HealthCheck.too_slow])
def test_content__paths_orders_and_measures_do_not_count(world, data):
    """Other paths, separators and Unicode forms of paths, rows, columns, box ids and measures: the same content."""
    images, boxes = world
    rows = data.draw(st.permutations(range(len(images))))
    box_rows = data.draw(st.permutations(range(len(boxes))))
    windows = [unicodedata.normalize("NFD", f"C:\\사진\\{path}".replace("/", "\\")) for path in images["path"]]
    elsewhere = images.assign(path=windows, sharpness=0.0).iloc[rows][data.draw(st.permutations(list(images.columns)))]
    renamed = boxes.assign(box_id=[f"x{row}" for row in range(len(boxes))]).iloc[box_rows]
    assert content_sha256(elsewhere, renamed, CLASSES) == content_sha256(images, boxes, CLASSES)


@given(world=datasets())
@examples(12, 500, suppress_health_check=[HealthCheck.too_slow])
def test_content__does_not_depend_on_how_pandas_holds_it(world):
    """Object columns as in pandas 2, and what pyarrow brings back, are the same content."""
    images, boxes = world
    wanted = content_sha256(images, boxes, CLASSES)
    for kind in ("object", "string[pyarrow]", "string[python]"):
        texts = ("image_id", "source", "group_id", "split", "label_status", "sha256")
        assert content_sha256(images.astype(dict.fromkeys(texts, kind)), boxes, CLASSES) == wanted
    assert content_sha256(images.convert_dtypes(dtype_backend="pyarrow"), boxes, CLASSES) == wanted


SMALL_CHANGES = {
    "images": {
        "sha256": lambda v: "f" + v[1:],
        "width": lambda v: v + 1,
        "source": lambda v: v + "x",
        "group_id": lambda v: v + "x",
        "frame_s": lambda v: 1.5 if v != v else v + 1e-3,
        "split": lambda v: "val" if v != "val" else "test",
        "label_status": lambda v: "approved" if v != "approved" else "empty",
        "sharpness": lambda v: v + 1,
        "path": lambda v: v + "x",
    },
    "boxes": {
        "xmax": lambda v: v + 0.25,
        "ymax": lambda v: v + 2.0,
        "class_name": lambda v: "light" if v == "plate" else "plate",
        "ignore": lambda v: not v,
        "labeller": lambda v: v + "x",
        "box_id": lambda v: v + "x",
    },
}


@pytest.mark.parametrize(
    ("table", "column"), [(table, column) for table, columns in SMALL_CHANGES.items() for column in columns]
)
@given(world=datasets(boxes_from=1))
@examples(5, 100, suppress_health_check=[HealthCheck.too_slow])
def test_diff__says_nothing_changed_exactly_where_the_content_is_the_same(table, column, world):
    """Whatever gives a version another name, the diff tells; what gives it none, the diff is silent about."""
    after = {"images": world[0].copy(), "boxes": world[1].copy()}
    values = after[table][column].tolist()
    values[0] = SMALL_CHANGES[table][column](values[0])
    if column == "box_id":
        values.reverse()  # Ids that change places, as between two projects: the boxes are who they were.
    after[table][column] = pd.Series(values, index=after[table].index, dtype=after[table][column].dtype)
    same = content_sha256(*world, CLASSES) == content_sha256(after["images"], after["boxes"], CLASSES)
    assert same == (column in ("sharpness", "path", "box_id"))
    assert (str(diff(world, (after["images"], after["boxes"]))) == "nothing changed") == same


@pytest.mark.slow
@given(world=datasets())
@examples(6, 100, suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture])
def test_restore__of_a_snapshot_is_the_identity(world, tmp_path_factory):
    images, boxes = world
    place = tmp_path_factory.mktemp("identity")
    pictures = {sha256: f"picture {sha256}".encode() for sha256 in images["sha256"]}
    images = images.assign(sha256=[hashlib.sha256(pictures[sha256]).hexdigest() for sha256 in images["sha256"]])
    home = project_of(images, boxes, place / "p")
    for path, content in zip(images["path"], (pictures[sha256] for sha256 in world[0]["sha256"]), strict=True):
        (home.root / path).write_bytes(content)
    first = snapshot(home, "first")
    home.store.replace_all(tables.empty("images"), tables.empty("boxes"), ["sign"], who=None, why="gone", notes={})
    restore(home, first.version_id)
    again = snapshot(home, "again")
    assert again.version_id == first.version_id
    assert diff((first.images, first.boxes), home.store.read_all()[:2]).summary == {}
    # Whatever the project is called, wherever it lies and whenever its files were written.
    moved = place / "다른 곳"
    shutil.move(home.root, moved)
    for file in moved.rglob("*"):
        os.utime(file, (1, 1))
    there = ProjectFolder.open(moved)
    assert snapshot(there, "there").version_id == first.version_id
    restore(there, first.version_id)


@pytest.mark.parametrize(
    "options",
    [{"compression": None}, {"compression": "zstd"}, {"row_group_size": 1}, {"version": "1.0"}],
    ids=str,
)
def test_content__does_not_depend_on_parquet_bytes(options, home, tmp_path):
    version = snapshot(home, "one")
    names = []
    for table in ("images", "boxes"):
        path = tmp_path / f"{table}.parquet"
        getattr(version, table).to_parquet(path, index=False, **options)
        assert path.read_bytes() != (version.folder / path.name).read_bytes()
        names.append(tables.validate(pd.read_parquet(path), table))
    assert content_sha256(*names, version.classes) == version.manifest.content_sha256


@pytest.mark.parametrize("folder", sorted(GOLDEN.iterdir()), ids=lambda f: f.name)
def test_version__of_another_pandas_and_pyarrow_is_read_and_verified(folder):
    """Written by the releases that the folder is named after; the same content was frozen in each of them."""
    (frozen,) = (Version.read(one) for one in folder.iterdir())
    frozen.verify()
    boxes = frozen.boxes
    assert frozen.version_id == "v5b0bb4784b52"
    assert boxes["note"].dropna().tolist() == ["번호판"]
    assert boxes["points"].dropna().tolist() == [[[1.5, 2], [3, 4]]]


def test_version__every_byte_counts(home):
    """A flipped byte anywhere, in the manifest, the tables or a picture, is found and its file named."""
    version = snapshot(home, "one")
    assert verify(home, version.version_id) == ()
    rng = random.Random(0)
    places = [*version.folder.iterdir(), *(home.root / path for path in version.images["path"])]
    assert len(places) == 7
    for path in places:
        whole = path.read_bytes()
        for _ in range(often(4, 40)):
            spoilt = bytearray(whole)
            spoilt[rng.randrange(len(whole))] ^= rng.randrange(1, 256)
            path.write_bytes(spoilt)
            (problem,) = verify(home, version.version_id)
            assert problem.file == path.relative_to(home.root).as_posix()
            assert "\n" not in problem.problem
        path.unlink()
        (problem,) = verify(home, version.version_id)
        assert problem.file == path.relative_to(home.root).as_posix()
        path.write_bytes(whole)
    assert verify(home, version.version_id) == ()


def test_restore__finds_a_picture_that_was_renamed(home):
    version = snapshot(home, "one")
    (home.pictures / "elsewhere").mkdir()
    (home.pictures / "a").rename(home.pictures / "elsewhere" / "차.jpg")
    restore(home, version.version_id)
    paths = home.images.set_index("image_id")["path"]
    assert paths["a"] == "pictures/elsewhere/차.jpg"
    assert snapshot(home, "again").version_id == version.version_id


def test_restore__refuses_a_picture_that_is_another_one(home):
    version = snapshot(home, "one")
    (home.pictures / "a").write_bytes(b"another")
    with pytest.raises(ProjectError, match=r"pictures/a: is not what was frozen"):
        restore(home, version.version_id)


def test_manifest__tells_what_the_splits_tear(home):
    assert snapshot(home, "one").manifest.split_rule == "by group: none of 4 groups crosses a split"
    images = home.images
    torn = images.assign(group_id=["g", "g", "g", ""])
    home.store.replace_all(torn, home.boxes, home.classes, who=None, why="x", notes={})
    assert (
        snapshot(home, "two").manifest.split_rule
        == "by group: 1 of 1 groups lie in more than one split; 1 pictures have no group"
    )
