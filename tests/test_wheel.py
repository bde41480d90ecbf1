"""The wheel that `python -m build` makes holds all that the package needs where there is no checkout."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest
import yaml

import workbench

ROOT = Path(__file__).resolve().parent.parent


def test_version__is_one_everywhere():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    plugin = yaml.safe_load((ROOT / "workbench" / "show" / "fiftyone" / "plugin" / "fiftyone.yml").read_text())
    assert project["version"] == workbench.__version__ == plugin["version"]
    assert f"\n## {workbench.__version__} (" in (ROOT / "CHANGELOG.md").read_text(), "the changelog knows it"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The wheel, unpacked as an installation would."""
    folder = tmp_path_factory.mktemp("wheel")
    command = [sys.executable, "-m", "build", "--wheel", "--no-isolation", f"--outdir={folder}", str(ROOT)]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    (wheel,) = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "site")
    return folder / "site"


@pytest.mark.slow
def test_wheel__holds_what_ships_and_nothing_that_was_made(site):
    places = {
        "workbench": "workbench",
        "data/weights": "workbench/_shipped/data/weights",
        "data/recorded": "workbench/_shipped/data/recorded",
        "notebooks": "workbench/_shipped/notebooks",
    }
    tracked = subprocess.run(["git", "ls-files", "-z", *places], cwd=ROOT, capture_output=True, text=True, check=True)
    wanted = set()
    for name in filter(None, tracked.stdout.split("\0")):
        source = next(place for place in places if name.startswith(f"{place}/"))
        wanted.add(places[source] + name.removeprefix(source))
    held = {path.relative_to(site).as_posix() for path in site.rglob("*") if path.is_file()}
    assert "workbench/_shipped/data/weights/base.pt" in wanted
    assert wanted - held == set()
    assert not [name for name in held if name.startswith(("tests", "data/", "docs"))]
    assert {name.split("/")[3] for name in held if "_shipped/data" in name} <= {"weights", "recorded"}


@pytest.mark.slow
def test_wheel__finds_its_weights_and_lays_out_its_notebooks(site, tmp_path):
    code = (
        "import json, workbench, workbench.train.shipped_weights as w\n"
        "import workbench.course.recorded as r, workbench.machine.lab as lab\n"
        "states = {one.name: one.state for one in w.describe_weights()}\n"
        "notebooks = [str(lab.notebooks_folder()) for _ in 'ab']\n"
        "print(json.dumps([workbench.__file__, states, str(r.SHIPPED), notebooks]))"
    )
    environment = os.environ | {"PYTHONPATH": str(site)}
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    file, states, recorded, notebooks = json.loads(done.stdout)
    assert Path(file).is_relative_to(site)
    assert states == {"base": "ok", "base_rcnn": "ok", "plates": "ok"}
    assert Path(recorded) == site / "workbench" / "_shipped" / "data" / "recorded"
    assert notebooks == [str(tmp_path / "notebooks")] * 2, "copied once, then those of the student"
    assert (tmp_path / "notebooks" / "00_start_here.ipynb").is_file()


@pytest.mark.slow
def test_wheel__says_that_other_notebooks_are_in_the_way(site, tmp_path):
    (tmp_path / "notebooks").mkdir()
    command = [sys.executable, "-m", "workbench", "lab", "--print"]
    environment = os.environ | {"PYTHONPATH": str(site)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)
    assert done.returncode == 2
    assert "holds other notebooks" in done.stderr
    assert len(done.stderr.splitlines()) == 1
