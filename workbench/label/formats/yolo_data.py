"""The data file of a YOLO set (data.yaml, or whatever it is called): class names, folders and lists, keypoints."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from workbench.label.reading.raw import Problem, RawLabels, SplitPlace
from workbench.label.reading.sources import Refused, decode_text, read_bytes
from workbench.pictures.file_names import base_name, nfc, suffix_of
from workbench.pictures.split_words import says_nothing, split_of_folder
from workbench.pictures.walking import Entry

MAX_BYTES = 2**20
_USUAL = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
_KEYS = {"train": "train", "val": "val", "valid": "val", "validation": "val", "test": "test"}


@dataclass(slots=True)
class DataFile:
    """What a data file says.

    Attributes:
        file: how messages call it; empty where there is none.
        names: id to class name.
        places: the folders and lists that it names.
        points: how many numbers each line has for its keypoints: points a box and numbers a point, or None.
    """

    file: str = ""
    names: dict[int, str] = field(default_factory=dict)
    places: list[SplitPlace] = field(default_factory=list)
    points: tuple[int, int] | None = None


def find_data_files(raw: RawLabels, entries: Sequence[Entry], root: Path, given: Path | None) -> dict[str, DataFile]:
    """The data file of a set: the one that was named, else one among the labels, else one above them.

    Returns:
        The folder that it is for, empty for all, and the file; several only where sets lie side by side and none above
        them says what holds for all.
    """
    if given is not None and suffix_of(given.name) in (".yaml", ".yml"):
        return {"": _read(raw, str(given), given.name)}
    inside = [one for one in entries if not one.outside and suffix_of(one.name) in (".yaml", ".yml")]
    inside.sort(key=lambda one: (one.name.count("/"), one.name))
    of_folder: dict[str, list[tuple[str, str]]] = {}
    for one in inside:
        of_folder.setdefault(one.name.rpartition("/")[0], []).append((one.path, one.name))
    found: dict[str, DataFile] = {}
    for folder, candidates in of_folder.items():
        if any(other == "" or folder.startswith(f"{other}/") for other in found):
            continue
        data = _first(raw, candidates if folder else [(one.path, one.name) for one in inside])
        if data is not None:
            found[folder] = data
    if found:
        return found if len(found) > 1 else {"": next(iter(found.values()))}
    for above, sure in folders_above(root):
        wanted = sorted(path for path in above.glob("*.y*ml") if sure or path.name.lower() in _USUAL)
        data = _first(raw, [(str(path), path.name) for path in wanted if path.is_file()])
        if data is not None:
            return {"": data}
    return {}


def folders_above(root: Path) -> Iterator[tuple[Path, bool]]:
    """The folders above some labels in which what belongs to the whole set may lie, and whether they surely hold it.

    One up, and on from folders that are only a part of a set: ``labels``, ``images``, ``train``, ``valid``.
    """
    here = root.absolute()
    for folder in here.parents[:4]:
        part = says_nothing(here.name) or split_of_folder(here.name) is not None
        if not part and here != root.absolute():
            return
        yield folder, part
        if not part:
            return
        here = folder


def _first(raw: RawLabels, candidates: Sequence[tuple[str, str]]) -> DataFile | None:
    """The first file of a usual name, else the first that describes a set; others that disagree are reported."""
    usual = [one for one in candidates if base_name(one[1]).lower() in _USUAL]
    if usual:
        found = _read(raw, *usual[0])
    else:
        others = (one for one in candidates if describes_a_set(_content(one[0])))
        first = next(others, None)
        if first is None:
            return None
        found = _read(raw, *first)
    for path, name in candidates:
        content = _content(path) if name != found.file else None
        if describes_a_set(content) and content is not None:
            names = _names(content)
            if names and found.names and names != found.names:
                message = f"{found.file} is taken; {name} has other names: {_listed(names)} for {_listed(found.names)}"
                raw.problems.append(Problem("class-lists-differ", message, name))
    return found


def folder_of_set(data_file: Path) -> Path:
    """Where the set of a data file lies: in the folder that its ``path`` names, else beside it.

    Ultralytics' own files lie apart from their pictures (``path: ../datasets/coco128``); what leads further away than
    that is not followed.
    """
    here = data_file.parent
    content = _content(str(data_file))
    base = content.get("path") if isinstance(content, dict) else None
    if isinstance(base, str) and base and not Path(base).is_absolute():
        there = (here / base).resolve()
        if there.is_dir() and there.is_relative_to(here.resolve().parent):
            return there
    return here


def describes_a_set(content: Any) -> bool:
    """Whether a YAML file describes a data set: one of settings, or of a model, does not."""
    if not isinstance(content, dict) or "backbone" in content:
        return False
    return isinstance(content.get("names"), list | dict) or ("nc" in content and any(key in content for key in _KEYS))


def _content(path: str) -> Any:
    try:
        return _parse(path)
    except (Refused, yaml.YAMLError, RecursionError, ValueError):
        return None


def _parse(path: str) -> Any:
    text, _ = decode_text(read_bytes(path, MAX_BYTES))
    if "&" in text and "*" in text:
        raise Refused("yaml-syntax", "uses anchors and aliases; not read")
    return yaml.safe_load(text)


def _read(raw: RawLabels, path: str, name: str) -> DataFile:
    try:
        content = _parse(path)
    except Refused as refusal:
        raw.problems.append(Problem(refusal.code, refusal.reason, name))
        return DataFile()
    except (yaml.YAMLError, RecursionError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or "cannot be read"
        raw.problems.append(Problem("yaml-syntax", str(what), name, mark.line + 1 if mark else None))
        return DataFile()
    if not isinstance(content, dict):
        raw.problems.append(Problem("yaml-syntax", "holds no names", name))
        return DataFile()
    names = _names(content)
    if not names:
        raw.problems.append(Problem("class-names-missing", "'names' is missing or empty", name))
    count = content.get("nc")
    if isinstance(count, int) and names and count != len(names):
        raw.problems.append(Problem("class-count", f"nc is {count}, names lists {len(names)}", name))
    return DataFile(name, names, _places(content, path, name), _points(raw, content, name))


def _names(content: dict[Any, Any]) -> dict[int, str]:
    given = content.get("names")
    pairs: list[tuple[Any, Any]] = (
        list(given.items()) if isinstance(given, dict) else list(enumerate(given)) if isinstance(given, list) else []
    )
    return {int(key): nfc(str(value).strip()) for key, value in pairs if str(key).isdecimal()}


def _places(content: dict[Any, Any], path: str, name: str) -> list[SplitPlace]:
    base = content.get("path")
    folder = Path(path).absolute().parent
    return [
        SplitPlace(name, split, str(one), folder, base if isinstance(base, str) else "")
        for key, split in _KEYS.items()
        if (value := content.get(key))
        for one in (value if isinstance(value, list) else [value])
    ]


def _points(raw: RawLabels, content: dict[Any, Any], name: str) -> tuple[int, int] | None:
    shape = content.get("kpt_shape")
    if shape is None:
        return None
    if isinstance(shape, list) and len(shape) == 2 and all(isinstance(n, int) for n in shape) and shape[1] in (2, 3):
        return int(shape[0]), int(shape[1])
    message = f"kpt_shape is {str(shape)[:40]}; expected [points, 2] or [points, 3]"
    raw.problems.append(Problem("yaml-syntax", message, name))
    return None


def _listed(names: dict[int, str]) -> str:
    return ", ".join(names[number] for number in sorted(names)[:5]) + (", ..." if len(names) > 5 else "")
