from __future__ import annotations

import json
import threading
from collections.abc import Callable
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from workbench.decide import Amendment, Figure, RoundRecord, read_records, write_amendment, write_record
from workbench.model.errors import InputError, ProjectError
from workbench.project import ProjectFolder

FULL: dict[str, Any] = {
    "number": 3,
    "question": "Do sharp photos teach a detector\nto find plates in video?",
    "hypothesis": "번호판은 번호판이다: yes, no & 'maybe' \"#1\"",
    "expectation": "+0.1",
    "change": {"data": {"boxes added": 40}, "training": "nothing"},
    "version": "v0123456789ab",
    "parent_version": "v000000000001",
    "run": "r003-yolo11n",
    "test": "test",
    "settings": {"confidence": 0.5, "iou": 0.5, "classes": ["plate"]},
    "figures": {"AP50": Figure(value=0.5), "recall": Figure(value=0.25, low=0.1, high=0.4), "AP": Figure(value=None)},
    "causes": {"small": 3, "look-alike": 1},
    "decision": "keep",
    "reason": "it helped: 0.1 → 0.4",
    "next_step": "- collect dusk\n- relabel",
    "who": "ann",
    "at": "2025-01-02T03:04:05+00:00",
    "seconds": 12.5,
}
TEXT = st.text()
NUMBER = st.none() | st.floats(allow_nan=False)


@pytest.fixture
def home(tmp_path) -> ProjectFolder:
    (tmp_path / "iterations").mkdir()
    return ProjectFolder(tmp_path)


def in_threads(work: Callable[[int], object], count: int = 8) -> list[Exception]:
    """Do the work at once; return what it raised."""
    errors: list[Exception] = []
    start = threading.Barrier(count)

    def one(number: int) -> None:
        start.wait()
        try:
            work(number)
        except Exception as error:  # noqa: BLE001 - whatever it is, the test is to show it.
            errors.append(error)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return errors


def test_record__comes_back_equal(home):
    record = RoundRecord(**FULL)
    path = write_record(home, record)
    assert path == home.iterations / "003" / "record.yaml"
    assert read_records(home) == (record,)


def test_record__the_least_that_is_needed(home):
    record = RoundRecord(number=1, decision="inconclusive", reason="x")
    write_record(home, record)
    assert read_records(home) == (record,)
    assert record.who
    assert record.at.endswith("+00:00")


@given(
    texts=st.fixed_dictionaries(dict.fromkeys(("question", "hypothesis", "expectation", "test", "next_step"), TEXT)),
    reason=st.text(min_size=1),
    decision=st.sampled_from(["keep", "revert", "inconclusive"]),
    figures=st.dictionaries(TEXT, st.builds(Figure, value=NUMBER, low=NUMBER, high=NUMBER), max_size=3),
    causes=st.dictionaries(TEXT, st.integers(), max_size=3),
    change=st.dictionaries(TEXT, TEXT | st.dictionaries(TEXT, st.integers() | TEXT, max_size=2), max_size=3),
    seconds=NUMBER,
)
def test_record__comes_back_equal_whatever_was_written(tmp_path_factory, texts, **values):
    home = ProjectFolder(tmp_path_factory.mktemp("d"))
    record = RoundRecord(number=1, **texts, **values)
    write_record(home, record)
    assert read_records(home) == (record,)


@pytest.mark.parametrize(
    "text", ["\x85", "a\u2028b", "\u2029", "\r", "a\r\nb", "\ufeff", "  a  b \n" * 40, "no", "1e3", "~"]
)
def test_record__keeps_unusual_texts(text, home):
    record = RoundRecord(**(FULL | {"question": text, "causes": {text: 1}}))
    write_record(home, record)
    assert read_records(home) == (record,)


def test_record__is_a_page_that_people_can_read(home):
    path = write_record(home, RoundRecord(**FULL))
    text = path.read_text(encoding="utf-8")
    assert "번호판은 번호판이다" in text
    assert "amendments" not in text
    assert yaml.safe_load(text)["figures"]["recall"] == {"value": 0.25, "low": 0.1, "high": 0.4}


@pytest.mark.parametrize(
    "values", [{"number": 0}, {"reason": ""}, {"decision": "maybe"}, {"verdict": "x"}], ids=lambda v: next(iter(v))
)
def test_record__refuses_what_is_no_record(values):
    with pytest.raises(ValidationError, match=next(iter(values))):
        RoundRecord(**(FULL | values))


def test_write_record__a_round_is_decided_once(home):
    path = write_record(home, RoundRecord(**FULL))
    before = path.read_bytes()
    with pytest.raises(InputError, match=r"round 3 is decided already .*p\.amend\(3, because="):
        write_record(home, RoundRecord(**FULL | {"reason": "on second thoughts"}))
    assert path.read_bytes() == before
    assert [entry.name for entry in home.iterations.iterdir()] == ["003"]


def test_write_record__of_many_at_once_one_stays_whole(home):
    for number in range(1, 16):
        records = [RoundRecord(**(FULL | {"number": number, "reason": f"reason {n}"})) for n in range(4)]
        errors = in_threads(lambda n, records=records: write_record(home, records[n]), count=4)
        assert [type(error) for error in errors] == [InputError] * 3
        assert read_records(home)[-1] in records
        assert len(list(home.iterations.iterdir())) == number


def test_write_record__what_cannot_be_written_is_not_called_decided(home):
    home.iterations.rmdir()
    home.iterations.touch()
    with pytest.raises(OSError, match="iterations"):
        write_record(home, RoundRecord(**FULL))


def test_read_records__none_yet(home):
    assert read_records(home) == ()


def test_read_records__in_order(home):
    for number in (12, 2, 1, 101):
        write_record(home, RoundRecord(**FULL | {"number": number}))
    (home.iterations / "notes").mkdir()
    assert [record.number for record in read_records(home)] == [1, 2, 12, 101]


def test_amendment__is_a_new_entry_and_nothing_before_changes(home):
    write_record(home, RoundRecord(**FULL))
    first = Amendment(who="bob", at="2025-02-01T00:00:00+00:00", decision="revert", reason="the test set was wrong")
    second = Amendment(who="ann", at="2025-03-01T00:00:00+00:00", reason="다시 보니 옳다: 0.4")
    seen: dict[str, bytes] = {}
    for number, amendment in enumerate((first, second), start=1):
        path = write_amendment(home, 3, amendment)
        assert path.name == f"amendment-{number:03d}.yaml"
        now = {file.name: file.read_bytes() for file in path.parent.iterdir()}
        assert now.keys() - seen.keys() == {path.name, "record.yaml"} - seen.keys()
        assert {name: now[name] for name in seen} == seen
        seen = now
    (record,) = read_records(home)
    assert record.amendments == (first, second)
    assert record == RoundRecord(**FULL, amendments=(first, second))
    assert record.decision == "keep"


def test_amendment__of_many_at_once_all_stay(home):
    write_record(home, RoundRecord(**FULL))
    amendments = [Amendment(who=f"w{n}", at="2025-02-01T00:00:00+00:00", reason="x") for n in range(8)]
    assert in_threads(lambda number: write_amendment(home, 3, amendments[number])) == []
    (record,) = read_records(home)
    assert sorted(amendment.who for amendment in record.amendments) == [f"w{n}" for n in range(8)]


def test_amendment__needs_a_record(home):
    with pytest.raises(InputError, match="round 4 has no record to amend"):
        write_amendment(home, 4, Amendment(who="ann", at="", reason="x"))
    assert not list(home.iterations.iterdir())


@pytest.mark.parametrize(
    "text",
    ["", "[]", "number: 3", "{", "\x00", json.dumps(FULL | {"figures": {}, "number": "three"})],
    ids=["empty", "list", "too little", "no yaml", "zero", "wrong kind"],
)
@pytest.mark.parametrize("name", ["record.yaml", "amendment-001.yaml"])
def test_read_records__names_the_file_that_is_damaged(name, text, home):
    write_record(home, RoundRecord(**FULL))
    write_amendment(home, 3, Amendment(who="ann", at="", reason="x"))
    (home.iterations / "003" / name).write_text(text)
    with pytest.raises(ProjectError, match=rf"003.{name} cannot be read") as caught:
        read_records(home)
    assert "\n" not in str(caught.value)


def test_read_records__names_the_file_that_is_no_text(home):
    path = write_record(home, RoundRecord(**FULL))
    path.write_bytes("사유".encode("cp949"))
    with pytest.raises(ProjectError, match=r"record\.yaml cannot be read"):
        read_records(home)


def test_record__says_what_it_is_in_words():
    record = RoundRecord(**FULL)
    lines = repr(record).splitlines()
    assert lines[0] == f"Round 3: {record.decision} – {record.reason}"
    assert all(len(line) <= 160 for line in lines)
    assert str(record) == repr(record)
    found = record.difference()
    assert (found is None) or any(f"{found.value:+.3f} (95 %: " in line for line in lines)
    assert RoundRecord(number=1, decision="keep", reason="a < b")._repr_html_() == "<p>Round 1: keep – a &lt; b</p>"
