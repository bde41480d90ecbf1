from __future__ import annotations

import pandas as pd
import pytest

from workbench.model.wording import counted, facts_html


@pytest.mark.parametrize(
    ("count", "what", "said"),
    [
        (0, "boxes ignored", "0 boxes ignored"),
        (1, "boxes ignored", "1 box ignored"),
        (2, "pictures", "2 pictures"),
        (1, "pictures added", "1 picture added"),
        (1, "odd things", "1 odd thing"),
    ],
)
def test_counted(count, what, said):
    assert counted(count, what) == said


def test_facts_html__escapes_and_leaves_out_what_is_empty():
    page = facts_html(
        "<b>", {"a&b": "<i>", "none": "", "zero": 0}, pd.DataFrame({"x": []}), pd.DataFrame({"x": ["<u>"]})
    )
    for part in ("<b>&lt;b&gt;</b>", "a&amp;b", "&lt;i&gt;", ">0</td>", "&lt;u&gt;"):
        assert part in page
    assert "none" not in page
    assert page.count("<table") == 2


def test_facts_html__shows_the_first_rows_of_a_long_table():
    page = facts_html("long", {}, pd.DataFrame({"number": range(1000, 1050)}))
    assert "1019" in page
    assert "1020" not in page
    assert "… and 30 more rows" in page
