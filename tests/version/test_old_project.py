"""A project that workbench 0.1.0 wrote opens, verifies, evaluates, and keeps what 0.1.0 had promised about it.

`golden_project` was made by 0.1.0: two labelled pictures and one without objects, a snapshot, `freeze_test("street")`,
`close_test()`, and the record of one round.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pandas as pd
import pytest

import workbench as wb
from workbench.decide.record import read_records
from workbench.model.errors import InputError
from workbench.project import ProjectFolder
from workbench.version import find_test, freeze_test, frozen_tests, load, snapshot, verify, versions

GOLDEN = Path(__file__).parent / "golden_project"
VERSION = "v9bc7c3262a91"


@pytest.fixture
def old(tmp_path: Path) -> ProjectFolder:
    shutil.copytree(GOLDEN, tmp_path / "project")
    return ProjectFolder.open(tmp_path / "project")


def test_old_project__opens_and_verifies(old):
    assert (old.classes, old.goal) == (("plate",), "")
    assert old.boxes["note"].tolist() == ["번호판", "번호판"]
    assert versions(old)["version"].tolist() == [VERSION]
    assert verify(old, VERSION) == ()
    assert snapshot(old, "again").version_id == VERSION
    assert [(test.test_id, test.lock.name) for test in frozen_tests(old)] == [("td5dbb9f5391d", "street")]
    assert freeze_test(old, "street") == find_test(old, "street")


def test_old_project__evaluates(old):
    test = find_test(old, "street")
    assert test is not None
    images, boxes = test.tables()
    found = pd.DataFrame(
        [("web/b.png", "plate", 0.9, 11, 20, 40, 30), ("web/c.png", "plate", 0.8, 0, 0, 9, 9)],
        columns=["image_id", "class_name", "confidence", "xmin", "ymin", "xmax", "ymax"],
    )
    metrics = wb.evaluate(images, boxes, found, confidence=0.5).metrics
    assert [metrics[name] for name in ("tp", "fp", "fn")] == [1, 1, 0]


def test_old_project__has_records_as_they_were_written(old):
    (record,) = read_records(old)
    assert (record.version, record.who, record.edited) == (load(old, VERSION).version_id, "민아", False)
    path = old.iterations / "001" / "record.yaml"
    path.write_text(path.read_text("utf-8").replace("one more", "two more"), "utf-8")
    assert read_records(old)[0].edited


@pytest.mark.parametrize(
    ("lock", "words"),
    [(True, "the frozen test 'street'"), (False, "the test set closed on 2026-11-30")],
    ids=["frozen", "closed only"],
)
def test_old_project__keeps_its_test_as_it_is(lock, words, old):
    """`close_test` is gone; a test set that it closed takes nothing new all the same."""
    if not lock:
        (old.tests / "street.json").unlink()
    for image_id, split in (("web/a.png", "test"), ("web/b.png", "train")):
        with pytest.raises(InputError, match=words):
            old.store.set_split([image_id], split)
    freeze_test(old, "street")
    with pytest.raises(InputError, match="the frozen test 'street'"):
        old.store.set_split(["web/a.png"], "test")
