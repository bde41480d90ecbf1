"""One process or several: the same tables, problems and files, and nothing half done."""

import os
import signal
from pathlib import Path

import pandas as pd
import pytest

from workbench.label import check_labels, convert, read_labels
from workbench.label.formats import voc
from workbench.label.writing import target
from workbench.machine import helpers
from workbench.model.errors import WorkbenchError

from ..depth import often

FORMATS = ["voc", "yolo", "yolo-mark", "labelme", "coco", "cvat", "label-studio"]


@pytest.fixture
def few(monkeypatch):
    """Helpers start for ten files already, and take four at once."""
    monkeypatch.setattr(helpers, "FEW", 10)
    monkeypatch.setattr(helpers, "_PART", 4)
    monkeypatch.setattr("workbench.label.writing.write._PART", 4)


@pytest.fixture
def mixed(tmp_path, photo, voc_xml):
    """A VOC set of forty pictures with something of everything: usual files, others, faults, a class of its own."""
    root = tmp_path / "set"
    (root / "labels" / "sub").mkdir(parents=True)
    for i in range(40):
        sub = "sub/" if i % 9 == 0 else ""
        photo(root / "images" / f"{sub}p{i:02d}.png", (64, 48), _box(i))
        boxes = [(1 + i % 7, 2, 30, 20 + i % 5), (5, 6, 60, 40)][: 1 + i % 2]
        text = voc_xml(boxes, (64, 48), f"p{i:02d}.png", "plate" if i % 3 else "car")
        if i == 7:
            text = text[:-30]
        if i == 11:
            text = voc_xml([(1, 2, 99, 20), (5, 5, 5, 9)], (50, 60), "other.png")
        if i == 13:
            text = text.replace("<name>plate</name>", "<name>플레이트</name><truncated>1</truncated>")
        if i == 17:
            text = text.replace("<size>", "<source><annotator>ann</annotator></source><size>")
        (root / "labels" / f"{sub}p{i:02d}.xml").write_text(text, encoding="utf-8")
    (root / "images" / "p03.png").write_bytes((root / "images" / "p02.png").read_bytes()[:-200])
    (root / "images" / "p04.png").write_bytes((root / "images" / "p02.png").read_bytes())
    (root / "labels" / "p05.xml").unlink()
    (root / "images" / "p06.png").unlink()
    return root


def _box(i: int) -> tuple[int, int, int, int]:
    return (1 + i % 7, 2, 30, 20 + i % 5)


def _files(folder: Path) -> dict[str, bytes]:
    return {file.relative_to(folder).as_posix(): file.read_bytes() for file in folder.rglob("*") if file.is_file()}


@pytest.mark.parametrize("name", often(["voc", "yolo-mark", "coco", "cvat"], FORMATS))
def test_workers__same_tables_problems_and_files(few, mixed, tmp_path, name):
    source = tmp_path / "source"
    convert(mixed / "labels", source, to=name, images=mixed / "images", workers=1)
    reads = [read_labels(source, images=mixed / "images", format=name, workers=count) for count in (1, 2)]
    for table in ("images", "boxes", "problems"):
        pd.testing.assert_frame_equal(getattr(reads[0], table), getattr(reads[1], table))
    assert reads[0].classes == reads[1].classes
    assert repr(reads[0].found.raw) == repr(reads[1].found.raw)
    checks = [check_labels(source, images=mixed / "images", format=name, workers=count) for count in (1, 2)]
    assert checks[0].to_json_dict() == checks[1].to_json_dict()
    # Every day into itself and into the next format; every pair under the deep profile.
    for to in often([name, FORMATS[FORMATS.index(name) - 1]], FORMATS):
        reports = [
            convert(source, tmp_path / f"{to}{count}", to=to, format=name, images=mixed / "images", workers=count)
            for count in (1, 2)
        ]
        assert _files(tmp_path / f"{to}1") == _files(tmp_path / f"{to}2")
        assert len(_files(tmp_path / f"{to}1")) == reports[0].written.files == reports[1].written.files


def test_workers__faults_are_found_in_the_same_order(few, mixed):
    one, two = (check_labels(mixed / "labels", images=mixed / "images", workers=count) for count in (1, 2))
    assert {"xml-syntax", "box-outside", "no-area", "size-mismatch", "picture-truncated", "duplicate-picture"} <= set(
        one.summary["codes"]
    )
    assert one.to_json_dict() == two.to_json_dict()
    pd.testing.assert_frame_equal(one.every, two.every)


def test_workers__helpers_do_take_part(few, mixed, monkeypatch):
    # What this process cannot read, a helper, which knows nothing of the patch, still can.
    monkeypatch.setattr(helpers.Task, "result", lambda self: self._future.result())
    monkeypatch.setattr(voc, "read_bytes", lambda path: pytest.fail("read here"))
    assert len(read_labels(mixed / "labels", images=mixed / "images", format="voc", workers=2).boxes) > 40


def test_workers__a_helper_that_is_killed_leaves_nothing(few, mixed, tmp_path, monkeypatch):
    def kill_then_submit(self, function, *arguments):
        for one in self._running:
            os.kill(one._process.pid, signal.SIGKILL)
        task = submit(self, function, *arguments)
        while not task.done:
            pass
        return task

    submit = helpers.Helpers.submit
    monkeypatch.setattr(helpers.Helpers, "submit", kill_then_submit)
    with pytest.raises(WorkbenchError, match="helper process ended before its time"):
        convert(mixed / "labels", tmp_path / "out" / "yolo", to="yolo", images=mixed / "images", workers=2)
    assert not _files(tmp_path / "out")


@pytest.mark.parametrize("workers", [1, 2])
@pytest.mark.parametrize("error", [KeyboardInterrupt, MemoryError])
def test_workers__an_interruption_while_writing_leaves_nothing(few, mixed, tmp_path, monkeypatch, error, workers):
    def stop(*_):
        raise error

    out = tmp_path / "out"
    out.mkdir()
    monkeypatch.setattr(target, "_sync", stop)
    with pytest.raises(error):
        convert(mixed / "labels", out / "yolo", to="yolo", images=mixed / "images", workers=workers)
    assert list(out.iterdir()) == []


@pytest.mark.parametrize("workers", [1, 2])
def test_workers__a_disk_error_is_one_line_and_leaves_nothing(few, mixed, tmp_path, monkeypatch, workers):
    out = tmp_path / "out"
    out.mkdir()
    put = target.Folder.put

    def full(self, name, data):
        if name == "data.yaml":
            raise OSError(28, "No space left on device")
        put(self, name, data)

    monkeypatch.setattr(target.Folder, "put", full)
    with pytest.raises(WorkbenchError, match="yolo: No space left on device; nothing was written"):
        convert(mixed / "labels", out / "yolo", to="yolo", images=mixed / "images", workers=workers)
    assert list(out.iterdir()) == []


def test_folder__a_write_that_stops_half_way_goes_on(tmp_path, monkeypatch):
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:7]))
    target.Folder(str(tmp_path)).put("a/b.txt", bytes(range(100)))
    assert (tmp_path / "a" / "b.txt").read_bytes() == bytes(range(100))
