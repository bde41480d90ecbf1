"""The report as Markdown, for a pull request: the same records, without pictures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from workbench.show.pages.report_html import ReportData
from workbench.show.pages.report_rounds import RoundView, round_views


def render_markdown(data: ReportData) -> str:
    """The report as GitHub-flavoured Markdown; what people wrote cannot break out of its line."""
    views = round_views(data.iterations, {}, data.reruns)
    lines = [f"# {_plain(data.title)}", ""]
    if data.made_at:
        lines += [f"Report of {data.made_at}", ""]
    lines += [f"- {words}: {_plain(str(value))}" for words, value in data.facts.items()]
    if not views:
        return "\n".join([*lines, "", "No round has been decided yet.", ""])
    confidences = sorted({one.confidence for record in data.iterations for one in record.at_confidence})
    parts = [part for part in ("stills", "video") if any(part in view.found for view in views)]
    heads = [f"{part}: found at {' · '.join(f'{value:.0%}' for value in confidences)}" for part in parts]
    rows = [
        (view.record.number, view.changed, *(view.found.get(part, "–") for part in parts), view.verdict, view.decision)
        for view in views
    ]
    lines += [
        "",
        "## The rounds at a glance",
        "",
        *_table(("round", "what changed", *heads, "did it help?", "decision"), rows),
    ]
    apart = [str(view.record.number) for view in views if view.another_test]
    if apart:
        lines += ["", f"**Not comparable with the rows above:** round {', '.join(apart)} has another test set."]
    for view in views:
        lines += ["", *_round(view)]
    for title, mappings in (("Frozen tests", data.tests), ("Versions", data.versions)):
        if mappings:
            lines += ["", f"## {title}", "", *_mappings(mappings)]
    return "\n".join([*lines, ""])


def _round(view: RoundView) -> list[str]:
    record = view.record
    told = [
        ("question", record.question),
        ("hypothesis", record.hypothesis),
        ("expected", view.expected),
        ("changed", "; ".join(view.change)),
        ("version", " ".join([record.version or "", *_before(record.parent_version)]).strip()),
        ("run", f"{record.run}: {view.arguments}" if record.run else ""),
        ("tested on", f"{record.test} {record.test_id}".strip()),
        ("did it help?", view.verdict),
        ("decision", f"{view.decision}: {record.reason}"),
        ("kept all the same because", record.despite),
        ("next", record.next_step),
        ("by", ", ".join(part for part in (record.who, record.at[:16].replace("T", " "), view.spent) if part)),
    ]
    lines = [f"## Round {record.number}: {view.decision}", ""]
    lines += [f"- **{words}:** {_plain(value)}" for words, value in told if value]
    lines += [f"- **caution:** {_plain(line)}" for line in view.cautions]
    if view.figures:
        head = ["on", "pictures", *view.figure_words]
        rows = [
            (
                row.part,
                row.pictures,
                *(f"{one.value} ({one.interval})" if one.interval else one.value for one in row.cells),
            )
            for row in view.figures
        ]
        lines += ["", *_table(head, rows)]
    if view.differences:
        rows = [(row.part, *(f"{one.value} ({one.interval})" for one in row.cells)) for row in view.differences]
        against = f"Now less round {record.against}, both on these pictures:"
        lines += ["", against, "", *_table(["on", *view.difference_words], rows)]
    for table in view.small:
        lines += ["", f"{table['title']}:", "", *_table(table["head"], table["rows"])]
    lines += [f"- {_plain(line)}" for line in view.reruns]
    for added in record.amendments:
        now = f", now {added.decision}" if added.decision else ""
        lines += ["", f"> Added by {_plain(added.who)}, {added.at}{now}: {_plain(added.reason)}"]
    return lines


def _before(version: str | None) -> list[str]:
    return [f"(before: {version})"] if version else []


def _mappings(rows: Sequence[Mapping[str, object]]) -> list[str]:
    columns = list(dict.fromkeys(key for row in rows for key in row))
    values: list[list[object]] = [["–" if row.get(name) is None else row[name] for name in columns] for row in rows]
    return _table([name.replace("_", " ") for name in columns], values)


def _table(head: Sequence[str], rows: Iterable[Sequence[object]]) -> list[str]:
    lines: list[Sequence[object]] = [head, ["---"] * len(head), *rows]
    return [f"| {' | '.join(_plain(str(cell)) for cell in line)} |" for line in lines]


def _plain(text: str) -> str:
    """One line that Markdown leaves as it is: no table is torn, no tag is opened."""
    joined = " ".join(text.split())
    for sign, safe in (("\\", "\\\\"), ("|", "\\|"), ("<", "&lt;"), ("*", "\\*"), ("`", "\\`"), ("[", "\\[")):
        joined = joined.replace(sign, safe)
    return joined
