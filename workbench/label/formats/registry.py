"""The table of formats: name to reader and writer."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from workbench.label.formats import voc, yolo
from workbench.label.formats.detect import Chosen
from workbench.label.raw import RawLabels
from workbench.label.sources import Entry, suffix_of, without_suffix
from workbench.label.writing import Picture

Files = Iterator[tuple[str, bytes]]
Reader = Callable[[Chosen], RawLabels]
Writer = Callable[[Sequence[Picture], tuple[str, ...], Path | None], Files]


def _with(chosen: Chosen, *suffixes: str) -> list[Entry]:
    return [entry for entry in chosen.entries if suffix_of(entry.name) in suffixes]


def _write_voc(records: Sequence[Picture], classes: tuple[str, ...], pictures: Path | None) -> Files:
    for record in records:
        if record.status != "unlabelled" or record.boxes:
            yield without_suffix(record.image_id) + ".xml", voc.render(record)


READERS: dict[str, Reader] = {
    "voc": lambda chosen: voc.read(_with(chosen, ".xml")),
    "yolo": lambda chosen: yolo.read(_with(chosen, ".txt", ".yaml", ".yml", ".names"), chosen.root),
}
WRITERS: dict[str, Writer] = {"voc": _write_voc, "yolo": yolo.write}


def read(chosen: Chosen) -> RawLabels:
    """Read the chosen files by their format's reader."""
    return READERS[chosen.format](chosen)


def write(format: str, records: Sequence[Picture], classes: tuple[str, ...], pictures: Path | None) -> Files:
    """The files of a set, as (relative name, content), one after the other."""
    return WRITERS[format](records, classes, pictures)
