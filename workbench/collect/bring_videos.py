"""Frames out of videos into a project, by their real presentation times, as one group a video."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from io import BytesIO
from pathlib import Path, PurePath
from typing import Any

import pandas as pd

from workbench.collect.collect_report import CollectReport
from workbench.collect.frame_picks import pick_frames
from workbench.collect.groups import Relation, known_groups
from workbench.collect.splits import check_split, drawn_split
from workbench.model import tables
from workbench.model.session_options import progress_bar
from workbench.pictures.finding import clean_source
from workbench.pictures.frames import Frame, Video
from workbench.pictures.measuring import Measured, measure_bytes
from workbench.pictures.surveying import image_row, problem
from workbench.project import ProjectFolder, files

_JPEG_QUALITY = 95
_BATCH = 32


def collect_video(
    project: ProjectFolder,
    video: str | Path,
    *,
    every_s: float = 0.5,
    pick: str = "step",
    source: str | None = None,
    split: str | None = None,
    who: str | None = None,
) -> CollectReport:
    """Take frames of a video into a project, unlabelled, as one group.

    A frame's time is the presentation time that the container gives, so a variable frame rate or a jump shifts
    nothing. A clip that ends in garbage yields all frames before it and a problem. A frame that nearly is a picture of
    another split is left out and named. An interruption loses nothing that was entered.

    Args:
        project: where to.
        video: the file.
        every_s: seconds between frames, or the length of the windows in which one frame is chosen.
        pick: ``step``, ``scene``, ``sharpest``, ``softest`` or ``different``; see `workbench.collect.pick_frames`.
        source: by default ``video``.
        split: by default that of the pictures it resembles, or else the group's own, by hash.
        who: for the events; by default the user's login name.

    Raises:
        InputError: if the file is not there, is no video, an option makes no sense, or the split is frozen.
    """
    path = Path(video).expanduser()
    source = clean_source(source or "video")
    pick_frames((), pick, every_s)
    with project.lock("collect"), Video(path) as film:
        check_split(split, project.store.frozen_splits())
        entry = _Entry(project, path, source, split, who)
        watched = _watched(film, f"frames of {entry.name}")
        for frame in pick_frames(watched, pick, every_s, there=entry.other_hashes):
            entry.take(frame)
        entry.enter()
        entry.problems += [_damaged(entry.name, message) for message in film.problems()]
    return entry.report()


@dataclass
class _Taken:
    frame_s: float
    image_id: str
    picture: Measured
    related: list[Relation] = field(default_factory=list)


class _Entry:
    """One video coming in."""

    def __init__(self, project: ProjectFolder, path: Path, source: str, split: str | None, who: str | None) -> None:
        self.project, self.source, self.who = project, source, who
        sha256 = files.sha256_of(path)
        self.group = f"clip-{sha256[:12]}"
        self.name = unicodedata.normalize("NFC", path.name.encode(errors="replace").decode())
        self._folder = f"{source}/{PurePath(self.name).stem}-{sha256[:6]}"
        rows = tables.records(project.images)
        self.there = {row["image_id"] for row in rows}
        others = [row for row in rows if row["group_id"] != self.group]
        self.other_hashes = [row["phash"] for row in others if row.get("phash")]
        self._groups = known_groups(others, project.root)
        self._splits = {row["group_id"]: row["split"] for row in others}
        self._split: str | None = next((row["split"] for row in rows if row["group_id"] == self.group), None)
        self._wanted, self._frozen = split, project.store.frozen_splits()
        self.already = self._held_out = 0
        self.added: list[pd.DataFrame] = []
        self.problems: list[dict[str, Any]] = []
        self._batch: list[_Taken] = []

    def take(self, frame: Frame) -> None:
        """Save a frame's picture; it is entered with its batch."""
        image_id = f"{self._folder}/{frame.time_s:010.3f}s.jpg"
        if image_id in self.there:
            self.already += 1
            return
        if self._split in self._frozen:
            self._held_out += 1
            return
        self.there.add(image_id)
        buffer = BytesIO()
        frame.picture().save(buffer, "JPEG", quality=_JPEG_QUALITY)
        target = self.project.pictures / image_id
        files.write_bytes(target, buffer.getvalue())
        picture = measure_bytes(buffer.getvalue())
        self._batch.append(_Taken(frame.time_s, image_id, picture, self._groups.related(picture, target)))
        if len(self._batch) == _BATCH:
            self.enter()

    def enter(self) -> None:
        """Enter what was taken, in one transaction; what resembles pictures of another split is taken away again."""
        if not self._batch:
            return
        if self._split is None:
            self._split = self._choose()
        rows = []
        for taken in self._batch:
            strangers = (one for one in taken.related if self._splits[one.group_id] not in (self._split, "pool"))
            stranger = next(strangers, None)
            if stranger is not None and self._split != "pool":
                self._refuse(taken, stranger)
                continue
            rows.append(
                image_row(taken.image_id, taken.picture)
                | {
                    "path": f"pictures/{taken.image_id}",
                    "source": self.source,
                    "group_id": self.group,
                    "frame_s": taken.frame_s,
                    "split": self._split,
                }
            )
        self._batch = []
        if rows:
            images = tables.from_rows("images", rows)
            self.project.store.add_images(images, tables.empty("boxes"), who=self.who, action="collect video")
            self.added.append(images)

    def report(self) -> CollectReport:
        """What came in."""
        if self._held_out:
            message = f"{self._held_out} more frames of the video of {self._frozen[str(self._split)].by} were not taken"
            fix = "leave them out: what a test is measured on does not change"
            self.problems.append(problem(self.name, message, fix, code="test-duplicate", severity="warning"))
        added = pd.concat(self.added, ignore_index=True) if self.added else tables.empty("images")
        return CollectReport(self.source, added, 0, 0, self.already, tables.from_rows("problems", self.problems))

    def _choose(self) -> str:
        """Return the split that was asked for, or that of most pictures which the first frames resemble, or drawn."""
        if self._wanted is not None:
            return self._wanted
        near: list[str] = [self._splits[one.group_id] for taken in self._batch for one in taken.related]
        splits = [one for one in near if one != "pool" and one not in self._frozen]
        if splits:
            return max(sorted(set(splits)), key=splits.count)
        return drawn_split(self.group, self._frozen)

    def _refuse(self, taken: _Taken, stranger: Relation) -> None:
        (self.project.pictures / taken.image_id).unlink(missing_ok=True)
        self.there.discard(taken.image_id)
        split = self._splits[stranger.group_id]
        held = self._frozen.get(split)
        message = (
            f"the frame at {taken.frame_s:.3f} s is nearly the picture {stranger.image_id!r} of "
            f"{repr(split) if held is None else held.by}; it was not taken into {self._split!r}"
        )
        code = "duplicate-across-splits" if held is None else "test-duplicate"
        fix = "leave it out: in two splits it makes the test easier than life"
        self.problems.append(problem(self.name, message, fix, code=code, severity="warning"))


def _watched(film: Video, text: str) -> Iterator[Frame]:
    """The frames, with a bar over the seconds that the header promises."""
    length = None if film.length_s is None else round(film.length_s, 1)
    with progress_bar(total=length, desc=text, unit="s") as bar:
        for frame in film:
            seconds = round(frame.time_s, 1)
            # A header's length may lie; the bar then stays at its end.
            bar.update(max((seconds if length is None else min(seconds, length)) - bar.n, 0.0))
            yield frame


def _damaged(name: str, message: str) -> dict[str, Any]:
    fix = "use the frames that came in, or repair the file"
    return {"code": "video-damaged", "severity": "warning", "file": name, "message": message, "fix": fix}
