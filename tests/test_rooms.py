"""The rooms of the package and the direction of its arrows: a room imports only rooms below it, lazily or not."""

from __future__ import annotations

import ast
from collections import Counter
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "workbench"
ROOMS = (
    *("course", "cli", "api", "show", "decide", "analyse", "annotate", "train", "version", "collect", "label"),
    *("street", "project", "pictures", "machine", "model"),
)
"""From the roof down."""


def imported(file: Path) -> set[str]:
    """The rooms that a module imports, wherever in it and for whatever purpose."""
    found = set()
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        found |= {name.split(".")[1] for name in names if name.startswith("workbench.")}
    return found


def test_rooms__are_those_of_the_plan():
    assert {folder.name for folder in PACKAGE.iterdir() if (folder / "__init__.py").is_file()} == set(ROOMS)
    assert {file.name for file in PACKAGE.glob("*.py")} == {"__init__.py", "__main__.py"}


@pytest.mark.parametrize("room", ROOMS)
def test_rooms__import_only_what_lies_below(room):
    below = {room, *ROOMS[ROOMS.index(room) + 1 :]}
    wrong = {
        f"{file.relative_to(PACKAGE)} imports {name}"
        for file in (PACKAGE / room).rglob("*.py*")
        if file.suffix in (".py", ".pyi")
        for name in imported(file) - below
    }
    assert wrong == set()


def test_modules__no_base_name_stands_twice():
    names = Counter(file.stem for file in PACKAGE.rglob("*.py") if not file.stem.startswith("__"))
    assert [name for name, count in names.items() if count > 1] == []
