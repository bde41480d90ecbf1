"""The whole course in one figure: what each training finds in stills and in video."""

from __future__ import annotations

import pandas as pd
from matplotlib.axes import Axes

from workbench.show.plots.plot_axes import LINES, axes_for, dress
from workbench.show.style import INK

_APART = 0.16


def plot_story(trainings: pd.DataFrame, measure: str = "recall", ax: Axes | None = None) -> Axes:
    """One figure of every training, a mark for each seed, in stills and in video.

    Args:
        trainings: as `Course.trainings` gives it: training, part and the measure, a row for each seed.
        measure: the column to draw, such as ``recall`` or ``AP50``.
        ax: where to draw; by default a new figure.
    """
    ax = axes_for(ax, width=9.0, height=3.6)
    names = list(dict.fromkeys(trainings["training"]))
    for line, (part, mine) in enumerate(trainings.groupby("part", sort=False)):
        colour, style, marker = LINES[line]
        places = mine["training"].map(names.index) + (line - 0.5) * _APART
        middle = mine.groupby("training", sort=False)[measure].median()
        at = [names.index(str(name)) + (line - 0.5) * _APART for name in middle.index]
        ax.plot(at, middle, color=colour, linestyle=style, linewidth=1.2, alpha=0.6)
        ax.plot(places, mine[measure], color=colour, marker=marker, linestyle="none", label=str(part))
    ax.set_xticks(range(len(names)), [name.replace("-", "\n", 1) for name in names])
    ax.set_ylim(-0.03, 1.03)
    confidence = trainings["confidence"].iloc[0]
    ax.set_ylabel(measure if measure.startswith("AP") else f"{measure} at {confidence:.0%}", color=INK)
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=2, fontsize=9, borderaxespad=0.2)
    return dress(ax, grid="y")
