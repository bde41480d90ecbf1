"""Which video a picture comes from by its name, and how close in time shots of one burst lie."""

from __future__ import annotations

import re

from workbench.pictures.kinds import VIDEOS

BURST_S = 3.0
"""Shots of one camera this many seconds apart are one burst."""

_ENDINGS = f"(?:{'|'.join(map(re.escape, sorted(VIDEOS)))})"
_FRAME = re.compile(rf"(?P<video>.+{_ENDINGS})[#_@-](?:t|frame)?[=_-]?\d[\d.:]*$", re.IGNORECASE)
_MOMENT = re.compile(rf"{_ENDINGS}[#_@-]t[=_-]?(?P<second>\d+(?:\.\d*)?)$", re.IGNORECASE)
_NUMBERED = re.compile(r"(?P<video>.+?)[_-]?frame[_-]?\d+$", re.IGNORECASE)


def video_of(name: str) -> str | None:
    """The video that a picture is called after: ``ride.mp4#t=735`` (VoTT), ``ride.mp4_00012``, ``ride_frame_12``.

    Args:
        name: the picture's name without its ending; folders in it belong to the video.
    """
    found = _FRAME.match(name) or _NUMBERED.match(name)
    return found["video"] if found else None


def moment_of(name: str) -> float | None:
    """The second of its video that a picture is called after: ``ride.mp4#t=735.5`` (VoTT).

    Args:
        name: the picture's name without its ending.
    """
    found = _MOMENT.search(name)
    return float(found["second"]) if found else None
