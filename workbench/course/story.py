"""The eight rounds as data: what the interns trained on, for how long, and what the story says came of it.

Nothing here is measured. What the story says in words is written down once as a range of a figure ("about 90 %" is 0.8
to 1), before anything is measured, so that "agree?" can be computed. The ranges are ours, the words are the story's but
for one: what it calls an iteration is a batch here, one step of a training.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Literal

Part = Literal["stills", "video"]

PHOTOS = ("photos", "more_photos")
"""Fifty from a web search, a hundred from a used-car site."""
EVERY_PHOTO = (*PHOTOS, "many_photos")
"""All 1,675."""


@dataclass(frozen=True)
class Training:
    """One training of the story.

    Attributes:
        name: of the training in the course, such as ``r4-yolo``.
        detector: what was trained.
        parts: the sample's folders it learned from, each with the folder of its labels.
        batches: the story's budget.
        first: only so many pictures, in the order of their names; None for all.
    """

    name: str
    detector: str
    parts: tuple[tuple[str, str], ...]
    batches: int
    first: int | None = None


@dataclass(frozen=True)
class Claim:
    """Something the story says, as a range of a figure.

    Attributes:
        says: the story's words.
        training: whose detector.
        part: of the test set.
        measure: recall, precision, false_alarms_per_picture, mean_confidence, median_iou, hidden_recall,
            frames_per_second, duplicate_per_picture, localization_per_picture or background_per_picture.
        confidence: predictions from here on count.
        low: least value that agrees.
        high: largest value that agrees.
        iou: least IoU of a hit; the interns judged by eye, and a box around half a bumper was a find to them.
        against: another training; the figure is then the difference to it.
        against_confidence: the operating point of the other one; by default the same.
    """

    says: str
    training: str
    part: Part
    measure: str
    confidence: float
    low: float = -math.inf
    high: float = math.inf
    iou: float = 0.5
    against: str = ""
    against_confidence: float | None = None


@dataclass(frozen=True)
class Round:
    """One round of the story.

    Attributes:
        number: 1 to 8.
        title: what it is about.
        did: what the interns did.
        saw: what they saw.
        concluded: what they made of it.
        trainings: in order.
        claims: what is compared with our measurements.
    """

    number: int
    title: str
    did: str
    saw: str
    concluded: str
    trainings: tuple[Training, ...]
    claims: tuple[Claim, ...]


def _parts(names: tuple[str, ...], labels: str, **other: str) -> tuple[tuple[str, str], ...]:
    return tuple((name, other.get(name, labels)) for name in names)


_EYE = 0.1
"""An IoU at which people say "it found the plate", even with a box far too wide."""

ROUNDS = (
    Round(
        1,
        "Fifty photos",
        "About 50 car photos from a web search, labelled in LabelImg (Pascal VOC XML); Faster R-CNN, then YOLO.",
        "Faster R-CNN finds plates in stills, but is too slow for video; so YOLO, which finds nothing.",
        "The approach is right; suspect too little data.",
        (
            Training("r1-rcnn", "rcnn-small", _parts(("photos",), "xml"), 1000),
            Training("r1-yolo", "yolo11n", _parts(("photos",), "corners"), 1000),
        ),
        (
            Claim("Faster R-CNN finds plates in stills", "r1-rcnn", "stills", "recall", 0.5, low=0.5),
            Claim("… but is too slow for video", "r1-rcnn", "video", "frames_per_second", 0.5, high=10),
            Claim("YOLO finds nothing", "r1-yolo", "stills", "recall", 0.5, high=0.05),
        ),
    ),
    Round(
        2,
        "A hundred more",
        "100 sharp photos from a used-car site more, labelled; 1,000 batches.",
        "Faster R-CNN works, YOLO still finds nothing.",
        "Look at how the two read labels.",
        (
            Training("r2-rcnn", "rcnn-small", _parts(PHOTOS, "xml"), 1000),
            Training("r2-yolo", "yolo11n", _parts(PHOTOS, "corners"), 1000),
        ),
        (
            Claim("Faster R-CNN works", "r2-rcnn", "stills", "recall", 0.5, low=0.6),
            Claim("YOLO still finds nothing", "r2-yolo", "stills", "recall", 0.5, high=0.05),
        ),
    ),
    Round(
        3,
        "The converter",
        "Faster R-CNN reads corners in pixels, YOLO centre and size relative to the picture. They write a converter.",
        "YOLO still fails.",
        "Distrust the converted labels.",
        (Training("r3-yolo", "yolo11n", _parts(PHOTOS, "converted"), 1000),),
        (Claim("YOLO still fails", "r3-yolo", "stills", "recall", 0.5, high=0.2),),
    ),
    Round(
        4,
        "From scratch",
        "They label everything again from scratch in a tool that writes YOLO's format itself (YOLO-Mark).",
        "Stills: success.",
        "Now try video.",
        (Training("r4-yolo", "yolo11n", _parts(PHOTOS, "yolo_mark"), 1000),),
        (
            Claim("Stills: success", "r4-yolo", "stills", "recall", 0.5, low=0.7),
            Claim(
                "… where the converted labels failed",
                *("r4-yolo", "stills", "recall", 0.5),
                low=0.2,
                against="r3-yolo",
            ),
        ),
    ),
    Round(
        5,
        "Now video",
        "100 pictures, 1,000 batches, threshold 80 %. Then 1,675 pictures, 2,000 batches; boxes far too wide.",
        "Stills about 90 %, video about 10 %, look-alikes taken for plates. Then stills about 90 %, and video fails.",
        "The labelled region was far too wide, the plate's own pattern was not learned. Label tightly; train longer.",
        (
            Training("r5-few", "yolo11n", _parts(PHOTOS, "yolo_mark"), 1000, first=100),
            Training("r5-wide", "yolo11n", _parts(EVERY_PHOTO, "wide"), 2000),
        ),
        (
            Claim("100 pictures: stills about 90 %", "r5-few", "stills", "recall", 0.8, low=0.8),
            Claim("100 pictures: video about 10 %", "r5-few", "video", "recall", 0.8, low=0.03, high=0.25),
            Claim(
                "look-alikes are taken for plates",
                *("r5-few", "video", "background_per_picture", 0.8),
                low=0.02,
            ),
            Claim(
                "1,675 pictures: stills about 90 %, by eye", "r5-wide", "stills", "recall", 0.8, low=0.8, iou=_EYE
            ),
            Claim("1,675 pictures: video fails, by eye", "r5-wide", "video", "recall", 0.8, high=0.25, iou=_EYE),
            Claim("a box of a wide label is no box of the plate", "r5-wide", "stills", "recall", 0.8, high=0.2),
        ),
    ),
    Round(
        6,
        "Train longer",
        "1,675 pictures, labelled tightly, 45,000 batches.",
        "Threshold 80 %: hardly any change. Threshold 30 %: some plates in video.",
        "Confidences on video are low: the data does not look like video.",
        (Training("r6-long", "yolo11n", _parts(EVERY_PHOTO, "labels"), 45000),),
        (
            Claim(
                "80 %: hardly any change on video",
                *("r6-long", "video", "recall", 0.8),
                low=-0.1,
                high=0.1,
                against="r5-few",
            ),
            Claim("30 %: some plates in video", "r6-long", "video", "recall", 0.3, low=0.1, high=0.7),
            Claim(
                "confidences on video are low (mean of hits below 65 %)",
                *("r6-long", "video", "mean_confidence", 0.3),
                high=0.65,
            ),
        ),
    ),
    Round(
        7,
        "Frames out of video",
        "The photos are too sharp: 338 frames captured from video, labelled, more; 2,013 pictures, 2,000 batches.",
        "Threshold 50 %: fails. 30 %: more plates, and more duplicates, look-alikes and shifted boxes.",
        "The new data needs more training.",
        (Training("r7-frames", "yolo11n", _parts((*EVERY_PHOTO, "frames"), "labels"), 2000),),
        (
            Claim("50 %: video fails", "r7-frames", "video", "recall", 0.5, high=0.3),
            Claim(
                "30 %: more plates in video", "r7-frames", "video", "recall", 0.3, low=0.02, against="r6-long"
            ),
            Claim(
                "… more duplicates",
                *("r7-frames", "video", "duplicate_per_picture", 0.3),
                low=0.001,
                against="r6-long",
            ),
            Claim(
                "… more look-alikes",
                *("r7-frames", "video", "background_per_picture", 0.3),
                low=0.001,
                against="r6-long",
            ),
            Claim(
                "… more shifted boxes",
                *("r7-frames", "video", "localization_per_picture", 0.3),
                low=0.001,
                against="r6-long",
            ),
        ),
    ),
    Round(
        8,
        "Both",
        "2,013 pictures, 45,000 batches.",
        "Threshold 60 %: nearly every plate, even half-hidden ones (confidence 65-86 %), almost no false alarm, boxes "
        "in place.",
        "Done: by changing data, not code.",
        (Training("r8-long", "yolo11n", _parts((*EVERY_PHOTO, "frames"), "labels"), 45000),),
        (
            Claim("60 %: nearly every plate in video", "r8-long", "video", "recall", 0.6, low=0.9),
            Claim(
                "with a confidence of 65-86 %", "r8-long", "video", "mean_confidence", 0.6, low=0.65, high=0.86
            ),
            Claim(
                "almost no false alarm", "r8-long", "video", "false_alarms_per_picture", 0.6, high=0.05
            ),
            Claim("boxes in place (median IoU)", "r8-long", "video", "median_iou", 0.6, low=0.7),
            Claim("even half-hidden plates", "r8-long", "video", "hidden_recall", 0.6, low=0.5),
        ),
    ),
)  # fmt: skip


def trainings() -> tuple[Training, ...]:
    """All trainings, in the order of the story."""
    return tuple(training for one in ROUNDS for training in one.trainings)


def training_named(name: str) -> Training:
    """A training by its name.

    Raises:
        KeyError: if the story has none of that name.
    """
    return {training.name: training for training in trainings()}[name]
