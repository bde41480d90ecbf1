"""Pictures in: measured once, placed in group and split, copied, entered with labels; whole batches or nothing."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import pandas as pd

from workbench.collect.collect_report import CollectReport
from workbench.collect.groups import Relation, known_groups
from workbench.collect.split_lists import GivenSplits, SplitLists, read_split_lists
from workbench.collect.splits import Placing, check_split
from workbench.label.reading.user_splits import splits_of_pictures
from workbench.machine.helpers import processors
from workbench.model import tables
from workbench.model.errors import InputError, explain
from workbench.model.session_options import progress_bar
from workbench.model.tables import SPLITS
from workbench.pictures.file_names import is_utf8
from workbench.pictures.finding import Where, clean_source, find, folder_word
from workbench.pictures.frame_names import moment_of, video_of
from workbench.pictures.kinds import suffix_fits
from workbench.pictures.measuring import Measured
from workbench.pictures.surveying import image_row, problem, remarks, try_measure, unread, without_warnings
from workbench.project import ProjectFolder, files

_BATCH = 64
_ORDER = {"test": 0, "val": 1, "train": 2, "pool": 3}


@dataclass(frozen=True)
class Labelled:
    """What label files say about the pictures of a folder.

    Attributes:
        images: an `images` table whose image_id is the picture's path relative to the folder (POSIX, NFC).
        boxes: a `boxes` table with those ids.
        problems: what reading the labels found.
        classes: class names in the label files' order, whether there are boxes of them or not.
    """

    images: pd.DataFrame
    boxes: pd.DataFrame
    problems: pd.DataFrame
    classes: tuple[str, ...] = ()


def collect_pictures(
    project: ProjectFolder,
    pictures: Where,
    *,
    labelled: Labelled | None = None,
    add_classes: bool = False,
    source: str | None = None,
    split: str | SplitLists | None = None,
    force: bool = False,
    workers: int | None = None,
    who: str | None = None,
) -> CollectReport:
    """Bring the pictures of a folder, a glob or one file into a project.

    Each picture is decoded once and copied under ``pictures/<source>/``. What is already there, told by its bytes and
    whatever it is called, is left alone, except that a picture without labels takes labels that come now. A
    near-duplicate of a picture, a frame of one video and a shot of one burst join its group and its split. The splits
    that come with labels are kept among what comes together; against what is there groups are the stronger, but what
    came as test is never trained on. A picture that was dropped stays so. An interruption loses nothing that was
    entered.

    Args:
        project: where to.
        pictures: a folder, searched with its subfolders, a glob, one picture, or several of these.
        labelled: their labels; a picture that is not among them comes in as ``unlabelled``.
        add_classes: whether classes of the labels that the project does not have are added to it.
        source: a word for where they come from; by default the folder's name (its parent's, if it is just ``images``).
        split: one split for all; or lists of pictures, see `read_split_lists`; by default the one that the labels' user
            gave, else each group's own, by hash.
        force: put pictures into the split that was asked for, even if they resemble pictures of another one.
        workers: how many processors to use; as many as this process may if not given.
        who: for the events; by default the user's login name.

    Raises:
        InputError: if there is no such folder, no picture in it, an unknown split or one that is frozen, or labels of a
            class that the project does not have; nothing has come in then.
    """
    found = find(pictures)
    source = clean_source(source or folder_word(found.base.resolve()))
    threads = processors(workers)
    with project.lock("collect"), without_warnings(), ThreadPoolExecutor(threads) as pool:
        word = split if isinstance(split, str) and split in SPLITS else None
        check_split(word, project.store.frozen_splits())
        names = [found.name(file) for file in found.files]
        said = GivenSplits({}, ())
        if split is not None and word is None:
            said = read_split_lists(split, names)
        if labelled is not None and add_classes:
            project.store.add_classes([*labelled.classes, *labelled.boxes["class_name"]])
        elif labelled is not None:
            _refuse_other_classes(project.classes, labelled.boxes["class_name"])
        brought = splits_of_pictures(found.base, names) if labelled is None else _splits_of_labels(labelled.images)
        entry = _Entry(project, source, word, brought | dict(said.of), labelled, who, force=force)
        entry.problems += [*said.problems, *(unread(found.name(file), file) for file in found.not_read)]
        # The first of a group gives it its split: what is tested on comes before what is trained on.
        order = sorted(found.files, key=lambda file: entry.rank(found.name(file)))
        with progress_bar(total=len(order), desc=f"collect {source}", unit="picture") as bar:
            for start in range(0, len(order), _BATCH):
                batch = order[start : start + _BATCH]
                names = [found.name(file) for file in batch]
                copies = entry.take(list(zip(names, batch, pool.map(entry.measure, names, batch), strict=True)))
                list(pool.map(lambda pair: files.copy_whole(*pair, settle=False), copies))
                files.settle_folders(target for _, target in copies)
                entry.enter()
                bar.update(len(batch))
    return entry.report()


def _refuse_other_classes(known: Sequence[str], names: pd.Series) -> None:
    counts = names[~names.isin(known)].value_counts(sort=False)
    if not len(counts):
        return
    others = ", ".join(f"{name!r} ({count} boxes)" for name, count in counts.items())
    first, ours = counts.index[0], known[0] if known else "plate"
    raise InputError(
        f"the labels have classes that the project does not have: {others}; it has: {', '.join(known)}. Nothing came "
        f"in: rename them with rename={{{first!r}: {ours!r}}} (--rename {first}={ours}), or add them with "
        "add_classes=True (--add-classes)"
    )


def _splits_of_labels(images: pd.DataFrame) -> dict[str, str]:
    """The splits that came with labels, by the picture's name."""
    known = images[images["split"].isin(SPLITS)]
    return dict(zip(known["image_id"].astype(str), known["split"].astype(str), strict=True))


class _Entry:
    """One collecting: what is known of the project and what has come in so far."""

    def __init__(
        self,
        project: ProjectFolder,
        source: str,
        split: str | None,
        given: Mapping[str, str],
        labelled: Labelled | None,
        who: str | None,
        *,
        force: bool,
    ) -> None:
        self.project, self.source, self.who = project, source, who
        self.labels: dict[str, dict[str, Any]] = {}
        self.boxes: dict[str, pd.DataFrame] = {}
        self.problems: list[dict[str, Any]] = []
        self.label_problems = labelled.problems if labelled is not None else tables.empty("problems")
        if labelled is not None:
            self.labels = {row["image_id"]: row for row in tables.records(labelled.images)}
            self.boxes = {str(name): boxes for name, boxes in labelled.boxes.groupby("image_id", sort=False)}
        self.added: list[pd.DataFrame] = []
        self.box_count = self.relabelled = self.already = self.copies = self.kept = 0
        rows = tables.records(project.images)
        self.known = {row["image_id"]: row for row in rows}
        self.of_bytes = {row["sha256"]: row["image_id"] for row in rows}
        self.dropped = project.store.dropped()
        self.groups = known_groups(rows, project.root)
        self.split = split
        self.given = given
        self.placing = Placing(
            {row["group_id"]: row["split"] for row in rows},
            frozen=project.store.frozen_splits(),
            filled=set(self.given.values()) & {"val", "test"},
            force=force,
        )
        self._rows: list[dict[str, Any]] = []
        self._boxes: list[pd.DataFrame] = []

    def wanted(self, name: str) -> str | None:
        """The split that somebody gave a picture."""
        return self.split or self.given.get(name)

    def rank(self, name: str) -> int:
        """When a picture's turn comes: the further from training, the earlier."""
        return _ORDER.get(self.wanted(name) or "", len(_ORDER))

    def measure(self, name: str, file: Path) -> Measured | InputError | str:
        """Measure a file; of one that the project holds under this name only the hash, in the place of a picture."""
        there = self.known.get(f"{self.source}/{name}")
        if there is not None and there.get("kind"):
            try:
                sha256 = files.sha256_of(file)
            except OSError as error:
                return InputError(explain(error))
            if sha256 == there["sha256"]:
                return sha256
        return try_measure(file)

    def take(self, batch: Sequence[tuple[str, Path, Measured | InputError | str]]) -> list[tuple[Path, Path]]:
        """Decide about one batch; return which files are to be copied where before `enter`."""
        copies = []
        for name, file, picture in batch:
            if not is_utf8(name):
                printable = name.encode(errors="replace").decode()
                self.problems.append(problem(printable, "the name is not UTF-8", "rename the file"))
            elif isinstance(picture, InputError):
                self.problems.append(problem(name, str(picture), "repair or remove the file"))
            elif isinstance(picture, str):
                self._again(f"{self.source}/{name}", name)
            elif (target := self._take_one(name, file, picture)) is not None:
                copies.append((file, target))
        return copies

    def enter(self) -> None:
        """Enter what was taken, in one transaction."""
        if self._rows:
            images = tables.from_rows("images", self._rows)
            boxes = pd.concat(self._boxes, ignore_index=True) if self._boxes else tables.empty("boxes")
            self.project.store.add_images(images, boxes, who=self.who)
            self.added.append(images)
            self.box_count += len(boxes)
        self._rows, self._boxes = [], []

    def report(self) -> CollectReport:
        """What came in."""
        added = pd.concat(self.added, ignore_index=True) if self.added else tables.empty("images")
        own = tables.from_rows("problems", self.problems)
        problems = pd.concat([table for table in (self.label_problems, own) if len(table)] or [own], ignore_index=True)
        return CollectReport(
            self.source,
            added,
            self.box_count,
            self.relabelled,
            self.already,
            problems,
            copies=self.copies,
            kept_splits=self.kept,
        )

    def _take_one(self, name: str, file: Path, picture: Measured) -> Path | None:
        if not suffix_fits(picture.kind, file.name):
            message = f"the content is {picture.kind}, the name ends in {file.suffix or 'nothing'}"
            fix = "nothing: the content decides"
            self.problems.append(problem(name, message, fix, code="wrong-extension", severity="info"))
        self.problems += remarks(name, picture)
        image_id = self._image_id(name, picture)
        if image_id in self.known:
            self._again(image_id, name)
            return None
        twin = self.of_bytes.get(picture.sha256)
        if twin is not None:
            self._copy(twin, name)
            return None
        if picture.sha256 in self.dropped:
            message = f"it was dropped before: {self.dropped[picture.sha256]}; it was not taken"
            fix = "nothing; to have it back, undo the dropping (p.folder.store.undo)"
            self.problems.append(problem(name, message, fix, code="dropped-before", severity="info"))
            return None
        row = self._row(image_id, name, file, picture)
        if row is None:
            return None
        self._rows.append(row)
        self.known[image_id] = row
        self.of_bytes[picture.sha256] = image_id
        self.kept += not self.split and row["split"] == self.given.get(name)
        if name in self.boxes:
            # The store gives out box ids; two files whose names differ in Unicode form only share their labels.
            self._boxes.append(self.boxes[name].drop(columns="box_id", errors="ignore").assign(image_id=image_id))
        target: Path = self.project.root / row["path"]
        return None if target.is_file() and files.sha256_of(target) == picture.sha256 else target

    def _image_id(self, name: str, picture: Measured) -> str:
        image_id = f"{self.source}/{name}"
        there = self.known.get(image_id)
        if there is None or there["sha256"] == picture.sha256:
            return image_id
        path = PurePosixPath(image_id)
        return str(path.with_name(f"{path.stem}~{picture.sha256[:8]}{path.suffix}"))

    def _row(self, image_id: str, name: str, file: Path, picture: Measured) -> dict[str, Any] | None:
        label = self.labels.get(name)
        stem = str(PurePosixPath(image_id).with_suffix(""))
        video = video_of(stem)
        related = self.groups.related(picture, file, video=video)
        place = self.placing.place(f"photo-{picture.sha256[:12]}", related, self.wanted(name), brought=not self.split)
        if place.code:
            self.problems.append(problem(name, place.message, place.fix, code=place.code, severity="warning"))
        if place.split is None:
            return None
        self.groups.add(
            Relation(place.group_id, image_id, "same file"),
            file,
            sha256=picture.sha256,
            phash=picture.phash,
            video=video,
            taken_at=picture.taken_at,
            camera=picture.camera,
        )
        return image_row(image_id, picture) | {
            "path": f"pictures/{image_id}",
            "source": self.source,
            "group_id": place.group_id,
            "frame_s": moment_of(stem),
            "split": place.split,
            "label_status": label["label_status"] if label else "unlabelled",
        }

    def _copy(self, twin: str, name: str) -> None:
        """The bytes of a picture that is there under another name: it takes labels if it has none."""
        self.copies += 1
        there, wanted = self.known[twin]["split"], self.wanted(name)
        hold = self.placing.frozen.get(there)
        if hold is not None:
            message = f"the same picture is there as {twin!r} of {hold.by}; it was not taken"
            fix = "leave it out: trained on, it makes the test easy"
            self.problems.append(problem(name, message, fix, code="test-duplicate", severity="warning"))
            return
        if wanted is not None and wanted != there:
            message = (
                f"the same picture is there as {twin!r} in {there!r}; it stays there, and does not go to {wanted!r}"
            )
            fix = "leave it out of one of the two"
            self.problems.append(problem(name, message, fix, code="duplicate-across-splits", severity="warning"))
        self._take_labels(twin, name)

    def _again(self, image_id: str, name: str) -> None:
        self.already += 1
        self._take_labels(image_id, name)

    def _take_labels(self, image_id: str, name: str) -> None:
        """Give a picture that is there without labels those that come now."""
        label = self.labels.get(name)
        there = self.known[image_id]
        if label is None or label["label_status"] == "unlabelled":
            return
        if there["label_status"] == "unlabelled":
            boxes = self.boxes.get(name, tables.empty("boxes")).assign(image_id=image_id)
            if any(row is there for row in self._rows):
                # It is of this batch, and not entered yet.
                there["label_status"] = label["label_status"]
                self._boxes.append(boxes.drop(columns="box_id", errors="ignore"))
                return
            self.project.store.set_boxes(
                image_id, boxes, label_status=label["label_status"], who=self.who, action="collect"
            )
            there["label_status"] = label["label_status"]
            self.relabelled += 1
            self.box_count += len(boxes)
