"""Plots of an evaluation or a video. Each takes `ax`, draws, and returns the Axes; none shows or saves anything."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, TypeVar

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from workbench.model import tables
from workbench.show.plots.plot_axes import BLUE, GREEN, LINES, ORANGE, axes_for, dress
from workbench.show.style import COLOURS, INK, OUTCOME_PLURALS, PAPER, Role

if TYPE_CHECKING:
    from workbench.analyse import Evaluation

T = TypeVar("T")

_LINES = {"precision": (BLUE, "-"), "recall": (ORANGE, "--"), "f1": (GREEN, "-.")}


def plot_sweep(evaluation: Evaluation, ax: Axes | None = None) -> Axes:
    """Precision, recall and F1 against confidence, with the operating point marked."""
    ax = axes_for(ax)
    sweep, settings, metrics = evaluation.curve(), evaluation.settings, evaluation.metrics
    for name, (colour, style) in _LINES.items():
        label = f"{'F1' if name == 'f1' else name} {metrics[name]:.2f}"
        ax.plot(sweep["confidence"], sweep[name], color=colour, linestyle=style, linewidth=2, label=label)
        ax.plot([settings.confidence], [metrics[name]], marker="o", color=colour, markeredgecolor=INK, linestyle="none")
    ax.axvline(settings.confidence, color=INK, linewidth=1, linestyle=":")
    _finish(ax, "confidence from which a prediction counts", "share (0 to 1)")
    # The legend stands above, in the title's place: inside no corner is free of lines for every detector.
    ax.legend(frameon=False, loc="lower left", bbox_to_anchor=(0, 1.0), ncols=3, fontsize=9, borderaxespad=0.2)
    return dress(ax)


def plot_precision_recall(evaluation: Evaluation, ax: Axes | None = None) -> Axes:
    """Precision against recall over all confidences, with the operating points marked, the one asked for in full."""
    ax = axes_for(ax)
    sweep, points = evaluation.curve(), evaluation.operating_points().dropna(subset=["precision", "recall"])
    ax.plot(sweep["recall"], sweep["precision"], color=BLUE, linewidth=2)
    named: list[tuple[float, float]] = []
    for number, at in enumerate(tables.records(points.drop_duplicates("confidence"))):
        asked, recall, precision = at["point"] == "asked for", at["recall"], at["precision"]
        ax.plot(
            [recall],
            [precision],
            marker="o" if asked else LINES[number % len(LINES)][2],
            markersize=9 if asked else 6,
            color=ORANGE if asked else PAPER,
            markeredgecolor=INK,
            linestyle="none",
            zorder=4 if asked else 3,
            label=f"{at['confidence']:.2f} {at['point'] if at['point'][0].isalpha() else ''}".strip(),
        )
        if not asked and all(max(abs(recall - x), abs(precision - y)) > 0.06 for x, y in named):
            named.append((recall, precision))
            ax.annotate(f"{at['confidence']:.2f}", (recall, precision), (5, 4), textcoords="offset points", fontsize=8)
    _finish(ax, "recall (share of the boxes found)", "precision (share of right predictions)")
    # AP is the mean over classes and the curve pools them: with several classes the two need not look alike.
    several = f", means of {n} classes (curve: all together)" if (n := len(evaluation.settings.classes)) > 1 else ""
    metrics = evaluation.metrics
    title = f"AP50 {metrics['AP50']:.2f}, AP {metrics['AP']:.2f}{several}"
    ax.set_title(title, loc="left", fontsize=9 if several else 11)
    if len(points):
        ax.legend(frameon=False, loc="lower left", fontsize=8, title="confidence", title_fontsize=8, alignment="left")
    return dress(ax)


def plot_counts(evaluation: Evaluation, ax: Axes | None = None) -> Axes:
    """Hits, misses and false alarms at the operating point, as bars with their numbers."""
    ax = axes_for(ax)
    metrics, settings = evaluation.metrics, evaluation.settings
    order: tuple[Role, ...] = ("tp", "fn", "fp")
    values = [int(metrics[name]) for name in order]
    names = [OUTCOME_PLURALS[name] for name in order]
    bars = ax.barh(names, values, color=[COLOURS[name] for name in order], edgecolor=INK, linewidth=0.8)
    ax.bar_label(bars, padding=4, color=INK)
    ax.invert_yaxis()
    ax.set_xlim(0, max([*values, 1]) * 1.15)
    ax.set_xlabel(f"boxes and predictions in {settings.pictures} pictures", color=INK)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    ax.set_title(f"At confidence {settings.confidence:.2f}, IoU {settings.iou:.2f}", loc="left", fontsize=11)
    return dress(ax, grid=None)


def plot_calibration(evaluation: Evaluation, ax: Axes | None = None) -> Axes:
    """How often predictions of a confidence are right, against the confidence; on the diagonal it keeps its word."""
    ax = axes_for(ax)
    table = evaluation.calibration()
    known = table[table["predictions"] > 0]
    ax.plot([0, 1], [0, 1], color=INK, linewidth=1, linestyle=":")
    ax.plot(known["mean_confidence"], known["precision"], color=_LINES["precision"][0], linewidth=2)
    most = max(int(known["predictions"].max()), 1) if len(known) else 1
    ax.scatter(
        known["mean_confidence"],
        known["precision"],
        s=20 + 120 * known["predictions"] / most,
        color=_LINES["precision"][0],
        edgecolor=INK,
        zorder=3,
    )
    _finish(ax, "confidence", "share of right predictions")
    error = table.attrs["expected_calibration_error"]
    ax.set_title(f"calibration error {error:.2f}; a larger dot stands for more predictions", loc="left", fontsize=9)
    return dress(ax)


def plot_causes(evaluation: Evaluation, ax: Axes | None = None) -> Axes:
    """Misses and false alarms by suggested cause, as bars end to end, the most frequent cause on top."""
    ax = axes_for(ax)
    causes = evaluation.causes.head(12)
    left = [0] * len(causes)
    roles: tuple[tuple[Role, str], ...] = (("fn", "misses"), ("fp", "false_alarms"))
    for role, column in roles:
        values = causes[column].tolist()
        ax.barh(
            causes["cause"],
            values,
            left=left,
            color=COLOURS[role],
            edgecolor=INK,
            linewidth=0.6,
            label=OUTCOME_PLURALS[role],
        )
        left = [start + value for start, value in zip(left, values, strict=True)]
    ax.invert_yaxis()
    ax.set_xlabel("failures", color=INK)
    ax.xaxis.set_major_locator(MaxNLocator(integer=True))
    if len(causes):
        ax.legend(frameon=False, loc="lower right", fontsize=9)
    return dress(ax, grid=None)


def plot_tracks(
    frames_s: Sequence[float], tracks: Mapping[str, Sequence[tuple[float, bool]]], ax: Axes | None = None
) -> Axes:
    """Objects of a video over time: a full dot where one is found, a hollow one where it is there and is not found.

    Args:
        frames_s: the moments of all frames, seconds.
        tracks: for each object, by name, its moments and whether it was found.
        ax: where to draw.
    """
    ax = axes_for(ax)
    for row, seen in enumerate(tracks.values()):
        for found, fill in ((True, COLOURS["tp"]), (False, "none")):
            times = [time for time, hit in seen if hit == found]
            edge = COLOURS["tp"] if found else COLOURS["fn"]
            ax.scatter(times, [row] * len(times), s=12, facecolor=fill, edgecolor=edge, linewidth=0.9)
    ax.set_yticks(range(len(tracks)), list(tracks), fontsize=8)
    ax.invert_yaxis()
    if len(frames_s):
        ax.set_xlim(min(frames_s), max(frames_s) + 1e-6)
    ax.set_xlabel("seconds", color=INK)
    return dress(ax, grid="x")


def svg(plot: Callable[[T, Axes], Axes], of: T, *, width: float = 5.2, height: float = 3.4) -> str:
    """Draw one plot into an SVG element of `width` x `height` inches, on paper white in every theme."""
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "workbench", "font.size": 10}):
        figure = Figure(figsize=(width, height), layout="constrained", facecolor=PAPER)
        plot(of, figure.add_subplot())
        buffer = io.StringIO()
        figure.savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def _finish(ax: Axes, xlabel: str, ylabel: str) -> None:
    ax.set_xlim(0, 1)
    ax.set_ylim(0, 1.02)
    ax.set_xlabel(xlabel, color=INK)
    ax.set_ylabel(ylabel, color=INK)
