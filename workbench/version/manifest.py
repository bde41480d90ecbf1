"""A version on disk: its manifest, which is small text, and its tables, which are read when asked for."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Self

import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from workbench.model import tables
from workbench.model.errors import ProjectError
from workbench.model.wording import counted, facts_html
from workbench.project import files
from workbench.project.sealed import read_sealed
from workbench.version.content_hash import content_sha256
from workbench.version.parquet import read_table


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
