"""What notebook 11 works on: somebody's own folder and clip or, where none are named, pictures drawn on the spot."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pandas as pd

from workbench.course.course_street import Street
from workbench.label import read_labels
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.street.scene.clips import FPS

_PHOTOS = 24
_CLIP = "test_00"


@dataclass(frozen=True)
class OwnData:
    """Pictures that nobody has labelled.

    Attributes:
        pictures: a folder of photos.
        clip: a video of what the detector is for, where there is one.
        truth: boxes of pictures that were drawn here, by the names of their files; None of pictures of your own.
    """

    pictures: Path
    clip: Path | None
    truth: pd.DataFrame | None = field(default=None, repr=False)

    def known(self, images: pd.DataFrame, predictions: pd.DataFrame, *, confidence: float = 0.5) -> pd.DataFrame:
        """What `workbench.annotate.stand_in` goes by: the truth of drawn pictures, what a detector finds in your own.

        Args:
            images: a project's pictures.
            predictions: what a detector found in them.
            confidence: the least of a prediction to go by.
        """
        if self.truth is None:
            return predictions[predictions["confidence"] >= confidence].reset_index(drop=True)
        frames = [f"{_CLIP}_{round(s * FPS):04d}" for s in images["frame_s"].fillna(0.0)]
        stems = pd.Series([Path(path).stem for path in images["path"]], index=images.index)
        names = stems.where(images["frame_s"].isna(), pd.Series(frames, index=images.index))
        ids = dict(zip(names, images["image_id"], strict=True))
        boxes = self.truth.assign(image_id=self.truth["image_id"].map(ids))
        return boxes[boxes["image_id"].notna()].reset_index(drop=True)


def own_data(home: str | Path, pictures: str | Path | None = None, clip: str | Path | None = None) -> OwnData:
    """Your folder and clip; without them 24 photos and a clip of two seconds are drawn into `home`.

    Args:
        home: where to draw.
        pictures: your folder of photos.
        clip: a video of yours.

    Raises:
        InputError: if a folder or file is not there, or a clip is named without a folder.
    """
    if pictures:
        folder, video = Path(pictures).expanduser(), Path(clip).expanduser() if clip else None
        if not folder.is_dir():
            raise InputError(f"there is no folder {folder}; name the one that your photos are in")
        if video is not None and not video.is_file():
            raise InputError(f"there is no video {video}; name the file, or None if you have none")
        return OwnData(folder, video)
    if clip:
        raise InputError(f"the clip {clip} alone has nothing to learn from; name a folder of photos as well")
    photos = Street(Path(home), "quick").part("photos", first=_PHOTOS)
    frames = Street(Path(home), "tiny").part("test_frames")
    boxes = [read_labels(folder / "xml", images=folder, format="voc").boxes for folder in (photos, frames)]
    truth = pd.concat(boxes, ignore_index=True)
    truth = truth[list(tables.empty("boxes").columns)].assign(image_id=[Path(name).stem for name in truth["image_id"]])
    return OwnData(photos, frames.parent / "test_clips" / f"{_CLIP}.mp4", truth)
