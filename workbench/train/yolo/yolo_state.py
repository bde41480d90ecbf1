"""Keep what Ultralytics does to a process (threads, random numbers, its log) inside a `with` block."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from ultralytics.utils import LOGGER, patches

from workbench.train import torch_state

# Ultralytics puts a function of its own in the place of Pillow's `Image.open`, for the whole process: for a file that
# is no picture it asks for the package pi-heif, with a warning and an ImportError. So marked, it only calls Pillow's.
patches._pil_plugins_registered = True


@contextmanager
def contained(*, seeded: bool = False) -> Iterator[None]:
    """Silence Ultralytics' log, use all processors, and put everything back afterwards.

    Args:
        seeded: whether the work draws random numbers from a seed of its own; the caller's generators are then put back
            to where they were.
    """
    level = LOGGER.level
    LOGGER.setLevel(logging.ERROR)
    try:
        with torch_state.kept(seeded=seeded):
            yield
    finally:
        LOGGER.setLevel(level)
