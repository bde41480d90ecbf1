"""Extras: the parts of the workbench that need libraries which a plain installation does not bring.

`pyproject.toml` says which packages an extra installs; here stands which modules show that it is there.
"""

from __future__ import annotations

import importlib.util
from contextlib import AbstractContextManager, nullcontext

from workbench.model.errors import SetupError

DISTRIBUTION = "data-centric-workbench"
EXTRAS = {
    "train": ("torch", "torchvision", "ultralytics"),
    "fiftyone": ("fiftyone",),
    "notebook": ("anywidget", "ipywidgets", "jupyter_bbox_widget", "jupyterlab"),
    "video": ("av",),
}
"""What each extra brings, by the names of its modules."""
PURPOSE = {
    "train": "training and predicting",
    "fiftyone": "the FiftyOne view",
    "notebook": "JupyterLab, the explorer and the labeller",
    "video": "reading and writing videos",
}


def missing(extra: str) -> tuple[str, ...]:
    """The modules of an extra that are not installed; nothing is imported."""
    return tuple(name for name in EXTRAS[extra] if importlib.util.find_spec(name) is None)


def install_command(extra: str) -> str:
    """What to type for an extra."""
    return f'pip install "{DISTRIBUTION}[{extra}]"'


def need(extra: str) -> AbstractContextManager[None]:
    """Refuse where an extra is not installed; what it brings is imported in a ``with`` block of this.

    Raises:
        SetupError: if a part of it is missing; the line has the command that installs it.
    """
    if gone := missing(extra):
        raise SetupError(f"{PURPOSE[extra]} needs {' and '.join(gone)}: run `{install_command(extra)}`")
    return nullcontext()
