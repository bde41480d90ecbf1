"""Which class a prediction is of: by name where there is one, else by a number whose meaning somebody has said.

A number means what the predictions' own table of classes says, or a list of names (given, or beside the predictions),
or the labels' own numbers. Whether it counts from 0 or from 1 is told from the numbers; where both are possible, from
the labelled boxes that the predictions lie on; and where these do not say it clearly, it is asked for.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from workbench.label.predictions.as_written import Written
from workbench.label.predictions.class_lists import ClassList
from workbench.label.predictions.overlaps import LIES_ON, Ints, Labelled
from workbench.model.errors import InputError
from workbench.model.geometry import Boxes
from workbench.pictures.file_names import id_key, nfc

_ENOUGH = 3
_TIMES = 5
_PERMUTED, _HALF, _CONTRADICTED, _EXPLAINED = 10, 0.5, 0.1, 0.8


@dataclass(frozen=True)
class Classes:
    """The classes that predictions can be of.

    Attributes:
        known: names that either side has, or has until it is renamed.
        shown: the labels' names, in their order.
        numbers: the labels' own numbers, where they have some.
        labelled: the names that some labelled box has.
        are_ids: whether these are ids that results refer to (COCO), and not places in a list.
        unclear: numbers that several label files use for several classes.
        listed: the class list of the predictions.
        first: what the first class is called: 0 or 1; None to find out.
        sure: a person said what the numbers mean.
    """

    known: frozenset[str]
    shown: tuple[str, ...]
    numbers: Mapping[int, str]
    labelled: frozenset[str]
    are_ids: bool
    unclear: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    listed: ClassList | None = None
    first: int | None = None
    sure: bool = False


@dataclass(frozen=True)
class _Meaning:
    """What the numbers may mean: the name of each, how this is said, and whether nothing speaks for another one."""

    names: dict[int, str]
    said: str
    standard: bool = False


@dataclass(frozen=True)
class _Seen:
    """Numbers of the predictions that lie on a labelled box, and the classes of these boxes."""

    numbers: list[int]
    classes: list[str]

    def right(self, names: Mapping[int, str], renamed: Mapping[str, str]) -> set[int]:
        """The numbers of which some are right."""
        return {
            number
            for number, there in zip(self.numbers, self.classes, strict=True)
            if renamed.get(names[number], names[number]) == renamed.get(there, there)
        }

    def agree(self, names: Mapping[int, str], renamed: Mapping[str, str]) -> int:
        return sum(
            renamed.get(names[number], names[number]) == renamed.get(there, there)
            for number, there in zip(self.numbers, self.classes, strict=True)
        )


def find_classes(
    written: Written, classes: Classes, labelled: Labelled, picture: Ints, boxes: Boxes, renamed: Mapping[str, str]
) -> tuple[list[str], str]:
    """The class name of every prediction, and how it was told.

    Raises:
        InputError: if a class is not there, or a number may mean two classes.
    """
    if not len(written):
        return [], ""
    names: list[str | None] = [
        _name(given, named, classes, txt=written.is_txt)
        for given, named in zip(written.classes, written.named, strict=True)
    ]
    said = ["classes by name"] if any(name is not None for name in names) else []
    rest = [row for row, name in enumerate(names) if name is None]
    if rest and written.own_classes:
        for row in rest:
            names[row] = written.own_classes.get(id_key(written.classes[row]))
            if names[row] is None:
                raise InputError(
                    f"{written.where(row)}: category {str(written.classes[row])[:40]!r} is not in its own "
                    "'categories'; add the class there"
                )
        said.append("classes by its own categories table")
    elif rest:
        numbers = {row: _number(written, row) for row in rest}
        seen = _seen(numbers, labelled, picture, boxes, np.asarray(written.confidence))
        meaning = _choose(written, classes, numbers, seen, renamed)
        for row, number in numbers.items():
            names[row] = meaning.names[number]
        said.append(meaning.said)
    for row, name in enumerate(names):
        if name not in classes.known:
            raise _unknown(written.where(row), str(name), classes)
    return [str(name) for name in names], " and ".join(said)


def _name(given: object, named: bool, classes: Classes, *, txt: bool) -> str | None:
    if txt or not isinstance(given, str):
        return None
    text = nfc(given.strip())
    return text if named or text in classes.known or not text.lstrip("+-").isdecimal() else None


def _unknown(place: str, name: str, classes: Classes) -> InputError:
    there = ", ".join(map(repr, classes.shown[:6])) or "none"
    return InputError(
        f"{place}: class {name[:40]!r} is not in the labels, which have {there}; "
        f"if it means the same as one of them, rename it, such as --rename {name[:40]}=NAME"
    )


def _number(written: Written, row: int) -> int:
    given = written.classes[row]
    try:
        number = float("nan" if isinstance(given, bool) else given)
    except (TypeError, ValueError, OverflowError):
        number = float("nan")
    if not number.is_integer():
        raise InputError(
            f"{written.where(row)}: the class is {str(given)[:40]!r}; expected a name or a category number"
        )
    return int(number)


def _seen(
    numbers: Mapping[int, int],
    labelled: Labelled,
    picture: Ints,
    boxes: Boxes,
    confidence: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> _Seen:
    rows = np.array(list(numbers), dtype=np.int64)
    rows = rows[labelled.surest(picture[rows], confidence[rows])]
    overlap, which = labelled.nearest(picture[rows], boxes[rows])
    lies = overlap >= LIES_ON
    return _Seen([numbers[row] for row in rows[lies].tolist()], labelled.classes(which[lies]))


def _choose(
    written: Written, classes: Classes, numbers: Mapping[int, int], seen: _Seen, renamed: Mapping[str, str]
) -> _Meaning:
    used = set(numbers.values())
    unclear = next((number for number in sorted(used) if number in classes.unclear), None)
    if unclear is not None and classes.listed is None:
        several = " and ".join(map(repr, classes.unclear[unclear]))
        raise InputError(
            f"predictions {written.source}: category {unclear} is {several} in the label files, which number their "
            "classes each for itself; give category_name with every prediction, or the names with --names"
        )
    meanings = _meanings(written, classes, used)
    if not meanings:
        raise _no_meaning(written, classes, numbers)
    chosen = meanings[0] if len(meanings) == 1 else _by_evidence(written, meanings, seen, renamed)
    _check_order(written, classes, chosen, seen, renamed)
    return chosen


def _meanings(written: Written, classes: Classes, used: set[int]) -> list[_Meaning]:
    """Everything that the numbers may mean, each different from the others."""
    if classes.listed is not None:
        base: Mapping[int, str] = classes.listed.names
        by = f"classes by number in the list {classes.listed.where}"
    elif classes.numbers:
        base, by = classes.numbers, "classes by the labels' numbers"
    elif len(classes.shown) == 1:
        base, by = {0: classes.shown[0]}, "classes by number"
    else:
        return []
    is_list = classes.listed is not None or not classes.are_ids
    order = [base[number] for number in sorted(base)]
    places = {number: name for number, name in enumerate(order)}
    said_0 = "class numbers counted from 0"
    said_1 = "categories counted from 1"
    found = []
    if classes.first is None:
        # Text files of numbers have the numbers of the labels; results of COCO have the ids of COCO's labels.
        found.append(_Meaning(dict(base), by, standard=written.is_txt == is_list))
    if classes.first != 1:
        found.append(_Meaning(places if not is_list else dict(base), said_0))
    if classes.first == 1 or (classes.first is None and not written.is_txt):
        found.append(_Meaning({number + 1: name for number, name in places.items()}, said_1))
        if is_list and classes.listed is None:
            found.append(_Meaning({number + 1: name for number, name in base.items()}, said_1))
    if not is_list and classes.first is None and order[0] not in classes.labelled:
        # Roboflow puts a class above all others first, which no box has and no detector learns.
        rest = dict(enumerate(order[1:]))
        found.append(_Meaning(rest, f"{said_0} without {order[0]!r}, which no label has"))
    different: list[_Meaning] = []
    for one in found:
        if used <= one.names.keys() and not any(_same(one, other, used) for other in different):
            different.append(one)
    return different


def _same(one: _Meaning, other: _Meaning, used: set[int]) -> bool:
    return all(one.names[number] == other.names[number] for number in used)


def _by_evidence(written: Written, meanings: Sequence[_Meaning], seen: _Seen, renamed: Mapping[str, str]) -> _Meaning:
    counts = [seen.agree(one.names, renamed) for one in meanings]
    order = sorted(range(len(meanings)), key=lambda place: -counts[place])
    best, second = order[0], order[1]
    total = len(seen.numbers)
    clear = counts[best] >= _TIMES * counts[second] and 2 * counts[best] >= total
    told = next((one for one in meanings if written.counted_from_1 and one.said == "categories counted from 1"), None)
    standard = next((one for one in meanings if one.standard), None)
    # That ids are none takes more than one class: a detector may well call everything by one wrong name.
    enough = standard in (None, meanings[best]) or len(seen.right(meanings[best].names, renamed)) > 1
    if clear and enough and counts[best] >= _ENOUGH:
        if meanings[best] is standard:
            return standard
        written.notes.append(
            f"{meanings[best].said}: so {counts[best]} of {total} predictions that lie on a labelled box are of its "
            f"class, {counts[second]} otherwise"
        )
        return meanings[best]
    default = told or standard
    if default is not None and not (clear and counts[best] and meanings[best] is not default):
        return default
    readings = "; or ".join(
        f"{one.said} ({count} of {total} right)" for one, count in zip(meanings, counts, strict=True)
    )
    raise InputError(
        f"predictions {written.source}: the numbers of the classes can be read in more than one way: {readings}; "
        "say which with --category-offset 0 or 1 (the number of the first class), or give the names with --names"
    )


def _no_meaning(written: Written, classes: Classes, numbers: Mapping[int, int]) -> InputError:
    if classes.listed is None and not classes.numbers and len(classes.shown) > 1:
        return InputError(
            f"predictions {written.source}: classes are numbers, and these labels have {len(classes.shown)} classes "
            "without numbers; give the names in the order of the numbers with --names, or lay the classes.txt or "
            "data.yaml of the detector beside the predictions"
        )
    base = classes.listed.names if classes.listed is not None else classes.numbers or dict(enumerate(classes.shown))
    # The number to blame is one that no way of counting knows.
    row = next((row for row, number in numbers.items() if number not in base), next(iter(numbers)))
    there = ", ".join(f"{number} {name}" for number, name in list(base.items())[:6])
    whose = f"the list {classes.listed.where}, which has" if classes.listed is not None else "the labels, which have"
    return InputError(
        f"{written.where(row)}: category {numbers[row]} is not in {whose} {there}; use their ids, or "
        "give the names of the predictions' classes with --names"
    )


def _check_order(written: Written, classes: Classes, chosen: _Meaning, seen: _Seen, renamed: Mapping[str, str]) -> None:
    """See that the numbers are not of another list of the same classes.

    Raises:
        InputError: if hardly one prediction is right, and each number lies on boxes of one other class.
    """
    total = len(seen.numbers)
    right = seen.agree(chosen.names, renamed)
    if total < _PERMUTED or len(set(seen.numbers)) < 2 or right >= _HALF * total:
        return
    written.notes.append(
        f"only {right} of {total} predictions that lie on a labelled box are of its class; are the classes numbered so?"
    )
    if classes.sure or right > _CONTRADICTED * total:
        return
    most = {
        number: Counter(
            there for one, there in zip(seen.numbers, seen.classes, strict=True) if one == number
        ).most_common(1)[0]
        for number in set(seen.numbers)
    }
    if sum(count for _, count in most.values()) < _EXPLAINED * total or len({name for name, _ in most.values()}) < 2:
        return
    number, (name, count) = max(most.items(), key=lambda item: item[1][1])
    raise InputError(
        f"predictions {written.source}: only {right} of {total} predictions that lie on a labelled box are of its "
        f"class; number {number}, which would be {chosen.names[number]!r}, lies on {name!r} {count} times: the "
        "detector numbers its classes in another order; give its names with --names"
    )
