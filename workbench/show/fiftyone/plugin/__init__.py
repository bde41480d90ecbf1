"""What FiftyOne loads into its App: our operators and our panel."""

from __future__ import annotations

from typing import Any

from workbench.show.fiftyone.operators import OPERATORS
from workbench.show.fiftyone.panel import OperatingPoint


def register(plugin: Any) -> None:
    """FiftyOne calls this when it loads the plugin."""
    for one in (*OPERATORS, OperatingPoint):
        plugin.register(one)
