"""`make demo`: one whole round of the loop on the made-up street, without a screen, from pictures to a decision."""

from __future__ import annotations

import argparse
import json
import shutil
import time
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import workbench as wb
from workbench import cli
from workbench.api import Project
from workbench.cli import output
from workbench.errors import InputError

_MARK = "demo.json"
_CONFIDENCE = 0.25


@dataclass(frozen=True)
class Size:
    """How much the demo does: the sample's size and the training's."""

    sample: str
    iterations: int
    image_size: int


SIZES = {"tiny": Size("tiny", 4, 160), "quick": Size("quick", 120, 320), "full": Size("full", 1000, 320)}


def run_demo(folder: Path, size: Size, *, seed: int = 0) -> pd.DataFrame:
    """Go round once and return the closing table: what was collected, labelled, trained, measured and decided.

    Args:
        folder: is made anew; one that an earlier demo made is replaced.
        size: how much to do.
        seed: of the sample and the training.

    Raises:
        InputError: if `folder` holds something that no demo made.
    """
    _clear(folder)
    street, home = folder / "street", folder / "plates"
    wb.make_sample(street, size=size.sample, seed=seed)
    project = Project.create(home, classes=["plate"])
    project.collect(street / "photos", labels=street / "photos" / "xml", format="voc", source="web", split="train")
    project.collect(street / "more_photos", labels=street / "more_photos" / "labels", source="used-car", split="train")
    for name in ("test_stills", "test_frames"):
        project.collect(street / name, labels=street / name / "xml", source=name, split="test")
    checked = project.check()
    version = project.snapshot("photos from the web and a used-car site")
    run = project.train(version=version, iterations=size.iterations, image_size=size.image_size, seed=seed)
    both = project.evaluate(run, confidence=_CONFIDENCE)
    stills = project.evaluate(run, source="test_stills", confidence=_CONFIDENCE)
    video = project.evaluate(run, source="test_frames", confidence=_CONFIDENCE)
    project.subject(run).write_failures(both, folder / "failures.html")
    dataset = project.fiftyone(run, confidence=_CONFIDENCE, name="workbench-demo")
    found = [f"{e.metrics['recall']:.0%} of the plates in {name}" for e, name in ((stills, "stills"), (video, "video"))]
    record = project.decide(
        1,
        question="Do sharp photos teach a detector to find plates in video?",
        hypothesis="A plate is a plate: what works in stills works in video.",
        run=run,
        evaluation=both,
        keep=None if stills.metrics["recall"] <= video.metrics["recall"] else True,
        because=f"At confidence {_CONFIDENCE:g} it finds {found[0]} and {found[1]}.",
        next_step="Collect frames out of videos, label them, train again.",
    )
    project.report(folder / "report.html")
    return _closing_table(project, len(checked.problems), run.record.budget, stills, video, record.decision, dataset)


def _closing_table(
    project: Project,
    problems: int,
    budget: str,
    stills: wb.Evaluation,
    video: wb.Evaluation,
    decision: str,
    dataset: object,
) -> pd.DataFrame:
    images, boxes = project.images(), project.boxes()
    status = images["label_status"].value_counts()
    rows: list[tuple[str, object, object]] = [
        ("pictures collected", len(images), ""),
        ("labelled, empty", f"{status.get('labelled', 0)}, {status.get('empty', 0)}", ""),
        ("boxes; label problems", f"{len(boxes)}; {problems}", ""),
        ("trained", budget, ""),
        ("tested on", "stills", "video frames"),
    ]
    for name in ("AP", "AP50", "precision", "recall", "tp", "fp", "fn"):
        words = {"tp": "hits", "fp": "false alarms", "fn": "misses"}
        rows.append((words.get(name, name), _number(stills.metrics[name]), _number(video.metrics[name])))
    rows.append(("decision", decision, ""))
    rows.append(("FiftyOne dataset", getattr(dataset, "name", "–"), ""))
    return pd.DataFrame(rows, columns=pd.Index(["", "result", " "]))


def _number(value: float) -> str:
    return "–" if value != value else f"{value:.3f}" if not float(value).is_integer() else f"{value:.0f}"


def _clear(folder: Path) -> None:
    if folder.exists() and any(folder.iterdir()):
        if not (folder / _MARK).is_file():
            raise InputError(f"{folder} holds something that no demo made; name another with --folder")
        shutil.rmtree(folder)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / _MARK).write_text(json.dumps({"made_by": "workbench demo", "version": wb.__version__}) + "\n")


def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m workbench.demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("data/demo"))
    parser.add_argument("--size", choices=SIZES, default="quick")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    start = time.monotonic()
    table = run_demo(arguments.folder, SIZES[arguments.size], seed=arguments.seed)
    output.show_table(table, title=f"One round of the loop, {time.monotonic() - start:.0f} s")
    home = arguments.folder / "plates"
    print(
        f"\nLook next:\n  {arguments.folder / 'failures.html'}   every miss and false alarm\n"
        f"  {arguments.folder / 'report.html'}   the round's record\n"
        f"  .venv/bin/workbench fiftyone -p {home}   the same in the FiftyOne App\n"
        "  make lab   the first notebook"
    )


if __name__ == "__main__":
    cli.guard(_main)
