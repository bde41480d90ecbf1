"""What a student leaves beside a round's project: a list in a small JSON file."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from workbench.model.errors import ProjectError
from workbench.project import files


def read_notes(path: Path) -> list[dict[str, Any]]:
    """The rows of a file; none where there is no file.

    Raises:
        ProjectError: if it holds something else.
    """
    try:
        held = json.loads(path.read_text("utf-8")) if path.is_file() else []
    except (OSError, ValueError) as error:
        raise ProjectError(f"{path} cannot be read ({error}); bring it back from a copy, or take it away") from error
    if not isinstance(held, list) or not all(isinstance(row, dict) for row in held):
        raise ProjectError(f"{path} holds no list of rows; bring it back from a copy, or take it away")
    return held


def write_notes(path: Path, rows: Sequence[dict[str, Any]]) -> None:
    """Write a file anew, whole or not at all."""
    files.write_text(path, json.dumps(list(rows), indent=1, ensure_ascii=False) + "\n")
