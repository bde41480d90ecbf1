"""The project's report: facts, versions and every iteration, on one self-contained page to read and to print."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from workbench.decide import RoundRecord
from workbench.show.pages import page
from workbench.show.pages.gallery import Gallery
from workbench.show.pages.report_rounds import RoundChanges, round_views


@dataclass(frozen=True)
class Picture:
    """A plot for the report.

    Attributes:
        title: what it shows, also read out to those who do not see it.
        svg: an ``<svg>`` element made by `workbench.show.plots.evaluation_plots.svg`; it is put in as it stands.
    """

    title: str
    svg: str


@dataclass(frozen=True)
class ReportData:
    """Everything a report says, as plain records.

    Attributes:
        title: the heading, usually the project's name.
        made_at: when the report was made, as text.
        facts: what the project is and holds, in order: words and value.
        tests: one mapping a frozen test; its keys become columns.
        versions: one mapping a version; `number`, `id`, `message`, `at`, ... become columns, in the first one's order.
        iterations: the iteration records, in order.
        changes: what changed in the data of a round, for the eye, by the round's number.
        reruns: what came of doing a round again, lines by the round's number.
        timeline: the figure of all rounds as an ``<svg>`` element; it is put into the page as it stands.
        plots: plots of the latest evaluation.
        plots_caption: what the plots are of, with their settings.
        failures: the gallery of the latest evaluation, or ``None``.
    """

    title: str
    made_at: str = ""
    facts: Mapping[str, object] = field(default_factory=dict)
    tests: Sequence[Mapping[str, object]] = ()
    versions: Sequence[Mapping[str, object]] = ()
    iterations: Sequence[RoundRecord] = ()
    changes: Mapping[int, RoundChanges] = field(default_factory=dict)
    reruns: Mapping[int, Sequence[str]] = field(default_factory=dict)
    timeline: str = ""
    plots: Sequence[Picture] = ()
    plots_caption: str = ""
    failures: Gallery | None = None


def render_report(data: ReportData) -> str:
    """Fill the report's page: self-contained HTML that loads nothing, in light and dark, and prints on A4."""
    views = round_views(data.iterations, data.changes, data.reruns)
    there = {part for view in views for part in view.found}
    confidences = sorted({one.confidence for record in data.iterations for one in record.at_confidence})
    return page.render(
        "report.html.j2",
        data=data,
        rounds=views,
        glance_parts=[part for part in ("stills", "video") if part in there] or [p for p in ("all",) if p in there],
        glance_heads=" · ".join(f"{value:.0%}" for value in confidences),
        columns_of=lambda rows: list(dict.fromkeys(key for row in rows for key in row)),
        data_uri=page.data_uri,
    )
