"""CVAT for video: tracks of shapes by frame, as boxes on the pictures of these frames.

Between two shapes of a track that are written, CVAT goes in a straight line: every number of a box, an ellipse or a
cuboid, and its rotation on the shorter way round (``TrackManager.get_interpolated_shapes`` in CVAT's
``dataset_manager/annotation.py``). A shape marked ``outside`` ends what is seen until the next one; after the last one
that CVAT calls a keyframe it stays as it is up to the last frame. Frames are ``frame_000005``, as CVAT names them.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from xml.etree.ElementTree import Element

from workbench.label.formats.cvat_shapes import SHAPES, WITHOUT_BOX, add, label_of, read_outline
from workbench.label.reading.raw import Problem, RawFile, RawLabels
from workbench.pictures.file_names import printable

_STRAIGHT = {
    "box": ("xtl", "ytl", "xbr", "ybr"),
    "ellipse": ("cx", "cy", "rx", "ry"),
    "cuboid": tuple(
        f"{axis}{part}" for part in ("tl1", "bl1", "tr1", "br1", "tl2", "bl2", "tr2", "br2") for axis in "xy"
    ),
}
_MOST_FRAMES = 500_000


@dataclass(frozen=True, slots=True)
class _Seen:
    """A shape on one frame; `element` is None where something is there whose place is not known."""

    frame: int
    line: int
    name: str
    track: str
    keyframe: bool
    element: Element | None

    @property
    def known(self) -> bool:
        """Whether the shape's place is known."""
        return self.element is not None


@dataclass(frozen=True, slots=True)
class Track:
    """One ``<track>``: its shapes by frame."""

    name: str
    track: str
    task: str
    shapes: list[tuple[int, int, Element]]


def track_of(raw: RawLabels, file: str, element: Element, lines: Mapping[str, Iterator[int]]) -> Track | None:
    """Collect the shapes of a track; shapes that have no box are said once."""
    line = next(lines["track"], 0)
    number = printable(element.get("id", ""))[:40]
    shapes: list[tuple[int, int, Element]] = []
    others: dict[str, int] = {}
    for shape in element:
        if shape.tag not in SHAPES and shape.tag not in WITHOUT_BOX:
            continue
        at = next(lines[shape.tag], 0)
        if shape.tag == "skeleton":
            for _ in shape.iter("points"):
                next(lines["points"], 0)
        text = shape.get("frame", "")
        if not (text.isascii() and text.isdecimal() and len(text) < 10):
            message = f"a {shape.tag} of track {number} has the frame '{printable(text)[:20]}'"
            raw.problems.append(Problem("missing-field", message, file, at or None))
            continue
        if shape.tag in WITHOUT_BOX:
            others[shape.tag] = others.get(shape.tag, 0) + 1
        shapes.append((int(text), at, shape))
    for tag, count in others.items():
        message = f"track {number} of '{printable(element.get('label', ''))[:60]}' is drawn as {tag} on {count} frames"
        raw.problems.append(Problem("other-shape", message, file, line or None))
    if not shapes:
        return None
    name = label_of(raw, element, file, line, "")
    shapes.sort(key=lambda one: one[0])
    return Track(name or "", number, element.get("task_id", ""), shapes)


def take_tracks(raw: RawLabels, file: str, root: Element, tracks: Sequence[Track]) -> None:
    """Add a record for every frame of the labelled range, and the boxes that the tracks have on it."""
    if not tracks:
        return
    if len({track.task for track in tracks}) > 1:
        message = "holds tracks of several tasks, whose frames have the same numbers; export each task by itself"
        raw.problems.append(Problem("not-this-format", message, file))
        return
    frames = _frames(root, tracks)
    if len(frames) > _MOST_FRAMES:
        message = f"names more than {_MOST_FRAMES} frames; export a shorter part of the video"
        raw.problems.append(Problem("not-this-format", message, file))
        return
    by_frame: dict[int, list[_Seen]] = {frame: [] for frame in frames}
    for track in tracks:
        for seen in _shown(track, frames):
            by_frame[seen.frame].append(seen)
    _say_unknown(raw, file, by_frame)
    width, height = (_whole(root, f"meta//original_size/{side}") or 0 for side in ("width", "height"))
    for frame, found in by_frame.items():
        name = f"frame_{frame:06d}"
        index = len(raw.files)
        record = RawFile(file, name, name, width, height, extra={"frame": frame})
        raw.files.append(record)
        marks = 0
        for seen in found:
            outline = None
            if seen.element is not None and seen.element.tag in WITHOUT_BOX:
                marks += 1
                continue
            if seen.element is not None and seen.name:
                outline = read_outline(raw, seen.element, file, seen.line, name)
            if outline is None or seen.element is None:
                record.unread += 1
                continue
            row = add(raw, index, seen.line, seen.name, outline, seen.element)
            raw.mark("track_id", row, seen.track)
            raw.mark("keyframe", row, int(seen.keyframe))
        if marks == len(found):
            record.unread = marks
        if not found:
            raw.note("frames-without-box")


def _say_unknown(raw: RawLabels, file: str, by_frame: Mapping[int, list[_Seen]]) -> None:
    """Say of each track on how many frames it is somewhere, and nobody knows where."""
    unknown = Counter((one.line, one.track, one.name) for found in by_frame.values() for one in found if not one.known)
    for (line, number, name), count in unknown.items():
        message = f"track {number} of '{name[:60]}' has no shape on {count} frames between two that are no boxes; "
        message += "export it with every frame"
        raw.problems.append(Problem("missing-field", message, file, line or None))


def _frames(root: Element, tracks: Sequence[Track]) -> Sequence[int]:
    """The frames that were labelled: as the head of the file says, else from the first to the last that has a shape."""
    listed = {frame for track in tracks for frame, _, _ in track.shapes}
    start, stop, size = (_whole(root, f"meta//{key}") for key in ("start_frame", "stop_frame", "size"))
    filtered = (root.findtext("meta//frame_filter") or "").partition("step=")[2].strip()
    step = max(int(filtered), 1) if filtered.isdecimal() and len(filtered) < 7 else 1
    first = start or 0
    if stop is not None:
        told = range(first, stop + 1, step)
    elif size:
        told = range(first, first + size * step, step)
    else:
        told = range(min(listed), max(listed) + 1)
    return told if len(told) > _MOST_FRAMES else sorted({*told, *listed})


def _whole(root: Element, place: str) -> int | None:
    text = (root.findtext(place) or "").strip()
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 10 else None


def _shown(track: Track, frames: Sequence[int]) -> Iterator[_Seen]:
    """What is to be seen of a track, frame by frame."""

    def seen(frame: int, line: int, element: Element | None, keyframe: bool) -> _Seen:
        return _Seen(frame, line, track.name, track.track, keyframe, element)

    written = list({frame: (frame, line, shape) for frame, line, shape in track.shapes}.values())
    for frame, line, shape in written:
        if not _outside(shape):
            yield seen(frame, line, shape, shape.get("keyframe", "1") == "1")
    for (frame, line, shape), (later, _, target) in pairwise(written):
        if later - frame > 1 and not _outside(shape):
            for between in _from_to(frames, frame + 1, later):
                share = (between - frame) / (later - frame)
                yield seen(between, line, _between(shape, target, share), False)
    frame, line, shape = written[-1]
    # A file that lists the frames between its keyframes, too, lists all on which the object is seen.
    if not _outside(shape) and shape.get("keyframe", "1") == "1":
        for after in _from_to(frames, frame + 1, frames[-1] + 1):
            yield seen(after, line, shape, False)


def _from_to(frames: Sequence[int], first: int, end: int) -> Sequence[int]:
    return frames[bisect_left(frames, first) : bisect_left(frames, end)]


def _outside(shape: Element) -> bool:
    return shape.get("outside") == "1"


def _between(first: Element, second: Element, share: float) -> Element | None:
    """The shape on a frame between two, or None where CVAT's rule for this kind of shape is not known here."""
    if first.tag in WITHOUT_BOX:
        return first
    keys = _STRAIGHT.get(first.tag)
    if keys is None or second.tag != first.tag:
        return None
    result = Element(first.tag, dict(first.attrib))
    result.extend(first.iterfind("attribute"))
    try:
        for key in keys:
            before, after = float(first.attrib[key]), float(second.attrib[key])
            result.set(key, repr(before + (after - before) * share))
        turn = float(first.get("rotation") or 0)
        way = (float(second.get("rotation") or 0) - turn + 180) % 360 - 180
        result.set("rotation", repr((turn + way * share) % 360))
    except (KeyError, ValueError):
        return None
    return result
