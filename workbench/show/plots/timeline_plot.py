"""The timeline as a figure: recall on stills and on video at the story's confidences, round by round."""

from __future__ import annotations

import io
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import TYPE_CHECKING

import matplotlib as mpl
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.model.errors import InputError
from workbench.project import files
from workbench.show.plots.plot_axes import LINES, axes_for, dress
from workbench.show.style import INK, PAPER

if TYPE_CHECKING:
    from workbench.decide import RoundRecord

_APART = 0.09
_ENDINGS = (".svg", ".png", ".pdf")


def plot_timeline(records: Sequence[RoundRecord], part: str, ax: Axes | None = None) -> Axes:
    """Recall with its 95 % interval against the round, a line for each confidence; under each round its decision.

    A line breaks where the test set changed: what stands on either side was not measured on the same pictures.

    Args:
        records: the rounds, in order.
        part: ``stills``, ``video`` or ``all``.
        ax: where to draw; by default a new figure.
    """
    ax = axes_for(ax, width=_width(len(records)), height=3.8)
    confidences = sorted({one.confidence for record in records for one in record.at_confidence if one.part == part})
    place = {record.number: float(x) for x, record in enumerate(records)}
    for line, confidence in enumerate(confidences):
        colour, style, marker = LINES[line % len(LINES)]
        aside = (line - (len(confidences) - 1) / 2) * _APART
        label = f"{confidence:.0%}"
        for stretch in _stretches(records):
            points = [
                (place[record.number] + aside, one.recall)
                for record in stretch
                for one in record.at_confidence
                if one.part == part and one.confidence == confidence and one.recall.value is not None
            ]
            if not points:
                continue
            x = np.array([at for at, _ in points])
            value, low, high = (
                np.array([getattr(recall, name) for _, recall in points], dtype=float)
                for name in ("value", "low", "high")
            )
            ends = np.clip(np.vstack([value - low, high - value]), 0, None)
            ax.errorbar(
                x, value, yerr=ends, color=colour, linestyle=style, marker=marker, capsize=3, linewidth=1.8, label=label
            )
            label = "_again"
    for former, record in pairwise(records):
        if former.test_id != record.test_id:
            middle = (place[former.number] + place[record.number]) / 2
            ax.axvline(middle, color=INK, linewidth=1, linestyle=":")
            ax.text(middle, 0.5, "another test set", rotation=90, ha="right", va="center", fontsize=8, color=INK)
    ax.set_xticks(list(place.values()), [f"round {record.number}\n{record.stands}" for record in records])
    ax.set_xlim(-0.5, max(len(records) - 0.5, 0.5))
    ax.set_ylim(0, 1.02)
    ax.set_ylabel("share of boxes found (recall)", color=INK)
    ax.set_title(f"{part}, predictions counted from these confidences on", loc="left", fontsize=10, pad=22)
    if ax.get_legend_handles_labels()[0]:  # A part without a box has confidences and no recall.
        ax.legend(
            frameon=False,
            loc="lower left",
            bbox_to_anchor=(0, 1.0),
            ncols=len(confidences),
            fontsize=8.5,
            borderaxespad=0.2,
            columnspacing=1.4,
            handlelength=2.8,
        )
    return dress(ax, grid="y")


def _width(rounds: int) -> float:
    """Inches, so that the words below neighbouring rounds stay apart."""
    return max(5.2, 1.1 * rounds + 1.6)


def draw_timeline(records: Sequence[RoundRecord]) -> Figure:
    """The whole timeline as one figure: stills beside video."""
    parts = parts_of(records)
    figure = Figure(figsize=(_width(len(records)) * len(parts), 3.8), layout="constrained", facecolor=PAPER)
    for place, part in enumerate(parts, start=1):
        plot_timeline(records, part, figure.add_subplot(1, len(parts), place))
    return figure


def timeline_svg(records: Sequence[RoundRecord]) -> str:
    """`draw_timeline` as an SVG element, the same for the same records."""
    with mpl.rc_context({"svg.fonttype": "path", "svg.hashsalt": "workbench", "font.size": 10}):
        buffer = io.StringIO()
        draw_timeline(records).savefig(buffer, format="svg", metadata={"Date": None, "Creator": None})
    text = buffer.getvalue()
    return text[text.index("<svg") :]


def save_timeline(records: Sequence[RoundRecord], path: Path) -> Path:
    """Write the figure as the path's ending says: .svg, .png or .pdf.

    Raises:
        InputError: for another ending.
    """
    if path.suffix.lower() not in _ENDINGS:
        raise InputError(f"{path}: a figure ends in {', '.join(_ENDINGS)}; give such a name")
    with files.new_file(path) as unborn:
        draw_timeline(records).savefig(unborn, dpi=150)
    return path


def parts_of(records: Sequence[RoundRecord]) -> list[str]:
    """The parts to draw: stills and video as far as there are any, else everything."""
    there = {one.part for record in records for one in record.at_confidence}
    return [name for name in ("stills", "video") if name in there] or ["all"]


def _stretches(records: Sequence[RoundRecord]) -> list[list[RoundRecord]]:
    """The rounds in stretches of one test set."""
    stretches: list[list[RoundRecord]] = []
    for record in records:
        if stretches and stretches[-1][-1].test_id == record.test_id:
            stretches[-1].append(record)
        else:
            stretches.append([record])
    return stretches
