"""Which picture a prediction is of: one rule for the whole source, the surest first, and never a silent guess.

1. The source's own table of pictures (COCO's ``images``), by the names that stand in it.
2. The picture's name beside the prediction, or the name of the file that it stands in.
3. The id, as an id of the labels (COCO).
4. The id, as a picture's name; a number as the number that a name is (``000139.jpg`` is 139).

An id that can be both of the last two is an id, unless the labelled boxes say otherwise: then it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from workbench.label.predictions.as_written import Written
from workbench.label.predictions.overlaps import LIES_ON, Ints, Labelled
from workbench.label.reading.picture_names import ABSENT, AMBIGUOUS, Matcher
from workbench.label.reading.raw import RawFile
from workbench.label.reading.resolve import decode
from workbench.model.errors import InputError
from workbench.pictures.file_names import base_name, id_key, safe_name, without_suffix
from workbench.pictures.walking import Entry


@dataclass(frozen=True)
class Pictures:
    """The pictures that predictions can be of.

    Attributes:
        images: the `images` table.
        ids: positions in it of the pictures that the labels give an id, by id; more than one where several files do.
        named: positions in it of the pictures that the labels name, by the name as they write it.
    """

    images: pd.DataFrame
    ids: Mapping[str, tuple[int, ...]]
    named: Mapping[str, tuple[int, ...]]

    @cached_property
    def names(self) -> list[str]:
        """The image_id of every picture."""
        return [str(name) for name in self.images["image_id"]]

    @cached_property
    def matcher(self) -> Matcher:
        """Finds a picture by its name."""
        return Matcher([Entry("", name) for name in self.names])

    def find_name(self, name: str) -> int:
        """The position of the picture of that name, `ABSENT` or `AMBIGUOUS`.

        The labels' own name for it decides where only a part of the pictures lies in the folder: for them it is
        ``cam2/a.jpg`` that is called ``a.jpg`` there.
        """
        place = self.matcher.find_name(name)
        same = self.named.get(safe_name(name) or "", ())
        return same[0] if place == AMBIGUOUS and len(same) == 1 else place

    @cached_property
    def numbers(self) -> dict[int, list[int]]:
        """Positions of the pictures whose names are numbers, by number."""
        found: dict[int, list[int]] = {}
        for place, name in enumerate(self.names):
            stem = without_suffix(base_name(name))
            if stem.isascii() and stem.isdecimal():
                found.setdefault(int(stem), []).append(place)
        return found

    @cached_property
    def size(self) -> np.ndarray[tuple[int, int], np.dtype[np.float64]]:
        """Width and height of every picture, NaN where unknown, shape (n, 2)."""
        sides = self.images[["width", "height"]]
        return sides.astype("Float64").to_numpy(dtype=np.float64, na_value=np.nan).reshape(-1, 2)


def find_pictures(written: Written, pictures: Pictures, labelled: Labelled) -> tuple[Ints, str]:
    """The picture of every prediction, and by what it was found.

    Raises:
        InputError: if a picture is not there, or more than one may be meant; with how many, and the first.
    """
    found = np.full(len(written), ABSENT, dtype=np.int64)
    if written.is_txt:
        _by_files(written, pictures, found)
        return found, "pictures by the names of the files"
    said = []
    own = np.array([bool(written.own_images) and image is not None for image in written.image_ids], dtype=bool)
    named = np.array([name is not None for name in written.file_names], dtype=bool) & ~own
    if own.any():
        _by_own_table(written, pictures, found, np.flatnonzero(own))
        said.append("pictures by its own images table")
    if named.any():
        rows = np.flatnonzero(named)
        _by_names(written, pictures, found, rows, [str(written.file_names[row]) for row in rows.tolist()])
        said.append("pictures by file name")
    rest = np.flatnonzero(~own & ~named)
    if len(rest):
        said.append(_by_ids(written, pictures, labelled, found, rest))
    return found, " and ".join(said)


def _by_files(written: Written, pictures: Pictures, found: Ints) -> None:
    of_file = [pictures.matcher.find(RawFile(name, without_suffix(name))) for name in written.files]
    absent = [name for name, place in zip(written.files, of_file, strict=True) if place == ABSENT]
    _refuse_unknown(written, absent, len(written.files))
    first: dict[int, str] = {}
    for name, place in zip(written.files, of_file, strict=True):
        if place == AMBIGUOUS:
            raise InputError(
                f"predictions {written.source / name}: more than one picture is called so; "
                "lay the files in folders as the pictures lie"
            )
        other = first.setdefault(place, name)
        if other != name:
            raise InputError(
                f"predictions {written.source}: '{other}' and '{name}' are both of the picture "
                f"'{pictures.names[place]}'; give the folder of one set of predictions"
            )
    found[:] = np.asarray(of_file, dtype=np.int64)[written.file] if len(written) else found


def _by_own_table(written: Written, pictures: Pictures, found: Ints, rows: Ints) -> None:
    names = []
    for row in rows.tolist():
        name = written.own_images.get(id_key(written.image_ids[row]))
        if name is None:
            raise InputError(
                f"{written.where(row)}: image_id {str(written.image_ids[row])[:40]!r} is not in its own 'images'; "
                "add the picture there"
            )
        names.append(name)
    _by_names(written, pictures, found, rows, names)


def _by_names(written: Written, pictures: Pictures, found: Ints, rows: Ints, names: list[str]) -> None:
    place_of = {name: pictures.find_name(name) for name in dict.fromkeys(names)}
    by_place: dict[int, str] = {}
    for row, name in zip(rows.tolist(), names, strict=True):
        place = place_of[name]
        if place == AMBIGUOUS:
            # Where the labels give ids, the id tells pictures of one name apart.
            of_id = pictures.ids.get(id_key(written.image_ids[row]), ()) if written.image_ids[row] is not None else ()
            same = [one for one in of_id if base_name(pictures.names[one]) == base_name(name)]
            if len(same) != 1 or written.own_images:
                raise InputError(
                    f"{written.where(row)}: more than one picture is called {base_name(name)[:80]!r}; "
                    "name pictures with their folders, as they lie below the pictures folder"
                )
            place = same[0]
        elif place != ABSENT and by_place.setdefault(place, name) != name:
            raise InputError(
                f"{written.where(row)}: {by_place[place][:80]!r} and {name[:80]!r} both fit the picture "
                f"{pictures.names[place]!r}; give the labels and pictures that these predictions were made on"
            )
        found[row] = place
    absent = [name for row, name in zip(rows.tolist(), names, strict=True) if found[row] == ABSENT]
    _refuse_unknown(written, absent, len(written))


def _by_ids(written: Written, pictures: Pictures, labelled: Labelled, found: Ints, rows: Ints) -> str:
    """Ids that are numbers, and those that are texts, each by one rule."""
    said: list[str] = []
    given = [str(written.image_ids[row]) for row in rows.tolist()]
    kinds = {text: id_key(text).isdecimal() for text in set(given)}
    numeric = np.array([kinds[text] for text in given], dtype=bool)
    for part in (rows[numeric], rows[~numeric]):
        if len(part):
            said.append(_by_one_rule(written, pictures, labelled, found, part))
    return " and ".join(dict.fromkeys(said))


def _by_one_rule(written: Written, pictures: Pictures, labelled: Labelled, found: Ints, rows: Ints) -> str:
    given = [written.image_ids[row] for row in rows.tolist()]
    by_id = _each(given, lambda one: _one_of(pictures.ids.get(id_key(one), ())))
    by_name = _each(given, lambda one: _named(pictures, one))
    all_ids, all_names = bool((by_id != ABSENT).all()), bool((by_name >= 0).all())
    if all_ids and (by_id == AMBIGUOUS).any():
        place = int(np.flatnonzero(by_id == AMBIGUOUS)[0])
        several = " and ".join(repr(pictures.names[one]) for one in pictures.ids[id_key(given[place])][:3])
        raise InputError(
            f"{written.where(int(rows[place]))}: image_id {str(given[place])[:40]} is {several} in the label files, "
            "which count their pictures each for itself; add the file_name to every prediction, or give one label file"
        )
    both = np.flatnonzero((by_id >= 0) & (by_name >= 0) & (by_id != by_name))
    lie = _on_boxes(written, pictures, labelled, rows[both], by_id[both], by_name[both]) if len(both) else (0, 0)
    if all_ids:
        if lie[1] > 2 * lie[0]:
            raise _undecided(written, lie)
        found[rows] = by_id
        return "pictures by the ids of the labels"
    if all_names:
        if len(both) and lie[1] <= 2 * lie[0]:
            raise _undecided(written, lie)
        found[rows] = by_name
        return "pictures by name"
    if (by_name == AMBIGUOUS).any():
        place = int(np.flatnonzero(by_name == AMBIGUOUS)[0])
        raise InputError(
            f"{written.where(int(rows[place]))}: more than one picture is called {str(given[place])[:80]!r}; "
            "name pictures with their folders, as they lie below the pictures folder"
        )
    better = by_id if (by_id >= 0).sum() > (by_name >= 0).sum() else by_name
    absent = [one for one, place in zip(given, better, strict=True) if place == ABSENT]
    _refuse_unknown(written, absent, len(written), numbers_only=not pictures.ids)
    return ""


def _each(given: list[object], find: Callable[[object], int]) -> Ints:
    texts = [str(one) for one in given]
    known = {text: find(one) for text, one in dict(zip(texts, given, strict=True)).items()}
    return np.array([known[text] for text in texts], dtype=np.int64)


def _one_of(places: tuple[int, ...]) -> int:
    return ABSENT if not places else places[0] if len(places) == 1 else AMBIGUOUS


def _named(pictures: Pictures, given: object) -> int:
    if given is None:
        return ABSENT
    place = pictures.find_name(str(given))
    if place == ABSENT and isinstance(given, int):
        return _one_of(tuple(pictures.numbers.get(given, ())))
    return place


def _on_boxes(
    written: Written, pictures: Pictures, labelled: Labelled, rows: Ints, by_id: Ints, by_name: Ints
) -> tuple[int, int]:
    """How many of the surest predictions lie on a labelled box, with the one and with the other picture."""
    values, confidence = written.array()[rows], np.asarray(written.confidence)[rows]
    counts = []
    for place in (by_id, by_name):
        boxes = decode(values, written.layout, written.unit, pictures.size[place])
        sure = labelled.surest(place, confidence)
        counts.append(int((labelled.nearest(place[sure], boxes[sure])[0] >= LIES_ON).sum()))
    return counts[0], counts[1]


def _undecided(written: Written, lie: tuple[int, int]) -> InputError:
    return InputError(
        f"predictions {written.source}: image_id can be the labels' id or the picture's name, and these are not the "
        f"same pictures: as ids {lie[0]} of the surest predictions lie on a labelled box, as names {lie[1]}; "
        "add the file_name to every prediction"
    )


def _refuse_unknown(
    written: Written, unknown: list[object] | list[str], total: int, *, numbers_only: bool = False
) -> None:
    if not unknown:
        return
    first = unknown[0]
    advice = "give the pictures these predictions were made on"
    if first is None or written.called_so:
        raise InputError(
            f"predictions {written.source}: {len(unknown)} of {total} name no picture (image_id or file_name); "
            "name the picture of each, or give a folder with a file for each picture, called like it"
        )
    if numbers_only and id_key(first).isdecimal():
        advice = "these labels give their pictures no numbers: add the file_name to every prediction"
    raise InputError(
        f"predictions {written.source}: {len(unknown)} of {total} name a picture that the labels do not have, "
        f"first {str(first)[:80]!r}; {advice}"
    )
