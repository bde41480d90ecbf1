"""The wheel alone in an empty environment, without any extra: it checks, converts and evaluates real files."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
PLATES = "voc_indian_eu"
HEAVY = ("torch", "torchvision", "ultralytics", "fiftyone", "jupyterlab", "ipywidgets", "anywidget", "av", "IPython")

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def python(tmp_path_factory: pytest.TempPathFactory, lacks: Callable[[str], None]) -> Path:
    """A Python of its own that holds the core wheel with its dependencies and nothing else."""
    folder = tmp_path_factory.mktemp("core")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", f"--outdir={folder}", str(ROOT)]
    subprocess.run(build, check=True, capture_output=True)
    (wheel,) = folder.glob("*.whl")
    subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
    found = folder / "venv" / "bin" / "python"
    install = [found, "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--retries", "2"]
    probe = subprocess.run([*install, "--no-deps", "lazy-loader"], capture_output=True, text=True)
    if probe.returncode:
        lacks(f"no package index: {probe.stderr.strip().splitlines()[-1]}")
    # The releases that we pin, so that the test does not change with the day.
    done = subprocess.run([*install, "--constraint", ROOT / "requirements.txt", wheel], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return found


@pytest.fixture(scope="module")
def predictions(python: Path, real_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four of five of the real boxes, each a little beside where it is."""
    code = f"""
import json, workbench as wb
read = wb.read_labels({str(real_data / PLATES / "yolo_labels")!r}, images={str(real_data / PLATES / "images")!r})
rows = [row for number, row in enumerate(read.boxes.itertuples()) if number % 5]
print(json.dumps([
    dict(image_id=row.image_id, category_id=read.classes.index(row.class_name), score=0.9,
         bbox=[row.xmin + 2, row.ymin + 1, row.xmax - row.xmin, row.ymax - row.ymin]) for row in rows
]))
"""
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=python.parent)
    assert done.returncode == 0, done.stderr
    file = tmp_path_factory.mktemp("predictions") / "predictions.json"
    file.write_text(done.stdout)
    return file


def workbench(python: Path, folder: Path, *words: object) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(python.with_name("workbench")), *map(str, words)]
    return subprocess.run(command, capture_output=True, text=True, cwd=folder, env=environment)


def test_core__holds_nothing_heavy(python, tmp_path):
    code = f"import importlib.util as u; print([name for name in {HEAVY} if u.find_spec(name)])"
    done = subprocess.run([python, "-c", code], capture_output=True, text=True, cwd=tmp_path)
    assert done.stdout.strip() == "[]", done.stderr
    listed = subprocess.run([python, "-m", "pip", "check"], capture_output=True, text=True)
    assert listed.returncode == 0, listed.stdout


def test_core__checks_and_converts_real_labels(python, real_data, tmp_path):
    labels, images = real_data / PLATES / "yolo_labels", real_data / PLATES / "images"
    report = json.loads(workbench(python, tmp_path, "check", labels, "--images", images, "--json").stdout)
    assert report["summary"]["boxes"] == 225
    done = workbench(python, tmp_path, "convert", labels, "voc", "--to", "voc", "--images", images, "--json")
    assert done.returncode in (0, 1), done.stderr
    assert len(list((tmp_path / "voc").rglob("*.xml"))) > 200
    stats = workbench(python, tmp_path, "label-stats", tmp_path / "voc", "--images", images, "--json")
    assert stats.returncode == 0, stats.stderr


def test_core__evaluates_and_shows_failures(python, real_data, predictions, tmp_path):
    labels, images = real_data / PLATES / "yolo_labels", real_data / PLATES / "images"
    told = ("--images", images, "--labels", labels, "--predictions", predictions)
    done = workbench(python, tmp_path, "evaluate", *told, "--json")
    assert done.returncode == 0, done.stderr
    metrics = json.loads(done.stdout)["metrics"]
    assert (metrics["tp"] + metrics["fn"], metrics["fn"]) == (225, 45)
    done = workbench(python, tmp_path, "failures", *told, "--out", "failures.html")
    assert done.returncode in (0, 1), done.stderr
    assert (tmp_path / "failures.html").stat().st_size > 10_000


def test_core__compares_pictures(python, real_data, tmp_path):
    images = real_data / PLATES / "images"
    for words in (("duplicates", images), ("coverage", images, "--reference", images)):
        done = workbench(python, tmp_path, *words, "--json")
        assert done.returncode in (0, 1), done.stderr
        assert json.loads(done.stdout)
    for split in ("train", "test"):
        (tmp_path / "splits" / split).mkdir(parents=True)
        (tmp_path / "splits" / split / "one.jpeg").write_bytes((images / "N1.jpeg").read_bytes())
    done = workbench(python, tmp_path, "leaks", tmp_path / "splits", "--json")
    assert done.returncode == 1, done.stderr
    assert "same file" in done.stdout


def test_core__says_which_extra_trains(python, real_data, tmp_path):
    images = real_data / PLATES / "images"
    assert workbench(python, tmp_path, "init", ".", "--classes", "license_plate").returncode == 0
    collect = workbench(python, tmp_path, "collect", images, "--labels", real_data / PLATES / "yolo_labels")
    assert collect.returncode in (0, 1), collect.stderr
    frozen = workbench(python, tmp_path, "snapshot", "-m", "first")
    assert frozen.returncode == 0, frozen.stderr
    done = workbench(python, tmp_path, "train")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert 'pip install "data-centric-workbench[train]"' in done.stderr
    done = workbench(python, tmp_path, "lab")
    assert (done.returncode, len(done.stderr.splitlines())) == (2, 1), done.stderr
    assert 'pip install "data-centric-workbench[notebook]"' in done.stderr


def test_core__is_a_machine_in_order(python, tmp_path):
    done = workbench(python, tmp_path, "doctor", "--json")
    findings = {one["name"]: one["state"] for one in json.loads(done.stdout)["findings"]}
    assert "fail" not in findings.values()
    assert findings["[train]"] == "warn"
