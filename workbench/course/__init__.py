"""The course: the story's eight rounds, recorded or live, and what was measured beside what the story says."""

from __future__ import annotations

import lazy_loader

__getattr__, __dir__, __all__ = lazy_loader.attach_stub(__name__, __file__)
