"""Going through a queue of pictures: which is open, which are answered, where to go next. Nothing is saved here."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.annotate.editing import OpenBox
from workbench.annotate.opened import Opened
from workbench.annotate.waiting import DONE, Waiting, begun, is_about_labels, prelabels_of, waiting
from workbench.model.errors import InputError
from workbench.project import Store, user

Read = Callable[[Path, int, int], Any]
"""Makes of a path and the size that the project knows what is shown; raises InputError where it cannot."""

ANSWERS = (*DONE, "returned", "unlabelled", "skipped")
"""What a picture of a queue can have been answered with, in the order in which it is told."""

IDLE_S = 60.0
"""A longer pause between two strokes is no work: it counts as so much."""


class QueueWalk:
    """A way through pictures: forward past those that are answered, and back.

    Attributes:
        who: the labeller.
        classes: that a box can have.
        queue: the pictures, in order.
        position: of the open picture, or None at the end.
        picture: what `read` made of the open picture, None at the end.
        number: counts up whenever a picture is opened.
        message: what to tell the labeller now, or empty.
        unreadable: image_id to why it could not be shown.
    """

    def __init__(
        self,
        store: Store,
        root: Path,
        queue: pd.DataFrame | Sequence[str] | None = None,
        *,
        read: Read,
        who: str | None = None,
        prelabels: pd.DataFrame | None = None,
        confidence: float = 0.5,
        again: bool | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """Open the first picture that waits.

        Args:
            store: of the project.
            root: the project's folder.
            queue: see `workbench.annotate.waiting.waiting`.
            read: see `Read`.
            who: the labeller, by default the user's login name.
            prelabels: a `predictions` table; pictures without labels begin with it.
            confidence: the least of a pre-label.
            again: show pictures that are labelled, too; by default where the queue is about labels (has a box_id).
            clock: seconds that go on.

        Raises:
            InputError: if the queue has unknown pictures, or the pre-labels a class unknown to the project.
            TableError: if `prelabels` breaks its rules.
        """
        self.who, self.classes = who or user(), store.classes()
        self._store, self._root, self._read, self._clock = store, root, read, clock
        images = store.images()
        self.queue: list[Waiting] = waiting(images, queue)
        self._prelabels = None if prelabels is None else prelabels_of(prelabels, confidence, self.classes)
        self._again = is_about_labels(queue) if again is None else again
        self._answers = self._answered_before(images)
        self.unreadable: dict[str, str] = {}
        self.position: int | None = None
        self.picture: Any = None
        self.number, self.message = 0, ""
        self._opened: Opened | None = None
        self._left: dict[str, Opened] = {}
        self._stroke = clock()
        self._forward(0)

    # What is there -----------------------------------------------------------------------------------------------

    @property
    def current(self) -> Waiting | None:
        """The open picture, None at the end."""
        return self._opened.waiting if self._opened else None

    @property
    def boxes(self) -> tuple[OpenBox, ...]:
        """What is drawn on the open picture."""
        return self._opened.boxes if self._opened else ()

    @property
    def answer(self) -> str | None:
        """What was answered for the open picture, if anything."""
        return self._answers.get(self._opened.waiting.image_id) if self._opened else None

    def counts(self) -> dict[str, int]:
        """How many of the queue's pictures have which answer; ``waiting`` have none yet."""
        return dict(Counter(self._answers.get(one.image_id, "waiting") for one in self.queue))

    def summary(self) -> str:
        """The counts in a line."""
        if not self.queue:
            return "no pictures wait"
        counts = self.counts()
        lost, left = counts.pop("unreadable", 0), counts.pop("waiting", 0)
        said = ", ".join(f"{counts[name]} {name}" for name in ANSWERS if name in counts)
        text = f"{sum(counts.values())} of {len(self.queue)} pictures answered" + (f": {said}" if said else "")
        return text + (f"; {lost} could not be read" if lost else "") + (f"; {left} to go" if left and said else "")

    def back(self) -> None:
        """Open the picture before, as it was left or saved."""
        self.message = ""
        self._leave()
        before = len(self.queue) if self.position is None else self.position
        if not any(self._show(position) for position in range(before - 1, -1, -1)):
            self.message = f"There is no picture before this one. {self.message}".strip()

    def rest(self) -> None:
        """Go through the skipped pictures again."""
        self.message = ""
        self._leave()
        self._answers = {name: answer for name, answer in self._answers.items() if answer != "skipped"}
        self._forward(0)

    # How it is done -------------------------------------------------------------------------------------------------

    def _forward(self, start: int) -> None:
        """Open the next picture without an answer, from `start` on."""
        names = [one.image_id for one in self.queue]
        waits = (position for position in range(start, len(names)) if names[position] not in self._answers)
        if not any(self._show(position, passing=True) for position in waits):
            self.position, self._opened, self.picture = None, None, None
            self.number += 1

    def _show(self, position: int, *, passing: bool = False) -> bool:
        """Open the picture at a position, or say why not; `passing` leaves it out if it needs no hand any more."""
        one = self.queue[position]
        try:
            opened = self._left.pop(one.image_id, None) or Opened.open(self._store, one, self._prelabels)
            picture = self._read(self._root / one.path, one.width, one.height)
        except InputError as error:
            self._answers.setdefault(one.image_id, "unreadable")
            self.unreadable[one.image_id] = str(error)
            self.message = f"{self.message} Left out: {error}.".strip()
            return False
        if passing and not self._again and opened.label_status in DONE:
            self._answers[one.image_id] = opened.label_status
            self.message = f"{self.message} {one.path} was labelled by somebody else meanwhile.".strip()
            return False
        self.position, self._opened, self.picture, self._stroke = position, opened, picture, self._clock()
        self.number += 1
        return True

    def _leave(self) -> None:
        """Keep what is drawn on the open picture while another is looked at."""
        if self._opened:
            self._work(self._opened)
            self._left[self._opened.waiting.image_id] = self._opened

    def _work(self, now: Opened) -> None:
        """Count the time since the last stroke."""
        stroke = self._clock()
        now.seconds += min(stroke - self._stroke, IDLE_S)
        self._stroke = stroke

    def _answered_before(self, images: pd.DataFrame) -> dict[str, str]:
        status = dict(zip(images["image_id"], images["label_status"], strict=True))
        if not self._again:
            return {one.image_id: status[one.image_id] for one in self.queue if status[one.image_id] in DONE}
        start, edited = begun(self._store, self.queue), self._store.last_edits()
        return {one.image_id: status[one.image_id] for one in self.queue if edited.get(one.image_id, 0) > start}
