"""How much of a thing a test tries: a little every day, much under HYPOTHESIS_PROFILE=deep."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

DEEP = os.environ.get("HYPOTHESIS_PROFILE") == "deep"


def often(daily: int, deep: int) -> int:
    """So many kills, worlds or seeds today."""
    return deep if DEEP else daily


def examples(daily: int, deep: int = 1000, **options: Any) -> settings:
    """Settings of a property test whose examples are dear, or cheap enough for many."""
    return settings(max_examples=often(daily, deep), deadline=None, **options)
