"""The project's report on one self-contained page, to read and to print."""

from __future__ import annotations

from workbench.show.pages import page
from workbench.show.pages.report_content import ReportData, report_blocks


def render_report(data: ReportData) -> str:
    """Fill the report's page: self-contained HTML that loads nothing, in light and dark, and prints on A4."""
    blocks = [(type(block).__name__, block) for block in report_blocks(data)]
    return page.render("report.html.j2", title=data.title, blocks=blocks, data_uri=page.data_uri)
