"""The names of the classes that predictions give as numbers: said by the caller, or in a list beside them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from workbench.label.formats.yolo_beside import Names, find_beside, names_file
from workbench.label.reading.raw import RawLabels
from workbench.label.reading.sources import existing
from workbench.model.errors import InputError
from workbench.pictures.file_names import nfc, suffix_of
from workbench.pictures.walking import Entry

_YAML = frozenset({".yaml", ".yml"})
_LISTS = frozenset({".txt", ".names", *_YAML})


@dataclass(frozen=True)
class ClassList:
    """Names by number, counted from 0, and where they stand."""

    names: dict[int, str]
    where: str


def given_list(names: str | Path | Sequence[str]) -> ClassList:
    """The class list that a person gave: names, names between commas, or a file of names.

    Raises:
        InputError: if a file is not there or holds none.
    """
    if not isinstance(names, str | Path):
        return ClassList(dict(enumerate(names)), "that was given")
    path = Path(names).expanduser()
    if suffix_of(path.name) not in _LISTS and not path.is_file():
        words = [word.strip() for word in str(names).split(",")]
        if not all(words):
            raise InputError(f"names: {str(names)[:80]!r} has an empty name; give names with commas between, or a file")
        return ClassList(dict(enumerate(words)), "that was given")
    existing(path, "names")
    raw = RawLabels("yolo", "cxcywh", "rel")
    if suffix_of(path.name) in _YAML:
        found = find_beside(raw, [], path.parent, path).names
    else:
        found = names_file(raw, str(path), path.name)
    return _known(found, raw, path)


def list_beside(predictions: Path) -> ClassList | None:
    """The class list in the folder of the predictions, or one above; None where there is none.

    Raises:
        InputError: if there is one that cannot be read.
    """
    folder = predictions if predictions.is_dir() else predictions.parent
    raw = RawLabels("yolo", "cxcywh", "rel")
    here = sorted(path for path in folder.iterdir() if path.suffix.lower() in _LISTS and path.is_file())
    found = find_beside(raw, [Entry(str(path), nfc(path.name)) for path in here], folder, None).names
    if not found.file:
        for place in (folder, folder.absolute().parent):
            lists = sorted(path for path in place.glob("*.names") if path.is_file())
            if len(lists) == 1:
                found = names_file(raw, str(lists[0]), lists[0].name)
                break
    if not found.names and all(problem.code == "class-names-missing" for problem in raw.problems):
        return None
    return _known(found, raw, folder / found.file)


def _known(found: Names, raw: RawLabels, path: Path) -> ClassList:
    if not found.names:
        said = raw.problems[0].message if raw.problems else "holds no names"
        raise InputError(f"class names {path}: {said}; give a list of names, one a line, or a data.yaml")
    return ClassList(found.names, found.file or path.name)
