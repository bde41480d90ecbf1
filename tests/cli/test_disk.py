"""The machine against us: a disk that is full or read-only, no mongod. One line, exit status 2, nothing lost.

Each test runs the command in a mount namespace of its own, where a small or read-only file system lies where it
matters. No rights are needed where the kernel lets users make namespaces; elsewhere the tests are skipped.
"""

from __future__ import annotations

import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from workbench.collect import collect_pictures
from workbench.machine import mongod as mongod_module
from workbench.project import ProjectFolder, files
from workbench.version import verify


@pytest.fixture
def inside(namespace):
    """Run `workbench words` after the shell lines `prepare`, in a mount namespace that ends with it."""

    def run(prepare: str, *words: object) -> subprocess.CompletedProcess[str]:
        command = [
            *namespace,
            "sh",
            "-euc",
            f"{prepare}\n{shlex.join([sys.executable, '-m', 'workbench', *map(str, words)])}",
        ]
        return subprocess.run(command, capture_output=True, text=True, timeout=300)

    return run


def one_line(done: subprocess.CompletedProcess[str], *words: str) -> str:
    lines = [line for line in done.stderr.strip().splitlines() if line.startswith("workbench: ")]
    assert done.returncode == 2, (done.stdout, done.stderr)
    assert len(lines) == 1, done.stderr
    assert "Traceback" not in done.stderr
    assert [word for word in words if word not in lines[0]] == [], lines[0]
    return lines[0]


def read_only(folder: Path) -> str:
    return f"mount --bind {shlex.quote(str(folder))} {shlex.quote(str(folder))}; mount -o remount,bind,ro {folder}"


def full(folder: Path, kilobytes: int) -> str:
    """A file system at `folder` with what lay there and `kilobytes` to spare; what is in it after is copied back."""
    place, copy = shlex.quote(str(folder)), shlex.quote(f"{folder}.after")
    return (
        f"used=$(du -sk {place} | cut -f1)\ncp -a {place} {copy}\n"
        f"mount -t tmpfs -o size=$((used + {kilobytes}))k small {place}\ncp -a {copy}/. {place}/\n"
        f"trap 'rm -rf {copy}; cp -a {place} {copy}' EXIT"
    )


@pytest.fixture
def pictures(tmp_path) -> Path:
    folder = tmp_path / "pictures"
    folder.mkdir()
    rng = np.random.default_rng(1)
    for number in range(12):
        noise = rng.integers(0, 255, (160, 200, 3), dtype=np.uint8)
        Image.fromarray(noise).save(folder / f"{number:02}.jpg", quality=95)
    return folder


@pytest.fixture
def project(tmp_path, pictures) -> Path:
    home = ProjectFolder.create(tmp_path / "project", classes=["plate"])
    first = tmp_path / "first"
    first.mkdir()
    shutil.copy(pictures / "00.jpg", first)
    collect_pictures(home, first)
    return home.root


def test_init__on_a_read_only_disk(inside, tmp_path):
    place = tmp_path / "place"
    place.mkdir()
    one_line(inside(read_only(place), "init", place / "p", "--classes", "plate"), "read-only disk")
    assert list(place.iterdir()) == []


@pytest.mark.parametrize(
    "words", [("collect", "PICTURES"), ("snapshot", "-m", "x"), ("label-stats",)], ids=["collect", "snapshot", "read"]
)
def test_project__on_a_read_only_disk(inside, project, pictures, words):
    before = {p.relative_to(project): p.stat().st_size for p in project.rglob("*") if p.is_file()}
    words = [pictures if w == "PICTURES" else w for w in words]
    done = inside(read_only(project), *words, "-p", project)
    if words[0] == "label-stats":
        assert done.returncode == 0, done.stderr
    else:
        one_line(done, "read-only")
    assert {p.relative_to(project): p.stat().st_size for p in project.rglob("*") if p.is_file()} == before


def test_collect__on_a_full_disk_keeps_what_was_there(inside, project, pictures):
    one_line(inside(full(project, 150), "collect", pictures, "-p", project), "space")
    after = ProjectFolder.open(f"{project}.after")
    images = after.images
    assert "first/00.jpg" in set(images.image_id)
    for path, sha256 in zip(images.path, images.sha256, strict=True):
        assert files.sha256_of(after.root / path) == sha256


def test_snapshot__on_a_full_disk_leaves_no_half_version(inside, project):
    one_line(inside(full(project, 4), "snapshot", "-m", "x", "-p", project), "space")
    after = ProjectFolder.open(f"{project}.after")
    assert after.images["image_id"].tolist() == ["first/00.jpg"]
    versions = Path(f"{project}.after", "versions")
    # There may be room for the whole version, and none left for the database's mention of it.
    for left in versions.iterdir() if versions.exists() else ():
        assert left.name.startswith(".") or not verify(after, left.name)


@pytest.fixture
def plain(tmp_path, pictures) -> list[object]:
    labels = tmp_path / "labels"
    labels.mkdir()
    for picture in pictures.iterdir():
        (labels / f"{picture.stem}.txt").write_text("0 0.5 0.5 0.4 0.25 0.9\n")
    return ["--images", pictures, "--labels", labels, "--predictions", labels]


@pytest.mark.slow
def test_failures__page_on_a_full_disk_is_whole_or_absent(inside, tmp_path, plain):
    target = tmp_path / "out"
    target.mkdir()
    one_line(inside(full(target, 8), "failures", *plain, "--out", target / "report.html"), "space")
    assert not (Path(f"{target}.after") / "report.html").exists()


def test_fiftyone__without_mongod(inside, plain):
    place = mongod_module.fiftyone_path().parent
    hide = f"mkdir -p {shlex.quote(str(place))}; mount -t tmpfs nothing {shlex.quote(str(place))}"
    one_line(inside(hide, "fiftyone", *plain), "mongod", "pip install")
