"""How the command line speaks: tables on a terminal, JSON for programs, one line for an error."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pandas as pd

FOUND_PROBLEMS = 1
WRONG_USE = 2


def say(text: str = "") -> None:
    """A line on standard output."""
    print(text)


def hint(text: str) -> None:
    """A line for the person, kept apart from what a program reads."""
    print(text, file=sys.stderr)


def show_json(value: Any) -> None:
    """One JSON value on standard output; what is not a number becomes null."""
    print(json.dumps(_known(value), ensure_ascii=False, indent=2, allow_nan=False))


def show_table(frame: pd.DataFrame, *, title: str = "", limit: int = 50) -> None:
    """A pandas table, its first `limit` rows."""
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    from workbench.model.tables import plain

    table = Table(title=title or None, title_justify="left", header_style="bold")
    for name in frame.columns:
        table.add_column(str(name), justify="right" if frame[name].dtype.kind in "iuf" else "left", overflow="fold")
    for row in frame.head(limit).itertuples(index=False):
        table.add_row(*(Text(_text(plain(value))) for value in row))
    console = Console() if sys.stdout.isatty() else Console(width=160)
    console.print(table)
    if len(frame) > limit:
        say(f"… and {len(frame) - limit} more rows; --json gives all")


def show_pairs(values: dict[str, Any], *, title: str = "") -> None:
    """Names and values as a table of two columns."""
    import pandas as pd

    rows = [(name, _text(value)) for name, value in values.items()]
    show_table(pd.DataFrame(rows, columns=pd.Index(["", "value"])), title=title, limit=len(rows))


def _text(value: Any) -> str:
    if value is None or value != value:
        return "–"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) >= 1 else f"{value:.4g}"
    return str(value)


def _known(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(name): _known(part) for name, part in value.items()}
    if isinstance(value, list | tuple):
        return [_known(part) for part in value]
    if hasattr(value, "item"):
        value = value.item()
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        return None
    if value is None or isinstance(value, str | int | float | bool):
        return value
    return str(value)
