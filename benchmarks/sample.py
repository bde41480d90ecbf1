"""How long the sample takes and how much memory, all its processes together.

    python benchmarks/sample.py [--sizes quick full] [--workers 2] [--randomised 100]

Each size is made by the command line in a fresh process, as a user makes it; the memory of that process and of all its
children is added up twice a second (unique set size, so that shared libraries do not count twice). Drawing
pictures has no named competitor; the last lines give the rate of randomised scenes in the same run. The load of the
machine is printed: with other work on it the seconds mean little.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import psutil


def measure(size: str, workers: int) -> dict[str, object]:
    """Make one size and watch it."""
    with tempfile.TemporaryDirectory() as scratch:
        target = Path(scratch) / "street"
        command = [
            sys.executable,
            "-m",
            "workbench",
            "sample",
            str(target),
            "--size",
            size,
            "--workers",
            str(workers),
            "--json",
        ]
        start, peak = time.monotonic(), 0
        process = psutil.Popen(command, stdout=subprocess.DEVNULL)
        while process.poll() is None:
            peak = max(peak, _memory(process))
            time.sleep(0.5)
        seconds = time.monotonic() - start
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} ended with {process.returncode}")
        pictures = len(list(target.rglob("*.jpg")))
        bytes_made = sum(file.stat().st_size for file in target.rglob("*") if file.is_file())
    return {
        "size": size,
        "pictures": pictures,
        "seconds": seconds,
        "peak_GB": peak / 1e9,
        "MB_on_disk": bytes_made / 1e6,
    }


def _memory(process: psutil.Process) -> int:
    total = 0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_full_info().uss
    except psutil.NoSuchProcess:
        return 0
    return total


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", nargs="+", default=["tiny", "quick", "full"])
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--randomised", type=int, default=100)
    given = parser.parse_args()
    print(f"load before: {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors", flush=True)
    for size in given.sizes:
        print(
            pd.DataFrame([measure(size, given.workers)]).to_string(index=False, float_format="{:.2f}".format),
            flush=True,
        )
    if given.randomised:
        from workbench.street.scene.randomised import render_randomised

        start = time.monotonic()
        for number in range(given.randomised):
            render_randomised(np.random.default_rng(number))
        print(f"randomised: {given.randomised / (time.monotonic() - start):.1f} pictures a second by one process")
    print(f"load after: {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
