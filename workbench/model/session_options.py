"""What a session may set for everything that is called in it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Options:
    """Settings of this process.

    Attributes:
        progress: whether long work shows a bar.
    """

    progress: bool = True


options = Options()
