"""Plots of a round of the loop: stills against video, what was fixed and what broke, how far labellers agree."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.ticker import FuncFormatter, MaxNLocator

from workbench.model.errors import InputError
from workbench.show.plots.plot_axes import BLUE, LINES, axes_for, dress, grouped
from workbench.show.style import COLOURS, INK

if TYPE_CHECKING:
    from workbench.analyse import Evaluation

_SHARES = ("recall", "precision", "f1")
_WORDS = {"f1": "F1"}
_FIXED, _BROKEN, _STAYED = COLOURS["tp"], COLOURS["fp"], COLOURS["ignored"]


def plot_still_against_video(evaluation: Evaluation, ax: Axes | None = None, *, video: Sequence[str] = ()) -> Axes:
    """Recall, precision and F1 on stills beside those on frames of videos, with their 95 % intervals.

    Args:
        evaluation: of a test set that holds both.
        ax: where to draw; by default a new figure.
        video: sources whose pictures are frames, beside those that know their moment (``frame_s``).

    Raises:
        InputError: if there are no stills or no frames in it.
    """
    rule = " or ".join(["frame_s == frame_s", *(f"source == {name!r}" for name in video)])
    found = evaluation.slices(rules={"stills": f"not ({rule})", "video": rule})
    names = ("stills", "video")
    for name, boxes in zip(names, found["boxes"], strict=True):
        if not boxes:
            raise InputError(f"still against video: there are no boxes on {name}; name the frames' sources: video=[…]")
    ax = axes_for(ax)
    for number, (name, row) in enumerate(zip(names, found.to_dict("records"), strict=True)):
        colour, _, marker = LINES[number]
        at = np.arange(len(_SHARES)) + (number - 0.5) * 0.16
        value, low, high = (
            np.array([row[f"{share}{end}"] for share in _SHARES], dtype=float) for end in ("", "_low", "_high")
        )
        ends = np.clip(np.vstack([value - low, high - value]), 0, None)
        label = f"{name}: {grouped(row['boxes'])} boxes in {grouped(row['pictures'])} pictures"
        ax.errorbar(
            at, value, yerr=ends, color=colour, marker=marker, markersize=7, linestyle="none", capsize=4, label=label
        )
        for x, y in zip(at, value, strict=True):
            aside, side = ((9, 0), "left") if number else ((-9, 0), "right")
            ax.annotate(f"{y:.2f}", (x, y), aside, textcoords="offset points", va="center", ha=side, fontsize=8.5)
    ax.set_xticks(range(len(_SHARES)), [_WORDS.get(name, name) for name in _SHARES])
    ax.set_xlim(-0.5, len(_SHARES) - 0.5)
    ax.set_ylim(0, 1.05)
    ax.set_ylabel("share (0 to 1)", color=INK)
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1.0), fontsize=9, borderaxespad=0.2)
    return dress(ax, grid="y")


def plot_ledger(ledger: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """What became of every miss and every false alarm: to the right what was fixed, to the left what broke.

    Args:
        ledger: from `workbench.analyse.compare`.
        ax: where to draw; by default a new figure.
    """
    ax = axes_for(ax, height=2.4)
    kinds = ("miss", "false alarm")
    count = {pair: int(n) for pair, n in ledger.groupby(["kind", "change"], observed=True).size().items()}
    fixed, broken, stayed = (
        [count.get((kind, change), 0) for kind in kinds] for change in ("fixed", "broken", "stayed")
    )
    names = [f"{word}\n{grouped(same)} stayed" for word, same in zip(("misses", "false alarms"), stayed, strict=True)]
    for values, sign, colour, label in ((fixed, 1, _FIXED, "fixed"), (broken, -1, _BROKEN, "new")):
        bars = ax.barh(names, [sign * v for v in values], color=colour, edgecolor=INK, linewidth=0.6, label=label)
        ax.bar_label(bars, [grouped(v) if v else "" for v in values], padding=4, fontsize=10, color=INK)
    ax.axvline(0, color=INK, linewidth=1)
    ax.invert_yaxis()
    most = max(*fixed, *broken, 1)
    ax.set_xlim(-1.2 * most, 1.2 * most)
    ax.xaxis.set_major_locator(MaxNLocator(5, integer=True))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{abs(value):g}"))
    ax.set_xlabel("new  ←   against the round before   →  fixed", color=INK)
    ax.set_title(
        f"{grouped(sum(fixed))} fixed, {grouped(sum(broken))} new",
        loc="left",
        fontsize=11,
        color=INK,
    )
    return dress(ax, grid="x")


def plot_agreement(boxes: pd.DataFrame, ax: Axes | None = None) -> Axes:
    """How far labellers agree: for each two, the overlap of every object that both drew, and what only one drew.

    Args:
        boxes: the `boxes` table of all labellers, see `workbench.label.agreement`.
        ax: where to draw; by default a new figure.

    Raises:
        InputError: if fewer than two labellers are named, or no two drew in one picture.
    """
    from workbench.annotate import agreement

    objects = agreement(boxes)
    if not len(objects):
        raise InputError("labeller agreement: no two labellers have drawn in the same picture")
    duos = list(objects.groupby(["first", "second"], sort=False))
    ax = axes_for(ax, height=1.4 + 0.75 * len(duos))
    rng = np.random.default_rng(0)
    names = []
    for place, ((first, second), mine) in enumerate(duos):
        both = mine["iou"].dropna().to_numpy(dtype=float)
        ax.scatter(both, place + rng.uniform(-0.22, 0.22, len(both)), s=14, color=BLUE, alpha=0.55, linewidth=0)
        alone = [int(mine[f"class_{other}"].isna().sum()) for other in ("second", "first")]
        names.append(f"{first} and {second}\n{len(both)} objects of both")
        if len(both):
            median = float(np.median(both))
            ax.plot([median] * 2, [place - 0.34, place + 0.34], color=INK, linewidth=2)
            ax.annotate(f"median {median:.2f}", (median, place - 0.36), ha="center", va="bottom", fontsize=8.5)
        said = "\n".join(f"{n} only {who}" for n, who in zip(alone, (first, second), strict=True))
        ax.annotate(
            said, (1.02, place), xycoords=("axes fraction", "data"), va="center", fontsize=8.5, annotation_clip=False
        )
    ax.set_yticks(range(len(duos)), names)
    ax.set_ylim(len(duos) - 0.4, -0.65)
    ax.set_xlim(0.48, 1.01)
    ax.set_xlabel("IoU of the two boxes of one object", color=INK)
    return dress(ax, grid="x")
