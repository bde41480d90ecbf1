"""Results in words, as people say them: counts, and in a notebook the facts of a result with its tables."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from html import escape
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pandas as pd

_ONE = {"boxes": "box", "classes": "class", "tries": "try", "copies": "copy", "losses": "loss", "misses": "miss"}
"""The singular where it is not the plural without its s."""
_ROWS = 20
_ALIGNED = 'style="text-align: left"'


def counted(count: int, what: str) -> str:
    """A count before what is counted, in the plural: ``2 boxes ignored``, ``1 box ignored``, ``1 false alarm``."""
    words = what.split(" ")
    if count == 1:
        many = next((place for place, word in enumerate(words) if word.endswith("s")), 0)
        words[many] = _ONE.get(words[many], words[many].removesuffix("s"))
    return f"{count} {' '.join(words)}"


def facts_html(title: str, facts: Mapping[str, object], *tables: pd.DataFrame) -> str:
    """A heading, a table of facts and further tables, as HTML for `_repr_html_`; everything is escaped.

    Args:
        title: what it is.
        facts: a name and a value each, shown as text; an empty text or None is left out.
        tables: shown below, those without rows left out, the first 20 rows of each.
    """
    rows = "".join(
        f"<tr><th {_ALIGNED}>{escape(name)}</th><td {_ALIGNED}>{escape(str(value))}</td></tr>"
        for name, value in facts.items()
        if value is not None and value != ""
    )
    parts = [f"<b>{escape(title)}</b>", f"<table>{rows}</table>" if rows else "", *map(_head, tables)]
    return f"<div>{''.join(parts)}</div>"


def as_html(words: str | Iterable[str], table: pd.DataFrame | None = None) -> str:
    """HTML of sentences, one a paragraph, and of the first 20 rows of a table.

    Args:
        words: what is said, as plain text.
        table: what is shown below; nothing where it has no rows.
    """
    said = "".join(f"<p>{escape(line)}</p>" for line in ([words] if isinstance(words, str) else words))
    return said + ("" if table is None else _head(table))


def _head(table: pd.DataFrame) -> str:
    if not len(table):
        return ""
    more = f"<p>… and {len(table) - _ROWS} more rows</p>" if len(table) > _ROWS else ""
    return table.head(_ROWS).to_html(index=False, border=0, float_format="{:.3g}".format, na_rep="") + more
