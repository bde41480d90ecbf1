"""Four real rounds on the tiny sample, and the report about them: what changed, did it help, how sure, why kept.

    python benchmarks/sample_rounds.py FOLDER [--batches 60] [--image-size 224] [--size tiny]

Every figure in the report is measured by trainings on this machine's CPU. Round 1 has loose labels (each box drawn half
as large again), round 2 mends them, round 3 adds frames out of videos, round 4 changes two things at once.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import workbench as wb
from workbench.model.geometry import CORNERS

CONFIDENCE = 0.3


def loosen(project: wb.Project, share: float) -> None:
    """Draw every training box too wide, as hurried people do."""
    images, boxes = project.images, project.boxes
    sizes = images.set_index("image_id")[["width", "height"]]
    for image_id in images.loc[images["split"] == "train", "image_id"]:
        own = boxes[boxes["image_id"] == image_id].copy()
        grow_x = share * (own["xmax"] - own["xmin"]) / 2
        grow_y = share * (own["ymax"] - own["ymin"]) / 2
        width, height = sizes.loc[image_id].astype(float)
        own["xmin"], own["xmax"] = (own["xmin"] - grow_x).clip(0), (own["xmax"] + grow_x).clip(upper=width)
        own["ymin"], own["ymax"] = (own["ymin"] - grow_y).clip(0), (own["ymax"] + grow_y).clip(upper=height)
        project.set_boxes(image_id, own.assign(labeller="지훈"), who="지훈", seconds=6 * max(len(own), 1))


def tighten(project: wb.Project, exact: dict[str, list[list[float]]]) -> None:
    """Draw them again as they are."""
    boxes = project.boxes
    for image_id, corners in exact.items():
        own = boxes[boxes["image_id"] == image_id].copy()
        own[CORNERS] = corners
        project.set_boxes(image_id, own.assign(labeller="민아"), who="민아", seconds=9 * max(len(own), 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--batches", type=int, default=60)
    parser.add_argument("--image-size", type=int, default=224)
    parser.add_argument("--size", default="tiny")
    arguments = parser.parse_args()
    street = arguments.folder / "street"
    wb.make_sample(street, size=arguments.size, seed=0)
    project = wb.Project.create(arguments.folder / "번호판", classes=["plate"])
    project.collect(street / "photos", labels=street / "photos" / "xml", source="web", split="train")
    project.collect(street / "more_photos", labels=street / "more_photos" / "labels", source="used-car", split="train")
    for name in ("test_stills", "test_frames"):
        project.collect(street / name, labels=street / name / "xml", source=name, split="test")
    project.freeze_test("street", note="photos and a drive that nobody trains on")
    images, boxes = project.images, project.boxes
    exact = {
        image_id: boxes.loc[boxes["image_id"] == image_id, CORNERS].to_numpy().tolist()
        for image_id in images.loc[images["split"] == "train", "image_id"]
    }
    settings = {"weights": "plates", "batches": arguments.batches, "image_size": arguments.image_size}
    test, words = project.test("street"), {"who": "민아", "video": ["test_frames"]}

    loosen(project, 0.8)
    run = project.train(project.snapshot("labelled in a hurry, boxes too wide"), **settings)
    project.decide(
        test.evaluate(run, confidence=CONFIDENCE),
        keep=True,
        because="it finds plates at all; the boxes look too wide",
        question="Do photos labelled in a hurry do?",
        hypothesis="A box around a plate is a box around a plate.",
        next_step="Label tightly and train on nothing else.",
        **words,
    )

    tighten(project, exact)
    run = project.train(project.snapshot("the same pictures, labelled tightly"), **settings)
    question = {
        "question": "Do tight boxes help?",
        "hypothesis": "The detector copies what it is shown: wide boxes in, wide boxes out.",
        "expectation": "many more boxes with an IoU of at least 0.5",
        "expected_gain": 0.2,
    }
    settle(test.evaluate(run, confidence=CONFIDENCE), question, next_step="Add frames out of videos.", **words)

    project.collect(street / "frames", labels=street / "frames" / "xml", source="video frames", split="train")
    run = project.train(project.snapshot("with frames out of videos"), **settings)
    question = {
        "question": "Do frames out of videos help on video?",
        "hypothesis": "The photos are too sharp: the data does not look like video.",
        "expectation": "more plates found on video, stills as before",
        "expected_gain": 0.1,
        "part": "video",
        "measure": "recall",
    }
    settle(test.evaluate(run, confidence=CONFIDENCE), question, next_step="Train longer.", **words)

    boxes = project.boxes
    own = boxes[boxes["image_id"] == next(iter(exact))]
    project.set_boxes(next(iter(exact)), own.assign(ignore=True), who="지훈", seconds=4)
    settings["batches"] *= 2
    run = project.train(project.snapshot("one picture's boxes ignored"), **settings)
    question = {"question": "Does training twice as long help?", "hypothesis": "The new frames need more training."}
    settle(test.evaluate(run, confidence=CONFIDENCE), question, next_step="Change one thing at a time.", **words)
    print(project.report(arguments.folder / "report.html"))
    print(project.report(arguments.folder / "report.md"))
    print(project.rounds.to_string())


def settle(found: wb.Evaluation, question: dict[str, object], **rest: object) -> None:
    """Decide by the rule that the round set itself: keep what helps, revert what harms, else inconclusive."""
    from workbench.decide import gather, helped

    project, part, measure = found.test.project, str(question.get("part", "all")), str(question.get("measure", "f1"))
    before = found.test.evaluate(project.records[-1].run, confidence=CONFIDENCE)
    evidence = gather(found, before, video=rest["video"])
    moved = next(d for d in evidence.differences if (d.part, d.measure) == (part, measure))
    keep, name = helped(moved), {"f1": "F1"}.get(measure, measure)
    because = {
        True: f"{name} on {part} rose by {moved.value:.2f}, and the whole interval lies above zero",
        False: f"{name} on {part} fell by {-moved.value:.2f}, and the whole interval lies below zero",
        None: f"{name} on {part} changed by {moved.value:+.2f}, which chance alone explains",
    }[keep]
    record = project.decide(found, keep=keep, because=because, **question, **rest)
    print(record.model_dump_json(include={"decision", "reason", "warnings", "ledger"}, indent=1))


if __name__ == "__main__":
    main()
