"""What changed in the labels, for the eye: each changed box before and after, cut out of its picture."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.model import tables
from workbench.model.geometry import CORNERS
from workbench.pictures.crops import Corners
from workbench.show.drawn_boxes import DrawnBox, cut_crop
from workbench.show.pages import page
from workbench.show.pages.gallery import share_out
from workbench.show.style import Role
from workbench.version import BOX_CHANGES, Diff

_SIZE = (300, 225)
_CROP_BYTES = 9_000
_ROLES: tuple[Role, Role] = ("fn", "truth")
Tables = tuple[pd.DataFrame, pd.DataFrame]


@dataclass(frozen=True)
class ChangeCard:
    """One changed box.

    Attributes:
        change: what became of it.
        picture: its picture's id.
        words: the change in a line.
        before: the crop as it was, as JPEG; None where there was no box.
        after: the crop as it is now; None where there is no box any more.
    """

    change: str
    picture: str
    words: str
    before: bytes | None
    after: bytes | None


def change_cards(changes: Diff, before: Tables, after: Tables, *, root: Path, limit: int = 60) -> list[ChangeCard]:
    """The changed boxes with their crops; each kind of change gets its share of the places, the largest changes first.

    Args:
        changes: the difference.
        before: `images` and `boxes` before.
        after: the same after.
        root: the folder that the paths start from.
        limit: how many cards at most.

    Raises:
        InputError: if a picture cannot be read.
    """
    kinds = [name for name in BOX_CHANGES if (changes.boxes["change"] == name).any()]
    rows = {name: changes.boxes[changes.boxes["change"] == name] for name in kinds}
    shown = share_out({name: len(part) for name, part in rows.items()}, limit)
    paths = pd.concat([after[0], before[0]]).drop_duplicates("image_id").set_index("image_id")["path"]
    sides = [table[1].set_index("box_id") for table in (before, after)]
    cards = []
    for name in kinds:
        part = rows[name].sort_values("shift_px", ascending=False, kind="stable").head(shown[name])
        for row in tables.records(part):
            corners = [
                _corners(side, row[key]) for side, key in zip(sides, ("box_id_before", "box_id_after"), strict=True)
            ]
            there = [one for one in corners if one is not None]
            around = _around(there)
            crops = [
                None
                if one is None
                else cut_crop(
                    root / paths[row["image_id"]],
                    around,
                    [DrawnBox(one, role, str(row[f"class_{when}"]))],
                    size=_SIZE,
                    max_bytes=_CROP_BYTES,
                ).jpeg
                for one, role, when in zip(corners, _ROLES, ("before", "after"), strict=True)
            ]
            cards.append(ChangeCard(name, str(row["image_id"]), in_words(row), crops[0], crops[1]))
    return cards


def diff_page(
    changes: Diff,
    before: Tables,
    after: Tables,
    *,
    root: str | Path,
    names: tuple[str, str],
    limit: int = 120,
) -> str:
    """A self-contained page: counts by source and labeller, by how much, and crops before and after.

    Args:
        changes: the difference.
        before: `images` and `boxes` before.
        after: the same after.
        root: the folder that the paths start from.
        names: what to call the two.
        limit: how many boxes are shown at most; the page says how many are left out.

    Raises:
        InputError: if a picture cannot be read.
    """
    cards = change_cards(changes, before, after, root=Path(root), limit=limit)
    return page.render(
        "diff.html.j2",
        title=f"{names[0]} → {names[1]}",
        changes=changes,
        tables=diff_tables(changes),
        cards=cards,
        left_out=len(changes.boxes) - len(cards),
        data_uri=page.data_uri,
    )


def diff_tables(changes: Diff) -> list[dict[str, Any]]:
    """The difference in small tables: title, head and rows as texts."""
    pictures = (
        changes.images.groupby(["source", "change"])
        .size()
        .unstack(fill_value=0)
        .rename_axis(columns=None)
        .reset_index()
        if len(changes.images)
        else pd.DataFrame()
    )
    much = changes.by_how_much()
    much = much.assign(
        area_ratio=[f"× {value:.2f}" for value in much["area_ratio"]],
        shift_px=[f"{value:.1f} px" for value in much["shift_px"]],
        shift_px_most=[f"{value:.1f} px" for value in much["shift_px_most"]],
    ).rename(columns={"area_ratio": "area, median", "shift_px": "shift, median", "shift_px_most": "shift, most"})
    found = (
        ("Pictures by source", pictures),
        ("Boxes by source", changes.counts("source")),
        ("Boxes by labeller", changes.counts("labeller").replace({"labeller": {"": "not told"}})),
        ("By how much", much),
    )
    return [
        {
            "title": title,
            "head": [str(name).replace("_", " ") for name in table.columns],
            "rows": [[str(value) for value in row] for row in table.to_numpy(dtype=object).tolist()],
        }
        for title, table in found
        if len(table)
    ]


def in_words(row: dict[str, Any]) -> str:
    """A changed box in a line: what changed and by how much."""
    parts = []
    if row["class_before"] != row["class_after"] and row["class_before"] and row["class_after"]:
        parts.append(f"{row['class_before']} → {row['class_after']}")
    if row["area_ratio"] is not None and row["shift_px"]:
        parts.append(f"area × {row['area_ratio']:.2f}, moved up to {row['shift_px']:.1f} px, IoU {row['iou']:.2f}")
    for name in ("labeller", "attributes"):
        first, second = row[f"{name}_before"], row[f"{name}_after"]
        if row["change"] == name or name in row["also"].split(", "):
            parts.append(f"{name} {first or 'not told'} → {second or 'not told'}")
    who = row["labeller_after"] or row["labeller_before"]
    if who and not any("labeller" in part for part in parts):
        parts.append(f"by {who}")
    return "; ".join(parts)


def _corners(boxes: pd.DataFrame, box_id: Any) -> Corners | None:
    if box_id is None:
        return None
    xmin, ymin, xmax, ymax = (float(value) for value in boxes.loc[box_id, CORNERS])
    return xmin, ymin, xmax, ymax


def _around(corners: Sequence[Corners]) -> Corners:
    """The least box that holds all of these, so that before and after show the same part of the picture."""
    lows = [min(one[i] for one in corners) for i in (0, 1)]
    highs = [max(one[i] for one in corners) for i in (2, 3)]
    return lows[0], lows[1], highs[0], highs[1]
