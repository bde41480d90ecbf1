"""What came in, and every problem on the way."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.model.tables import SPLITS
from workbench.model.wording import as_html, counted


@dataclass(frozen=True)
class CollectReport:
    """The outcome of one collecting.

    Attributes:
        source: the name the pictures came in under.
        added: rows of the `images` table that are new in the project.
        boxes: how many boxes came with them.
        relabelled: pictures that were there without labels and got theirs now.
        already: how many pictures were there before.
        problems: the `problems` table; every file that was not taken is in it.
        labels: the format of the label files and why it was chosen; empty without label files.
        copies: how many files are pictures that are there under another name; such a picture comes in once.
        kept_splits: how many of the added pictures have the split that they came with.
    """

    source: str
    added: pd.DataFrame
    boxes: int
    relabelled: int
    already: int
    problems: pd.DataFrame
    labels: Mapping[str, str] = field(default_factory=dict)
    copies: int = 0
    kept_splits: int = 0

    @property
    def summary(self) -> dict[str, Any]:
        """The counts, by name."""
        status = self.added["label_status"].value_counts()
        return {
            "source": self.source,
            "added": len(self.added),
            **{f"added_{name}": int(count) for name, count in status.items()},
            "boxes": self.boxes,
            "relabelled": self.relabelled,
            "already": self.already,
            "copies": self.copies,
            "kept_splits": self.kept_splits,
            "problems": len(self.problems),
        }

    def to_json_dict(self) -> dict[str, Any]:
        """Plain values for JSON."""
        labels = {"labels": dict(self.labels)} if self.labels else {}
        return {"summary": self.summary, "problems": tables.records(self.problems), **labels}

    def __repr__(self) -> str:
        status = self.added["label_status"].value_counts()
        kinds = f" ({', '.join(f'{count} {name}' for name, count in status.items())})" if len(status) else ""
        said = f"collected {self.source!r}: {counted(len(self.added), 'pictures')}{kinds}"
        said += f" with {counted(self.boxes, 'boxes')}"
        if self.already:
            labelled = f", {self.relabelled} of them got their labels now" if self.relabelled else ""
            said += f"; {self.already} were there before{labelled}"
        if self.copies:
            said += (
                f"; of {counted(self.copies, 'pictures')} the same bytes are there under another name: not taken again"
            )
        if self.kept_splits:
            parts = self.added["split"].value_counts()
            shares = ", ".join(f"{parts[name]} {name}" for name in SPLITS if name in parts)
            said += f"; {self.kept_splits} keep the split they came with (now {shares})"
        return f"{said}; {counted(len(self.problems), 'problems')}"

    def _repr_html_(self) -> str:
        return as_html(repr(self), self.problems[["severity", "code", "file", "message", "fix"]])
