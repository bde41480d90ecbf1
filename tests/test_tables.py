from __future__ import annotations

import json
import math
import re
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model import tables
from workbench.model.errors import InputError, TableError
from workbench.model.geometry import CORNERS

# One row that keeps every rule, for each table.
GOOD: dict[str, dict[str, Any]] = {
    "images": {
        "image_id": "a",
        "path": "pictures/a.jpg",
        "sha256": "0" * 64,
        "width": 100,
        "height": 80,
        "source": "web",
        "group_id": "g",
        "frame_s": 0.5,
        "split": "train",
        "label_status": "labelled",
    },
    "boxes": {
        "box_id": "b0",
        "image_id": "a",
        "class_name": "plate",
        "xmin": 1.0,
        "ymin": 2.0,
        "xmax": 30.0,
        "ymax": 40.0,
        "ignore": False,
        "labeller": "ann",
    },
    "predictions": {
        "prediction_id": "p0",
        "image_id": "a",
        "class_name": "plate",
        "confidence": 0.5,
        "xmin": 1.0,
        "ymin": 2.0,
        "xmax": 30.0,
        "ymax": 40.0,
    },
    "verdicts": {
        "image_id": "a",
        "box_id": "b0",
        "prediction_id": "p0",
        "class_name": "plate",
        "confidence": 0.5,
        "iou": 0.75,
        "outcome": "fp",
        "error": "background",
        "cause": "small",
        "cause_confirmed": True,
    },
    "problems": {
        "code": "xml-broken",
        "severity": "error",
        "file": "a.xml",
        "line": 3,
        "image": "a.jpg",
        "box": "1",
        "message": "it is broken",
        "fix": "mend it",
    },
}
KEYS = {"images": "image_id", "boxes": "box_id", "predictions": "prediction_id"}
RULES = [(table, name, rule) for table, rules in tables.TABLES.items() for name, rule in rules.items()]


def ids_of(cases: list[tuple[Any, ...]]) -> list[str]:
    return [f"{case[0]}.{case[1]}" for case in cases]


def good(table: str, count: int = 4, *, index: Any = None) -> pd.DataFrame:
    """That many rows that keep every rule, each with its own key."""
    frame = pd.DataFrame([GOOD[table]] * count, index=index)
    if table in KEYS:
        frame[KEYS[table]] = [f"x{number}" for number in range(count)]
    return frame


def planted(table: str, column: str, value: object, row: int) -> pd.DataFrame:
    """Good rows, labelled 10, 11, …, with one value in one of them that may break a rule."""
    frame = good(table, index=range(10, 14)).astype({column: object})
    frame.loc[10 + row, column] = value
    return frame


def complaint(frame: Any, table: str) -> str:
    with pytest.raises(TableError) as caught:
        tables.validate(frame, table)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def wrong_values() -> list[tuple[str, str, object, str]]:
    """Table, column, a value that breaks the column's rule, and what was expected instead."""
    cases: list[tuple[str, str, object, str]] = []
    for table, name, rule in RULES:
        if rule.kind == "id":
            cases += [(table, name, value, "a text or a whole number") for value in (1.5, ("a",))]
        elif rule.kind == "text":
            cases += [(table, name, value, "a text") for value in (7, ["a"])]
        elif rule.kind == "flag":
            cases += [(table, name, value, "True or False") for value in ("yes", 2)]
        else:
            cases += [(table, name, value, "a number") for value in ("wide", math.inf, -math.inf)]
        if rule.kind == "integer":
            cases.append((table, name, 7.5, "a whole number"))
        if rule.choices:
            cases.append((table, name, "Train ", f"one of {', '.join(rule.choices)}"))
        if math.isfinite(rule.low):
            below = rule.low - 1
            span = f"{rule.low:g} to {rule.high:g}" if math.isfinite(rule.high) else f"at least {rule.low:g}"
            cases.append((table, name, below, span))
        if math.isfinite(rule.high):
            cases.append((table, name, rule.high + 0.001, f"{rule.low:g} to {rule.high:g}"))
    return cases


def test_tables__are_those_of_the_design():
    """Other programs read these columns; renaming one is a break."""
    assert {table: list(rules) for table, rules in tables.TABLES.items()} == {
        table: list(row) for table, row in GOOD.items()
    }
    required = {(table, name) for table, name, rule in RULES if rule.required}
    assert {name for table, name in required if table == "images"} == {"image_id"}
    assert {name for table, name in required if table == "boxes"} == {"image_id", "class_name", *CORNERS}
    assert {name for table, name in required if table == "predictions"} == {
        "image_id",
        "class_name",
        "confidence",
        *CORNERS,
    }


@pytest.mark.parametrize("table", tables.TABLES)
def test_empty__has_every_column_and_keeps_the_rules(table):
    frame = tables.empty(table)
    assert list(frame) == list(tables.TABLES[table])
    pd.testing.assert_frame_equal(tables.validate(frame, table), frame)
    pd.testing.assert_frame_equal(tables.from_rows(table, []), frame)
    pd.testing.assert_frame_equal(tables.validate(pd.DataFrame(), table), frame)


@pytest.mark.parametrize("table", tables.TABLES)
def test_empty__has_the_types_of_a_full_table(table):
    full = tables.validate(good(table), table)
    assert tables.empty(table).dtypes.to_dict() == full.dtypes.to_dict()


@pytest.mark.parametrize("table", tables.TABLES)
def test_validate__gives_back_what_keeps_the_rules(table):
    found = tables.validate(good(table), table)
    assert list(found) == list(tables.TABLES[table])
    assert tables.records(found) == tables.records(good(table))
    pd.testing.assert_frame_equal(tables.validate(found, table), found)


@pytest.mark.parametrize("table", tables.TABLES)
def test_validate__fills_in_what_was_not_brought(table):
    rules = tables.TABLES[table]
    brought = good(table)[[name for name, rule in rules.items() if rule.required]]
    found = tables.validate(brought, table)
    assert list(found) == list(rules)
    for name, rule in rules.items():
        if rule.required:
            continue
        if name == KEYS.get(table):
            assert found[name].is_unique
        else:
            assert {row[name] for row in tables.records(found)} == {rule.default}
    assert found.dtypes.to_dict() == tables.empty(table).dtypes.to_dict()


@pytest.mark.parametrize(
    ("table", "column", "value"),
    [
        ("images", "label_status", "labelled"),
        ("images", "split", None),
        ("boxes", "ignore", False),
        ("boxes", "box_id", "b0"),
        ("predictions", "prediction_id", "p0"),
        ("verdicts", "cause_confirmed", False),
    ],
)
def test_validate__defaults(table, column, value):
    found = tables.records(tables.validate(good(table).drop(columns=column), table))
    assert found[0][column] == value


@pytest.mark.parametrize("table", tables.TABLES)
def test_validate__puts_known_columns_first_and_keeps_the_others(table):
    frame = good(table, index=list("wxyz")).assign(zebra=[4, 3, 2, 1])
    frame = frame[["zebra", *reversed(list(GOOD[table]))]]
    before = frame.copy(deep=True)
    found = tables.validate(frame, table)
    assert list(found) == [*GOOD[table], "zebra"]
    assert found["zebra"].tolist() == [4, 3, 2, 1]
    assert found.index.tolist() == [0, 1, 2, 3]
    found.loc[:, "zebra"] = 0
    found.loc[0, next(iter(GOOD[table]))] = "changed"
    pd.testing.assert_frame_equal(frame, before)


def test_validate__keeps_unknown_columns_of_no_rows():
    frame = good("boxes").assign(note="x").iloc[:0]
    assert list(tables.validate(frame, "boxes")) == [*GOOD["boxes"], "note"]


@pytest.mark.parametrize(
    ("table", "column", "value", "expected"), wrong_values(), ids=[f"{c[0]}.{c[1]}={c[2]}" for c in wrong_values()]
)
def test_validate__names_a_wrong_value(table, column, value, expected):
    for row in (0, 3):
        frame = planted(table, column, value, row)
        assert complaint(frame, table) == f"{table}: {column} is {value!r} in row {10 + row}; expected {expected}" + (
            ", one kind for all rows" if "whole number" in expected and "text" in expected else ""
        )


@pytest.mark.parametrize(("table", "name", "rule"), RULES, ids=ids_of(RULES))
def test_validate__a_missing_value(table, name, rule):
    for missing in (None, math.nan, pd.NA):
        frame = planted(table, name, missing, 2)
        if rule.nullable:
            assert tables.records(tables.validate(frame, table))[2][name] is None, missing
        else:
            message = complaint(frame, table)
            assert message.startswith(f"{table}: {name} is missing (NaN) in row 12;"), missing


REQUIRED = [case for case in RULES if case[2].required]


@pytest.mark.parametrize(("table", "name", "rule"), REQUIRED, ids=ids_of(REQUIRED))
def test_validate__names_a_missing_column(table, name, rule):
    message = complaint(good(table).drop(columns=name), table)
    assert message.startswith(f"{table}: the column '{name}' is missing; ")


@pytest.mark.parametrize(
    ("table", "name", "called"),
    [
        ("predictions", "confidence", "score"),
        ("predictions", "confidence", "Conf"),
        ("boxes", "class_name", "label"),
        ("boxes", "class_name", "category"),
        ("boxes", "xmin", "x1"),
        ("boxes", "ymax", "Y2"),
        ("images", "image_id", "file_name"),
        ("images", "image_id", "imageid"),
        ("boxes", "class_name", "classname"),
    ],
)
def test_validate__guesses_what_a_column_is_called(table, name, called):
    message = complaint(good(table).rename(columns={name: called}), table)
    assert message == f"{table}: the column '{name}' is missing; rename '{called}'"


def test_validate__lists_the_columns_where_it_has_no_guess():
    message = complaint(pd.DataFrame({"foo": [1], "bar": [2]}), "images")
    assert message == "images: the column 'image_id' is missing; it has foo, bar"


def test_validate__counts_the_rows_that_are_wrong():
    frame = good("images", index=range(10, 14)).assign(split=["train", "dev", "val", "dev"])
    assert "split is 'dev' in row 11 and 1 more; expected one of train, val, test, pool" in complaint(frame, "images")


@pytest.mark.parametrize("table", KEYS)
def test_validate__names_a_key_that_stands_twice(table):
    frame = good(table)
    frame.loc[3, KEYS[table]] = "x1"
    assert complaint(frame, table) == (
        f"{table}: {KEYS[table]} 'x1' stands in more than one row (row 3); every row needs its own"
    )


@pytest.mark.parametrize("table", ["boxes", "predictions"])
@pytest.mark.parametrize(("low", "high"), [("xmin", "xmax"), ("ymin", "ymax")])
def test_validate__names_swapped_corners(table, low, high):
    frame = planted(table, low, 55.5, 1).astype({low: float})
    message = complaint(frame.reset_index(drop=True), table)
    assert message.startswith(f"{table}: {low} is greater than {high} in row 1 (55.5 > {GOOD[table][high]});")


def test_validate__a_box_may_have_no_area():
    frame = good("boxes").assign(xmax=1.0)
    assert tables.validate(frame, "boxes")["xmax"].tolist() == [1.0] * 4


def test_validate__names_a_column_that_stands_twice():
    frame = good("images")
    frame.columns = ["path" if name == "source" else name for name in frame]
    assert complaint(frame, "images") == "images: the column 'path' is there twice; drop one"


@pytest.mark.parametrize("frame", [[{"image_id": "a"}], {"image_id": ["a"]}, None], ids=["list", "dict", "None"])
def test_validate__wants_a_table(frame):
    assert complaint(frame, "images") == f"images: expected a pandas DataFrame, got {type(frame).__name__}"


def test_table_error__is_an_input_error():
    assert issubclass(TableError, InputError)


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["a", "번호"], ["a", "번호"]),
        ([3, 7], [3, 7]),
        ([3.0, 7.0], [3, 7]),
        (np.array([3, 7], dtype=np.uint8), [3, 7]),
        (pd.Series([3, 7], dtype="Int64"), [3, 7]),
        (pd.Series([3, 7], dtype=object), [3, 7]),
        (pd.Categorical(["a", "b"]), ["a", "b"]),
        (pd.Series(["a", "b"], dtype="string"), ["a", "b"]),
    ],
    ids=["text", "int", "float", "uint8", "Int64", "object", "category", "string"],
)
def test_validate__takes_ids_of_one_kind(values, expected):
    found = tables.validate(pd.DataFrame({"image_id": values}), "images")["image_id"]
    assert found.tolist() == expected
    assert pd.api.types.is_integer_dtype(found) == isinstance(expected[0], int)


@pytest.mark.parametrize("values", [["a", 3], [True, False], [1.5, 2.0], [("a",), ("b",)]], ids=str)
def test_validate__refuses_ids_of_two_kinds(values):
    assert "expected a text or a whole number, one kind for all rows" in complaint(
        pd.DataFrame({"image_id": values}), "images"
    )


@pytest.mark.parametrize(
    ("values", "expected"),
    [([True, False], [True, False]), ([1, 0], [True, False]), (np.array([1.0, 0.0]), [True, False])],
    ids=["bool", "int", "float"],
)
def test_validate__takes_flags(values, expected):
    found = tables.validate(good("boxes", 2).assign(ignore=values), "boxes")["ignore"]
    assert (found.tolist(), found.dtype) == (expected, bool)


@given(data=st.data())
def test_validate__finds_the_one_wrong_row_wherever_it_is(data):
    count = data.draw(st.integers(1, 8))
    labels = data.draw(st.permutations(range(100, 100 + count)))
    table, column, value, _ = data.draw(st.sampled_from(wrong_values()))
    row = data.draw(st.integers(0, count - 1))
    frame = good(table, count, index=labels).astype({column: object})
    values = [*frame[column].iloc[:row], value, *frame[column].iloc[row + 1 :]]
    frame[column] = pd.Series(values, index=labels, dtype=object)
    message = complaint(frame, table)
    assert message.startswith(f"{table}: {column} is {value!r} in row {labels[row]};")


CORNER = st.floats(-1e6, 1e6)


@given(
    st.lists(
        st.fixed_dictionaries(
            {
                "image_id": st.sampled_from("abc"),
                "class_name": st.text(),
                **dict.fromkeys(CORNERS, CORNER),
            }
        ),
        min_size=1,
        max_size=6,
    )
)
def test_validate__takes_boxes_just_when_their_corners_are_in_order(rows):
    in_order = all(row["xmin"] <= row["xmax"] and row["ymin"] <= row["ymax"] for row in rows)
    if in_order:
        found = tables.records(tables.from_rows("boxes", rows))
        assert [{name: row[name] for name in rows[0]} for row in found] == rows
    else:
        with pytest.raises(TableError, match="is greater than"):
            tables.from_rows("boxes", rows)


def test_from_rows__names_the_row():
    rows = [GOOD["predictions"], GOOD["predictions"] | {"prediction_id": "p1", "confidence": 1.2}]
    with pytest.raises(TableError, match=re.escape("predictions: confidence is 1.2 in row 1; expected 0 to 1")):
        tables.from_rows("predictions", rows)


@given(
    st.dictionaries(
        st.text(min_size=1),
        st.lists(
            st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text(),
            min_size=3,
            max_size=3,
        ),
        min_size=1,
        max_size=3,
    )
)
def test_records__are_the_rows(columns):
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    rows = tables.records(frame)
    assert rows == [{name: values[row] for name, values in columns.items()} for row in range(3)]
    assert json.loads(json.dumps(rows)) == rows


def test_records__of_every_pandas_type_are_plain():
    frame = pd.DataFrame(
        {
            "float": pd.Series([1.5, None]),
            "small": pd.Series([1.5, None], dtype="float32"),
            "Int64": pd.Series([1, None], dtype="Int64"),
            "boolean": pd.Series([True, None], dtype="boolean"),
            "bool": [True, False],
            "str": pd.Series(["a", None], dtype="str"),
            "category": pd.Categorical(["a", None]),
            "object": pd.Series([np.float32(1.5), np.float32("nan")], dtype=object),
        }
    )
    first, second = tables.records(frame)
    assert [type(value) for value in first.values()] == [float, float, int, bool, bool, str, str, float]
    assert {name for name, value in second.items() if value is None} == set(frame) - {"bool"}
    json.dumps([first, second], allow_nan=False)


def test_records__of_no_rows():
    assert tables.records(tables.empty("boxes")) == []
    assert tables.records(pd.DataFrame()) == []


@pytest.mark.parametrize(
    "value",
    [None, math.nan, np.nan, np.float32("nan"), np.float64("nan"), pd.NA, pd.NaT, np.datetime64("NaT")],
    ids=["None", "nan", "np.nan", "float32", "float64", "NA", "NaT", "np.NaT"],
)
def test_plain__every_kind_of_missing_is_none(value):
    assert tables.plain(value) is None


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (np.int64(3), 3),
        (np.float32(0.5), 0.5),
        (np.bool_(True), True),
        (np.str_("a"), "a"),
        ("", ""),
        (0, 0),
        (False, False),
        (math.inf, math.inf),
        ([1, 2], [1, 2]),
    ],
    ids=repr,
)
def test_plain__values_stay_what_they_are(value, expected):
    found = tables.plain(value)
    assert (found, type(found)) == (expected, type(expected))


def test_check_references__takes_what_is_known():
    tables.check_references(good("images"), good("boxes").assign(image_id="x1"), "boxes")
    tables.check_references(tables.empty("images"), tables.empty("boxes"), "boxes")
    tables.check_references(good("images"), tables.empty("boxes"), "boxes")


def test_check_references__counts_and_names_what_is_not_there():
    boxes = good("boxes").assign(image_id=["x1", "x8", "x9", "x8"])
    with pytest.raises(TableError) as caught:
        tables.check_references(good("images"), boxes, "boxes")
    assert str(caught.value) == (
        "boxes: 3 of 4 rows name a picture that images does not hold, first 'x8'; add it to images or drop these rows"
    )


def test_check_references__refuses_two_kinds_of_id():
    images = tables.validate(pd.DataFrame({"image_id": [1, 2]}), "images")
    boxes = tables.validate(good("boxes").assign(image_id="1"), "boxes")
    with pytest.raises(TableError, match=r"boxes: image_id is str, in images it is int64; use one kind of id"):
        tables.check_references(images, boxes, "boxes")


@given(known=st.sets(st.integers(0, 9), min_size=1), named=st.lists(st.integers(0, 9), min_size=1))
def test_check_references__refuses_just_what_is_not_there(known, named):
    images = tables.validate(pd.DataFrame({"image_id": sorted(known)}), "images")
    boxes = tables.validate(good("boxes", len(named)).assign(image_id=named), "boxes")
    unknown = [number for number in named if number not in known]
    if not unknown:
        tables.check_references(images, boxes, "boxes")
        return
    with pytest.raises(TableError, match=f"{len(unknown)} of {len(named)} rows .* first {unknown[0]};"):
        tables.check_references(images, boxes, "boxes")
