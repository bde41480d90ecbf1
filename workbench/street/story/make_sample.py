"""Make a whole sample: plan, draw in parallel, write labels and truth, and put it in place in one step."""

from __future__ import annotations

import os
import shutil
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from workbench.machine.extras import need
from workbench.machine.helpers import Helpers
from workbench.model.errors import InputError
from workbench.model.session_options import progress_bar
from workbench.model.wording import facts_html
from workbench.pictures.mp4 import write_mp4
from workbench.street.scene.clips import FPS
from workbench.street.story.sample_files import tables, write_about, write_labels
from workbench.street.story.story_parts import PARTS, PLANS, Job, only_parts, plan_jobs, run_job


@dataclass(frozen=True)
class SampleReport:
    """What was made.

    Attributes:
        folder: where it lies.
        size: ``tiny``, ``quick`` or ``full``.
        seed: of all random numbers.
        counts: pictures per batch, clips, plates.
        seconds: how long it took.
    """

    folder: Path
    size: str
    seed: int
    counts: dict[str, int]
    seconds: float

    def __repr__(self) -> str:
        counts = ", ".join(f"{count} {name.replace('_', ' ')}" for name, count in self.counts.items() if count)
        return f"{self.folder}: {counts}; drawn in {self.seconds:.0f} s"

    def _repr_html_(self) -> str:
        counts = {name.replace("_", " "): count for name, count in self.counts.items() if count}
        made = f"{self.size}, seed {self.seed}, drawn in {self.seconds:.0f} s"
        return facts_html(f"Sample street in {self.folder}", {"made": made, **counts})


def make_sample(
    folder: str | os.PathLike[str],
    *,
    size: str = "quick",
    seed: int = 0,
    parts: Sequence[str] | None = None,
    first: int | None = None,
    workers: int | None = None,
) -> SampleReport:
    """Draw the made-up street into a new folder.

    The same seed gives the same truth to the bit and, with the same OpenCV, the same pictures, however many workers
    there are. Nothing half made is ever left at `folder`.

    Args:
        folder: must not exist yet, or be empty.
        size: ``tiny`` (a handful), ``quick`` (about a tenth) or ``full`` (the story's counts).
        seed: of all random numbers, 0 or more.
        parts: only these folders, such as ``["photos", "test_stills"]``; clips come with all their frames only.
        first: at most so many pictures of each part; what is drawn is the same as in the whole.
        workers: how many processors to use; as many as this process may if not given.

    Raises:
        InputError: when the folder holds something, or size, seed or workers are not allowed.
        SetupError: when there are clips to write and no library for it.
    """
    if size not in PLANS:
        raise InputError(f"sample size is {size!r}; expected one of {', '.join(PLANS)}")
    if seed < 0:
        raise InputError(f"sample seed is {seed}; expected 0 or more")
    wanted = PARTS if parts is None else tuple(parts)
    unknown = [part for part in wanted if part not in PARTS]
    if unknown or not wanted:
        raise InputError(f"sample parts are {list(wanted)}; expected some of {', '.join(PARTS)}")
    if first is not None and first < 1:
        raise InputError(f"first is {first}; expected 1 or more")
    target = Path(folder)
    if target.exists() and (not target.is_dir() or any(target.iterdir())):
        raise InputError(f"{target} is already there and not empty; name a new folder or remove it first")
    every = plan_jobs(PLANS[size], seed)
    jobs = every if parts is None and first is None else only_parts(every, wanted, first)
    if any(job.frame >= 0 for job in jobs):
        # Clips are written last; better to know before half an hour of drawing.
        need("video")
    started = time.monotonic()
    with _put_in_place(target) as work, Helpers(workers) as helpers:
        drawn = helpers.map(partial(run_job, work), jobs)
        made = list(progress_bar(drawn, total=len(jobs), unit="picture"))
        clips = _write_clips(work, every)
        pictures, plates = tables(made)
        write_labels(work, pictures, plates, seed=seed)
        counts = write_about(work, size=size, seed=seed, parts=wanted, pictures=pictures, plates=plates, clips=clips)
    return SampleReport(target, size, seed, counts, time.monotonic() - started)


@contextmanager
def _put_in_place(target: Path) -> Iterator[Path]:
    """A folder beside `target` to work in, which takes its name at the end and is gone if anything goes wrong."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        work = Path(tempfile.mkdtemp(prefix=f".{target.name}.", dir=target.parent))
    except OSError as problem:
        raise InputError(f"{target.parent}: cannot write there ({problem.strerror}); name another folder") from problem
    try:
        yield work
        work.chmod(0o755)
        if target.exists():
            target.rmdir()
        work.rename(target)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise


def _write_clips(work: Path, jobs: list[Job]) -> dict[str, int]:
    """Write the clips of which every frame was drawn."""
    raw, counts = work / ".raw", {"clips": 0, "test_clips": 0}
    if not raw.is_dir():
        return counts
    whole = Counter(Path(job.file).parent.name for job in jobs if job.frame >= 0)
    for folder in sorted(p for p in raw.iterdir() if p.is_dir()):
        if sum(1 for _ in folder.iterdir()) < whole[folder.name]:
            continue
        kind = "test_clips" if folder.name.startswith("test") else "clips"
        (work / kind).mkdir(exist_ok=True)
        write_mp4(work / kind / f"{folder.name}.mp4", map(_read, sorted(folder.glob("*.png"))), fps=FPS)
        counts[kind] += 1
    shutil.rmtree(raw)
    return counts


def _read(frame: Path) -> npt.NDArray[np.uint8]:
    return np.asarray(cv2.imdecode(np.fromfile(frame, dtype=np.uint8), cv2.IMREAD_COLOR), dtype=np.uint8)
