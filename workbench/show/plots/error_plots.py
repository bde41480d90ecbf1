"""Plots of what went wrong: which class was taken for which, and what each kind of error costs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex
from matplotlib.ticker import MaxNLocator

from workbench.show.plots.plot_axes import BLUE, OWN_INK, axes_for, dress, grouped
from workbench.show.style import ERROR_WORDS, INK, PAPER, text_on

if TYPE_CHECKING:
    from workbench.analyse import Evaluation

_SHADES = LinearSegmentedColormap.from_list("workbench", [PAPER, BLUE])
_MOST_NUMBERS = 20
"""With more classes than this the numbers in the cells can no longer be read and are left out."""


def plot_confusion(evaluation: Evaluation, ax: Axes | None = None) -> Axes:
    """Which class was taken for which at the operating point; the darker, the larger the share of its row.

    The last column holds what was missed, the last row what was raised where nothing is.
    """
    table = evaluation.confusion
    size = 1.8 + 0.55 * min(len(table), 2 * _MOST_NUMBERS)
    ax = axes_for(ax, width=max(size + 1.2, 4.2), height=max(size, 3.2))
    counts = table.to_numpy()
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    ax.imshow(shares, cmap=_SHADES, vmin=0, vmax=1, aspect="auto")
    if len(table) <= _MOST_NUMBERS:
        for row, column in np.ndindex(*counts.shape):
            # Nothing there and nothing said is nothing that can be counted.
            said = "" if row == column == len(table) - 1 else grouped(int(counts[row, column]))
            shade = text_on(to_hex(_SHADES(shares[row, column])))
            ax.text(column, row, said, ha="center", va="center", color=shade, fontsize=9, gid=OWN_INK)
    turned = len(table) > 5 or max(map(len, map(str, table.columns))) > 12
    ax.set_xticks(
        range(len(table)), table.columns.tolist(), rotation=45 if turned else 0, ha="right" if turned else "center"
    )
    ax.set_yticks(range(len(table)), table.index.tolist())
    ax.axhline(len(table) - 1.5, color=INK, linewidth=1)
    ax.axvline(len(table) - 1.5, color=INK, linewidth=1)
    ax.set_xlabel("what the detector said", color=INK)
    ax.set_ylabel("what is there", color=INK)
    at = evaluation.settings
    ax.set_title(f"At confidence {at.confidence:.2f}, IoU {at.iou:.2f}", loc="left", fontsize=11, color=INK)
    return dress(ax, grid=None)


def plot_errors(evaluation: Evaluation, ax: Axes | None = None) -> Axes:
    """What each of TIDE's errors costs: the AP that would be gained if it were mended, with how many there are.

    It is over all predictions, whatever the confidence; the gains do not add up, for mending one changes the others.
    """
    ax = axes_for(ax)
    table = evaluation.tide
    names = [ERROR_WORDS[name] for name in table["error"]]
    gains = table["ap_gain"].fillna(0.0).to_numpy()
    bars = ax.barh(names, gains, color=BLUE, edgecolor=INK, linewidth=0.6)
    texts = [f"+{gain:.3f}  ({grouped(count)} of them)" for gain, count in zip(gains, table["count"], strict=True)]
    ax.bar_label(bars, texts, padding=4, fontsize=9, color=INK)
    ax.invert_yaxis()
    ax.set_xlim(0, max(float(gains.max(initial=0)), 0.01) * 1.75)
    ax.xaxis.set_major_locator(MaxNLocator(5))
    at = evaluation.settings
    ax.set_xlabel(f"AP at IoU {at.iou:.2f} that mending it would gain", color=INK)
    metric = evaluation.metrics["AP50"]
    ax.set_title(f"TIDE's errors; AP50 is {metric:.3f}", loc="left", fontsize=11, color=INK)
    return dress(ax, grid="x")
