"""The report as a notebook shows it: a table, and pictures beside each finding."""

from __future__ import annotations

from collections.abc import Mapping
from html import escape
from typing import TYPE_CHECKING, Any

import numpy as np

from workbench.label.check.drawing import AS_READ, as_data_address, draw_boxes, draw_explanation
from workbench.model import tables
from workbench.model.wording import counted

if TYPE_CHECKING:
    from workbench.label.check.check_report import CheckReport
    from workbench.label.check.systematic import Explanation
    from workbench.label.reading.read import Found

_SHOWN = 40
_PICTURED = 12
_CELL = "text-align:left;vertical-align:top"
_COLOURS = {"error": "#b3261e", "warning": "#8a5a00", "info": "#3b5b92"}


def to_html(report: CheckReport) -> str:
    """HTML of a report: counts, then one row per problem, errors first, each with a picture where it has a box."""
    summary = report.summary
    head = (
        f"<p><b>{summary['boxes']}</b> boxes in <b>{summary['files']}</b> label files, "
        f"<b>{summary['pictures']}</b> pictures, read as {escape(str(summary['format']))}: "
        f"{counted(summary['errors'], 'errors')}, {counted(summary['warnings'], 'warnings')}, "
        f"{counted(summary['infos'], 'notes')}</p>"
    )
    head += "".join(f"<p>{escape(note)}</p>" for note in summary.get("notes", ()))
    if not len(report.problems):
        return head + "<p>Nothing found.</p>"
    rows = []
    pictured = 0
    for row in tables.records(report.problems.head(_SHOWN)):
        image = ""
        if pictured < _PICTURED:
            image = _picture(report, row)
            pictured += bool(image)
        place = " ".join(str(row[key]) for key in ("file", "line") if row[key] is not None)
        kind = (
            f"<b style='color:{_COLOURS[row['severity']]}'>{row['severity']}</b><br><code>{escape(row['code'])}</code>"
        )
        where = f"{escape(row['message'])}<br><small>{escape(place)}</small>"
        # On each cell: JupyterLab's own style for cells would win over a style of the row.
        cells = "".join(f"<td style='{_CELL}'>{cell}</td>" for cell in (kind, where, escape(str(row["fix"])), image))
        rows.append(f"<tr>{cells}</tr>")
    more = len(report.problems) - _SHOWN
    tail = f"<p>{more} more in <code>.problems</code></p>" if more > 0 else ""
    titles = "".join(
        f"<th style='text-align:left'>{title}</th>" for title in ("what", "where and why", "what to do", "")
    )
    titles = f"<tr>{titles}</tr>"
    return f"{head}<table>{titles}{''.join(rows)}</table>{tail}"


def _legend(found: Found, explanation: Explanation) -> str:
    """What the colours mean, and where boxes went that are not to be seen."""
    size = np.tile(found.resolved.size[np.asarray(found.raw.file)[explanation.rows]], 2)
    read = found.resolved.boxes[explanation.rows]
    gone = ((read[:, :2] >= size[:, :2]) | (read[:, 2:] <= 0)).any(axis=1).sum()
    beside = f" ({gone} of {len(read)} lie beside the picture)" if gone else ""
    return f"orange: as read{beside}; green: as it should be"


def _picture(report: CheckReport, row: Mapping[Any, Any]) -> str:
    found, explanation = report.found, report.explanation
    if found is None:
        return ""
    if explanation is not None and row["code"] == explanation.name:
        drawn = draw_explanation(found, explanation, pictures=2)
        shown = "".join(f"<img src='{as_data_address(one)}'> " for one in drawn)
        return f"{shown}<br><small>{_legend(found, explanation)}</small>" if shown else ""
    if not isinstance(row["box"], str) or not isinstance(row["image"], str):
        return ""
    names = {entry.name: i for i, entry in enumerate(found.pictures.entries)}
    index = names.get(row["image"])
    if index is None:
        return ""
    file_rows = [i for i, file in enumerate(found.raw.file) if found.resolved.image_ids[file] == row["image"]]
    here = [i for i in file_rows if found.raw.line[i] == row["line"]] or file_rows
    boxes = [(tuple(found.resolved.boxes[i].tolist()), AS_READ) for i in here[:20]]
    one = draw_boxes(found.pictures.entries[index].path, boxes, side=240)
    return f"<img src='{as_data_address(one)}'>" if one else ""
