"""What a notebook shows of a result: a sentence or several, and the head of a table."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

import pandas as pd

SHOWN = 20
"""So many rows are shown; the table itself has all."""


def as_html(words: str | Iterable[str], table: pd.DataFrame | None = None, *, limit: int = SHOWN) -> str:
    """HTML of sentences, one a paragraph, and of a table's first rows.

    Args:
        words: what is said, as plain text.
        table: what is shown below; nothing where it has no rows.
        limit: the most rows that are shown.
    """
    said = "".join(f"<p>{escape(line)}</p>" for line in ([words] if isinstance(words, str) else words))
    if table is None or not len(table):
        return said
    more = f"<p>{len(table) - limit} more rows</p>" if len(table) > limit else ""
    return said + table.head(limit).to_html(index=False, na_rep="", border=0) + more


def counted(count: int, thing: str, many: str = "") -> str:
    """A count with its thing: ``1 box``, ``3 boxes``."""
    return f"{count} {thing if count == 1 else many or f'{thing}s'}"
