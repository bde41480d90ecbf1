"""Labels: read, write, convert and check them. What passes on is a table."""

from __future__ import annotations

from workbench.label.check.engine import check_labels, check_tables
from workbench.label.check.report import CheckReport, Finding
from workbench.label.convert import ConvertReport, convert
from workbench.label.formats.detect import FORMATS
from workbench.label.labels import Labels, read_labels
from workbench.label.predictions import read_predictions
from workbench.label.stats import label_stats, stats_of_tables
from workbench.label.write import Loss, WriteReport, find_losses, write_labels

__all__ = [
    "FORMATS",
    "CheckReport",
    "ConvertReport",
    "Finding",
    "Labels",
    "Loss",
    "WriteReport",
    "check_labels",
    "check_tables",
    "convert",
    "find_losses",
    "label_stats",
    "read_labels",
    "read_predictions",
    "stats_of_tables",
    "write_labels",
]
