"""What a result says of itself in a notebook: its facts in words, then tables; everything escaped."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape

import pandas as pd

_ROWS = 20
_ALIGNED = 'style="text-align: left"'


def facts_html(title: str, facts: Mapping[str, object], *tables: pd.DataFrame) -> str:
    """A heading, a table of facts and further tables, as HTML for `_repr_html_`.

    Args:
        title: what it is.
        facts: a name and a value each, shown as text; an empty text is left out.
        tables: shown below, those without rows left out, the first 20 rows of each.
    """
    rows = "".join(
        f"<tr><th {_ALIGNED}>{escape(name)}</th><td {_ALIGNED}>{escape(str(value))}</td></tr>"
        for name, value in facts.items()
        if value != ""
    )
    parts = [f"<b>{escape(title)}</b>", f"<table>{rows}</table>" if rows else ""]
    for table in tables:
        if len(table):
            parts.append(table.head(_ROWS).to_html(index=False, border=0, float_format="{:.3g}".format, na_rep=""))
        if len(table) > _ROWS:
            parts.append(f"<p>… and {len(table) - _ROWS} more rows</p>")
    return f"<div>{''.join(parts)}</div>"
