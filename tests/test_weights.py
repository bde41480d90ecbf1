"""The weights that ship: each file is the one its record describes, and only a name that says so is fetched."""

from __future__ import annotations

import io
import json
import urllib.error
from pathlib import Path
from typing import Any

import pytest

from workbench.cli import main
from workbench.model.errors import InputError, SetupError
from workbench.train import fetched_weights, shipped_weights
from workbench.train.weight_names import resolve_weights


def test_describe_weights__all_are_whole_and_small() -> None:
    shipped = {one.name: one for one in shipped_weights.describe_weights()}
    assert set(shipped) == {"base", "base_rcnn", "plates"}
    for one in shipped.values():
        assert one.state == "ok"
        assert one.megabytes <= 16
        assert one.purpose
        assert one.pictures > 0
        assert one.batches > 0
    assert "AGPL" in shipped["plates"].licence
    assert "plate" not in shipped["base"].classes
    assert "plate" not in shipped["base_rcnn"].classes


def test_describe_weights__a_changed_file_and_one_without_a_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a.pt").write_bytes(b"a")
    (tmp_path / "a.json").write_text(json.dumps({"sha256": "0" * 64, "recipe": {"pictures": 3, "image_size": 64}}))
    (tmp_path / "b.pt").write_bytes(b"b")
    monkeypatch.setattr(shipped_weights, "shipped", lambda *parts: tmp_path)
    assert [(one.name, one.state, one.pictures) for one in shipped_weights.describe_weights()] == [
        ("a", "changed", 3),
        ("b", "no record", 0),
    ]


def test_command__lists_and_speaks_json(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as status:
        main(["weights", "--json"])
    assert status.value.code == 0
    listed = json.loads(capsys.readouterr().out)["weights"]
    assert [one["name"] for one in listed] == ["base", "base_rcnn", "plates"]
    with pytest.raises(SystemExit):
        main(["weights"])
    shown = capsys.readouterr().out
    assert "plates" in shown
    assert "AGPL-3.0" in shown


def test_command__a_changed_file_is_a_problem(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "a.pt").write_bytes(b"a")
    (tmp_path / "a.json").write_text(json.dumps({"sha256": "0" * 64}))
    monkeypatch.setattr(shipped_weights, "shipped", lambda *parts: tmp_path)
    with pytest.raises(SystemExit) as status:
        main(["weights"])
    assert status.value.code == 1
    assert "is not the file its record describes" in capsys.readouterr().err


def test_resolve_weights__a_file_that_is_not_there_is_never_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    def never(*_: Any, **__: Any) -> None:
        raise AssertionError("went to the network")

    monkeypatch.setattr("urllib.request.urlopen", never)
    with pytest.raises(InputError, match=r"are not there.*'ultralytics:yolo11n' fetches"):
        resolve_weights("yolo11n.pt")
    with pytest.raises(InputError, match="Ultralytics has no weights 'yolo99n'"):
        resolve_weights("ultralytics:yolo99n")


def test_fetch__without_a_network_says_what_to_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def down(*_: Any, **__: Any) -> None:
        raise urllib.error.URLError("no route to host")

    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", down)
    with pytest.raises(SetupError, match=r"no route to host.*needs a network.*start from 'base'"):
        resolve_weights("ultralytics:yolo11n")
    assert not list(tmp_path.rglob("*.pt"))


def test_fetch__once_and_with_a_word_on_pickles(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    asked: list[str] = []

    def answer(address: str, **_: Any) -> io.BytesIO:
        asked.append(address)
        return io.BytesIO(b"weights")

    monkeypatch.setenv("WORKBENCH_HOME", str(tmp_path))
    monkeypatch.setattr("urllib.request.urlopen", answer)
    assert fetched_weights.fetch("yolo11n").read_bytes() == b"weights"
    assert fetched_weights.fetch("yolo11n.pt") == tmp_path / "weights" / "yolo11n.pt"
    assert len(asked) == 1
    assert "loading it runs the code in it" in caplog.text
