"""What a person sees of a version, a diff, a frozen test and an export: words, in a notebook with tables."""

from __future__ import annotations

from workbench.version import ExportReport, diff, freeze_test, snapshot


def test_version__says_what_it_is_and_why(home):
    version = snapshot(home, "first <fifty>", author="민아")
    words = f"{version.version_id} (4 pictures, 3 boxes): first <fifty>"
    assert repr(version) == str(version) == repr(version.manifest) == str(version.manifest) == words
    page = version._repr_html_()
    assert page == version.manifest._repr_html_()
    for part in (version.version_id, "first &lt;fifty&gt;", "by 민아", "3 train", "plate, light", "by group"):
        assert part in page


def test_diff__says_what_changed(home, boxes_of):
    before = home.store.read_all()[:2]
    same = diff(before, before)
    assert repr(same) == str(same) == "nothing changed"
    assert "<b>What changed</b>" in same._repr_html_()
    home.store.set_boxes("c", boxes_of("c", (1, 1, 5, 5)), who="ann")
    changed = diff(before, home.store.read_all()[:2])
    assert repr(changed) == str(changed) == "1 picture label_status, 1 box added"
    assert "<th>added</th>" in changed._repr_html_()


def test_frozen_test__says_what_it_holds(home):
    test = freeze_test(home, "street", note="for good", author="민아")
    assert repr(test) == f"{test.test_id} 'street' (1 picture, 0 boxes of {test.lock.version})"
    page = test._repr_html_()
    for part in ("Frozen test street", "split test", "by 민아", "for good"):
        assert part in page


def test_export__says_where_and_what_is_lost(tmp_path):
    report = ExportReport(tmp_path / "out", "v1", "yolo", 1, 2, ("labellers", "attributes"))
    assert repr(report) == str(report) == f"{tmp_path / 'out'}: v1 as yolo, 1 picture, 2 boxes, README.md"
    assert "labellers; attributes" in report._repr_html_()
    kept = ExportReport(tmp_path / "out", "v1", "voc", 1, 2, ())
    assert "lost" not in kept._repr_html_()
