"""What the figures of an evaluation depend on."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from workbench.model.errors import InputError


@dataclass(frozen=True)
class Settings:
    """What the figures of an evaluation depend on; it travels with them.

    Attributes:
        confidence: predictions from here on count (AP looks at all of them).
        iou: least IoU of a match, for verdicts, precision and recall (AP: 0.50 to 0.95).
        matching: the rule by which predictions find their boxes.
        background_iou: at most this IoU with every box makes a false alarm a background error (TIDE).
        max_detections: predictions per picture and class that AP looks at.
        pictures: number of pictures evaluated.
        unlabelled_left_out: pictures left out, with all their predictions, because nobody has labelled them.
        classes: every class that boxes or predictions have.
        unknown_classes: those that only predictions have; all of them are false alarms, AP leaves them out.
        intervals: what the 95 % intervals take for independent: pictures, groups, or pieces of video.
        causes_from: what suggestions of causes look at: tables, pixels, training.
        hotcoco: version of the package that computed AP.
    """

    confidence: float
    iou: float
    matching: str
    background_iou: float
    max_detections: int
    pictures: int
    unlabelled_left_out: int
    classes: tuple[str, ...]
    unknown_classes: tuple[str, ...]
    intervals: str
    causes_from: str
    hotcoco: str

    def to_json_dict(self) -> dict[str, Any]:
        """As JSON holds them."""
        return {name: list(value) if isinstance(value, tuple) else value for name, value in asdict(self).items()}


def check_thresholds(confidence: float, iou: float) -> None:
    """Refuse a confidence outside 0 to 1 and an IoU outside 0 (excluded) to 1.

    Raises:
        InputError: naming the value.
    """
    if not 0 <= confidence <= 1:
        raise InputError(f"evaluate: confidence is {confidence}; expected 0 to 1")
    if not 0 < iou <= 1:
        raise InputError(f"evaluate: iou is {iou}; expected above 0 and at most 1")
