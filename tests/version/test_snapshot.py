from __future__ import annotations

import json
import shutil
import threading
from pathlib import Path

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model import tables
from workbench.model.errors import InputError, ProjectError
from workbench.project import ProjectFolder
from workbench.version import Version, head, load, restore, snapshot, versions

FILES = ["images.parquet", "boxes.parquet", "manifest.json"]
NO_BOXES = pd.DataFrame()


def assert_holds(version: Version, home: ProjectFolder) -> None:
    """Working labels and version are equal, value by value."""
    images, boxes, classes = home.store.read_all()
    assert tables.records(version.images) == tables.records(images)
    assert tables.records(version.boxes) == tables.records(boxes)
    assert version.classes == classes


def bytes_of(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def test_snapshot__holds_what_the_labels_were(home):
    version = snapshot(home, " first fifty\n", author="ann")
    assert_holds(version, home)
    version.verify()
    manifest = version.manifest
    assert (manifest.note, manifest.author, manifest.parent) == ("first fifty", "ann", None)
    assert manifest.version == version.folder.name == f"v{manifest.content_sha256[:12]}"
    assert manifest.counts == {
        "pictures": 4,
        "boxes": 3,
        "train": 3,
        "test": 1,
        "labelled": 2,
        "empty": 1,
        "unlabelled": 1,
    }
    assert load(home, version.version_id) == version
    assert "4 pictures, 3 boxes): first fifty" in repr(version)


def test_snapshot__the_same_content_is_the_same_version_in_another_folder(home, new_home):
    elsewhere = new_home("다른 곳")
    first, second = snapshot(home, "here"), snapshot(elsewhere, "there")
    assert first.version_id == second.version_id
    assert first.folder != second.folder


def test_snapshot__the_same_content_is_not_written_twice(home):
    first = snapshot(home, "one")
    before = bytes_of(first.folder)
    again = snapshot(home, "two")
    assert again.manifest.note == "one"
    assert bytes_of(first.folder) == before
    assert len(versions(home)) == 1


def test_snapshot__back_to_former_content_is_the_former_version(home):
    first = snapshot(home, "one")
    boxes = home.boxes
    home.store.set_boxes("a", NO_BOXES)
    second = snapshot(home, "two")
    home.store.set_boxes("a", boxes[boxes["image_id"] == "a"])
    assert snapshot(home, "three").version_id == first.version_id != second.version_id


def test_snapshot__stays_when_the_labels_change(home):
    version = snapshot(home, "before")
    kept = tables.records(version.boxes)
    before = bytes_of(version.folder)
    home.store.set_boxes("a", NO_BOXES)
    home.store.set_split(["b"], "val")
    snapshot(home, "after")
    assert bytes_of(version.folder) == before
    assert tables.records(load(home, version.version_id).boxes) == kept
    version.verify()


def test_snapshot__knows_its_parent(home):
    first = snapshot(home, "one")
    home.store.set_split(["a"], "val")
    second = snapshot(home, "two")
    assert second.manifest.parent == first.version_id
    assert head(home) == second.version_id


@pytest.mark.parametrize("note", ["", "  \n"])
def test_snapshot__needs_a_note(note, home):
    with pytest.raises(InputError, match="needs a note"):
        snapshot(home, note)
    assert versions(home).empty


def test_snapshot__refuses_nothing(tmp_path):
    home = ProjectFolder.create(tmp_path / "bare", classes=["plate"])
    with pytest.raises(InputError, match="holds no pictures yet"):
        snapshot(home, "nothing")
    assert head(home) is None
    assert not list(home.versions.iterdir())


@pytest.mark.parametrize(
    "values",
    [
        [[[1.5, 2], [3, 4]], None],
        [{"color": "red", "ids": [1]}, None],
        [1, "x"],
        [True, None],
        [7, 7],
        [0.1, None],
    ],
    ids=["polygon", "mapping", "mixed", "flag", "whole", "number"],
)
def test_snapshot__keeps_every_attribute(values, home, boxes_of):
    corners = [(1, 2, 30, 40), (3, 4, 30, 40)]
    boxes = boxes_of("a", *corners).assign(extra=pd.Series(values, dtype=object))
    home.store.set_boxes("a", boxes)
    version = snapshot(home, "with attributes")
    version.verify()
    assert_holds(version, home)
    home.store.set_boxes("a", NO_BOXES)
    restore(home, version.version_id)
    found = [row["extra"] for row in tables.records(home.boxes) if row["image_id"] == "a"]
    assert found == values
    assert [type(value) for value in found if isinstance(value, bool)] == [bool for value in values if value is True]
    assert snapshot(home, "again").version_id == version.version_id


def test_snapshot__two_at_once_are_one_version(home):
    found: list[str] = []
    errors: list[Exception] = []
    start = threading.Barrier(4)

    def freeze() -> None:
        start.wait()
        try:
            found.append(snapshot(home, "at once").version_id)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is to show it.
            errors.append(error)

    threads = [threading.Thread(target=freeze) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert errors == []
    assert len(found) == 4
    assert len(set(found)) == 1
    load(home, found[0]).verify()
    assert [folder.name for folder in home.versions.iterdir()] == found[:1]


@pytest.fixture(scope="module")
def frozen(tmp_path_factory) -> Version:
    home = ProjectFolder.create(tmp_path_factory.mktemp("frozen") / "p", classes=["plate"])
    row = {"path": "pictures/a", "sha256": "0" * 64, "width": 100, "height": 80, "split": "train"}
    images = [{"image_id": name, **row, "path": name} for name in "abcde"]
    box = {"class_name": "plate", "xmin": 1.5, "ymin": 2.5, "xmax": 30.0, "ymax": 40.0}
    home.store.add_images(
        tables.from_rows("images", images), tables.from_rows("boxes", [{"image_id": name, **box} for name in "abc"])
    )
    return snapshot(home, "번호판 다섯")


@given(name=st.sampled_from(FILES), place=st.floats(0, 1, exclude_max=True), bit=st.integers(0, 7))
def test_verify__finds_a_flipped_bit_and_names_the_file(frozen, tmp_path_factory, name, place, bit):
    folder = tmp_path_factory.mktemp("copy") / frozen.version_id
    shutil.copytree(frozen.folder, folder)
    Version.read(folder).verify()
    content = bytearray((folder / name).read_bytes())
    content[int(place * len(content))] ^= 1 << bit
    (folder / name).write_bytes(content)
    with pytest.raises(ProjectError, match=name) as caught:
        Version.read(folder).verify()
    assert str(folder / name) in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("name", FILES)
def test_verify__names_a_file_that_is_missing_or_cut(name, frozen, tmp_path):
    folder = tmp_path / frozen.version_id
    shutil.copytree(frozen.folder, folder)
    whole = (folder / name).read_bytes()
    for content in (whole[:-2], b"", None):
        if content is None:
            (folder / name).unlink()
        else:
            (folder / name).write_bytes(content)
        with pytest.raises(ProjectError, match=name):
            Version.read(folder).verify()


def test_verify__finds_another_version_in_its_folder(home, new_home):
    """Manifest and tables fit each other, but not the name they lie under."""
    first = snapshot(home, "one")
    home.store.set_split(["a"], "val")
    second = snapshot(home, "two")
    shutil.copytree(second.folder, first.folder, dirs_exist_ok=True)
    with pytest.raises(ProjectError, match=rf"{first.version_id}.manifest.json is not what was frozen"):
        load(home, first.version_id).verify()


@pytest.mark.parametrize("text", ["", "{", "[]", "[1]", '"x"', "null", "{}", '{"seal": "x"}'])
def test_load__names_a_damaged_manifest(text, home):
    version = snapshot(home, "one")
    (version.folder / "manifest.json").write_text(text)
    with pytest.raises(ProjectError, match=r"manifest\.json is damaged"):
        load(home, version.version_id)


def test_manifest__is_sealed_against_an_edit(home):
    path = snapshot(home, "one").folder / "manifest.json"
    manifest = json.loads(path.read_text())
    path.write_text(json.dumps({**manifest, "note": "better than it was"}))
    with pytest.raises(ProjectError, match="its seal does not match"):
        versions(home)


@pytest.mark.parametrize("name", FILES[:2])
def test_tables__a_damaged_file_is_named_when_read(name, home):
    version = snapshot(home, "one")
    (version.folder / name).write_bytes(b"no table")
    with pytest.raises(ProjectError, match=f"{name} is damaged"):
        getattr(version, name.removesuffix(".parquet"))()


def test_load__takes_the_beginning_of_an_id(home):
    version = snapshot(home, "one")
    assert load(home, version.version_id[:5]) == version


@pytest.mark.parametrize("wanted", ["", "v0000", "x", "V"])
def test_load__lists_what_there_is(wanted, home):
    version = snapshot(home, "one")
    with pytest.raises(InputError, match=f"no version begins with '{wanted}'; there are: {version.version_id}"):
        load(home, wanted)


def test_load__refuses_two_at_a_time(home):
    snapshot(home, "one")
    home.store.set_split(["a"], "val")
    snapshot(home, "two")
    with pytest.raises(InputError, match="more than one version begins with 'v'"):
        load(home, "v")


def test_versions__oldest_first(home):
    made = [snapshot(home, "one", author="ann")]
    for split in ("val", "test", "pool"):
        home.store.set_split(["a"], split)
        made.append(snapshot(home, split))
    found = versions(home)
    assert found["version"].tolist() == [version.version_id for version in made]
    assert found["parent"].tolist()[1:] == found["version"].tolist()[:-1]
    assert found[["author", "note", "pictures", "boxes"]].iloc[0].tolist() == ["ann", "one", 4, 3]


def test_versions__none_yet(home):
    assert versions(home).empty
    assert list(versions(home)) == ["version", "at", "author", "note", "parent", "pictures", "boxes"]


def test_restore__brings_every_table_back(home):
    before = home.store.read_all()
    version = snapshot(home, "before")
    home.store.set_boxes("a", NO_BOXES)
    home.store.set_split(["b"], "val")
    home.store.add_classes(["sign"])
    restored = restore(home, version.version_id, who="ann")
    assert restored == version
    for was, now in zip(before[:2], home.store.read_all()[:2], strict=True):
        pd.testing.assert_frame_equal(was, now)
    assert home.classes == before[2]
    assert head(home) == version.version_id
    last = home.store.events().iloc[-1]
    assert (last["action"], last["who"]) == ("restore", "ann")


def test_restore__freezes_what_was_there_first(home):
    version = snapshot(home, "before")
    home.store.set_boxes("a", NO_BOXES)
    lost = home.boxes
    restore(home, version.version_id)
    found = versions(home).set_index("note")["version"]
    assert list(found.index) == ["before", f"before restoring {version.version_id}"]
    pd.testing.assert_frame_equal(load(home, found.iloc[1]).boxes, lost, check_dtype=False)


def test_restore__twice_and_forth_and_back(home):
    first = snapshot(home, "one")
    home.store.set_boxes("a", NO_BOXES)
    second = snapshot(home, "two")
    for version in (first, second, second, first):
        restore(home, version.version_id)
        assert_holds(version, home)
    assert len(versions(home)) == 2


def test_restore__then_goes_on_with_new_boxes(home, boxes_of):
    version = snapshot(home, "one")
    home.store.set_boxes("c", boxes_of("c", (0, 0, 5, 5)))
    restore(home, version.version_id)
    home.store.set_boxes("c", boxes_of("c", (0, 0, 5, 5), (6, 6, 9, 9)))
    assert home.boxes["box_id"].is_unique
    assert len(home.boxes) == 5


def test_restore__in_a_new_project_goes_on_with_new_boxes(home, tmp_path, boxes_of):
    version = snapshot(home, "one")
    fresh = ProjectFolder.create(tmp_path / "fresh", classes=["plate"])
    shutil.copytree(home.versions, fresh.versions, dirs_exist_ok=True)
    shutil.copytree(home.pictures, fresh.pictures, dirs_exist_ok=True)
    restore(fresh, version.version_id)
    fresh.store.set_boxes("c", boxes_of("c", (0, 0, 5, 5)))
    assert fresh.boxes["box_id"].is_unique


@pytest.mark.parametrize("damage", ["table", "picture", "unknown"])
def test_restore__changes_nothing_where_it_cannot(damage, home):
    version = snapshot(home, "one")
    home.store.set_boxes("a", NO_BOXES)
    wanted = version.version_id
    if damage == "table":
        path = version.folder / "boxes.parquet"
        path.write_bytes(path.read_bytes()[:-1])
    elif damage == "picture":
        (home.pictures / "차 d#1").unlink()
    else:
        wanted = "v0000"
    before = home.store.read_all(), home.store.events(), head(home), len(list(home.versions.iterdir()))
    match = {"table": "boxes.parquet", "picture": r"1 pictures of .* first pictures/차 d#1", "unknown": "no version"}
    with pytest.raises((ProjectError, InputError), match=match[damage]):
        restore(home, wanted)
    (images, boxes, classes), events, *rest = before
    pd.testing.assert_frame_equal(home.images, images)
    pd.testing.assert_frame_equal(home.boxes, boxes)
    pd.testing.assert_frame_equal(home.store.events(), events)
    assert (home.classes, head(home), len(list(home.versions.iterdir()))) == (classes, *rest)
