"""What an interrupted command says: what is safe, and how to go on. One sentence for each command, in one place."""

from __future__ import annotations

from collections.abc import Sequence

_AGAIN = "nothing was changed; run it again"
_PREDICTS = "what was found so far is kept; the same command goes on from there"
_WHOLE = "what it writes is whole or not there; run it again"

GO_ON = {
    **dict.fromkeys(("evaluate", "failures", "compare", "predict", "video", "decide", "report", "fiftyone"), _PREDICTS),
    **dict.fromkeys(("doctor", "weights", "check", "label-stats", "versions", "verify", "timeline", "runs"), _AGAIN),
    **dict.fromkeys(("duplicates", "leaks", "coverage", "pick", "diff", "lab", "class-report"), _AGAIN),
    **dict.fromkeys(
        ("snapshot", "restore", "freeze-test", "close-test", "export", "amend", "drop", "init", "convert", "sample"),
        _WHOLE,
    ),
    "collect": "pictures that came in are safe; the same command goes on with the rest",
    "train": "the epochs that were trained are kept; go on with: workbench resume",
    "resume": "the epochs that were trained are kept; go on with: workbench resume",
    "rerun": "a training that was under way is kept; finish it with workbench resume, or run it again",
    "suspects": "folds that were trained, and what was found so far, are kept; the same command goes on from there",
}
"""Command to how one goes on."""


def how_to_go_on(words: Sequence[str]) -> str:
    """What to say of the command that these words of the command line begin with."""
    return f"interrupted; {GO_ON.get(words[0], _AGAIN) if words else _AGAIN}"
