"""The table of formats: name to reader and writer."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence

from workbench.label.formats import (
    coco,
    createml,
    csv_table,
    cvat,
    dota,
    kitti,
    label_studio,
    labelme,
    mot,
    openalpr,
    via,
    visdrone,
    voc,
    yolo,
    yolo_mark,
    yolo_text,
)
from workbench.label.formats.detect import TABLES, Chosen
from workbench.label.formats.ignored_regions import for_every_class
from workbench.label.reading.raw import RawLabels
from workbench.label.writing.records import Picture
from workbench.machine.helpers import Helpers
from workbench.pictures.walking import Entry

Files = Iterator[tuple[str, bytes]]
Reader = Callable[[Chosen, Helpers], RawLabels]
Writer = Callable[[Sequence[Picture], tuple[str, ...]], Files]


def _with(chosen: Chosen, *suffixes: str) -> list[Entry]:
    return [entry for entry in chosen.entries if entry.name.lower().endswith(suffixes)]


READERS: dict[str, Reader] = {
    "voc": lambda chosen, helpers: _in_parts(voc.read, _with(chosen, ".xml"), helpers),
    "yolo": lambda chosen, helpers: yolo.read(
        _with(chosen, ".txt", ".yaml", ".yml", ".names"), chosen.root, helpers, given=chosen.given
    ),
    "yolo-mark": lambda chosen, helpers: yolo_mark.read(_with(chosen, ".txt", ".data", ".names"), helpers),
    "coco": lambda chosen, _: coco.read(_with(chosen, ".json")),
    "labelme": lambda chosen, helpers: _in_parts(labelme.read, _labelme(chosen), helpers),
    "cvat": lambda chosen, _: cvat.read(_with(chosen, ".xml")),
    "label-studio": lambda chosen, _: label_studio.read(_with(chosen, ".json")),
    "openalpr": lambda chosen, helpers: _in_parts(openalpr.read, _with(chosen, ".txt", ".tsv"), helpers),
    "kitti": lambda chosen, helpers: for_every_class(
        _in_parts(kitti.read, _with(chosen, ".txt"), helpers), kitti.DONT_CARE
    ),
    "mot": lambda chosen, _: mot.read(_with(chosen, ".txt")),
    "visdrone": lambda chosen, helpers: for_every_class(
        _in_parts(visdrone.read, _with(chosen, ".txt"), helpers), visdrone.IGNORED
    ),
    "dota": lambda chosen, helpers: _in_parts(dota.read, _with(chosen, ".txt"), helpers),
    "via": lambda chosen, _: via.read(_with(chosen, ".json", ".csv")),
    "createml": lambda chosen, _: createml.read(_with(chosen, ".json")),
    "csv": lambda chosen, _: csv_table.read(_with(chosen, *TABLES)),
    "open-images": lambda chosen, _: csv_table.read_open_images(_with(chosen, *TABLES)),
}
WRITERS: dict[str, Writer] = {
    "voc": voc.write,
    "yolo": yolo_text.write,
    "yolo-mark": yolo_mark.write,
    "coco": coco.write,
    "labelme": labelme.write,
    "cvat": cvat.write,
    "label-studio": label_studio.write,
}
"""The files of some pictures, or of all where the format has one file for them, as (relative name, content)."""
BESIDE: dict[str, Callable[[Sequence[Picture], tuple[str, ...]], Files]] = {
    "yolo": yolo_text.write_beside,
    "yolo-mark": yolo_mark.write_beside,
}
"""What a set has besides one file a picture."""
SAYS: dict[str, Callable[[Collection[str | None]], str]] = {"yolo": yolo_text.say_of}
"""What a format says of a set with these splits that its user did not say."""


def _labelme(chosen: Chosen) -> list[Entry]:
    """LabelMe is JSON or XML; a VOC file that lies beside the JSON is not a broken LabelMe file."""
    found = _with(chosen, ".json")
    return found or _with(chosen, ".xml")


def _in_parts(read: Callable[[Sequence[Entry]], RawLabels], entries: list[Entry], helpers: Helpers) -> RawLabels:
    """Read one file a picture, some here and some in helpers."""
    whole, *others = helpers.map_parts(read, entries)
    for part in others:
        whole.append(part)
    return whole


def read(chosen: Chosen, helpers: Helpers) -> RawLabels:
    """Read the chosen files by their format's reader."""
    return READERS[chosen.format](chosen, helpers)
