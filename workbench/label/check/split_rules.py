"""Rules about splits, and about where a trainer looks for what: what data.yaml names, and labels it will not find."""

from __future__ import annotations

import os
from collections.abc import Iterator

from workbench.label.formats.yolo_text import label_place
from workbench.label.reading.raw import Problem
from workbench.label.reading.read import Found
from workbench.pictures.file_names import folders_of, nfc


def check_splits(found: Found) -> Iterator[Problem]:
    """Every rule of this chapter, one after the other."""
    yield from _places(found)
    for file, message in found.raw.split_same:
        yield Problem("train-is-val", message, file)
    for file, line, image, who in found.raw.split_overlaps:
        yield Problem("split-overlap", f"'{image}' stands in two: {who}", file, line, image)
    if found.raw.format == "yolo":
        yield from _unseen(found)


def _places(found: Found) -> Iterator[Problem]:
    """Folders and lists that data.yaml names and nobody finds; where they lie on this machine does not matter."""
    if not found.raw.split_places:
        return
    there = set(found.raw.folders)
    root = found.pictures.root
    if root is not None:
        below = {part for entry in found.pictures.entries for part in folders_of(entry.name)}
        there |= below | {root.resolve().name} | {f"{root.resolve().name}/{part}" for part in below}
    for place in found.raw.split_places:
        parts = nfc(place.place.replace("\\", "/")).removeprefix("./").rstrip("/").split("/")
        tails = {"/".join(parts[i:]) for i in range(len(parts))}
        if not tails & there:
            yield Problem("split-missing", f"{place.split}: '{place.place[:120]}' is not there", place.file)


def _unseen(found: Found) -> Iterator[Problem]:
    """Label files that Ultralytics will not find: it turns the last ``/images/`` of a picture's path into ``/labels/``.

    Only where pictures and labels lie in one tree: labels apart from their pictures are on their way somewhere else.
    """
    root = found.pictures.root
    if root is None:
        return
    source = (found.source if found.source.is_dir() else found.source.parent).resolve()
    tops = {one.folder.resolve() for one in found.raw.split_places} or {source}
    pictures = root.resolve()
    if not any(pictures.is_relative_to(top) and source.is_relative_to(top) for top in tops):
        return
    lost: list[tuple[str, str]] = []
    for record, index in zip(found.raw.files, found.resolved.picture.tolist(), strict=True):
        if index >= 0:
            wanted = label_place(f"{pictures}/{found.pictures.entries[index].name}")
            if nfc(wanted) != nfc(f"{source}/{record.name}"):
                lost.append((record.name, wanted))
    if lost:
        name, wanted = lost[0]
        message = (
            f"{len(lost)} of {len(found.raw.files)}, such as '{name}': it looks for '{os.path.relpath(wanted, source)}'"
        )
        yield Problem("labels-unseen", message, name)
