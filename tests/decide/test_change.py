from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.decide import changed_arguments, describe_change

ARGUMENTS = st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2))


@given(ARGUMENTS, ARGUMENTS)
def test_changed_arguments__are_those_that_differ(before, after):
    found = changed_arguments(before, after)
    assert list(found) == sorted(found)
    for name in "abcdef":
        if before.get(name) == after.get(name):
            assert name not in found
        else:
            assert found[name] == f"{before.get(name)} → {after.get(name)}"


@pytest.mark.parametrize(
    ("data", "arguments", "expected"),
    [
        (None, None, {"first": "the first round; there is nothing to compare with"}),
        ({}, {}, {"data": "nothing", "training": "nothing"}),
        ({"boxes added": 4}, {}, {"data": {"boxes added": 4}, "training": "nothing"}),
        ({}, {"seed": "0 → 1"}, {"data": "nothing", "training": {"seed": "0 → 1"}}),
    ],
    ids=["first", "nothing", "data", "training"],
)
def test_describe_change__says_what_changed(data, arguments, expected):
    assert describe_change(data, arguments) == expected


def test_describe_change__warns_where_both_changed():
    found = describe_change({"boxes added": 4}, {"seed": "0 → 1"})
    assert found["data"] == {"boxes added": 4}
    assert found["training"] == {"seed": "0 → 1"}
    assert "cannot tell which" in found["warning"]
