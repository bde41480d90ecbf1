"""Importing the package brings in next to nothing, and no heavy library: what it costs is in what it imports."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = ("torch", "fiftyone", "matplotlib", "ipywidgets", "anywidget", "ultralytics", "cv2", "av", "hotcoco")


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def test_import__brings_in_nothing_heavy():
    code = (
        f"import sys, workbench; workbench.Project; workbench.validate; print([m for m in {HEAVY} if m in sys.modules])"
    )
    assert run(code) == "[]"


def test_command_line__starts_without_tables():
    assert run("import sys, workbench.cli; print([m for m in ('pandas', 'numpy') if m in sys.modules])") == "[]"


def test_import__every_public_name_is_there():
    code = "import workbench; print([n for n in workbench.__all__ if not hasattr(workbench, n)])"
    assert run(code) == "[]"


def test_import__brings_little_more_than_itself():
    new = run(
        "import sys, pandas; before = set(sys.modules); import workbench; print(*sorted(set(sys.modules) - before))"
    ).split()
    assert {name.partition(".")[0] for name in new} <= {"lazy_loader", "workbench"}
    assert len(new) < 10


def test_help__reads_no_tables():
    command = [sys.executable, "-X", "importtime", "-m", "workbench", "--help"]
    brought = subprocess.run(command, check=True, capture_output=True, text=True).stderr
    assert {"typer"} <= (
        packages := {line.rpartition("|")[2].strip().partition(".")[0] for line in brought.splitlines()}
    )
    assert not packages & {"pandas", "numpy", *HEAVY}


@pytest.mark.parametrize("name", ["Nope", "_hidden"])
def test_import__says_what_is_not_there(name):
    import workbench

    with pytest.raises(AttributeError, match=name):
        getattr(workbench, name)
