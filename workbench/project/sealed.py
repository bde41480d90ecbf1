"""The seal of a file that nobody is to edit: the last entry, a SHA-256 over all the others."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from workbench.project import files

_SEAL = "seal"


def sealed(values: Mapping[str, Any]) -> dict[str, Any]:
    """The values, their seal last."""
    return {**values, _SEAL: _sha256(values)}


def unsealed(values: Mapping[str, Any]) -> tuple[dict[str, Any], bool]:
    """The values without their seal, and whether they are as they were sealed."""
    bare = {name: value for name, value in values.items() if name != _SEAL}
    return bare, values.get(_SEAL) == _sha256(bare)


def write_sealed(path: Path, values: Mapping[str, Any]) -> None:
    """Write the values with their seal as JSON, whole or not at all."""
    files.write_text(path, json.dumps(sealed(values), indent=2, ensure_ascii=False) + "\n")


def read_sealed(path: Path) -> dict[str, Any]:
    """Read what `write_sealed` wrote.

    Raises:
        OSError: if the file cannot be read.
        ValueError: if it is no JSON object, or not as it was sealed.
    """
    values = json.loads(path.read_text(encoding="utf-8"))
    if not isinstance(values, dict):
        raise ValueError("it holds no JSON object")
    bare, intact = unsealed(values)
    if not intact:
        raise ValueError("its seal does not match")
    return bare


def _sha256(values: Mapping[str, Any]) -> str:
    return hashlib.sha256(json.dumps(values, sort_keys=True).encode()).hexdigest()
