"""What may not be torn apart over xdist's workers is not: the cells of a notebook, the tests of a file."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
NOTED = """
import os
import pytest

@pytest.mark.parametrize("number", range(8))
def test_one(number):
    with open("workers", "a") as file:
        print(os.environ["PYTEST_XDIST_WORKER"], file=file)
"""


def test_one_file__stays_on_one_worker(tmp_path: Path) -> None:
    (words,) = {word for word in (ROOT / "Makefile").read_text("utf-8").split() if word.startswith("load")}
    (tmp_path / "test_noted.py").write_text(NOTED)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:nbval", "-n", "2", "--dist", words, "test_noted.py"]
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    subprocess.run(command, cwd=tmp_path, env=clean, check=True, capture_output=True)
    workers = (tmp_path / "workers").read_text().split()
    assert len(workers) == 8
    assert len(set(workers)) == 1
