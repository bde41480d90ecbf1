"""The story's first round, measured: fifty web photos and a small budget, from `base` weights and from random ones.

    python benchmarks/story_start.py [--seeds 0 1 2] [--batches 120] [--folder DIR]

Each seed draws its own `quick` street and seeds its own trainings. Both trainings of a seed see the same fifty photos
with their Pascal VOC labels, for as many batches of 16 at 320 px, on the processor. What is printed is taken at a
confidence of 0.25 and an IoU of 0.5 on pictures that no training saw: the test stills, and every frame of the test
clips, whose worlds are not those of the training pictures. The load of the machine is printed: other work on it makes
the seconds longer and leaves the figures alone.
"""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

import pandas as pd

import workbench as wb

CONFIDENCE = 0.25
TEST = ("test_stills", "test_frames")


def measure(folder: Path, *, seed: int, batches: int, starts: tuple[str | None, ...]) -> list[dict[str, object]]:
    """Draw a street and train from each start; one row each."""
    street = folder / f"street_{seed}"
    wb.make_sample(street, size="quick", seed=seed)
    project = wb.Project.create(folder / f"plates_{seed}", classes=["plate"])
    project.collect(street / "photos", labels=street / "photos" / "xml", format="voc", source="web", split="train")
    for name in TEST:
        project.collect(street / name, labels=street / name / "xml", format="voc", source=name, split="test")
    version = project.snapshot("fifty photos from the web")
    rows: list[dict[str, object]] = []
    for start in starts:
        run = project.train(version, weights=start, batches=batches, seed=seed, device="cpu")
        row: dict[str, object] = {"seed": seed, "start": start or "random", "seconds": run.record.seconds}
        for name in TEST:
            metrics = project.test(source=name).evaluate(run, confidence=CONFIDENCE).metrics
            kind = name.removeprefix("test_")
            row |= {f"{kind} {key}": metrics[key] for key in ("recall", "precision", "AP50")}
        rows.append(row)
        print(pd.DataFrame([row]).to_string(index=False, float_format="{:.3f}".format), flush=True)
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seeds", type=int, nargs="+", default=[0, 1, 2])
    parser.add_argument("--batches", type=int, default=120)
    parser.add_argument("--start", nargs="+", choices=["base", "random"], default=["base", "random"])
    parser.add_argument("--folder", type=Path, help="keep streets and projects here; a new folder")
    given = parser.parse_args()
    starts = tuple(None if start == "random" else start for start in given.start)
    print(f"load before: {os.getloadavg()[0]:.1f} of {os.cpu_count()} processors", flush=True)
    with tempfile.TemporaryDirectory() as scratch:
        folder = given.folder or Path(scratch)
        rows = [row for seed in given.seeds for row in measure(folder, seed=seed, batches=given.batches, starts=starts)]
    print(f"load after: {os.getloadavg()[0]:.1f}\n")
    table = pd.DataFrame(rows)
    print(table.to_string(index=False, float_format="{:.3f}".format))
    print(table.groupby("start").mean(numeric_only=True).drop(columns="seed").to_string(float_format="{:.3f}".format))


if __name__ == "__main__":
    main()
