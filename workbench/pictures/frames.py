"""Frames of a video with the times its container gives them, as far as they can be decoded."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np
from PIL import Image

from workbench.machine.extras import need
from workbench.model.errors import InputError
from workbench.pictures.grey import Grey

with need("video"):
    import av
    import av.error

_MOST_ERRORS = 200
_SMALL = (64, 36)
_MISSING_S = 0.5


@dataclass(frozen=True)
class Frame:
    """One frame; its pixels are made when they are asked for.

    Attributes:
        time_s: seconds from the video's start, as it is to be shown.
    """

    time_s: float
    _frame: Any = field(repr=False)

    def picture(self) -> Image.Image:
        """The frame in colour, upright as the container says."""
        image: Image.Image = self._frame.to_image()
        return image.rotate(self._frame.rotation, expand=True) if self._frame.rotation else image

    def grey(self) -> Grey:
        """The frame in grey levels, shape (height, width), as it is stored."""
        return np.asarray(self._frame.to_ndarray(format="gray"))

    def small(self) -> Grey:
        """A small grey copy, shape (36, 64), to tell frames apart."""
        width, height = _SMALL
        return np.asarray(self._frame.reformat(width=width, height=height, format="gray").to_ndarray())


class Video:
    """An open video: iterate over it for its frames, then ask what was wrong with it.

    Times are those of presentation, whatever the frame rate in the header says. A packet that cannot be decoded is
    passed over; frames that the decoder had to patch up are left out.

    Raises:
        InputError: if the file is not there or holds no picture track that can be read.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise InputError(f"{path} does not exist; give a video file")
        try:
            self._container = av.open(str(path))
        except (av.error.FFmpegError, OSError, ValueError) as error:
            raise InputError(f"{path} is no video that can be read ({_reason(error)}); check the file") from error
        if not self._container.streams.video:
            self._container.close()
            raise InputError(f"{path} holds no picture track; check the file")
        self.good = self.damaged = self.without_time = 0
        self.last_s: float | None = None
        self._longest_step_s = 0.0
        self._errors: list[tuple[float | None, str]] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._container.close()

    @property
    def length_s(self) -> float | None:
        """How long the header says it is; for a progress bar only."""
        return None if self._container.duration is None else self._container.duration / av.time_base

    def __iter__(self) -> Iterator[Frame]:
        stream = self._container.streams.video[0]
        # Threads that decode one frame together; those that decode several at once lose frames before an error.
        stream.thread_type = "SLICE"
        first = 0.0
        for frame in self._decoded(stream):
            if frame.is_corrupt:
                self.damaged += 1
                continue
            if frame.time is None:
                self.without_time += 1
                continue
            time_s = float(frame.time)
            if not self.good:
                # A stream may start below zero; a picture's time counts from its start then.
                first = min(time_s, 0.0)
            self.good += 1
            if self.last_s is not None:
                self._longest_step_s = max(self._longest_step_s, time_s - first - self.last_s)
            self.last_s = time_s - first
            yield Frame(max(self.last_s, 0.0), frame)

    def problems(self) -> list[str]:
        """What was wrong, a sentence each; to be asked when the frames are through."""
        said = []
        if self._errors:
            place, why = self._errors[0]
            where = "before its first frame" if place is None else f"after {place:.3f} s"
            rest = "every frame before that was looked at"
            if self.last_s is not None and place is not None and self.last_s > place:
                rest = f"frames came again up to {self.last_s:.3f} s, and every whole one was looked at"
            said.append(f"the video cannot be decoded {where} ({why}); {rest}")
        elif not self.good:
            said.append("not one frame of the video can be decoded")
        elif (promised := self._promised_s()) is not None:
            said.append(
                f"the video ends after {self.last_s:.3f} s, its header promises {promised:.3f} s: the rest is cut off "
                "or garbage; every frame before that was looked at"
            )
        if self.damaged:
            said.append(f"{self.damaged} frames are damaged and were left out")
        if self.without_time:
            said.append(f"{self.without_time} frames have no time and were left out")
        return said

    def _promised_s(self) -> float | None:
        """The length by the header where it is far more than what came; demuxers pass over garbage without a word."""
        stream = self._container.streams.video[0]
        if stream.duration is not None:
            length = float(stream.duration * stream.time_base)
        elif len(self._container.streams) == 1 and self.length_s is not None:
            length = self.length_s
        else:
            return None
        missing = length - (self.last_s or 0.0)
        return length if missing > max(_MISSING_S, 2 * self._longest_step_s) else None

    def _decoded(self, stream: Any) -> Iterator[Any]:
        packets = self._container.demux(stream)
        while len(self._errors) < _MOST_ERRORS:
            try:
                packet = next(packets, None)
            except av.error.FFmpegError as error:
                self._failed(error)
                break
            if packet is None:
                return
            try:
                yield from packet.decode()
            except (av.error.FFmpegError, ValueError) as error:
                self._failed(error)
        try:
            yield from stream.codec_context.decode(None)
        except (av.error.FFmpegError, ValueError):
            # The decoder had been emptied before.
            return

    def _failed(self, error: Exception) -> None:
        self._errors.append((self.last_s, _reason(error)))


def _reason(error: Exception) -> str:
    return (str(getattr(error, "strerror", None) or error).splitlines() or [type(error).__name__])[0]
