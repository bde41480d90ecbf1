"""Writing videos: pictures one after the other into an mp4 that every browser plays."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from workbench.machine.extras import need

_CLOCK = 90_000
"""Ticks a second, as MPEG counts."""


def write_mp4(
    file: Path,
    pictures: Iterable[npt.NDArray[np.uint8]],
    *,
    fps: int,
    moments: Sequence[float] | None = None,
    quality: int = 24,
) -> None:
    """Join pictures to an mp4 (H.264, one thread: the same bytes each time).

    Args:
        file: what is written.
        pictures: blue, green, red; all of one size, which is cut to even numbers.
        fps: pictures a second.
        moments: seconds from the start at which each is shown, where they do not come evenly.
        quality: the codec's constant rate factor; 18 is hardly told from the original, 28 is small.
    """
    with need("video"):
        import av

    tick = Fraction(1, fps) if moments is None else Fraction(1, _CLOCK)
    with av.open(str(file), "w") as container:
        stream: Any = None
        for number, picture in enumerate(pictures):
            even = picture[: picture.shape[0] // 2 * 2, : picture.shape[1] // 2 * 2]
            if stream is None:
                stream = container.add_stream("libx264", rate=fps, options={"crf": str(quality), "preset": "veryfast"})
                stream.height, stream.width = even.shape[:2]
                stream.pix_fmt = "yuv420p"
                stream.codec_context.thread_count = 1
                if moments is not None:
                    stream.codec_context.time_base = tick
            frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(even), format="bgr24")
            frame.pts = number if moments is None else round(moments[number] * _CLOCK)
            frame.time_base = tick
            container.mux(stream.encode(frame))
        if stream is not None:
            container.mux(stream.encode(None))
