"""Where what ships beside the code lies: in a checkout at its top, in an installed wheel inside the package."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).parent.parent


def is_checkout() -> bool:
    """Whether the package lies in a checkout; else it was installed from a wheel."""
    return (_PACKAGE.parent / "pyproject.toml").is_file()


def shipped(*parts: str) -> Path:
    """Where something that ships is, such as ``shipped("data", "weights")``; `pyproject.toml` says what a wheel has."""
    return (_PACKAGE.parent if is_checkout() else _PACKAGE / "_shipped").joinpath(*parts)
