"""The first verbs of the loop: bring pictures in, see what is there and what is missing, choose what to label."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pandas as pd

from workbench.api.on_folder import OnFolder
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.pictures.kinds import VIDEOS

if TYPE_CHECKING:
    from workbench.collect import CollectReport, Coverage, SplitLists
    from workbench.pictures import Duplicates, Leaks
    from workbench.train import Run


class CollectVerbs(OnFolder):
    """A project that collects: the part of `workbench.Project` that comes before labelling."""

    def collect(
        self,
        pictures: str | Path | Sequence[str | Path],
        *,
        labels: str | Path | None = None,
        format: str | None = None,
        rename: Mapping[str, str] | None = None,
        add_classes: bool = False,
        source: str | None = None,
        split: str | SplitLists | None = None,
        force_split: bool = False,
        every_s: float = 0.5,
        pick: str = "step",
        workers: int | None = None,
        who: str | None = None,
    ) -> CollectReport:
        """Bring in the pictures of a folder, with their labels if there are any; or frames out of a video.

        Args:
            pictures: a folder (searched with its subfolders), a glob, one picture, or several of these; or a video.
            labels: the label files' folder or file; without it the pictures come in unlabelled.
            format: the label format; by default it is told from the files.
            rename: class names of the labels to change, such as ``{"num_plate": "plate"}``.
            add_classes: add classes of the labels that the project does not have; without it such labels are refused.
            source: a word for where they come from; by default the folder's name.
            split: ``train``, ``val``, ``test`` or ``pool`` for all; or a list of pictures called after its split
                (``"test.txt"``), a folder of such lists (``"ImageSets/Main"``), or ``{"test": "any.txt"}``. By default
                the splits that come with the labels are kept, and what has none goes by its group's hash.
            force_split: put every picture where `split` says, even if it resembles pictures of another split; each that
                does is named. A frozen test takes nothing new all the same.
            every_s: of a video, seconds from one frame to the next.
            pick: of a video, which frame of each step: see `workbench.collect.collect_video`.
            workers: how many processors to use; as many as this process may if not given.
            who: who does it, for the events.

        Raises:
            InputError: if a path is wrong, there are no pictures, the labels cannot be read at all, or they have a
                class that the project does not have; nothing has come in then.
        """
        from workbench.collect import Labelled, collect_pictures

        if isinstance(pictures, str | Path) and str(pictures).lower().endswith(tuple(VIDEOS)):
            if labels is not None:
                raise InputError("labels are matched to a folder of pictures; collect the video without, then label it")
            from workbench.collect import collect_video

            if split is not None and not isinstance(split, str):
                raise InputError("the frames of a video are one group; give one split for all: split='train'")
            return collect_video(
                self.folder,
                pictures,
                every_s=every_s,
                pick=pick,
                source=source,
                split=split,
                who=who,
            )
        labelled, chosen = None, {}
        if labels is not None:
            from workbench.label import read_labels

            if not isinstance(pictures, str | Path) or Path(pictures).expanduser().is_file():
                raise InputError("labels are matched to one folder of pictures; give that folder, or leave labels out")
            read = read_labels(labels, images=Path(pictures).expanduser(), format=format)
            read = read.renamed(rename or {})
            labelled, chosen = Labelled(read.as_work(), read.boxes, read.problems, read.classes), read.chosen
        report = collect_pictures(
            self.folder,
            pictures,
            labelled=labelled,
            add_classes=add_classes,
            source=source,
            split=split,
            force=force_split,
            workers=workers,
            who=who,
        )
        return replace(report, labels=chosen)

    def drop(self, image_ids: str | Sequence[str], *, because: str, who: str | None = None) -> list[int]:
        """Take pictures out of the project, with their boxes; versions that hold them stay as they are.

        What was known of them is kept in an event: ``p.folder.store.undo(event_id)`` brings one back. Collected again,
        such a picture is named and stays out.

        Args:
            image_ids: a picture, or several.
            because: why.
            who: who does it, for the events.

        Returns:
            The id of each picture's event.

        Raises:
            InputError: for a picture that is not in the project or is one of a frozen test, or without a reason;
                nothing is dropped then.
        """
        names = [image_ids] if isinstance(image_ids, str) else list(image_ids)
        return self.folder.store.drop(names, because=because, who=who)

    def duplicates(self, *, workers: int | None = None) -> Duplicates:
        """Pictures that are there more than once, with a proposal which to keep. Nothing is dropped."""
        from workbench.pictures import find_duplicates

        return find_duplicates(self.folder.images, self.folder.root, workers=workers)

    def leaks(self, *, workers: int | None = None) -> Leaks:
        """What one split gives away of another. See `workbench.pictures.find_leaks`."""
        from workbench.pictures import find_leaks

        return find_leaks(self.folder.images, self.folder.root, workers=workers)

    def coverage(self, ours: str = "train", *, reference: str, workers: int | None = None) -> Coverage:
        """Hold what we train on against what we must work on. See `workbench.collect.covering`.

        Args:
            ours: a split, or the name of a source.
            reference: a split or source of what the detector must work on, say the frames of a video.
            workers: how many processors to use; as many as this process may if not given.

        Raises:
            InputError: if a split or source has no pictures.
        """
        from workbench.collect import coverage
        from workbench.pictures import measured

        images, boxes, _ = self.folder.store.read_all()
        sides = []
        for name in (ours, reference):
            chosen = self.folder.named(images, name)
            mine = tables.of_images(boxes, chosen["image_id"])
            sides.append((measured(chosen, self.folder.root, workers=workers), mine))
        return coverage(*sides[0], reference=sides[1], names=(ours, reference))

    def pick(
        self,
        k: int,
        *,
        by: str = "mix",
        pool: str = "pool",
        like: Sequence[str] = (),
        reference: str | None = None,
        weights: str | Path | Run = "base",
    ) -> pd.DataFrame:
        """Propose which pictures to label next, each with a reason. See `workbench.collect.pick`.

        Args:
            k: how many.
            by: ``diversity``, ``coverage``, ``likeness`` or ``mix``.
            pool: the split whose unlabelled pictures are to choose from.
            like: image ids of pictures to look for.
            reference: a split or source; what ``train`` lacks of it is to be filled.
            weights: the detector whose backbone compares pictures: a run, ``base``, ``plates``, or a .pt file.

        Raises:
            InputError: if there is nothing to choose from, or `by` needs something that is not given.
        """
        from workbench.collect import pick
        from workbench.pictures import measured

        images = self.folder.images
        free = (images["split"] == pool) & (images["label_status"] == "unlabelled") & ~images["image_id"].isin(like)
        if not free.any():
            raise InputError(
                f"{self.folder.root.name} has no unlabelled pictures in {pool!r}; collect some with split={pool!r}"
            )
        candidates = images[free].reset_index(drop=True)
        gap = None
        if reference is not None and by in ("coverage", "mix"):
            gap = self.coverage(reference=reference)
            candidates = measured(candidates, self.folder.root)
        vectors: dict[str, Any] = {}
        if by != "coverage":
            wanted = images[images["image_id"].isin(like)]
            unknown = set(like) - set(wanted["image_id"])
            if unknown:
                raise InputError(f"{min(unknown)!r} is not in the project; p.images lists its pictures")
            there = images[images["split"].isin(("train", "val")) & (images["label_status"] != "unlabelled")]
            vectors["embeddings"] = self._embed(candidates, weights)
            vectors["there"] = self._embed(there, weights) if len(there) else None
            vectors["like"] = self._embed(wanted, weights) if len(wanted) else None
            vectors["like_names"] = wanted["image_id"].tolist()
        return pick(candidates, k, by=by, gap=gap, **vectors)

    def _embed(self, images: pd.DataFrame, weights: str | Path | Run) -> Any:
        from workbench.train import embed

        return embed(weights, [self.folder.root / path for path in images["path"]])
