"""A video from file to report: its frames, a detector's finds in them, and what becomes of each object."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd

from workbench.model.wording import facts_html

if TYPE_CHECKING:
    from workbench.analyse import Watched
    from workbench.train import Run

EVERY_FRAME_S = 1e-6
"""A step between frames that leaves none out."""


@dataclass(frozen=True, eq=False)
class WatchedVideo:
    """A video that was looked at.

    Attributes:
        name: of the file.
        images: its frames, with their moments.
        predictions: on them, down to a confidence of 0.01.
        watched: what they come to; see `workbench.analyse.watched`.
        page: the report, a self-contained page; empty where none was asked for.
    """

    name: str
    images: pd.DataFrame
    predictions: pd.DataFrame
    watched: Watched
    page: str

    def __repr__(self) -> str:
        of = self.watched.figures
        return (
            f"{self.name}: {of['frames']:.0f} frames in {of['seconds']:.1f} s, {of['objects']:.0f} objects found with "
            f"a confidence from {of['confidence']:g}"
        )

    def _repr_html_(self) -> str:
        figures = self.watched.figures.items()
        return facts_html(self.name, {name.replace("_", " "): f"{value:.4g}" for name, value in figures})


def watch_video(
    video: str | Path,
    *,
    weights: str | Path | Run = "plates",
    confidence: float = 0.3,
    every_s: float | None = None,
    image_size: int | None = None,
    device: str | None = None,
    page: bool = True,
    film: str | Path | None = None,
) -> WatchedVideo:
    """Let a detector look at a video that nobody has labelled, and say how steady and how fast it is.

    Args:
        video: the file; a variable frame rate is honoured.
        weights: a name (``plates``), a run of a project, or a .pt file. **A .pt file is a pickle: name only files you
            trust.**
        confidence: finds from here on count.
        every_s: seconds from one frame looked at to the next; by default every frame is.
        image_size: the longer side frames are brought to, in pixels; by default as trained.
        device: ``cpu`` or the number of a GPU; by default the best there is.
        page: make the report, with pictures.
        film: write the video again as this mp4, with the finds drawn in and the speed told.

    Raises:
        InputError: if the video cannot be read or an option is out of range.
        SetupError: if the device or the weights are not there.
    """
    from workbench.analyse import watched
    from workbench.collect import collect_video
    from workbench.project import ProjectFolder
    from workbench.train import predict

    path = Path(video)
    with tempfile.TemporaryDirectory(prefix="watch-") as folder:
        project = ProjectFolder.create(Path(folder) / "frames", classes=["object"])
        collect_video(project, path, every_s=EVERY_FRAME_S if every_s is None else every_s)
        images = project.images.sort_values("frame_s", ignore_index=True)
        found = predict(weights, images, root=project.root, image_size=image_size, device=device)
        result = watched(
            images, found.predictions, confidence=confidence, frames_per_second=found.frames_per_second or None
        )
        made = ""
        if page:
            from workbench.show import video_page

            made = video_page(result, images, root=project.root, title=path.name)
        if film is not None:
            from workbench.show.pages.film import write_film

            write_film(
                images,
                found.predictions,
                root=project.root,
                out=film,
                confidence=confidence,
                frames_per_second=found.frames_per_second or None,
            )
    return WatchedVideo(path.name, images, found.predictions, result, made)
