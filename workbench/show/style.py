"""One look for everything that is shown: the colours of Okabe and Ito, and the words people read.

The scheme stays apart for the common kinds of colour blindness (Okabe & Ito 2008, "Color Universal Design"). Colour is
never the only sign: ground truth is drawn with a full line, predictions with a dashed one, and every card carries its
outcome as a word.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

Role = Literal["truth", "tp", "fp", "fn", "ignored", "below"]

COLOURS: Mapping[Role, str] = MappingProxyType(
    {
        "truth": "#56B4E9",
        "tp": "#009E73",
        "fp": "#D55E00",
        "fn": "#CC79A7",
        "ignored": "#999999",
        "below": "#F0E442",
    }
)
"""Colour of each role: `truth` a labelled box that was found, `below` a prediction under the confidence looked at."""

DASHED: frozenset[Role] = frozenset({"tp", "fp", "below"})
"""Roles that are a detector's output and therefore drawn dashed."""

OUTCOME_WORDS: Mapping[str, str] = MappingProxyType(
    {"tp": "hit", "fp": "false alarm", "fn": "miss", "ignored": "ignored"}
)
OUTCOME_PLURALS: Mapping[str, str] = MappingProxyType(
    {"tp": "hits", "fp": "false alarms", "fn": "misses", "ignored": "ignored"}
)
ERROR_WORDS: Mapping[str, str] = MappingProxyType(
    {
        "classification": "wrong class",
        "localization": "box in the wrong place",
        "both": "wrong class and place",
        "duplicate": "second box on one object",
        "background": "nothing there",
        "missed": "not found",
    }
)
DECISION_WORDS: Mapping[str, str] = MappingProxyType(
    {"keep": "keep", "revert": "revert", "inconclusive": "inconclusive"}
)

INK, PAPER, GRID = "#1A1A1A", "#FFFFFF", "#D9D9D9"


def text_on(colour: str) -> str:
    """Black or white, whichever is easier to read on `colour` (``#RRGGBB``).

    The choice follows the relative luminance of WCAG 2.2: black gives the higher contrast above 0.179.
    """
    return "#000000" if luminance(colour) > 0.179 else "#FFFFFF"


def luminance(colour: str) -> float:
    """Relative luminance of ``#RRGGBB`` between 0 (black) and 1 (white), as WCAG 2.2 defines it."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def error_words(error: str | None) -> str:
    """The words for an error type; an unknown one is shown as it stands, none as nothing."""
    return "" if error is None else ERROR_WORDS.get(error, error)


def cause_words(cause: str | None) -> str:
    """A cause as people read it: ``cut_off`` becomes "cut off"."""
    return "" if cause is None else cause.replace("_", " ")
