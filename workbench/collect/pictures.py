"""Pictures in: found, decoded once, copied, entered with their labels; idempotent, and whole batches or nothing."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd
from tqdm.auto import tqdm

from workbench import tables
from workbench.collect.measure import SUFFIXES, Picture, measure, suffix_fits
from workbench.collect.report import CollectReport
from workbench.collect.splits import split_of
from workbench.errors import InputError
from workbench.project import ProjectFolder, files

_BATCH = 64
_EMPTY_WORDS = {"images", "image", "img", "imgs", "jpegimages", "pictures"}


@dataclass(frozen=True)
class Labelled:
    """What label files say about the pictures of a folder.

    Attributes:
        images: an `images` table whose image_id is the picture's path relative to the folder (POSIX, NFC).
        boxes: a `boxes` table with those ids.
        problems: what reading the labels found.
        classes: class names in the label files' order.
    """

    images: pd.DataFrame
    boxes: pd.DataFrame
    problems: pd.DataFrame
    classes: tuple[str, ...] = ()


def collect_pictures(
    project: ProjectFolder,
    pictures: str | Path,
    *,
    labelled: Labelled | None = None,
    source: str | None = None,
    split: str | None = None,
    workers: int = 2,
    progress: bool = True,
    who: str | None = None,
) -> CollectReport:
    """Bring the pictures of a folder (or one file) into a project.

    Each picture is decoded once and copied under ``pictures/<source>/``. What is already there is left alone, except
    that a picture without labels takes labels that come now. An interruption loses nothing that was entered.

    Args:
        project: where to.
        pictures: a folder, searched with its subfolders, or one picture.
        labelled: their labels; a picture that is not among them comes in as ``unlabelled``.
        source: a word for where they come from; by default the folder's name (its parent's, if it is just ``images``).
        split: one split for all; by default each group's own, by hash.
        workers: threads that decode.
        progress: show a bar.
        who: for the events; by default the user's login name.

    Raises:
        InputError: if there is no such folder, no picture in it, or an unknown split.
    """
    root = Path(pictures).expanduser()
    found = find_pictures(root)
    base = root if root.is_dir() else root.parent
    source = clean_source(source or _folder_word(base.resolve()))
    if split is not None and split not in tables.SPLITS:
        raise InputError(f"split is {split!r}; expected one of {', '.join(tables.SPLITS)}")
    entry = _Entry(project, source, split, labelled, who)
    with project.lock("collect"), ThreadPoolExecutor(workers) as pool:
        project.store.add_classes(labelled.classes if labelled else ())
        entry.look()
        bar = tqdm(total=len(found), desc=f"collect {source}", unit="picture", disable=not progress)
        with bar:
            for start in range(0, len(found), _BATCH):
                batch = found[start : start + _BATCH]
                measured = pool.map(_try_measure, batch)
                entry.add(
                    [(_relative(file, base), file, picture) for file, picture in zip(batch, measured, strict=True)]
                )
                bar.update(len(batch))
    return entry.report()


def find_pictures(root: Path) -> list[Path]:
    """Files below `root` that are pictures by their ending; hidden ones are left out.

    Raises:
        InputError: if `root` is not there or holds no picture.
    """
    if not root.exists():
        raise InputError(f"{root} does not exist; give a folder of pictures")
    if root.is_file():
        return [root]
    found = sorted(
        file
        for file in root.rglob("*")
        if file.suffix.lower() in SUFFIXES
        and file.is_file()
        and not any(part.startswith(".") for part in file.relative_to(root).parts)
    )
    if not found:
        raise InputError(f"{root} holds no pictures ({', '.join(sorted(SUFFIXES))}); check the path")
    return found


class _Entry:
    """One collecting: what is known of the project and what has come in so far."""

    def __init__(
        self, project: ProjectFolder, source: str, split: str | None, labelled: Labelled | None, who: str | None
    ) -> None:
        self.project, self.source, self.split, self.who = project, source, split, who
        self.labels: dict[str, dict[str, Any]] = {}
        self.boxes: dict[str, pd.DataFrame] = {}
        self.problems: list[pd.DataFrame] = []
        if labelled is not None:
            self.labels = {row["image_id"]: row for row in tables.records(labelled.images)}
            self.boxes = {str(name): boxes for name, boxes in labelled.boxes.groupby("image_id", sort=False)}
            self.problems.append(labelled.problems)
        self.added: list[pd.DataFrame] = []
        self.box_count = self.relabelled = self.already = 0
        self.known: dict[str, dict[str, Any]] = {}
        self.group_splits: dict[str, str] = {}

    def look(self) -> None:
        """Read what the project holds; called under the lock."""
        images = self.project.images()
        self.known = {row["image_id"]: row for row in tables.records(images)}
        self.group_splits = dict(zip(images["group_id"], images["split"], strict=True))

    def add(self, batch: Iterable[tuple[str, Path, Picture | InputError]]) -> None:
        """Copy and enter one batch in one transaction."""
        rows, boxes = [], []
        for name, file, picture in batch:
            if not _is_utf8(name):
                printable = name.encode(errors="replace").decode()
                self._problem("picture-unreadable", "error", printable, "the name is not UTF-8", "rename the file")
                continue
            if isinstance(picture, InputError):
                self._problem("picture-unreadable", "error", name, str(picture), "repair or remove the file")
                continue
            if not suffix_fits(picture.kind, file.suffix):
                message = f"the content is {picture.kind}, the name ends in {file.suffix}"
                self._problem("wrong-extension", "info", name, message, "nothing: the content decides")
            image_id = self._image_id(name, picture)
            if image_id in self.known:
                self._again(image_id, name)
                continue
            row = self._row(image_id, name, picture)
            target = self.project.root / row["path"]
            if not (target.is_file() and files.sha256_of(target) == picture.sha256):
                files.copy_whole(file, target)
            rows.append(row)
            self.known[image_id] = row
            if name in self.boxes:
                # The store gives out box ids; two files whose names differ in Unicode form only share their labels.
                boxes.append(self.boxes[name].drop(columns="box_id", errors="ignore").assign(image_id=image_id))
        if rows:
            images = tables.from_rows("images", rows)
            all_boxes = pd.concat(boxes, ignore_index=True) if boxes else tables.empty("boxes")
            self.project.store.add_images(images, all_boxes, who=self.who)
            self.added.append(images)
            self.box_count += len(all_boxes)

    def report(self) -> CollectReport:
        """What came in."""
        added = pd.concat(self.added, ignore_index=True) if self.added else tables.empty("images")
        problems = pd.concat(self.problems, ignore_index=True) if self.problems else tables.empty("problems")
        return CollectReport(self.source, added, self.box_count, self.relabelled, self.already, problems)

    def _image_id(self, name: str, picture: Picture) -> str:
        image_id = f"{self.source}/{name}"
        there = self.known.get(image_id)
        if there is None or there["sha256"] == picture.sha256:
            return image_id
        path = PurePosixPath(image_id)
        return str(path.with_name(f"{path.stem}~{picture.sha256[:8]}{path.suffix}"))

    def _row(self, image_id: str, name: str, picture: Picture) -> dict[str, Any]:
        label = self.labels.get(name)
        group = f"photo-{picture.sha256[:12]}"
        split = self.split or self.group_splits.get(group) or split_of(group)
        if self.group_splits.setdefault(group, split) != split:
            message = f"the same picture is in {self.group_splits[group]!r} already; it goes there, not to {split!r}"
            self._problem("duplicate-across-splits", "warning", name, message, "leave it out of one of the two")
            split = self.group_splits[group]
        return {
            "image_id": image_id,
            "path": f"pictures/{image_id}",
            "sha256": picture.sha256,
            "width": picture.width,
            "height": picture.height,
            "source": self.source,
            "group_id": group,
            "frame_s": None,
            "split": split,
            "label_status": label["label_status"] if label else "unlabelled",
            "sharpness": picture.sharpness,
            "brightness": picture.brightness,
            "contrast": picture.contrast,
        }

    def _again(self, image_id: str, name: str) -> None:
        self.already += 1
        label = self.labels.get(name)
        there = self.known[image_id]
        if label is None or label["label_status"] == "unlabelled":
            return
        if there["label_status"] == "unlabelled":
            boxes = self.boxes.get(name, tables.empty("boxes")).assign(image_id=image_id)
            self.project.store.set_boxes(
                image_id, boxes, label_status=label["label_status"], who=self.who, action="collect"
            )
            there["label_status"] = label["label_status"]
            self.relabelled += 1
            self.box_count += len(boxes)

    def _problem(self, code: str, severity: str, image: str, message: str, fix: str) -> None:
        row = {"code": code, "severity": severity, "file": image, "line": None, "image": image, "box": None}
        self.problems.append(tables.from_rows("problems", [{**row, "message": message, "fix": fix}]))


def _try_measure(file: Path) -> Picture | InputError:
    try:
        return measure(file)
    except InputError as error:
        return error
    except OSError as error:
        return InputError(files.explain(error))


def _relative(file: Path, base: Path) -> str:
    return unicodedata.normalize("NFC", file.relative_to(base).as_posix())


def _is_utf8(name: str) -> bool:
    """Whether a file name can be written down; one out of an old archive may hold bytes that are no text."""
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


def _folder_word(folder: Path) -> str:
    """A folder's name, or its parent's where the name says nothing."""
    return folder.parent.name if folder.name.lower() in _EMPTY_WORDS else folder.name


def clean_source(source: str) -> str:
    """A source name that is safe as a folder name.

    Raises:
        InputError: if it holds a path separator or a control character.
    """
    name = unicodedata.normalize("NFC", source).strip().strip("/.") or "pictures"
    if "/" in name or "\\" in name or any(ord(c) < 32 for c in name) or not _is_utf8(name):
        raise InputError(f"the source name {source!r} is not usable as a folder name; give a plain word")
    return name
