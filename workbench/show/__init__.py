"""What people look at: the gallery, plots, reports and the FiftyOne view.

Nothing heavy is imported here: each name is fetched from its module when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.show.failures import failures_page
    from workbench.show.fiftyone_app import App, launch
    from workbench.show.fiftyone_view import build_view
    from workbench.show.gallery_view import Gallery, gallery
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
    from workbench.show.video_view import video_page

_HOMES = {
    "App": "fiftyone_app",
    "Gallery": "gallery_view",
    "Picture": "report",
    "ReportData": "report",
    "build_view": "fiftyone_view",
    "failures_page": "failures",
    "gallery": "gallery_view",
    "launch": "fiftyone_app",
    "plot_calibration": "plots",
    "plot_causes": "plots",
    "plot_counts": "plots",
    "plot_precision_recall": "plots",
    "plot_sweep": "plots",
    "plot_tracks": "plots",
    "render_report": "report",
    "video_page": "video_view",
    "write_project_report": "project_report",
}

__all__ = [
    "App",
    "Gallery",
    "Picture",
    "ReportData",
    "build_view",
    "failures_page",
    "gallery",
    "launch",
    "plot_calibration",
    "plot_causes",
    "plot_counts",
    "plot_precision_recall",
    "plot_sweep",
    "plot_tracks",
    "render_report",
    "video_page",
    "write_project_report",
]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
