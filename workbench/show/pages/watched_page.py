"""The page of a watched video: figures, objects over time, each object's surest find, and frames to look at."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from workbench.analyse.video.watch import BRIEF
from workbench.show.drawn_boxes import DrawnBox
from workbench.show.pages import page
from workbench.show.pages.video_parts import (
    SHEET_BYTES,
    SHEET_FRAME,
    Row,
    bars_of,
    corners_of,
    crop_jpeg,
    evenly,
    few_of_each,
    frame_jpeg,
    large_frames,
    timeline,
    usual_step,
)

if TYPE_CHECKING:
    from workbench.analyse import Watched

_MOST_ROWS = 40


def video_page(watched: Watched, images: pd.DataFrame, *, root: str | Path, title: str, frames: int = 12) -> str:
    """Make the page.

    Args:
        watched: from `workbench.analyse.watched`.
        images: the frames, with paths relative to `root`.
        root: the folder that the paths start from.
        title: the heading.
        frames: how many frames are shown large: some with the surest finds, some in which an object was lost, some with
            finds that nothing before or after bears out.
    """
    look = _Look(watched, images, Path(root))
    longest = watched.objects.sort_values("found_frames", ascending=False, kind="stable").head(_MOST_ROWS)
    rows = longest.sort_values(["first_s", "object"]).to_dict("records")
    return page.render(
        "video.html.j2",
        title=title,
        figures=watched.figures,
        brief=BRIEF,
        timeline=timeline([look.row(row) for row in rows], look.moments),
        total=len(watched.objects),
        objects=[look.object(row) for row in rows],
        frames=look.frames(frames),
        sheet=look.sheet(),
        data_uri=page.data_uri,
    )


class _Look:
    """Looks into the frames of one video."""

    def __init__(self, watched: Watched, images: pd.DataFrame, root: Path) -> None:
        self._watched, self._images = watched, images.sort_values("frame_s", ignore_index=True)
        self.moments: list[float] = self._images["frame_s"].to_numpy(dtype=np.float64).tolist()
        self._step = usual_step(self.moments)
        self._names = dict(zip(self.moments, self._images["image_id"], strict=True))
        self._moment = dict(zip(self._images["image_id"], self.moments, strict=True))
        self._paths = {key: root / path for key, path in zip(images["image_id"], images["path"], strict=True)}
        self._of_object = dict(iter(watched.finds.groupby("object")))
        self._of_picture = dict(iter(watched.finds.groupby("image_id")))

    def row(self, row: Mapping[Any, Any]) -> Row:
        """An object's row of the timeline."""
        seen = self._seen(row)
        return Row(
            f"object {row['object']}", bars_of([moment for moment, _ in seen], [hit for _, hit in seen], self._step)
        )

    def object(self, row: Mapping[Any, Any]) -> dict[str, Any]:
        """An object's row of the table, with its surest find."""
        mine = self._of_object[row["object"]]
        surest = mine.iloc[int(mine["confidence"].to_numpy().argmax())]
        box = DrawnBox(corners_of(surest.to_dict()), "tp")
        found_s = row["found_frames"] * self._step
        return {**row, "found_s": found_s, "jpeg": crop_jpeg(self._paths[surest["image_id"]], box)}

    def frames(self, count: int) -> list[dict[str, Any]]:
        """Frames worth a look, a third of each kind, in order of time."""
        objects = self._watched.objects
        short = objects["found_frames"] <= BRIEF
        steady = objects[~short].sort_values("found_frames", ascending=False)["surest_image_id"].tolist()
        brief = objects[short].sort_values("mean_confidence", ascending=False)
        reasons = (
            ("found for long", steady),
            ("an object is lost here and found again", self._lost()),
            ("found for one or two frames only", brief["surest_image_id"].tolist()),
        )
        chosen = few_of_each(([(name, said) for name in dict.fromkeys(names)] for said, names in reasons), count)
        return large_frames(chosen, moment=self._moment, paths=self._paths, boxes=self._boxes)

    def sheet(self) -> list[dict[str, Any]]:
        """Frames evenly spaced over the whole video."""
        return [
            {
                "moment": self._moment[name],
                "finds": len(self._of_picture.get(name, ())),
                "jpeg": frame_jpeg(
                    self._paths[name], self._boxes(name, bare=True), size=SHEET_FRAME, max_bytes=SHEET_BYTES
                ),
            }
            for name in evenly(self._images)["image_id"]
        ]

    def _boxes(self, name: Any, *, bare: bool = False) -> list[DrawnBox]:
        mine = self._of_picture.get(name)
        rows = [] if mine is None else mine.to_dict("records")
        return [
            DrawnBox(corners_of(row), "tp", "" if bare else f"{row['object']}: {row['confidence']:.2f}") for row in rows
        ]

    def _seen(self, row: Mapping[Any, Any]) -> list[tuple[float, bool]]:
        """Each frame of an object's life and whether it was found there."""
        found = set(self._of_object[row["object"]]["frame_s"])
        return [(moment, moment in found) for moment in self.moments if row["first_s"] <= moment <= row["last_s"]]

    def _lost(self) -> list[Any]:
        lost = []
        for row in self._watched.objects.sort_values("found_frames", ascending=False).to_dict("records"):
            gaps = [moment for moment, found in self._seen(row) if not found]
            lost += [self._names[moment] for moment in gaps[:1]]
        return lost
