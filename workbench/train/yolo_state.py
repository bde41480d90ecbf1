"""Keep what Ultralytics does to a process (threads, random numbers, its log) inside a `with` block."""

from __future__ import annotations

import logging
import os
import random
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import torch
from ultralytics.utils import LOGGER

_MOST_THREADS = 8


def processors() -> int:
    """Processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def threads() -> int:
    """`processors`, at most 8. Ultralytics by itself leaves one free: half of a small laptop."""
    return min(processors(), _MOST_THREADS)


@contextmanager
def contained(*, seeded: bool = False) -> Iterator[None]:
    """Silence Ultralytics' log, use all processors, and put everything back afterwards.

    Args:
        seeded: whether the work draws random numbers from a seed of its own; the caller's generators are then put back
            to where they were.
    """
    level, torch_threads, cv_threads = LOGGER.level, torch.get_num_threads(), cv2.getNumThreads()
    if seeded:
        python, legacy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
        gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    LOGGER.setLevel(logging.ERROR)
    torch.set_num_threads(threads())
    try:
        yield
    finally:
        LOGGER.setLevel(level)
        torch.set_num_threads(torch_threads)
        cv2.setNumThreads(cv_threads)
        if seeded:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002
            torch.set_rng_state(cpu)
            if gpus:
                torch.cuda.set_rng_state_all(gpus)
