"""`python -m workbench` without a process: the same words, the same exit status, what it printed and complained."""

from __future__ import annotations

import contextlib
import io
from subprocess import CompletedProcess

import pytest

from workbench.__main__ import main


def workbench(*words: object) -> CompletedProcess[str]:
    said, complained = io.StringIO(), io.StringIO()
    with (
        contextlib.redirect_stdout(said),
        contextlib.redirect_stderr(complained),
        pytest.raises(SystemExit) as left,
    ):
        main([str(word) for word in words])
    return CompletedProcess(words, int(left.value.code or 0), said.getvalue(), complained.getvalue())
