"""What a session may set for everything that is called in it, and the bar of long work, which heeds it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any


@dataclass
class Options:
    """Settings of this process.

    Attributes:
        progress: whether long work shows a bar.
    """

    progress: bool = True


options = Options()


def progress_bar(work: Iterable[Any] | None = None, *, show: bool = True, **settings: Any) -> Any:
    """A bar of tqdm's, for a terminal or a notebook; none where this call or the session wants none.

    Args:
        work: to go through; without it the bar is moved by hand.
        show: whether the caller wants one.
        settings: tqdm's own: total, desc, unit.
    """
    from tqdm.auto import tqdm

    return tqdm(work, disable=not (show and options.progress), **settings)
