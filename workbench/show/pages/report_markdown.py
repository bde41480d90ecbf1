"""The project's report as Markdown, for a pull request: the same blocks, without pictures."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from workbench.show.pages.report_content import (
    Block,
    Cell,
    Facts,
    Heading,
    Paragraph,
    ReportData,
    Small,
    Table,
    report_blocks,
)

_BEFORE = {"caution": "**caution:** ", "amend": "> "}


def render_markdown(data: ReportData) -> str:
    """The report as GitHub-flavoured Markdown; what people wrote cannot break out of its line."""
    lines: list[str] = []
    for block in report_blocks(data):
        if said := _said(block):
            lines += [*said, ""]
    return "\n".join(lines)


def _said(block: Block) -> Sequence[str]:
    match block:
        case Heading(level, text, decision):
            return [f"{'#' * level} {_plain(text)}{f': {_plain(decision)}' if decision else ''}"]
        case Paragraph(parts, kind):
            said = (f"**{_plain(word)}** {_plain(text)}" if word else _plain(text) for word, text in parts)
            return [f"{_BEFORE.get(kind, '')}{' '.join(said)}"]
        case Facts(rows):
            return [f"- **{_plain(name)}:** {_plain('; '.join(value.splitlines()))}" for name, value in rows]
        case Table():
            return _table(block)
        case Small(tables):
            return [line for table in tables for line in [*_table(table), ""]][:-1]
        case _:
            return []


def _table(table: Table) -> list[str]:
    width = len(table.head)
    rows = [[Cell(row), *[Cell("")] * (width - 1)] if isinstance(row, str) else row for row in table.rows]
    lines = [_line(map(_cell, table.head)), _line(["---"] * width), *(_line(map(_cell, row)) for row in rows)]
    return [f"{_plain(table.title)}:", "", *lines] if table.title else lines


def _line(cells: Iterable[str]) -> str:
    return f"| {' | '.join(cells)} |"


def _cell(cell: Cell) -> str:
    return _plain(f"{cell.text} ({cell.small})" if cell.small else cell.text)


def _plain(text: str) -> str:
    """One line that Markdown leaves as it is: no table is torn, no tag is opened."""
    joined = " ".join(text.split())
    for sign, safe in (("\\", "\\\\"), ("|", "\\|"), ("<", "&lt;"), ("*", "\\*"), ("`", "\\`"), ("[", "\\[")):
        joined = joined.replace(sign, safe)
    return joined
