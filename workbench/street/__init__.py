"""The made-up street: pictures with number plates, labels and truth, drawn here and belonging to nobody."""

from __future__ import annotations

from workbench.street.story.make_sample import SampleReport, make_sample

__all__ = ["SampleReport", "make_sample"]
