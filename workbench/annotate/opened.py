"""One picture on the table: what is saved of it, what it began with, what is drawn now."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pandas as pd

from workbench.annotate.editing import OpenBox, open_boxes, within
from workbench.annotate.waiting import Waiting
from workbench.project import Store


@dataclass
class Opened:
    """A picture that is being labelled.

    Attributes:
        waiting: which it is.
        label_status: as saved.
        held: its boxes as saved.
        since: the last event when these were read.
        boxes: as drawn now.
        prelabels: what it began with, None where pre-labels are not in use for it.
        steps: what was drawn before each stroke.
        seconds: spent on it since it was saved last.
    """

    waiting: Waiting
    label_status: str
    held: pd.DataFrame
    since: int
    boxes: tuple[OpenBox, ...]
    prelabels: tuple[OpenBox, ...] | None = None
    steps: list[tuple[OpenBox, ...]] = field(default_factory=list)
    seconds: float = 0.0

    @classmethod
    def open(cls, store: Store, one: Waiting, prelabels: dict[str, tuple[OpenBox, ...]] | None) -> Opened:
        """Read what is saved of a picture; one without labels begins with its pre-labels.

        Raises:
            InputError: if it is no longer in the project.
        """
        status, held, since = store.read_one(one.image_id)
        start = None
        if prelabels is not None and status == "unlabelled":
            start = within(prelabels.get(one.image_id, ()), one.width, one.height)
        return cls(one, status, held, since, start or open_boxes(held), start)

    def read_again(self, store: Store) -> None:
        """Take note of what is saved now, without touching what is drawn."""
        self.label_status, self.held, self.since = store.read_one(self.waiting.image_id)

    def after_saving(self, store: Store, boxes: tuple[OpenBox, ...]) -> Opened:
        """The picture as it is saved now, each box still knowing which pre-label it was."""
        status, held, since = store.read_one(self.waiting.image_id)
        ids = {box.box_id for box in boxes}
        known = {box.box_id: box for box in open_boxes(held)}
        fresh = iter([box for name, box in known.items() if name not in ids])
        kept = tuple(replace(known.get(box.box_id) or next(fresh), prediction_id=box.prediction_id) for box in boxes)
        return replace(self, label_status=status, held=held, since=since, boxes=kept, steps=[], seconds=0.0)
