"""A version on disk: its manifest, which is small text, and its tables, which are read when asked for.

A version's name is the hash of its content: the same content gives the same name on any machine. What
counts: each picture's id, bytes (by SHA-256), upright size, source, group, time, split and label status; each box with
its class, corners, ignore flag, labeller and attributes; the class names in their order. What does not: box ids, row
order, paths on disk, measured qualities, who took the snapshot and when.

Tables are Parquet files; what no Parquet column holds as it is (polygons, mixed kinds) is written as JSON texts.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Self

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from workbench.model import tables
from workbench.model.errors import InputError, ProjectError
from workbench.model.geometry import CORNERS
from workbench.model.wording import counted, facts_html
from workbench.project import ProjectFolder, files
from workbench.project.files import read_sealed

_IMAGE = ["image_id", "sha256", "width", "height", "source", "group_id", "frame_s", "split", "label_status"]
_BOX_TEXT = ["image_id", "class_name", "labeller"]
# The same boxes out of VOC and out of YOLO are the same content.
_BOX_KNOWN = {*tables.TABLES["boxes"], *tables.READ_FROM}


HEAD = "head_version"
"""The note of a store that names the version its working labels were last frozen as."""

_LATER = "notes of "
"""With a version's id behind it, the note of a store that holds what was said of the version later, as JSON."""


def content_sha256(images: pd.DataFrame, boxes: pd.DataFrame, classes: Sequence[str]) -> str:
    """The SHA-256 of a dataset's content as 64 hex digits.

    Every text is written as UTF-8 JSON, every number as a little-endian IEEE 754 double, so that neither pandas' nor
    pyarrow's release has a say in it.

    Args:
        images: a valid `images` table.
        boxes: a valid `boxes` table.
        classes: class names in order.
    """
    digest = hashlib.sha256()
    digest.update(json.dumps(list(classes), ensure_ascii=True).encode())
    images = images.sort_values("image_id", kind="stable")
    for name in _IMAGE:
        _add(digest, images[name])
    attributes = attribute_texts(boxes)
    keyed = boxes.assign(_attributes=attributes)
    order = ["image_id", "class_name", *CORNERS, "ignore", "labeller", "_attributes"]
    keyed = keyed.sort_values(order, kind="stable")
    for name in [*_BOX_TEXT, *CORNERS, "ignore", "_attributes"]:
        _add(digest, keyed[name])
    return digest.hexdigest()


def attribute_texts(boxes: pd.DataFrame) -> list[str]:
    """Each box's attributes (columns the table does not name) as JSON with sorted keys, missing ones left out."""
    names = sorted(c for c in boxes.columns if c not in _BOX_KNOWN)
    if not names:
        return ["{}"] * len(boxes)
    texts = np.full(len(boxes), "{}", dtype=object)
    encode = json.JSONEncoder(sort_keys=True).encode  # what json.dumps makes anew for every call
    # Most boxes have no attribute; only the others are worth a dictionary each.
    some = np.flatnonzero(boxes[names].notna().any(axis=1).to_numpy())
    for place, row in zip(some.tolist(), tables.records(boxes[names].iloc[some]), strict=True):
        texts[place] = encode({k: _one_form(v) for k, v in row.items() if v is not None})
    return list(texts)


def _one_form(value: Any) -> Any:
    """A whole number as an int: a column with a gap in it holds the same number as a float."""
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _add(digest: hashlib._Hash, column: pd.Series[Any]) -> None:
    digest.update(f"\x00{column.name}\x00{len(column)}\x00".encode())
    if pd.api.types.is_numeric_dtype(column.dtype) or pd.api.types.is_bool_dtype(column.dtype):
        numbers = column.to_numpy(dtype="<f8", na_value=np.nan) + 0.0  # −0.0 becomes 0.0
        numbers[np.isnan(numbers)] = np.nan
        digest.update(numbers.tobytes())
    else:
        texts = column.to_numpy(dtype=object, copy=True)
        # Missing is None here and NaN there, by pandas' release.
        texts[column.isna().to_numpy()] = None
        digest.update(json.dumps(texts.tolist(), ensure_ascii=True).encode())


_JSON = "json"


def write_table(path: Path, frame: pd.DataFrame) -> None:
    """Write a table; the names of the columns that went through JSON are kept in the file's metadata."""
    written = frame.copy()
    names = [str(name) for name in frame.columns if _is_mixed(frame[name])]
    for name in names:
        written[name] = pd.Series([_text(value) for value in frame[name]], index=frame.index, dtype="str")
    written.attrs = {_JSON: names}
    written.to_parquet(path, index=False)


def read_table(path: Path) -> pd.DataFrame:
    """Read what `write_table` wrote, value by value the same.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is damaged.
    """
    frame = pd.read_parquet(path)
    for name in frame.attrs.pop(_JSON, []):
        values = [json.loads(text) if isinstance(text, str) else None for text in frame[name]]
        frame[name] = pd.Series(values, index=frame.index, dtype=object)
    return frame


def _is_mixed(column: pd.Series[Any]) -> bool:
    if column.dtype != object:
        return False
    kinds = {type(value) for value in column if not _is_missing(value)}
    return kinds not in (set(), {str}, {bool})


def _is_missing(value: Any) -> bool:
    return value is None or value is pd.NA or (isinstance(value, float) and value != value)


def _text(value: Any) -> str | None:
    return None if _is_missing(value) else json.dumps(value, ensure_ascii=False)


class Manifest(BaseModel):
    """What a version is: small text that lives well in git.

    Attributes:
        version: the id, ``v`` and the first 12 digits of the content's SHA-256.
        content_sha256: the whole hash; see `workbench.version.content_hash`.
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

    def __repr__(self) -> str:
        what = f"{counted(self.counts['pictures'], 'pictures')}, {counted(self.counts['boxes'], 'boxes')}"
        return f"{self.version} ({what}): {self.note}"

    __str__ = __repr__

    def _repr_html_(self) -> str:
        facts = {
            "note": self.note,
            "frozen": f"{self.at[:16].replace('T', ' ')} UTC by {self.author}",
            "from": self.parent or "",
            "counts": ", ".join(f"{count} {name}" for name, count in self.counts.items()),
            "classes": ", ".join(self.classes),
            "splits": self.split_rule,
        }
        return facts_html(f"Version {self.version}", facts)


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

    @property
    def images(self) -> pd.DataFrame:
        """The `images` table, read anew."""
        return self._table("images")

    @property
    def boxes(self) -> pd.DataFrame:
        """The `boxes` table, read anew."""
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
        found = content_sha256(self.images, self.boxes, self.classes)
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
            return cls(folder, Manifest.model_validate(read_sealed(path)))
        except (OSError, ValueError, ValidationError) as error:
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
        return repr(self.manifest)

    def _repr_html_(self) -> str:
        return self.manifest._repr_html_()


def load(project: ProjectFolder, version: str) -> Version:
    """A version by its id or the beginning of it.

    Raises:
        InputError: if none or several begin so.
    """
    return with_later_notes(project, Version.read(folder_of(project, version)))


def note_again(project: ProjectFolder, version: Version, note: str) -> Version:
    """Keep what is said of content that was frozen before, for another reason; the manifest itself never changes."""
    note = note.strip()
    plain = Version.read(version.folder)
    said = [plain.manifest.note, *_later_notes(project, version)]
    if note and note not in said:
        project.store.set_note(_LATER + version.version_id, json.dumps([*said[1:], note], ensure_ascii=False))
    return with_later_notes(project, plain)


def with_later_notes(project: ProjectFolder, version: Version) -> Version:
    """The version with all that was said of it as its note, the first reason first."""
    later = _later_notes(project, version)
    if not later:
        return version
    note = "; ".join([version.manifest.note, *later])
    return Version(version.folder, version.manifest.model_copy(update={"note": note}))


def _later_notes(project: ProjectFolder, version: Version) -> list[str]:
    kept = project.store.note(_LATER + version.version_id)
    return [] if kept is None else [str(note) for note in json.loads(kept)]


def folder_of(project: ProjectFolder, version: str) -> Path:
    """The folder of the version whose id begins so."""
    found = [f for f in folders_of(project) if f.name.startswith(version)] if version else []
    if len(found) != 1:
        there = ", ".join(f.name for f in folders_of(project)) or "none yet"
        raise InputError(
            f"{'no' if not found else 'more than one'} version begins with {version!r}; there are: {there}"
        )
    return found[0]


def folders_of(project: ProjectFolder) -> list[Path]:
    """The folders of all versions, in the order of their names."""
    return sorted(f for f in project.versions.iterdir() if f.is_dir() and f.name.startswith("v"))


def part_of(images: pd.DataFrame, boxes: pd.DataFrame, split: str) -> tuple[pd.DataFrame, pd.DataFrame]:
    """One split of two tables."""
    chosen = images[images["split"] == split].reset_index(drop=True)
    return chosen, tables.of_images(boxes, chosen["image_id"])


def head(project: ProjectFolder) -> str | None:
    """The version the working labels were last frozen as or restored from."""
    return project.store.note(HEAD)
