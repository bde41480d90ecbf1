"""One seal for versions, frozen tests and records: what was sealed before is what it was, an edit is seen."""

from __future__ import annotations

import hashlib
import json

import pytest

from workbench.project.files import read_sealed, sealed, unsealed, write_sealed

VALUES = {"name": "번호판", "at": "2026-11-24", "pictures": 3, "share": 0.1, "parent": None, "classes": ["plate"]}


def test_sealed__is_the_seal_of_0_1_0():
    """As `decide`, the versions and the frozen tests each wrote it down."""
    expected = hashlib.sha256(json.dumps(VALUES, sort_keys=True).encode()).hexdigest()
    assert list(sealed(VALUES).items()) == [*VALUES.items(), ("seal", expected)]


def test_unsealed__sees_an_edit():
    whole = sealed(VALUES)
    assert unsealed(whole) == (VALUES, True)
    assert unsealed(dict(reversed(whole.items()))) == (VALUES, True)
    assert unsealed(whole | {"pictures": 4}) == (VALUES | {"pictures": 4}, False)
    assert unsealed(VALUES) == (VALUES, False)


def test_read_sealed__gives_what_was_written(tmp_path):
    path = tmp_path / "a.json"
    write_sealed(path, VALUES)
    assert read_sealed(path) == VALUES
    assert path.read_text("utf-8").endswith("}\n")
    assert "번호판" in path.read_text("utf-8")


@pytest.mark.parametrize("text", ["[]", "{}", "no", '{"a": 1, "seal": "0"}', '{"a": 1}'])
def test_read_sealed__refuses_what_is_not_sealed(text, tmp_path):
    path = tmp_path / "a.json"
    path.write_text(text)
    with pytest.raises(ValueError, match=r"seal|JSON|Expecting"):
        read_sealed(path)
