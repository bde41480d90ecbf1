"""What a plain installation lacks: one line that names the extra, wherever it is missed."""

from __future__ import annotations

import importlib
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from workbench.machine import extras
from workbench.model.errors import SetupError

ROOT = Path(__file__).resolve().parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def without(extra: str, code: str) -> str:
    """What a Python says last in which no module of an extra can be found; `code` runs there."""
    block = f"""
import importlib.util, sys
gone = {extras.EXTRAS[extra]!r}
class Nothing:
    def find_spec(self, name, *_):
        if name.split(".")[0] in gone:
            raise ModuleNotFoundError(f"No module named {{name!r}}", name=name)
sys.meta_path.insert(0, Nothing())
found = importlib.util.find_spec
importlib.util.find_spec = lambda name, *rest: None if name.split(".")[0] in gone else found(name, *rest)
"""
    done = subprocess.run([sys.executable, "-c", block + code], capture_output=True, text=True, cwd=ROOT)
    return (done.stdout + done.stderr).strip().splitlines()[-1]


def test_need__names_what_is_missing_and_the_command(monkeypatch):
    monkeypatch.setitem(extras.EXTRAS, "train", ("no_such_torch", "re", "no_such_yolo"))
    with pytest.raises(SetupError) as raised:
        extras.need("train")
    line = "training and predicting needs no_such_torch and no_such_yolo"
    assert str(raised.value) == f'{line}: run `pip install "data-centric-workbench[train]"`'


@pytest.mark.parametrize("extra", extras.EXTRAS)
def test_need__nothing_where_all_is_there(extra):
    with extras.need(extra):
        importlib.import_module("re")


def test_extras__are_those_of_pyproject():
    optional = PROJECT["optional-dependencies"]
    assert PROJECT["name"] == extras.DISTRIBUTION
    assert set(optional) - {"dev", "course", "all"} == set(extras.EXTRAS) == set(extras.PURPOSE)
    for extra, modules in extras.EXTRAS.items():
        asked = {re.split("[<>=]", one)[0].replace("-", "_") for one in optional[extra]}
        assert set(modules) <= asked, extra
    assert optional["course"] == [f"{PROJECT['name']}[{','.join(extras.EXTRAS)}]"]


def test_core__asks_for_none_of_the_heavy_ones():
    names = {re.split("[<>=]", one)[0] for one in PROJECT["dependencies"]}
    assert not names & {"torch", "torchvision", "ultralytics", "fiftyone", "jupyterlab", "ipywidgets", "av"}
    assert names & {"opencv-python", "opencv-python-headless"} == {"opencv-python-headless"}


@pytest.mark.parametrize(
    ("extra", "code"),
    [
        pytest.param("train", "from workbench.train.families import detector_for; detector_for('yolo11n')", id="yolo"),
        pytest.param(
            "train", "from workbench.train.families import detector_for; detector_for('rcnn-small')", id="rcnn"
        ),
        pytest.param("train", "from workbench.train.fetched_weights import fetch; fetch('yolo11n')", id="fetch"),
        pytest.param("fiftyone", "from workbench.show.fiftyone.app import fiftyone; fiftyone()", id="launch"),
        pytest.param("notebook", "from workbench.show import explore", id="explore"),
        pytest.param("notebook", "from workbench.show import Labeller", id="labeller"),
        pytest.param("notebook", "from workbench.machine.lab import lab_command; lab_command()", id="lab"),
        pytest.param("video", "import workbench.pictures.frames", id="frames"),
        pytest.param("video", "import workbench as wb; wb.make_sample('/nowhere/street', size='tiny')", id="clips"),
    ],
)
def test_adapters__say_which_extra_is_missing(extra, code):
    last = without(extra, code)
    assert last.startswith("workbench.model.errors.SetupError: "), last
    assert last.endswith(f'run `pip install "data-centric-workbench[{extra}]"`')
