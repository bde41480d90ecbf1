"""The data card of a version: what is in it, who labelled it, what it is not good for; all counted, nothing typed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.version.manifest import Manifest

_QUANTILES = (0.0, 0.1, 0.5, 0.9, 1.0)


def data_card(
    manifest: Manifest, images: pd.DataFrame, boxes: pd.DataFrame, *, format: str, losses: Sequence[str]
) -> str:
    """A version's data card as Markdown.

    Args:
        manifest: of the version.
        images: the pictures that were taken along.
        boxes: their boxes.
        format: the label format beside the card.
        losses: what that format could not hold, one line each.
    """
    status = images["label_status"].value_counts()
    unknown = int(status.get("unlabelled", 0) + status.get("returned", 0))
    parts = [
        f"# Data card: {_plain(manifest.note)}",
        f"Version `{manifest.version}`, frozen {manifest.at[:16].replace('T', ' ')} UTC by {_plain(manifest.author)}"
        + (f" from `{manifest.parent}`." if manifest.parent else "."),
        f"SHA-256 of the content: `{manifest.content_sha256}`. Another project with the same pictures and boxes gives "
        "its version the same name.",
        "## What is in it",
        f"{len(images)} pictures, {len(boxes)} boxes of {len(manifest.classes)} classes; labels as {format}. Boxes are "
        "of the upright picture (EXIF applied).",
        _table(("split", *tables.LABEL_STATUSES), _cross(images, "split", "label_status", tables.LABEL_STATUSES)),
        f"Splits {manifest.split_rule}.",
        "### Where the pictures come from",
        _table(("source", "pictures", "of videos", "groups"), _sources(images)),
        "### What is labelled",
        _table(
            ("class", "boxes", "ignored", "height in px: least", "10 %", "median", "90 %", "most"),
            _classes(manifest.classes, boxes),
        ),
        "### Who labelled it",
        _table(
            ("labeller", "boxes"), [(name or "not told", n) for name, n in boxes["labeller"].value_counts().items()]
        ),
        "## What it is not",
        "\n".join(f"- {line}" for line in _limits(images, unknown, losses)),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def _limits(images: pd.DataFrame, unknown: int, losses: Sequence[str]) -> list[str]:
    lines = []
    if unknown:
        lines.append(f"{unknown} pictures are unlabelled or were returned: that they have no box means nothing.")
    if images["frame_s"].notna().all():
        lines.append("All pictures are frames of videos; there are no photos.")
    if images["frame_s"].isna().all():
        lines.append("All pictures are photos; there are no frames of videos.")
    lines += [f"The labels beside this card lack: {_plain(loss)}." for loss in losses]
    return lines or ["Nothing is known against it; look at the pictures before you believe that."]


def _cross(frame: pd.DataFrame, rows: str, columns: str, names: Sequence[str]) -> list[tuple[Any, ...]]:
    counts = pd.crosstab(frame[rows], frame[columns]).reindex(columns=pd.Index(names), fill_value=0)
    return [(name, *row) for name, row in zip(counts.index, counts.to_numpy().tolist(), strict=True)]


def _sources(images: pd.DataFrame) -> list[tuple[Any, ...]]:
    return [
        (name or "not told", len(part), int(part["frame_s"].notna().sum()), part["group_id"].nunique())
        for name, part in images.groupby("source")
    ]


def _classes(classes: Sequence[str], boxes: pd.DataFrame) -> list[tuple[Any, ...]]:
    rows = []
    for name in classes:
        own = boxes[boxes["class_name"] == name]
        height = own[CORNERS[3]] - own[CORNERS[1]]
        sizes = [f"{value:.0f}" for value in height.quantile(list(_QUANTILES))] if len(own) else ["–"] * 5
        rows.append((name, len(own), int(own["ignore"].sum()), *sizes))
    return rows


def _table(head: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(_plain(str(cell)) for cell in line)} |" for line in lines)


def _plain(text: str) -> str:
    return " ".join(text.split()).replace("|", "\\|")
