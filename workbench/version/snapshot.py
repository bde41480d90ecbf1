"""Frozen datasets: Parquet tables and a JSON manifest in a folder named by content; never changed once written."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

import workbench
from workbench import tables
from workbench.errors import InputError, ProjectError
from workbench.project import ProjectFolder, files, user
from workbench.version.content import content_sha256
from workbench.version.parquet import read_table, write_table
from workbench.version.pictures import Problem, find_pictures

_HEAD = "head_version"
_TABLES = ("images", "boxes")


class Manifest(BaseModel):
    """What a version is: small text that lives well in git.

    Attributes:
        version: the id, ``v`` and the first 12 digits of the content's SHA-256.
        content_sha256: the whole hash; see `workbench.version.content`.
        parent: the version the working labels came from.
        note: why the snapshot was taken.
        author: who took it.
        at: when, UTC.
        classes: class names in order.
        split_rule: what the splits keep apart, and what they tear.
        counts: pictures, boxes and pictures by split and label status.
        files: SHA-256 of each table's file.
        workbench: the package's release.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str
    content_sha256: str
    parent: str | None
    note: str
    author: str
    at: str
    classes: tuple[str, ...]
    split_rule: str = ""
    counts: dict[str, int]
    files: dict[str, str]
    workbench: str


@dataclass(frozen=True)
class Version:
    """A frozen dataset on disk; its tables are read when asked for.

    Attributes:
        folder: where it lies.
        manifest: what it is.
    """

    folder: Path
    manifest: Manifest

    @property
    def version_id(self) -> str:
        """The version's id."""
        return self.manifest.version

    @property
    def classes(self) -> tuple[str, ...]:
        """Class names in order."""
        return self.manifest.classes

    def images(self) -> pd.DataFrame:
        """The `images` table."""
        return self._table("images")

    def boxes(self) -> pd.DataFrame:
        """The `boxes` table."""
        return self._table("boxes")

    def verify(self) -> None:
        """Compare every file with the manifest, and the content with the version's name.

        The pictures are looked at by `workbench.version.verify`.

        Raises:
            ProjectError: naming the file that is missing or differs.
        """
        damage = self.damage()
        if damage:
            raise ProjectError(f"{self.folder / damage[0]} {damage[1]}")

    def damage(self) -> tuple[str, str] | None:
        """The first file that is not what was frozen, and what is wrong with it."""
        for name, expected in self.manifest.files.items():
            path = self.folder / name
            if not path.is_file():
                return name, "is missing; bring the version back from a copy"
            if files.sha256_of(path) != expected:
                return name, "is not what was frozen (checksum differs); bring it back from a copy"
        found = content_sha256(self.images(), self.boxes(), self.classes)
        if found != self.manifest.content_sha256 or self.folder.name != f"v{found[:12]}":
            return "manifest.json", "is not what was frozen; bring it back from a copy"
        return None

    @classmethod
    def read(cls, folder: Path) -> Self:
        """Open a version's folder.

        Raises:
            ProjectError: if its manifest is missing or damaged.
        """
        path = folder / "manifest.json"
        try:
            manifest = json.loads(path.read_text(encoding="utf-8"))
            sealed = manifest.pop("seal")
            if sealed != _seal(manifest):
                raise ValueError("its seal does not match")
            return cls(folder, Manifest.model_validate(manifest))
        except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError) as error:
            reason = str(error).splitlines()[0]
            raise ProjectError(f"{path} is damaged ({reason}); bring the version back from a copy") from error

    def _table(self, name: str) -> pd.DataFrame:
        path = self.folder / f"{name}.parquet"
        try:
            frame = read_table(path)
        except (OSError, ValueError) as error:
            raise ProjectError(
                f"{path} is damaged ({str(error).splitlines()[0]}); bring it back from a copy"
            ) from error
        return tables.validate(frame, name)

    def __repr__(self) -> str:
        counts = self.manifest.counts
        return f"{self.version_id} ({counts['pictures']} pictures, {counts['boxes']} boxes): {self.manifest.note}"


def snapshot(project: ProjectFolder, note: str, *, author: str | None = None) -> Version:
    """Freeze the working labels. Content that is frozen already gives the version that holds it.

    Args:
        project: whose labels.
        note: why; a version without a reason helps nobody later.
        author: by default the user's login name.

    Raises:
        InputError: if there is nothing to freeze, or no note.
    """
    if not note.strip():
        raise InputError("a snapshot needs a note: what is in it that was not there before?")
    images, boxes, classes = project.store.read_all()
    if not len(images):
        raise InputError(f"{project.root} holds no pictures yet; collect some first")
    content = content_sha256(images, boxes, classes)
    folder = project.versions / f"v{content[:12]}"
    if not folder.exists():
        try:
            with files.new_folder(folder) as fresh:
                _write(fresh, images, boxes, classes, content, note, author or user(), project.store.note(_HEAD))
        except FileExistsError:
            pass  # Another process froze the same content at the same moment; its version is this one.
    version = Version.read(folder)
    project.store.set_note(_HEAD, version.version_id)
    return version


def load(project: ProjectFolder, version: str) -> Version:
    """A version by its id or the beginning of it.

    Raises:
        InputError: if none or several begin so.
    """
    return Version.read(_folder(project, version))


def _folder(project: ProjectFolder, version: str) -> Path:
    found = [f for f in _folders(project) if f.name.startswith(version)] if version else []
    if len(found) != 1:
        there = ", ".join(f.name for f in _folders(project)) or "none yet"
        raise InputError(
            f"{'no' if not found else 'more than one'} version begins with {version!r}; there are: {there}"
        )
    return found[0]


def versions(project: ProjectFolder) -> pd.DataFrame:
    """All versions, oldest first: version, at, author, note, parent, pictures, boxes."""
    manifests = sorted((Version.read(folder).manifest for folder in _folders(project)), key=lambda m: m.at)
    names = ["version", "at", "author", "note", "parent", "pictures", "boxes"]
    rows = [{**m.model_dump(), **m.counts} for m in manifests]
    return pd.DataFrame([[row[name] for name in names] for row in rows], columns=pd.Index(names))


def head(project: ProjectFolder) -> str | None:
    """The version the working labels were last frozen as or restored from."""
    return project.store.note(_HEAD)


def restore(project: ProjectFolder, version: str, *, who: str | None = None) -> Version:
    """Bring a version back as the working labels; what they were is frozen first, so that nothing is lost.

    A picture that was moved or renamed meanwhile is found again by its content.

    Raises:
        InputError: if there is no such version.
        ProjectError: if it is damaged, or one of its pictures is missing or not what it was.
    """
    wanted = load(project, version)
    wanted.verify()
    images, problems = find_pictures(project, wanted.images())
    if problems:
        raise ProjectError(
            f"{len(problems)} pictures of {wanted.version_id} are missing or not what was frozen, "
            f"first {problems[0].file}: {problems[0].problem}; bring them back from a copy"
        )
    if len(project.images()):
        snapshot(project, f"before restoring {wanted.version_id}", author=who)
    project.store.replace_all(
        images,
        wanted.boxes(),
        wanted.classes,
        who=who,
        why=wanted.version_id,
        notes={_HEAD: wanted.version_id},
    )
    return wanted


def verify(project: ProjectFolder, version: str) -> tuple[Problem, ...]:
    """Compare every file of a version, its pictures included, with what was frozen.

    Returns:
        What is wrong, one entry a file; nothing where all is as it was.

    Raises:
        InputError: if there is no such version.
    """
    folder = _folder(project, version)
    place = folder.relative_to(project.root)
    try:
        wanted = Version.read(folder)
    except ProjectError as error:
        return (Problem(folder.name, (place / "manifest.json").as_posix(), str(error)),)
    damage = wanted.damage()
    if damage:
        return (Problem(folder.name, (place / damage[0]).as_posix(), damage[1]),)
    problems = find_pictures(project, wanted.images())[1]
    return tuple(Problem(wanted.version_id, one.file, one.problem) for one in problems)


def _folders(project: ProjectFolder) -> list[Path]:
    return sorted(f for f in project.versions.iterdir() if f.is_dir() and f.name.startswith("v"))


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
        at=datetime.now(UTC).isoformat(timespec="milliseconds"),
        classes=classes,
        split_rule=_split_rule(images),
        counts={
            "pictures": len(images),
            "boxes": len(boxes),
            **{str(kind): int(count) for kind, count in kinds.items()},
        },
        files={f"{name}.parquet": files.sha256_of(folder / f"{name}.parquet") for name in _TABLES},
        workbench=workbench.__version__,
    ).model_dump(mode="json")
    text = json.dumps({**manifest, "seal": _seal(manifest)}, indent=2, ensure_ascii=False)
    files.write_text(folder / "manifest.json", text + "\n")


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


def _seal(manifest: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(manifest, sort_keys=True).encode()).hexdigest()
