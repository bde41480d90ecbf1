"""Rules about files: lists, names inside files, pictures without labels, habits of a whole set."""

from __future__ import annotations

from collections.abc import Iterator

from workbench.label.check.double_labels import check_agreement
from workbench.label.check.split_rules import check_splits
from workbench.label.reading.picture_names import Matcher
from workbench.label.reading.raw import Listed, Problem
from workbench.label.reading.read import Found
from workbench.machine.helpers import Helpers
from workbench.model.wording import counted
from workbench.pictures.file_names import base_name, nfc, safe_name, suffix_of
from workbench.pictures.kinds import stem_of

_HABITS = {
    "foreign-path": "{n} of {all} files hold an absolute path in <path>",
    "character-entities": "{n} of {all} files write letters as &#...;",
    "filename-without-extension": "{n} of {all} files name their picture without an extension",
    "size-missing": "{n} of {all} files declare no picture size",
    "encoding": "{n} of {all} files",
    "class-id-float": "{n} lines",
    "confidence-in-labels": "{n} lines",
    "track-id-in-labels": "{n} lines",
    "deleted-object": "{n} objects",
    "parts-joined": "{n} shapes were added to another",
    "mask-not-kept": "{n} objects",
    "frames-without-box": "{n} of {all} frames",
}


def check_files(found: Found, helpers: Helpers) -> Iterator[Problem]:
    """Every rule of this chapter, one after the other."""
    yield from _habits(found)
    yield from _lists(found)
    yield from check_splits(found)
    yield from _names_inside(found)
    yield from _unlabelled(found)
    yield from _twice(found)
    yield from _several_annotations(found)
    for name, count in found.others.items():
        message = f"{counted(count, 'files')} {'looks' if count == 1 else 'look'} like {name}"
        yield Problem("mixed-formats", message, fix=f"Read them with --format {name}, and compare.")
    yield from check_agreement(found, helpers)
    if found.raw.format == "openalpr" and len(found.raw):
        yield Problem("main-object-only", f"{len(found.raw)} boxes on {len(found.raw.files)} pictures")


def _habits(found: Found) -> Iterator[Problem]:
    for habit, count in found.raw.notes.items():
        yield Problem(habit, _HABITS[habit].format(n=count, all=len(found.raw.files)))


def _lists(found: Found) -> Iterator[Problem]:
    matcher = Matcher(found.pictures.entries)
    seen: dict[int, Listed] = {}
    prefixes: dict[tuple[str, str], int] = {}
    for one in found.raw.listed:
        index = matcher.find_name(one.name)
        if index < 0:
            yield Problem("list-entry-missing", f"'{one.name[:200]}'", one.file, one.line, image=base_name(one.name))
            continue
        held = seen.get(index)
        if held is not None and held.file == one.file:
            yield Problem("list-entry-twice", f"'{one.name[:200]}', first on line {held.line}", one.file, one.line)
        seen.setdefault(index, one)
        name = found.pictures.entries[index].name
        given = (safe_name(one.name) or nfc(one.name).replace("\\", "/")).removeprefix("./")
        if (
            found.pictures.root is not None
            and not given.endswith(f"{found.pictures.root.name}/{name}")
            and given not in (name, stem_of(name))
        ):
            key = (one.file, given.rsplit("/", 1)[0] if "/" in given else "")
            prefixes[key] = prefixes.get(key, 0) + 1
    for (file, prefix), count in prefixes.items():
        yield Problem("list-path-prefix", f"{count} entries start with '{prefix}'", file)


def _names_inside(found: Found) -> Iterator[Problem]:
    if found.raw.format not in ("voc", "labelme"):
        return
    for record, index in zip(found.raw.files, found.resolved.picture.tolist(), strict=True):
        if record.picture is None or index < 0:
            continue
        name = found.pictures.entries[index].name
        if record.picture == name:
            continue
        real, inside = base_name(name), base_name(record.picture)
        if inside == real or inside == stem_of(real):
            continue
        if stem_of(inside) == stem_of(real):
            yield Problem(
                "filename-extension",
                f"'{inside}' for '{real}'",
                record.name,
                record.line,
                found.pictures.entries[index].name,
            )
        else:
            if suffix_of(inside) != suffix_of(real) and suffix_of(inside):
                said = f"'{inside}' for '{real}'"
                yield Problem("filename-extension", said, record.name, record.line, found.pictures.entries[index].name)
            yield Problem(
                "filename-mismatch",
                f"'{inside}' for '{real}'",
                record.name,
                record.line,
                found.pictures.entries[index].name,
            )


def _unlabelled(found: Found) -> Iterator[Problem]:
    if not found.raw.files:
        return
    used = set(found.resolved.picture.tolist())
    # A label file that cannot be read has been reported, and is there.
    for index, entry in enumerate(found.pictures.entries):
        if index not in used and entry.name not in found.unread:
            yield Problem("picture-without-label", f"'{entry.name}'", image=entry.name)
    for record, index in zip(found.raw.files, found.resolved.picture.tolist(), strict=True):
        if not record.labelled and index >= 0:
            yield Problem("picture-without-label", "listed, but not labelled", record.name, record.line, record.picture)


def _several_annotations(found: Found) -> Iterator[Problem]:
    """Label Studio keeps an annotation of every labeller in one file; nobody should take their boxes for one answer."""
    if found.raw.format != "label-studio":
        return
    who: dict[str, list[str]] = {}
    for record, image in zip(found.raw.files, found.resolved.image_ids, strict=True):
        if record.labelled:
            who.setdefault(image, []).append(record.labeller or "nobody named")
    several = {image: names for image, names in who.items() if len(names) > 1}
    if several:
        people = ", ".join(sorted({name for names in several.values() for name in names})[:5])
        message = (
            f"{len(several)} pictures have several annotations (of {people}): all are read, and their boxes add up"
        )
        fix = "Mark one annotation of each as ground truth, or resolve the labellers' answers before you count."
        yield Problem("labelled-twice", message, image=next(iter(several)), fix=fix, severity="warning")


def _twice(found: Found) -> Iterator[Problem]:
    first: dict[str, int] = {}
    for i, (record, image) in enumerate(zip(found.raw.files, found.resolved.image_ids, strict=True)):
        key = image if found.resolved.picture[i] >= 0 else base_name(record.picture or record.key)
        held = first.setdefault(key, i)
        if held != i and found.raw.files[held].name != record.name:
            message = f"'{found.raw.files[held].name}' and '{record.name}'"
            # Who labelled, these formats do not say: then it is one object counted twice.
            severity = "warning" if found.raw.format in ("yolo", "yolo-mark", "voc") else None
            yield Problem("labelled-twice", message, record.name, record.line, image, severity=severity)
