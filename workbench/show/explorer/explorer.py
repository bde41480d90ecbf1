"""The explorer in the notebook: a thin widget around `ExplorerState`; it holds no data of its own.

Two things pass between the browser and the kernel: the settings of its `controls`, and what is there (`view`,
`detail`). What a person does arrives as a message and is in the store before the answer goes out.
"""

from __future__ import annotations

import time
from dataclasses import asdict
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.analyse import Evaluation
from workbench.machine.extras import need
from workbench.model.errors import WorkbenchError
from workbench.model.wording import counted
from workbench.project import Store
from workbench.project.marks import FLAGS
from workbench.show.explorer.state import ExplorerState
from workbench.show.notebook_widget import NotebookWidget
from workbench.show.style import COLOURS, DASHED, ERROR_WORDS, OUTCOME_PLURALS, OUTCOME_WORDS, text_on

with need("notebook"):
    import traitlets

_STATIC = Path(__file__).parent.parent / "static"
MARK_WORDS = {
    "relabel": "label is wrong",
    "edge_case": "edge case",
    "outside": "not our job",
    "escalated": "escalated",
    "cause": "cause confirmed",
    "note": "note",
}


class Explorer(NotebookWidget):
    """Failures to look at, with a slider for the confidence. Show it by naming it last in a cell.

    `look` moves it from code as the mouse does: ``ex.look(confidence=0.3, cause="small")``.

    Attributes:
        controls: how they are set, as `controls.Controls` has them; both the browser and `look` set them.
        view: all that is shown but the picture opened.
        detail: the picture opened, or nothing.
        words: what is constant: colours, names, whether anything can be marked.
    """

    _esm = "\n".join((_STATIC / f"{name}.js").read_text(encoding="utf-8") for name in ("draw", "curves", "explorer"))
    _css = _STATIC / "explorer.css"
    controls = traitlets.Dict().tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    detail = traitlets.Dict(allow_none=True).tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, state: ExplorerState) -> None:
        super().__init__()
        self.state = state
        self.words = {
            "colours": dict(COLOURS),
            "ink": {role: text_on(colour) for role, colour in COLOURS.items()},
            "dashed": sorted(DASHED),
            "outcomes": {"failures": "misses and false alarms", **OUTCOME_PLURALS},
            "outcome": dict(OUTCOME_WORDS),
            "errors": dict(ERROR_WORDS),
            "marks": MARK_WORDS,
            "flags": list(FLAGS),
            "keeps": state.store is not None,
        }
        self._show()
        self.observe(self._asked, "controls")
        self.on_msg(self._heard)

    def look(self, **changes: Any) -> None:
        """Move the controls; see `controls.Controls`.

        Raises:
            InputError: for a value that a control does not know.
        """
        self.state.look(**changes)
        self._show()

    def rows(self) -> pd.DataFrame:
        """What is listed now as a table: verdicts with their corners, in order."""
        return self.state.listed()

    def __repr__(self) -> str:
        controls, figures = self.state.controls, self.state.figures()
        return (
            f"Explorer({self.state.sides[0].name!r} at confidence {controls.confidence:g}, IoU {controls.iou:g}: "
            f"{counted(int(figures['tp']), 'hits')}, {counted(int(figures['fp']), 'false alarms')}, "
            f"{counted(int(figures['fn']), 'misses')})"
        )

    def _asked(self, change: dict[str, Any]) -> None:
        if change["new"] == asdict(self.state.controls):
            return
        start = time.perf_counter()
        try:
            self.state.look(**change["new"])
        except WorkbenchError as error:
            self._refuse(error)
            return
        self._show(start)

    def _heard(self, _: Any, content: dict[str, Any], __: Any) -> None:
        start = time.perf_counter()
        try:
            if content.get("do") == "mark":
                self.state.mark(content["keys"], content["kind"], content["value"])
            elif content.get("do") == "read":
                self.state.read_marks()
        except WorkbenchError as error:
            self._refuse(error)
            return
        self._show(start)

    def _refuse(self, error: WorkbenchError) -> None:
        with self.hold_sync():
            self.controls = asdict(self.state.controls)
            self.view = {**self.view, "trouble": str(error), "answer": self.view.get("answer", 0) + 1}

    def _show(self, start: float | None = None) -> None:
        """Send what is there; the evidence, which takes longest, after the picture."""
        view = self.state.view()
        took = None if start is None else round((time.perf_counter() - start) * 1000)
        with self.hold_sync():
            self.controls = asdict(self.state.controls)
            self.view = {**view, "trouble": "", "ms": took, "answer": self.view.get("answer", 0) + 1}
            detail = self.state.detail()
            self.detail = None if detail is None else {**detail, "why": None}
        if detail is not None and (why := self.state.why()):
            self.detail = {**detail, "why": why}


def explore(
    evaluation: Evaluation, *, before: Evaluation | None = None, store: Store | None = None, page_size: int = 12
) -> Explorer:
    """Look at what a detector got wrong, in the notebook. See `ExplorerState`."""
    return Explorer(ExplorerState(evaluation, before=before, store=store, page_size=page_size))
