from __future__ import annotations

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model import tables
from workbench.version.manifest import read_table, write_table

SCALARS = st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.floats(allow_nan=False) | st.text()
ATTRIBUTES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3), max_leaves=6
)


@given(
    columns=st.dictionaries(
        st.text(min_size=1), st.lists(ATTRIBUTES, min_size=3, max_size=3), min_size=1, max_size=3
    ).filter(lambda columns: "json" not in columns)
)
def test_table__comes_back_value_by_value(tmp_path_factory, columns):
    path = tmp_path_factory.mktemp("p") / "a.parquet"
    frame = pd.DataFrame({name: pd.Series(values, dtype=object) for name, values in columns.items()})
    write_table(path, frame)
    assert tables.records(read_table(path)) == tables.records(frame)


def test_table__every_kind_of_missing_is_none(tmp_path):
    frame = pd.DataFrame({"a": pd.Series([1, "x", None, float("nan"), pd.NA, [2]], dtype=object)})
    write_table(tmp_path / "a.parquet", frame)
    assert read_table(tmp_path / "a.parquet")["a"].tolist() == [1, "x", None, None, None, [2]]


@pytest.mark.parametrize("table", ["images", "boxes"])
def test_table__of_no_rows_comes_back(table, tmp_path):
    write_table(tmp_path / "a.parquet", tables.empty(table))
    pd.testing.assert_frame_equal(read_table(tmp_path / "a.parquet"), tables.empty(table))


def test_table__plain_columns_are_plain_for_other_programs(tmp_path):
    frame = pd.DataFrame({"a": [1, 2], "b": ["x", None], "c": [True, False], "d": [[1.5], [2.5, 3]]})
    before = frame.copy(deep=True)
    write_table(tmp_path / "a.parquet", frame)
    seen = pd.read_parquet(tmp_path / "a.parquet")
    assert seen[["a", "c"]].to_numpy().tolist() == [[1, True], [2, False]]
    assert seen["b"].iloc[0] == "x"
    assert seen["d"].tolist() == ["[1.5]", "[2.5, 3]"]
    pd.testing.assert_frame_equal(frame, before)
    assert frame.attrs == {}


@pytest.mark.parametrize("content", [b"", b"PAR1", b"not a table at all" * 9], ids=["empty", "start", "text"])
def test_table__damage_is_an_error_that_callers_expect(content, tmp_path):
    (tmp_path / "a.parquet").write_bytes(content)
    with pytest.raises((OSError, ValueError)):
        read_table(tmp_path / "a.parquet")
