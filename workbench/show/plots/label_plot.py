"""Pictures with the boxes of two sets of labels: what is right, and what a detector was given."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import matplotlib.pyplot as plt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle

from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.pictures.upright import opened
from workbench.show.style import COLOURS

_SIDE = 3.2


def plot_labels(
    folder: str | Path,
    right: pd.DataFrame,
    given: pd.DataFrame | None = None,
    *,
    count: int = 6,
    columns: int = 3,
    words: tuple[str, str] = ("right", "given"),
) -> Figure:
    """Draw the first pictures that have boxes, with the boxes of one or two sets of labels.

    Args:
        folder: where the pictures lie.
        right: a `boxes` table whose image_id is the file's name in the folder.
        given: a second one, drawn dashed over the first.
        count: so many pictures, those with the most boxes first.
        columns: side by side.
        words: what the two are called in the legend.

    Raises:
        InputError: if no picture has a box.
    """
    names = right["image_id"].value_counts().sort_index().sort_values(ascending=False, kind="stable").index[:count]
    if not len(names):
        raise InputError("there is no box to draw")
    rows = -(-len(names) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(_SIDE * columns, 0.78 * _SIDE * rows), squeeze=False)
    for ax in axes.flat:
        ax.axis("off")
    sets: list[tuple[pd.DataFrame, dict[str, Any]]] = [
        (right, {"edgecolor": COLOURS["truth"], "linestyle": "-", "label": words[0]})
    ]
    if given is not None:
        sets.append((given, {"edgecolor": COLOURS["fp"], "linestyle": "--", "label": words[1]}))
    for ax, name in zip(axes.flat, names, strict=False):
        with opened(Path(folder) / str(name)) as picture:
            ax.imshow(picture.pixels())
            limits = (0, picture.size[0], picture.size[1], 0)
        ax.set_title(Path(str(name)).name, fontsize=8)
        for boxes, look in sets:
            _draw(ax, boxes[boxes["image_id"] == name], look)
        ax.axis(limits)
    handles = [Rectangle((0, 0), 1, 1, fill=False, linewidth=2, **look) for _, look in sets]
    figure.legend(handles=handles, loc="lower center", ncols=2, frameon=False)
    figure.tight_layout(rect=(0, 0.06 if rows > 1 else 0.1, 1, 1))
    return figure


def _draw(ax: Axes, boxes: pd.DataFrame, look: dict[str, Any]) -> None:
    for xmin, ymin, xmax, ymax in boxes[CORNERS].to_numpy(dtype=float):
        ax.add_patch(Rectangle((xmin, ymin), xmax - xmin, ymax - ymin, fill=False, linewidth=1.8, **look))
