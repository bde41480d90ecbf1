from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from workbench.machine import doctor, mongod, probes
from workbench.model.errors import SetupError


def answering(answer, trouble=""):
    return lambda *args, **options: (answer, trouble)


@pytest.mark.slow
def test_examine__finds_this_machine_ready(mongod):
    findings = doctor.examine()
    names = [finding.name for finding in findings]
    assert len(set(names)) == len(names)
    assert {"Python", "OpenCV", "torch", "GPU", "mongod", "disk", "memory", "browser", "Hangul font"} <= set(names)
    assert [finding for finding in findings if finding.state == "fail"] == []
    assert all(finding.mend for finding in findings if finding.state != "ok")
    assert all("\n" not in finding.found + finding.mend for finding in findings)


def test_examine__a_check_that_breaks_is_a_finding(monkeypatch):
    def check_disk():
        raise OSError("no such device")

    finding = doctor._guarded(check_disk)
    assert (finding.name, finding.state) == ("disk", "fail")
    assert "no such device" in finding.found


@pytest.mark.parametrize("version", [(3, 10, 4), (3, 14, 0)], ids=["old", "new"])
def test_check_python__outside_the_range(monkeypatch, version):
    monkeypatch.setattr(sys, "version_info", version)
    assert doctor.check_python().state == "fail"


@pytest.mark.parametrize(("free", "state"), [(0.5, "fail"), (3, "warn"), (50, "ok")])
def test_check_disk__by_free_space(monkeypatch, free, state):
    monkeypatch.setattr(doctor, "_free_gib", lambda path: free)
    assert doctor.check_disk().state == state


@pytest.mark.parametrize(("available", "state"), [(1, "fail"), (3, "warn"), (9, "ok")])
def test_check_memory__by_what_is_available(monkeypatch, available, state):
    memory = SimpleNamespace(available=available * 2**30, total=16 * 2**30)
    monkeypatch.setattr(doctor.psutil, "virtual_memory", lambda: memory)
    assert doctor.check_memory().state == state


def test_check_writable__a_file_where_the_home_should_be(monkeypatch, tmp_path):
    (tmp_path / "home").write_text("")
    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path / "home"))
    finding = doctor.check_writable()
    assert finding.state == "fail"
    assert "WORKBENCH_HOME" in finding.mend


@pytest.mark.parametrize(
    ("answer", "word"),
    [
        pytest.param(None, "libGL.so.1", id="no-libGL"),
        pytest.param({"window": "QT5", "releases": {"a": "4.14", "b": "4.14"}}, "libGL", id="wrong-build-last"),
        pytest.param({"window": "NONE", "releases": {"a": "4.14", "b": "5.0"}}, "two releases", id="two-releases"),
    ],
)
def test_check_opencv__names_the_trap(monkeypatch, answer, word):
    monkeypatch.setattr(probes, "probe", answering(answer, "ImportError: libGL.so.1: cannot open shared object file"))
    finding = doctor.check_opencv()
    assert finding.state == "fail"
    assert word in finding.found
    assert finding.mend


def test_check_opencv__one_build_alone_is_fine(monkeypatch):
    monkeypatch.setattr(probes, "probe", answering({"window": "NONE", "releases": {"headless": "4.14"}}))
    assert (doctor.check_opencv().state, doctor.check_opencv().found) == ("ok", "4.14, needs no libGL")


def test_check_torch__torchvision_of_another_make(monkeypatch):
    monkeypatch.setattr(probes, "torch", answering(None, "RuntimeError: operator torchvision::nms does not exist"))
    finding = doctor.check_torch()
    assert finding.state == "fail"
    assert "torchvision::nms" in finding.found
    assert doctor.check_gpu().found.startswith("none")


def test_check_extra__that_is_not_there_is_no_failure(monkeypatch):
    monkeypatch.setattr(doctor.extras, "missing", lambda extra: ("torch",) if extra == "train" else ())
    finding = doctor.check_extra("train")
    assert (finding.name, finding.state) == ("[train]", "warn")
    assert finding.found == "torch not installed: no training and predicting"
    assert finding.mend == 'if you want that, run `pip install "data-centric-workbench[train]"`'
    assert doctor.check_extra("video").state == "ok"


def test_examine__asks_nothing_of_what_is_not_installed(monkeypatch):
    monkeypatch.setattr(doctor.extras, "missing", doctor.extras.EXTRAS.get)
    monkeypatch.setattr(probes, "torch", lambda: pytest.fail("asked for torch"))
    monkeypatch.setattr(mongod, "find", lambda: pytest.fail("looked for a mongod"))
    findings = doctor.examine(ports=False)
    assert {one.name: one.state for one in findings if one.name.startswith("[")} == dict.fromkeys(
        ("[train]", "[fiftyone]", "[notebook]", "[video]"), "warn"
    )
    assert not {"torch", "GPU", "ultralytics", "fiftyone", "mongod"} & {one.name for one in findings}


def test_check_mongod__missing_says_the_command(monkeypatch, tmp_path):
    monkeypatch.delenv("FIFTYONE_DATABASE_URI", raising=False)
    monkeypatch.setattr(mongod, "fiftyone_path", lambda: tmp_path / "mongod")
    finding = doctor.check_mongod()
    assert finding.state == "fail"
    assert str(tmp_path / "mongod") in finding.found
    assert mongod.FALLBACK in finding.mend


def test_check_mongod__a_database_of_the_user_needs_none(monkeypatch):
    monkeypatch.setenv("FIFTYONE_DATABASE_URI", "mongodb://127.0.0.1:1")
    monkeypatch.setattr(mongod, "find", lambda: pytest.fail("looked for a mongod"))
    assert doctor.check_mongod().state == "ok"


def test_check_port__taken_names_the_holder():
    with socket.create_server(("127.0.0.1", 0)) as server:
        finding = doctor.check_port(server.getsockname()[1])
    assert finding.state == "warn"
    assert "in use" in finding.found
    assert finding.mend


def test_check_browser__none(monkeypatch):
    monkeypatch.setattr(doctor.shutil, "which", lambda name: None)
    assert doctor.check_browser().state == "warn"


def test_hangul_font__a_font_without_hangul_is_not_taken(monkeypatch):
    import matplotlib

    latin = str(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"))
    assert probes.probe(probes._FONT, probes._HANGUL, latin) == (None, "")
    answer, _ = probes.probe(probes._FONT, "Aa", latin)
    assert answer is not None
    assert answer["path"] == latin


@pytest.mark.slow
@pytest.mark.parametrize(
    ("code", "word"),
    [
        pytest.param("import os; os.abort()", "SIGABRT", id="crash"),
        pytest.param("raise ImportError('libGL.so.1')", "libGL.so.1", id="exception"),
        pytest.param("import time; time.sleep(30)", "timed out", id="hang"),
    ],
)
def test_probe__says_why_in_one_line(code, word):
    answer, trouble = probes.probe(code, timeout_s=3)
    assert answer is None
    assert word in trouble
    assert "\n" not in trouble


def test_module__prints_nothing_and_is_light():
    code = "import sys, workbench.machine.doctor; print({'torch', 'fiftyone', 'matplotlib', 'cv2'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"


def test_error__is_split_into_found_and_mend():
    finding = doctor._from_error(
        "mongod", SetupError("mongod does not run: libcurl.so.4 is missing: run `apt install x`")
    )
    assert (finding.found, finding.mend) == ("mongod does not run: libcurl.so.4 is missing", "run `apt install x`")
