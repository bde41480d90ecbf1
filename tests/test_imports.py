"""Importing the package costs next to nothing and brings in no heavy library."""

from __future__ import annotations

import subprocess
import sys
import time

import pytest

HEAVY = ("torch", "fiftyone", "matplotlib", "ipywidgets", "anywidget", "ultralytics", "cv2", "av", "hotcoco")


def run(code: str) -> str:
    return subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True).stdout.strip()


def least_seconds(*command: str, tries: int = 5) -> float:
    spent = []
    for _ in range(tries):
        start = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True)
        spent.append(time.perf_counter() - start)
    return min(spent)


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


@pytest.mark.slow
def test_import__costs_little_more_than_pandas():
    with_pandas = least_seconds(sys.executable, "-c", "import pandas")
    with_us = least_seconds(sys.executable, "-c", "import pandas, workbench")
    assert with_us <= with_pandas + 0.3


@pytest.mark.slow
def test_help__is_quick():
    assert least_seconds(sys.executable, "-m", "workbench", "--help") < 0.6


@pytest.mark.parametrize("name", ["Nope", "_hidden"])
def test_import__says_what_is_not_there(name):
    import workbench

    with pytest.raises(AttributeError, match=name):
        getattr(workbench, name)
