"""How much of a thing a test tries: a little every day, much under HYPOTHESIS_PROFILE=deep."""

from __future__ import annotations

import os
from typing import Any, TypeVar

from hypothesis import settings

T = TypeVar("T")
DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def often(daily: T, deep: T) -> T:
    """So many kills, worlds or seeds today; or these."""
    return deep if DEEP else daily


def examples(daily: int, deep: int = 1000, **options: Any) -> settings:
    """Settings of a property test whose examples are dear, or cheap enough for many."""
    return settings(max_examples=often(daily, deep), deadline=None, **options)
