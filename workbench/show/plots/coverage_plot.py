"""The coverage plot: one strip of bars an axis, ours beside the reference, what is missing marked and counted."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.project import files
from workbench.show.plots.plot_axes import BLUE, dress, write_hangul
from workbench.show.style import COLOURS, INK, PAPER

if TYPE_CHECKING:
    from workbench.collect import Coverage

_OURS, _REFERENCE, _MISSING = BLUE, "#E69F00", COLOURS["fp"]
_HEIGHT = 0.38


def plot_axis(coverage: Coverage, axis: str, ax: Axes) -> Axes:
    """One axis: for every region the share of ours and of the reference; a missing one says how many would fill it."""
    rows = [row for row in tables.records(coverage.table) if row["axis"] == axis]
    about = next(row for row in tables.records(coverage.axes) if row["axis"] == axis)
    places = list(range(len(rows)))
    for shift, key, colour in ((-_HEIGHT / 2, "share", _OURS), (_HEIGHT / 2, "share_reference", _REFERENCE)):
        ax.barh(
            [p + shift for p in places], [100 * row[key] for row in rows], _HEIGHT, color=colour, edgecolor=INK, lw=0.5
        )
    for place, row in zip(places, rows, strict=True):
        if row["missing"]:
            ax.axhspan(place - 0.48, place + 0.48, color=_MISSING, alpha=0.14, lw=0, zorder=0)
            things = "pictures" if row["level"] == "picture" else "objects"
            end = 100 * max(row["share"], row["share_reference"])
            text, side, left = f"missing: +{row['to_fill']} {things}", "left", end + 2
            if end > 45:
                side, left = "right", 118.0
            ax.text(left, place - 0.22, text, va="center", ha=side, fontsize=8, color=_MISSING, weight="bold")
    ax.set_yticks(places, [row["region"] for row in rows], fontsize=9)
    ax.invert_yaxis()
    ax.set_xlim(0, 120)
    ax.set_xticks([0, 50, 100], ["0 %", "50 %", "100 %"], fontsize=8)
    overlap = about["overlap"]
    said = "not known on one side" if overlap is None else f"{overlap:.0%} in common"
    alarm = overlap is not None and overlap < 0.5
    ax.set_title(
        f"{axis[:1].upper()}{axis[1:]}: {said}",
        loc="left",
        fontsize=10.5,
        weight="bold" if alarm else "normal",
        color=_MISSING if alarm else INK,
    )
    return dress(ax, grid="x")


def plot_coverage(coverage: Coverage, figure: Figure | None = None, *, most: int = 9) -> Figure:
    """All axes that can be compared, the largest gap first.

    Args:
        coverage: what to draw.
        figure: where to; by default a new one that belongs to no window.
        most: how many axes at most.
    """
    names = [row["axis"] for row in tables.records(coverage.axes) if row["overlap"] is not None][:most]
    columns = min(3, max(len(names), 1))
    lines = max(-(-len(names) // columns), 1)
    if figure is None:
        figure = Figure(figsize=(4.4 * columns, 0.9 + 2.35 * lines), layout="constrained", facecolor=PAPER)
    grid: Any = figure.subplots(lines, columns, squeeze=False)
    for place, ax in enumerate(grid.ravel()):
        if place < len(names):
            plot_axis(coverage, names[place], ax)
        else:
            ax.set_axis_off()
    ours, reference = coverage.names
    least = coverage.axes["overlap"].min()
    verdict = (
        f"{ours} is nothing like {reference}"
        if least < 0.25
        else f"{ours} differs from {reference}"
        if least < 0.6
        else f"{ours} covers {reference}"
    )
    figure.suptitle(verdict, x=0.01, ha="left", fontsize=15, weight="bold", color=INK)
    handles = [(f"{ours} ({coverage.pictures[0]} pictures)", _OURS)]
    handles.append((f"{reference} ({coverage.pictures[1]} pictures): what it must work on", _REFERENCE))
    patches = [grid[0, 0].barh([0], [0], color=colour, edgecolor=INK, lw=0.5) for _, colour in handles]
    figure.legend(patches, [text for text, _ in handles], loc="outside lower left", ncols=2, frameon=False, fontsize=10)
    write_hangul(figure)
    return figure


def write_coverage(coverage: Coverage, path: Path) -> Path:
    """Write `plot_coverage` as a picture, whole or not at all; the file's ending says which kind (png, svg, pdf).

    Raises:
        InputError: for another ending.
    """
    kind = path.suffix.lower().removeprefix(".")
    if kind not in ("png", "svg", "pdf"):
        raise InputError(f"{path} ends in {path.suffix!r}; a plot is written as .png, .svg or .pdf")
    buffer = BytesIO()
    plot_coverage(coverage).savefig(buffer, format=kind, dpi=110)
    files.write_bytes(path, buffer.getvalue())
    return path
