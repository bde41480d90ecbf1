"""Labels: read, write, convert and check them. What passes on is a table.

Names are brought in when they are first used: a helper process imports the one reader it needs, and no tables.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.label.check.engine import check_labels, check_tables
    from workbench.label.check.report import CheckReport, Finding
    from workbench.label.conversion import ConvertReport, convert
    from workbench.label.formats.detect import FORMATS
    from workbench.label.labels import Labels, read_labels
    from workbench.label.log import label_log
    from workbench.label.losses import Loss, find_losses
    from workbench.label.predictions import read_predictions
    from workbench.label.queue import LabelQueue
    from workbench.label.stats import label_stats, stats_of_tables
    from workbench.label.write import WriteReport, write_labels

_MODULES = {
    "FORMATS": "formats.detect",
    "CheckReport": "check.report",
    "ConvertReport": "conversion",
    "Finding": "check.report",
    "LabelQueue": "queue",
    "Labels": "labels",
    "Loss": "losses",
    "WriteReport": "write",
    "check_labels": "check.engine",
    "check_tables": "check.engine",
    "convert": "conversion",
    "find_losses": "losses",
    "label_log": "log",
    "label_stats": "stats",
    "read_labels": "labels",
    "read_predictions": "predictions",
    "stats_of_tables": "stats",
    "write_labels": "write",
}

__all__ = [
    "FORMATS",
    "CheckReport",
    "ConvertReport",
    "Finding",
    "LabelQueue",
    "Labels",
    "Loss",
    "WriteReport",
    "check_labels",
    "check_tables",
    "convert",
    "find_losses",
    "label_log",
    "label_stats",
    "read_labels",
    "read_predictions",
    "stats_of_tables",
    "write_labels",
]


def __getattr__(name: str) -> Any:
    if name not in _MODULES:
        raise AttributeError(f"module 'workbench.label' has no attribute {name!r}")
    value = getattr(importlib.import_module(f"workbench.label.{_MODULES[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
