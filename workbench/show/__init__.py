"""What people look at: the gallery, plots, reports and the FiftyOne view.

Nothing heavy is imported here: each name is fetched from its module when it is first used.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.show.gallery import Gallery, gallery

_HOMES = {
    "Gallery": "gallery",
    "gallery": "gallery",
}

__all__ = ["Gallery", "gallery"]


def __getattr__(name: str) -> Any:
    home = _HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{home}"), name)


def __dir__() -> list[str]:
    return sorted(__all__)
