"""What people look at: the gallery, plots, reports and the FiftyOne view.

Nothing heavy is imported here: each name is fetched from its module when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.show.changes_page import diff_page
    from workbench.show.coverage_plot import plot_coverage, write_coverage
    from workbench.show.duplicates_view import duplicates_page
    from workbench.show.explorer import Explorer, explore, explorer_of
    from workbench.show.failures import failures_page
    from workbench.show.fiftyone_app import App, launch
    from workbench.show.fiftyone_view import build_view, show_in_fiftyone
    from workbench.show.gallery_view import Gallery, gallery
    from workbench.show.labeller import Labeller, labeller_of
    from workbench.show.plots import (
        plot_calibration,
        plot_causes,
        plot_counts,
        plot_precision_recall,
        plot_sweep,
        plot_tracks,
    )
    from workbench.show.project_report import write_project_report
    from workbench.show.report import Picture, ReportData, render_report
    from workbench.show.timeline_plot import draw_timeline, plot_timeline, save_timeline
    from workbench.show.video_view import video_page

_HOMES = {
    "App": "fiftyone_app",
    "Explorer": "explorer",
    "Gallery": "gallery_view",
    "Labeller": "labeller",
    "Picture": "report",
    "ReportData": "report",
    "build_view": "fiftyone_view",
    "duplicates_page": "duplicates_view",
    "diff_page": "changes_page",
    "draw_timeline": "timeline_plot",
    "explore": "explorer",
    "explorer_of": "explorer",
    "failures_page": "failures",
    "gallery": "gallery_view",
    "labeller_of": "labeller",
    "launch": "fiftyone_app",
    "plot_calibration": "plots",
    "plot_causes": "plots",
    "plot_counts": "plots",
    "plot_coverage": "coverage_plot",
    "plot_precision_recall": "plots",
    "plot_sweep": "plots",
    "plot_timeline": "timeline_plot",
    "render_report": "report",
    "write_coverage": "coverage_plot",
    "save_timeline": "timeline_plot",
    "plot_tracks": "plots",
    "show_in_fiftyone": "fiftyone_view",
    "video_page": "video_view",
    "write_project_report": "project_report",
}

__all__ = [
    "App",
    "Explorer",
    "Gallery",
    "Labeller",
    "Picture",
    "ReportData",
    "build_view",
    "diff_page",
    "draw_timeline",
    "duplicates_page",
    "explore",
    "explorer_of",
    "failures_page",
    "gallery",
    "labeller_of",
    "launch",
    "plot_calibration",
    "plot_causes",
    "plot_counts",
    "plot_coverage",
    "plot_precision_recall",
    "plot_sweep",
    "plot_timeline",
    "plot_tracks",
    "render_report",
    "save_timeline",
    "show_in_fiftyone",
    "video_page",
    "write_coverage",
    "write_project_report",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
