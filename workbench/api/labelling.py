"""What a project can do with its labels: draw them, check them, say what is wrong with them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import pandas as pd

from workbench.api.on_folder import OnFolder
from workbench.project import marks as marking

if TYPE_CHECKING:
    from workbench.label import CheckReport
    from workbench.project.marks import Kind
    from workbench.show import Labeller


class LabelVerbs(OnFolder):
    """The verbs of `workbench.Project` that are about labels."""

    def label(
        self,
        queue: pd.DataFrame | Sequence[str] | None = None,
        *,
        prelabels: pd.DataFrame | None = None,
        confidence: float = 0.5,
        again: bool | None = None,
        who: str | None = None,
    ) -> Labeller:
        """Label pictures in the notebook, by mouse and keyboard; each is saved as soon as it is answered.

        Run again, in this kernel or the next, it goes on where it was left.

        Args:
            queue: the pictures: a table with image_id such as `relabel_queue`, `pick`, `hard_examples` or some rows of
                `images`; image ids; or the name of a split or source. By default all that are returned or unlabelled.
            prelabels: a `predictions` table; pictures without labels begin with it, to be corrected.
            confidence: the least of a pre-label.
            again: show pictures that are labelled, too; by default where the queue is about labels (it has a box_id).
            who: the labeller, by default the user's login name.

        Raises:
            InputError: if the queue has unknown pictures, or the pre-labels a class unknown to the project.
            TableError: if `prelabels` breaks its rules.
        """
        from workbench.show import labeller_of

        folder = self.folder
        chosen = folder.named(folder.images, queue) if isinstance(queue, str) else queue
        return labeller_of(
            folder.store, folder.root, chosen, prelabels=prelabels, confidence=confidence, again=again, who=who
        )

    @property
    def label_log(self) -> pd.DataFrame:
        """Every answer of the labellers, its seconds, what became of pre-labels. See `workbench.label.label_log`."""
        from workbench.annotate import label_log

        return label_log(self.folder.store)

    def check(self) -> CheckReport:
        """Look for mistakes in the working labels; each problem has a name, a place and a fix."""
        from workbench.label import check_tables

        images, boxes, _ = self.folder.store.read_all()
        return check_tables(images, boxes, pictures=self.folder.root)

    def set_boxes(
        self,
        image_id: str,
        boxes: pd.DataFrame,
        *,
        label_status: str | None = None,
        who: str | None = None,
        seconds: float | None = None,
    ) -> None:
        """Replace one picture's boxes; an event keeps what was there. See `workbench.project.Store.set_boxes`."""
        self.folder.store.set_boxes(image_id, boxes, label_status=label_status, who=who, seconds=seconds)

    def mark(
        self,
        rows: pd.DataFrame,
        kind: Kind,
        value: str | bool | None = True,
        *,
        about: str = "",
        who: str | None = None,
        seconds: float | None = None,
    ) -> int:
        """Say of boxes or false alarms what only a person can: a cause, a wrong label. See `project.marks.mark`."""
        return marking.mark(self.folder.store, rows, kind, value, about=about, who=who, seconds=seconds)

    @property
    def marks(self) -> pd.DataFrame:
        """What people said of boxes and false alarms, as it holds now. See `workbench.project.marks.marks`."""
        return marking.marks(self.folder.store)

    @property
    def relabel_queue(self) -> pd.DataFrame:
        """The labels said to be wrong whose picture nobody has edited since, each with its picture's path."""
        queue = marking.relabel_queue(self.folder.store)
        return queue.merge(self.folder.images[["image_id", "path"]], on="image_id", how="left")
