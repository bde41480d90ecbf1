"""The one style of every plot: where it is drawn, which ink can be read there, and fonts that write Hangul, too."""

from __future__ import annotations

import matplotlib as mpl
from matplotlib import colors, font_manager
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.text import Text

from workbench.show.fonts import hangul_font
from workbench.show.style import GRID, INK, PAPER, luminance

BLUE, ORANGE, GREEN = "#0072B2", "#D55E00", "#009E73"
LINES = ((BLUE, "-", "o"), (ORANGE, "--", "s"), (GREEN, "-.", "D"), ("#CC79A7", ":", "^"))
"""Colours of Okabe and Ito with a line style and a marker each, so that lines part in grey, too."""

OWN_INK = "own ink"
"""The ``gid`` of a text whose colour fits what lies under it, and stays."""

_INK_ON_DARK, _GRID_ON_DARK = "#F2F2F2", "#4D4D4D"
_DARK = 0.179


def axes_for(ax: Axes | None, *, width: float = 5.6, height: float = 3.6) -> Axes:
    """The axes given, else new ones on white paper, whatever the user's settings."""
    if ax is not None:
        return ax
    import matplotlib.pyplot as plt

    made: Axes = plt.subplots(figsize=(width, height), layout="constrained", facecolor=PAPER)[1]
    return made


def dress(ax: Axes, *, grid: str | None = "both") -> Axes:
    """Bring drawn axes into the style: no box, a quiet grid, ink that can be read on the figure, Hangul written.

    Args:
        ax: drawn already; texts in a colour of their own keep it.
        grid: ``x``, ``y``, ``both``, or None for none.
    """
    figure = ax.figure.get_figure(root=True)
    paper = colors.to_rgba(figure.get_facecolor()) if figure is not None else colors.to_rgba(PAPER)
    if figure is not None and paper[3] < 1:
        # A transparent figure is read on whatever lies behind it, which nobody knows.
        figure.set_facecolor(PAPER)
        paper = colors.to_rgba(PAPER)
    dark = luminance(colors.to_hex(paper)) < _DARK
    ink, line = (_INK_ON_DARK, _GRID_ON_DARK) if dark else (INK, GRID)
    ax.set_facecolor(paper)
    ax.grid(False)
    if grid is not None:
        ax.grid(axis=grid, color=line, linewidth=0.7)  # type: ignore[arg-type]
    ax.set_axisbelow(True)
    ax.spines[["top", "right"]].set_visible(False)
    for spine in ax.spines.values():
        spine.set_color(ink)
    ax.tick_params(colors=ink, labelfontfamily=font_families())
    write_hangul(ax)
    settings = mpl.rcParams
    own = (settings["text.color"], settings["axes.labelcolor"], settings["xtick.color"])
    plain = {colors.to_hex(name) for name in (INK, _INK_ON_DARK, *own)}
    for text in ax.findobj(Text):
        if text.get_gid() != OWN_INK and colors.to_hex(text.get_color()) in plain:
            text.set_color(ink)
    for drawn in ax.get_lines():
        if colors.to_hex(drawn.get_color()) == colors.to_hex(INK):
            drawn.set_color(ink)
    return ax


def grouped(number: int) -> str:
    """A number with a thin space between thousands, which no language takes for a decimal point."""
    return f"{number:,}".replace(",", "\u2009")


def write_hangul(artist: Artist) -> None:
    """Give every text of an artist fonts that write Hangul, too.

    Bold stays bold where the letters are Latin: few machines have a bold Hangul, and matplotlib grumbles about it.
    """
    families = font_families()
    for text in artist.findobj(Text):
        if text.get_fontweight() == "bold":
            if text.get_text().isascii():
                continue
            text.set_fontweight("normal")
        text.set_fontfamily(families)


def font_families() -> list[str]:
    """The fonts to write with, in order: letter by letter the first that has it."""
    families = ["DejaVu Sans"]
    if (found := hangul_font()) is not None:
        if not any(font.fname == str(found) for font in font_manager.fontManager.ttflist):
            font_manager.fontManager.addfont(str(found))
        families.append(font_manager.FontProperties(fname=str(found)).get_name())
    return families
