"""What torch does to a process, and which devices it sees; torch is imported here, so import this late."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager

import cv2
import numpy as np
import torch

from workbench.machine.helpers import processors
from workbench.model.errors import SetupError

_MOST_THREADS = 8


def threads() -> int:
    """`processors`, at most 8. Ultralytics by itself leaves one free: half of a small laptop."""
    return min(processors(), _MOST_THREADS)


def choose_device(wanted: str | None) -> str:
    """Return ``cpu`` or a GPU's number; a GPU if there is one and nothing was asked for.

    Raises:
        SetupError: if the GPU asked for is not there.
    """
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    name = "" if wanted is None else str(wanted).lower().removeprefix("cuda").removeprefix(":")
    if wanted is None or (name == "" and count):
        return "0" if count else "cpu"
    if name in ("cpu", "mps"):
        return name
    if not name.isdigit() or int(name) >= count:
        there = f"there are {count} GPUs, from 0" if count else "torch sees no GPU on this machine"
        raise SetupError(f"the device {wanted!r} is not there: {there}; use device='cpu' or leave it out")
    return name


def torch_device(device: str) -> torch.device:
    """The device of a name that `choose_device` returned."""
    return torch.device(f"cuda:{device}" if device.isdigit() else device)


def gpu_names() -> tuple[str, ...]:
    """Names of the GPUs of this machine, for the record."""
    count = torch.cuda.device_count() if torch.cuda.is_available() else 0
    return tuple(torch.cuda.get_device_name(number) for number in range(count))


@contextmanager
def enough_memory(*, batch: int, image_size: int) -> Iterator[None]:
    """Say in a `SetupError` that the GPU's memory is too small for a batch of pictures, where it is."""
    try:
        yield
    except torch.OutOfMemoryError as error:
        raise SetupError(
            f"the GPU's memory is too small for batch {batch} at {image_size} px; use a smaller batch or image_size"
        ) from error


@contextmanager
def kept(*, seeded: bool = False) -> Iterator[None]:
    """Use all processors, and put threads and generators back to where they were afterwards.

    Args:
        seeded: whether the work draws random numbers from a seed of its own; the caller's generators are then kept.
    """
    torch_threads, cv_threads = torch.get_num_threads(), cv2.getNumThreads()
    if seeded:
        python, legacy, cpu = random.getstate(), np.random.get_state(), torch.get_rng_state()  # noqa: NPY002
        gpus = torch.cuda.get_rng_state_all() if torch.cuda.is_available() else []
    torch.set_num_threads(threads())
    try:
        yield
    finally:
        torch.set_num_threads(torch_threads)
        cv2.setNumThreads(cv_threads)
        if seeded:
            random.setstate(python)
            np.random.set_state(legacy)  # noqa: NPY002
            torch.set_rng_state(cpu)
            if gpus:
                torch.cuda.set_rng_state_all(gpus)
