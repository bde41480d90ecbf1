"""`make demo`: one whole round of the loop on the made-up street, without a screen, from pictures to a decision."""

from __future__ import annotations

import argparse
import json
import shutil
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

import workbench as wb
from workbench import cli
from workbench.api.project import Project
from workbench.cli import output
from workbench.model.errors import InputError
from workbench.model.wording import counted

_MARK = "demo.json"
_CONFIDENCE = 0.25
_STILLS, _VIDEO = "test_stills", "test_frames"


@dataclass(frozen=True)
class Size:
    """How much the demo does: the sample's size and the training's."""

    sample: str
    batches: int
    image_size: int


SIZES = {"tiny": Size("tiny", 4, 160), "quick": Size("quick", 120, 320), "full": Size("full", 1000, 320)}


@dataclass(frozen=True)
class Closing:
    """What the round came to.

    Attributes:
        facts: what was collected, labelled, trained and decided, in words.
        figures: one row a measure, on stills and on video frames.
    """

    facts: dict[str, object]
    figures: pd.DataFrame


def run_demo(folder: Path, size: Size, *, seed: int = 0) -> Closing:
    """Go round once: collect, label, freeze, train, look at failures, decide.

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
    for name in (_STILLS, _VIDEO):
        project.collect(street / name, labels=street / name / "xml", source=name, split="test")
    checked = project.check()
    version = project.snapshot("photos from the web and a used-car site")
    run = project.train(version, batches=size.batches, image_size=size.image_size, seed=seed)
    both = project.test().evaluate(run, confidence=_CONFIDENCE)
    stills = project.test(source=_STILLS).evaluate(run, confidence=_CONFIDENCE)
    video = project.test(source=_VIDEO).evaluate(run, confidence=_CONFIDENCE)
    both.save(folder / "failures.html")
    dataset = both.fiftyone(name="workbench-demo")
    found = [f"{e.metrics['recall']:.0%} of the plates in {name}" for e, name in ((stills, "stills"), (video, "video"))]
    record = project.decide(
        both,
        question="Do sharp photos teach a detector to find plates in video?",
        hypothesis="A plate is a plate: what works in stills works in video.",
        video=[_VIDEO],
        keep=None if stills.metrics["recall"] <= video.metrics["recall"] else True,
        because=f"At confidence {_CONFIDENCE:g} it finds {found[0]} and {found[1]}.",
        next_step="Collect frames out of videos, label them, train again.",
    )
    project.report(folder / "report.html")
    images, status = project.images, project.images["label_status"].value_counts()
    facts: dict[str, object] = {
        "collected": f"{len(images)} pictures, {status.get('labelled', 0)} labelled, {status.get('empty', 0)} empty",
        "labels": f"{counted(len(project.boxes), 'boxes')}, {len(checked.problems)} remarks of the check",
        "trained": run.record.budget,
        "decided": f"{record.decision}: {record.reason}",
        "FiftyOne": f"dataset {dataset.name}",
    }
    return Closing(facts, _figures({"stills": stills, "video frames": video}))


def _figures(evaluations: Mapping[str, wb.Evaluation]) -> pd.DataFrame:
    words = {"tp": "hits", "fp": "false alarms", "fn": "misses"}
    measures = ("recall", "precision", "AP50", "AP", "tp", "fn", "fp")
    rows = [(words.get(name, name), *(_number(one.metrics[name]) for one in evaluations.values())) for name in measures]
    return pd.DataFrame(rows, columns=pd.Index([f"at confidence {_CONFIDENCE:g}", *evaluations]))


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
    parser = argparse.ArgumentParser(prog="python -m workbench.course.demo", description=__doc__)
    parser.add_argument("--folder", type=Path, default=Path("data/demo"))
    parser.add_argument("--size", choices=SIZES, default="quick")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    start = time.monotonic()
    closing = run_demo(arguments.folder, SIZES[arguments.size], seed=arguments.seed)
    output.show_pairs(closing.facts, title=f"One round of the loop, {time.monotonic() - start:.0f} s")
    output.show_table(closing.figures)
    home = arguments.folder / "plates"
    print(
        f"\nLook next:\n"
        f"  {arguments.folder / 'failures.html'}: every miss and false alarm\n"
        f"  {arguments.folder / 'report.html'}: the round's record\n"
        f"  .venv/bin/workbench fiftyone -p {home}: the same in FiftyOne's App\n"
        "  make lab: the first notebook"
    )


if __name__ == "__main__":
    cli.guard(_main)
