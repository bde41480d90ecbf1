"""A queue of pictures to label, without any widget: one is open, an answer saves it and opens the next.

An answer is *labelled* (boxes were drawn), *empty* (a person said that nothing is there; no boxes alone never mean
that) or *skipped*. Each is in the store before the next picture opens, in one transaction with who and how long, so
that a killed process loses at most what was drawn on the picture that was open.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from workbench.annotate.editing import OpenBox, cleaned, merged, tally
from workbench.annotate.opened import Opened
from workbench.annotate.queue_walk import QueueWalk
from workbench.model.errors import ConflictError, WorkbenchError
from workbench.project import Store


@dataclass(frozen=True)
class _Answered:
    """An answer, to take it back.

    Attributes:
        position: of the picture.
        opened: the picture before it.
        seconds: spent until then.
        former: the answer before, or None.
        event_id: of what was saved, or 0.
    """

    position: int
    opened: Opened
    seconds: float
    former: str | None
    event_id: int = 0


class LabelQueue(QueueWalk):
    """Pictures to label, one after the other. See `workbench.annotate.queue_walk.QueueWalk` for its arguments."""

    def __init__(self, store: Store, root: Path, queue: Any = None, **options: Any) -> None:
        self._history: list[_Answered] = []
        self._sure: int | None = None
        super().__init__(store, root, queue, **options)

    def draw(self, boxes: Sequence[OpenBox]) -> None:
        """Take over what is drawn on the open picture now; nothing is saved yet.

        Raises:
            InputError: for a class that the project does not know.
        """
        now = self._opened
        if now is None:
            return
        self._work(now)
        one = now.waiting
        fresh = cleaned(boxes, now.boxes, width=one.width, height=one.height, classes=self.classes)
        if fresh != now.boxes:
            now.steps.append(now.boxes)
            now.boxes, self._sure, self.message = fresh, None, ""

    def submit(self) -> None:
        """Save what is drawn and go on. Without a box nothing is saved: that could mean two things."""
        self.message = ""
        if self._opened and not self.boxes:
            self.message = "No box is drawn. If nothing is there, say Empty (E); if you cannot tell, Skip (S)."
        elif self._opened:
            self._save("labelled")

    def empty(self) -> None:
        """Say that nothing is there, and go on; where boxes are drawn, only when it is said twice."""
        self.message = ""
        if self._opened and self.boxes and self._sure != self.number:
            self._sure, count = self.number, len(self.boxes)
            self.message = (
                f"{count} {'box is' if count == 1 else 'boxes are'} drawn. Empty (E) once more removes "
                f"{'it' if count == 1 else 'them'} and says that nothing is there."
            )
        elif self._opened:
            self._save("empty")

    def skip(self) -> None:
        """Leave the picture for later and go on; what is drawn stays with it while this queue is in memory."""
        now, position, self.message = self._opened, self.position, ""
        if now is None or position is None:
            return
        self._work(now)
        name = now.waiting.image_id
        if name not in self._answers:
            self._store.record("skip", image_id=name, who=self.who, seconds=now.seconds)
            self._history.append(_Answered(position, now, 0.0, None))
            self._answers[name], now.seconds = "skipped", 0.0
        self._left[name] = now
        self._forward(position + 1)

    def undo(self) -> None:
        """Take back the last stroke on this picture or, where there is none, the last answer."""
        self.message = ""
        if self._opened and self._opened.steps:
            self._work(self._opened)
            self._opened.boxes = self._opened.steps.pop()
        elif self._history:
            self._take_back(self._history[-1])
        else:
            self.message = "There is nothing to take back."

    def reload(self) -> None:
        """Show what is saved of the open picture; `undo` brings back what was drawn."""
        self.message = ""
        drawn = self._opened
        if drawn and self.position is not None and self._show(self.position) and self._opened:
            self._opened.seconds = drawn.seconds
            if self.boxes != drawn.boxes:
                self._opened.steps = [*drawn.steps, drawn.boxes]

    # How it is done -------------------------------------------------------------------------------------------------

    def _save(self, status: str) -> None:
        now, position = self._opened, self.position
        if now is None or position is None:
            return
        self._work(now)
        name, boxes = now.waiting.image_id, () if status == "empty" else now.boxes
        rows = merged(now.held, boxes, name, self.who)
        notes = {} if now.prelabels is None else {"prelabels": tally(now.prelabels, boxes)}
        said: dict[str, Any] = {"label_status": status, "who": self.who, "seconds": now.seconds, "notes": notes}
        try:
            event_id = self._store.set_boxes(name, rows, since=now.since, **said)
        except ConflictError as error:
            now.read_again(self._store)
            self.message = f"{error}. R shows them; the same answer once more saves yours (the history keeps both)."
            return
        except WorkbenchError as error:
            self.message = f"Not saved: {error}"
            return
        self._history.append(_Answered(position, now, now.seconds, self._answers.get(name), event_id))
        self._answers[name] = status
        self._left[name] = now.after_saving(self._store, boxes)
        self._forward(position + 1)

    def _take_back(self, last: _Answered) -> None:
        name = last.opened.waiting.image_id
        if last.event_id:
            try:
                self._store.undo(last.event_id, who=self.who)
            except WorkbenchError as error:
                self.message = f"Not taken back: {error}"
                return
            last.opened.read_again(self._store)
        self._history.pop()
        self._answers.pop(name, None)
        if last.former is not None:
            self._answers[name] = last.former
        last.opened.seconds = last.seconds
        self._left[name] = last.opened
        self._show(last.position)
