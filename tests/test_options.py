"""What a session sets: bars of long work."""

from __future__ import annotations

import pytest

import workbench as wb
from workbench.model.session_options import progress_bar


@pytest.mark.parametrize(("session", "call", "shown"), [(True, True, True), (False, True, False), (True, False, False)])
def test_progress_bar__both_the_session_and_the_call_must_want_one(monkeypatch, capfd, session, call, shown):
    monkeypatch.setattr(wb.options, "progress", session)
    assert list(progress_bar(range(3), show=call, desc="count")) == [0, 1, 2]
    assert ("count" in capfd.readouterr().err) == shown
