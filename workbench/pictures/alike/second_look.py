"""The second look at two pictures: do they show the same thing at corresponding places?

Hashes know how light and shade lie; two cars in the middle of two roads agree in that. The second look finds details,
counts how many of them lie in both pictures where one motion puts them, then lays one picture over the other.
Re-encoded, cropped and mirrored copies keep most of their details, two shots of one car a good part, two cars hardly
any. A standing camera that sees another car, or a table with another card on it, agrees everywhere but there: no copy.
"""

from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from threading import Lock

import cv2
import numpy as np
import numpy.typing as npt

from workbench.pictures.alike.keypoints import (
    Details,
    Motion,
    clear,
    counterparts,
    details_of,
    motion_between,
    places,
    small_pixels,
)
from workbench.pictures.alike.laid_over import Agreement, lay_over
from workbench.pictures.decoded import read_grey
from workbench.pictures.grey import COMMON_SIDE, Grey, brought_to

LEAST_DETAILS = 15
"""Details that must correspond."""
LEAST_SHARE = 0.03
"""Share of the details of the picture that has fewer of them."""
LEAST_STRUCTURE = 0.94
"""How far a changed copy must agree with its picture (`Agreement.structure`); frames of a drive do less."""
NAMED_STRUCTURE = 0.62
"""The same where both are named as copies of one picture."""

_KEPT, _KEPT_GREYS = 5000, 1500
_FEW, _FEWEST = 20, 8
_SIDE = 64
_SAME = 0.93
_STILL, _UNMOVED, _MOST_OF_THEM = 0.06, 0.02, 0.4
_WELL = 0.88
_OTHER_THING, _STILL_AND_CHANGED, _CHANGED, _NAMED = 0.006, 0.01, 0.025, 0.06
_COVERED, _DRAWN = 0.5, 0.03
_OF_ONE_THING, _SHARE_OF_IT = 10, 0.35


class SecondLook:
    """Compares picture files in pairs; what it found in a file is kept for the next pair."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[Path, bool], Details | None] = OrderedDict()
        self._greys: OrderedDict[Path, Grey] = OrderedDict()
        self._lock = Lock()

    def remember(self, path: Path, small: Grey) -> None:
        """Keep a picture that was decoded just now, grey and at `COMMON_SIDE`, so that it is not decoded again."""
        with self._lock:
            self._greys[path] = small
            while len(self._greys) > _KEPT_GREYS:
                self._greys.popitem(last=False)

    def same(self, one: Path, other: Path, *, turned: bool = False) -> bool:
        """Whether two pictures with like hashes show the same: copies, or two shots of one thing.

        Args:
            one: a picture file; one that cannot be read shows nothing.
            other: another one.
            turned: mirror the first.
        """
        first, second = self.details(one, turned), self.details(other)
        if first is None or second is None:
            return False
        fewer = min(len(first), len(second))
        if fewer < _FEW:
            return _smooth_and_same(first, second)
        count, moved = _corresponding(first, second)
        if count < max(LEAST_DETAILS, LEAST_SHARE * fewer):
            return False
        as_shots = moved or count >= _MOST_OF_THEM * fewer
        here, there = counterparts(first, second)
        motion, right = motion_between(here, there)
        if motion is None:
            return as_shots
        still = not turned and _is_still(motion)
        laid = lay_over(first, second, motion, still=still)
        if laid is None or laid.elsewhere < _WELL:
            return as_shots
        if laid.differing < _most_differing(laid, still):
            return True
        return _one_thing_moved((first, second), (here[~right], there[~right]), laid)

    def copy(self, one: Path, other: Path, *, turned: bool = False, named: bool = False) -> bool:
        """Whether one picture was made of the other: turned, cropped, stretched, recoloured, blurred, cut holes into.

        Args:
            one: a picture file; one that cannot be read shows nothing.
            other: another one.
            turned: mirror the first.
            named: whether their names say so; then more may have been changed.
        """
        first, second = self.details(one, turned), self.details(other)
        if first is None or second is None:
            return False
        here, there = counterparts(first, second)
        motion, right = motion_between(here, there)
        if motion is None or places(here[right], there[right]) < _FEWEST:
            return False
        still = not (turned or named) and _is_still(motion)
        laid = lay_over(first, second, motion, still=still)
        return (
            laid is not None
            and laid.structure >= (NAMED_STRUCTURE if named else LEAST_STRUCTURE)
            and laid.differing < (_NAMED if named else _most_differing(laid, still))
            and laid.covers >= _COVERED
            and laid.drawn >= _DRAWN
        )

    def details(self, path: Path, turned: bool = False) -> Details | None:
        """The details of a picture file, or of its mirror image; None if it cannot be read."""
        key = (path, turned)
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
            grey = self._greys.get(path)
        found = _look(path, turned, grey)
        with self._lock:
            self._kept[key] = found
            while len(self._kept) > _KEPT:
                self._kept.popitem(last=False)
        return found


def _look(path: Path, turned: bool, grey: Grey | None) -> Details | None:
    if grey is None:
        read = read_grey(path, least=(COMMON_SIDE, COMMON_SIDE))
        if read is None:
            return None
        grey = brought_to(read, COMMON_SIDE)
    return details_of(np.ascontiguousarray(grey[:, ::-1]) if turned else grey)


def _smooth_and_same(first: Details, second: Details) -> bool:
    """Of pictures too smooth for details: whether they agree as they are, brought to one size."""
    whole = np.zeros((2, 3))
    whole[0, 0], whole[1, 1] = (second.small.shape[side] / first.small.shape[side] for side in (1, 0))
    laid = lay_over(first, second, whole, still=True)
    if laid is not None and laid.differing >= _OTHER_THING:
        return False
    planes = []
    for details in (first, second):
        plane = cv2.resize(details.small, (_SIDE, _SIDE), interpolation=cv2.INTER_AREA).astype(np.float32)
        planes.append((plane - plane.mean()) / max(float(plane.std()), 1e-6))
    return float((planes[0] * planes[1]).mean()) >= _SAME


def _corresponding(first: Details, second: Details) -> tuple[int, bool]:
    """How many details lie in both where one shift, turn and scale puts them, and whether that moves anything."""
    good = clear(first, second)
    if len(good) < LEAST_DETAILS:
        return 0, True
    here = first.points[[match.queryIdx for match in good]]
    there = second.points[[match.trainIdx for match in good]]
    motion, right = motion_between(here, there, stiff=True)
    if motion is None:
        return 0, True
    return places(here[right], there[right]), bool(_shift(motion) > _UNMOVED)


def _most_differing(laid: Agreement, still: bool) -> float:
    """How large a part may differ: where one was made lighter or has holes, not all that was changed is known."""
    if not laid.changed:
        return _OTHER_THING
    return _STILL_AND_CHANGED if still else _CHANGED


def _is_still(motion: Motion) -> bool:
    """Whether a camera that stood still, or was held in the hand, may have taken both."""
    return _shift(motion) <= _STILL


def _shift(motion: Motion) -> float:
    shift = motion - np.eye(2, 3)
    shift[:, 2] /= COMMON_SIDE
    return float(np.abs(shift).max())


def _one_thing_moved(
    pictures: tuple[Details, Details],
    strays: tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]],
    laid: Agreement,
) -> bool:
    """Whether what differs is one thing that went elsewhere: its details are in both pictures, moved together.

    Args:
        pictures: the two.
        strays: details that look alike and that the motion of the pictures does not put right.
        laid: how the pictures agree.
    """
    under = 1 - laid.laid
    near = cv2.dilate(laid.part.astype(np.uint8), np.ones((9, 9), np.uint8)) > 0

    def inside(points: npt.NDArray[np.float32]) -> npt.NDArray[np.bool_]:
        x, y = small_pixels(points, near.shape).T
        return np.asarray(near[y, x])

    its = inside(strays[under])
    here, there = strays[0][its], strays[1][its]
    motion, together = motion_between(here, there, stiff=True)
    if motion is None:
        return False
    count = places(here[together], there[together])
    return count >= max(_OF_ONE_THING, _SHARE_OF_IT * int(inside(pictures[under].points).sum()))
