"""Frozen datasets: Parquet tables and a JSON manifest in a folder named by content; never changed once written."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

import workbench
from workbench.model import tables
from workbench.model.errors import InputError, ProjectError
from workbench.project import ProjectFolder, files, now, user
from workbench.project.files import write_sealed
from workbench.version.manifest import (
    HEAD,
    Manifest,
    Version,
    content_sha256,
    folder_of,
    folders_of,
    load,
    with_later_notes,
    write_table,
)
from workbench.version.picture_files import Problem, find_pictures

_TABLES = ("images", "boxes")


def snapshot(project: ProjectFolder, note: str, *, author: str | None = None) -> Version:
    """Freeze the working labels. Content that is frozen already gives the version that holds it.

    Args:
        project: whose labels.
        note: why; a version without a reason helps nobody later.
        author: by default the user's login name.

    Raises:
        InputError: if there is nothing to freeze, or no note.
    """
    images, boxes, classes = project.store.read_all()
    if not len(images):
        raise InputError(f"{project.root} holds no pictures yet; collect some first")
    parent = project.store.note(HEAD)
    version = snapshot_tables(project, images, boxes, classes, note, author=author, parent=parent)
    project.store.set_note(HEAD, version.version_id)
    return version


def snapshot_tables(
    project: ProjectFolder,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    classes: tuple[str, ...],
    note: str,
    *,
    author: str | None = None,
    parent: str | None = None,
) -> Version:
    """Freeze other tables than the working labels, such as those of an experiment; the working labels stay.

    Args:
        project: where the version is kept.
        images: an `images` table, paths relative to the project's folder.
        boxes: a `boxes` table.
        classes: class names in order.
        note: why.
        author: by default the user's login name.
        parent: the version they came from.

    Raises:
        TableError: if a table breaks its rules.
        InputError: if there is no note.
    """
    if not note.strip():
        raise InputError("a snapshot needs a note: what is in it that was not there before?")
    images, boxes = tables.validate(images, "images"), tables.validate(boxes, "boxes")
    tables.check_references(images, boxes, "boxes")
    content = content_sha256(images, boxes, classes)
    folder = project.versions / f"v{content[:12]}"
    if not folder.exists():
        try:
            with files.new_folder(folder) as fresh:
                _write(fresh, images, boxes, classes, content, note, author or user(), parent)
        except FileExistsError:
            pass  # Another process froze the same content at the same moment; its version is this one.
    return Version.read(folder)


def versions(project: ProjectFolder) -> pd.DataFrame:
    """All versions, oldest first: version, at, author, note, parent, pictures, boxes."""
    there = (with_later_notes(project, Version.read(folder)) for folder in folders_of(project))
    manifests = sorted((version.manifest for version in there), key=lambda m: m.at)
    names = ["version", "at", "author", "note", "parent", "pictures", "boxes"]
    rows = [{**m.model_dump(), **m.counts} for m in manifests]
    return pd.DataFrame([[row[name] for name in names] for row in rows], columns=pd.Index(names))


def restore(project: ProjectFolder, version: str, *, who: str | None = None) -> Version:
    """Bring a version back as the working labels; what they were is frozen first, so that nothing is lost.

    A picture that was moved or renamed meanwhile is found again by its content.

    Raises:
        InputError: if there is no such version.
        ProjectError: if it is damaged, or one of its pictures is missing or not what it was.
    """
    wanted = load(project, version)
    wanted.verify()
    images, problems = find_pictures(project, wanted.images)
    if problems:
        raise ProjectError(
            f"{len(problems)} pictures of {wanted.version_id} are missing or not what was frozen, "
            f"first {problems[0].file}: {problems[0].problem}; bring them back from a copy"
        )
    if len(project.images):
        snapshot(project, f"before restoring {wanted.version_id}", author=who)
    project.store.replace_all(
        images,
        wanted.boxes,
        wanted.classes,
        who=who,
        why=wanted.version_id,
        notes={HEAD: wanted.version_id},
    )
    return wanted


def verify(project: ProjectFolder, version: str) -> tuple[Problem, ...]:
    """Compare every file of a version, its pictures included, with what was frozen.

    Returns:
        What is wrong, one entry a file; nothing where all is as it was.

    Raises:
        InputError: if there is no such version.
    """
    folder = folder_of(project, version)
    place = folder.relative_to(project.root)
    try:
        wanted = Version.read(folder)
    except ProjectError as error:
        return (Problem(folder.name, (place / "manifest.json").as_posix(), str(error)),)
    damage = wanted.damage()
    if damage:
        return (Problem(folder.name, (place / damage[0]).as_posix(), damage[1]),)
    problems = find_pictures(project, wanted.images)[1]
    return tuple(Problem(wanted.version_id, one.file, one.problem) for one in problems)


def _write(
    folder: Path,
    images: pd.DataFrame,
    boxes: pd.DataFrame,
    classes: tuple[str, ...],
    content: str,
    note: str,
    author: str,
    parent: str | None,
) -> None:
    for name, frame in zip(_TABLES, (images, boxes), strict=True):
        write_table(folder / f"{name}.parquet", frame)
    kinds = pd.concat([images["split"], images["label_status"]]).value_counts()
    manifest = Manifest(
        version=f"v{content[:12]}",
        content_sha256=content,
        parent=parent,
        note=note.strip(),
        author=author,
        at=now(),
        classes=classes,
        split_rule=_split_rule(images),
        counts={
            "pictures": len(images),
            "boxes": len(boxes),
            **{str(kind): int(count) for kind, count in kinds.items()},
        },
        files={f"{name}.parquet": files.sha256_of(folder / f"{name}.parquet") for name in _TABLES},
        workbench=workbench.__version__,
    )
    write_sealed(folder / "manifest.json", manifest.model_dump(mode="json"))


def _split_rule(images: pd.DataFrame) -> str:
    """What the splits keep apart, told from the table: it holds whoever chose them."""
    grouped = images[images["group_id"] != ""].groupby("group_id")["split"].nunique()
    torn = int((grouped > 1).sum())
    alone = int((images["group_id"] == "").sum())
    rule = (
        f"by group: {torn} of {len(grouped)} groups lie in more than one split"
        if torn
        else (f"by group: none of {len(grouped)} groups crosses a split")
    )
    return f"{rule}; {alone} pictures have no group" if alone else rule
