"""The weights that ship with the workbench, found by name."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import SetupError

_HERE = Path(__file__).parent
_FOLDERS = (_HERE.parent / "data" / "weights", _HERE / "_data" / "weights")


def shipped_weights() -> dict[str, Path]:
    """Names and files of the weights that are on this machine."""
    return {path.stem: path for folder in reversed(_FOLDERS) for path in sorted(folder.glob("*.pt"))}


def find_weights(name: str) -> Path:
    """The file of weights that ship under a name.

    Raises:
        SetupError: if there are none of that name; the message lists those there are.
    """
    shipped = shipped_weights()
    if name not in shipped:
        there = ", ".join(sorted(shipped)) or "none (is this a whole checkout?)"
        raise SetupError(f"no weights are called {name!r}; there are: {there}; or give the path of a .pt file of yours")
    return shipped[name]
