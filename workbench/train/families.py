"""The families of detectors: a further one is a folder beside `yolo/` and `rcnn/`, and a line in `detector_for`.

Nothing heavy is imported before that line.
"""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

from workbench.machine.extras import need
from workbench.model.errors import InputError
from workbench.train.detector import RCNN_MARK, Detector


def detector_for(name: str) -> Detector:
    """Return the family that knows the architecture `name`.

    Raises:
        InputError: if none does.
        SetupError: if the libraries that train are not installed.
    """
    # Torch's threads wait for each other by spinning; beside another busy process that makes two threads five times
    # slower than one. The runtime reads this once, when torch is loaded.
    os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
    if name.startswith("yolo"):
        with need("train"):
            from workbench.train.yolo.yolo_detector import Yolo

        return Yolo()
    if name.startswith("rcnn"):
        with need("train"):
            from workbench.train.rcnn.rcnn_detector import Rcnn

        return Rcnn()
    raise InputError(
        f"the detector {name!r} is not known; use a YOLO of Ultralytics such as 'yolo11n', "
        "or the Faster R-CNN 'rcnn-small'"
    )


def family_of(weights: Path) -> str:
    """The family a file of weights belongs to, as a name for `detector_for`; nothing in the file is unpickled."""
    try:
        with zipfile.ZipFile(weights) as archive:
            listing = next((name for name in archive.namelist() if name.endswith("data.pkl")), None)
            ours = listing is not None and RCNN_MARK.encode() in archive.read(listing)
    except (zipfile.BadZipFile, OSError):
        ours = False
    return "rcnn" if ours else "yolo"
