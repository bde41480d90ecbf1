"""Which picture is a frame of a labelled video, where the pictures are not called as the labelling tool calls them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from workbench.label.reading.raw import Problem, RawFile
from workbench.pictures.file_names import without_suffix
from workbench.pictures.walking import Entry

_LAST_NUMBER = re.compile(r"(\d{1,9})\D*\Z")


def last_number(stem: str) -> int | None:
    """The last number in a name, which that of a frame is called by; None where there is none."""
    hit = _LAST_NUMBER.search(stem)
    return int(hit.group(1)) if hit else None


def match_frames(files: Sequence[RawFile], entries: Sequence[Entry], found: list[int], problems: list[Problem]) -> None:
    """Match frames with pictures by the last number of their names, and say where the pictures count from 1.

    Programs that cut a video into pictures begin with 1 (ffmpeg), those that label it with 0: if the pictures are
    exactly the frames and one further each, the name that fits is that of the frame beside.

    Args:
        files: what was read; only entries that name a frame are looked at.
        entries: the pictures.
        found: a picture's index per entry, negative where there is none; changed in place.
        problems: where a difference is said.
    """
    places = {
        int(record.extra["frame"]): i for i, record in enumerate(files) if record.extra and "frame" in record.extra
    }
    if not places or not entries:
        return
    numbers = {
        number: i for i, entry in enumerate(entries) if (number := last_number(without_suffix(entry.name))) is not None
    }
    if len(numbers) < len(entries):
        return
    shifted = len(places) > 1 and numbers.keys() == {frame + 1 for frame in places}
    if shifted:
        first = min(places)
        message = (
            f"the pictures are numbered {min(numbers)} to {max(numbers)}, the frames {first} to {max(places)}: "
            f"frame {first} is taken for '{entries[numbers[first + 1]].name}'"
        )
        problems.append(Problem("frame-numbers", message, files[places[first]].name))
    elif any(found[place] >= 0 for place in places.values()):
        return
    for frame, place in places.items():
        found[place] = numbers.get(frame + shifted, found[place])
