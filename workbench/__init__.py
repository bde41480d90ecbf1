"""A data-centric workbench for object detection: collect, label, train, see why it failed, decide.

```python
import workbench as wb

p = wb.Project.create("plates", classes=["plate"])
p.collect("photos/", labels="photos/xml", format="voc", source="web")
v = p.snapshot("first fifty")
run = p.train(v, batches=120)
ev = p.evaluate(run, split="test", confidence=0.5)
p.decide(1, keep=True, because="…", run=run, evaluation=ev)
```

Names are brought in when they are first used, so that importing the package costs next to nothing.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from workbench.analyse import Evaluation, evaluate
    from workbench.analyse.compare import compare, compare_all, metrics_difference
    from workbench.analyse.hard_examples import hard_examples
    from workbench.analyse.suspects import suspects
    from workbench.api.project import Project
    from workbench.api.project import open_project as open
    from workbench.api.watching import watch_video
    from workbench.label import check_labels, convert, label_stats, read_labels, read_predictions, write_labels
    from workbench.machine.doctor import examine
    from workbench.model.errors import ConflictError, InputError, ProjectError, SetupError, TableError, WorkbenchError
    from workbench.model.tables import validate
    from workbench.project.files import free_folder
    from workbench.show import explore, gallery, launch, show_in_fiftyone
    from workbench.street import make_sample

__version__ = "0.1.0"

_ROOMS = {
    "Project": "workbench.api.project",
    "open": "workbench.api.project:open_project",
    "evaluate": "workbench.analyse",
    "explore": "workbench.show",
    "compare": "workbench.analyse",
    "compare_all": "workbench.analyse",
    "metrics_difference": "workbench.analyse",
    "suspects": "workbench.analyse",
    "hard_examples": "workbench.analyse",
    "watch_video": "workbench.api.watching",
    "Evaluation": "workbench.analyse",
    "read_labels": "workbench.label",
    "write_labels": "workbench.label",
    "check_labels": "workbench.label",
    "convert": "workbench.label",
    "label_stats": "workbench.label",
    "read_predictions": "workbench.label",
    "free_folder": "workbench.project.files",
    "launch": "workbench.show",
    "make_sample": "workbench.street",
    "show_in_fiftyone": "workbench.show",
    "gallery": "workbench.show",
    "examine": "workbench.machine.doctor",
    "validate": "workbench.model.tables",
    "WorkbenchError": "workbench.model.errors",
    "ConflictError": "workbench.model.errors",
    "InputError": "workbench.model.errors",
    "TableError": "workbench.model.errors",
    "ProjectError": "workbench.model.errors",
    "SetupError": "workbench.model.errors",
}

__all__ = [
    "ConflictError",
    "Evaluation",
    "InputError",
    "Project",
    "ProjectError",
    "SetupError",
    "TableError",
    "WorkbenchError",
    "__version__",
    "check_labels",
    "compare",
    "compare_all",
    "convert",
    "evaluate",
    "examine",
    "explore",
    "free_folder",
    "gallery",
    "hard_examples",
    "label_stats",
    "launch",
    "make_sample",
    "metrics_difference",
    "open",
    "read_labels",
    "read_predictions",
    "show_in_fiftyone",
    "suspects",
    "validate",
    "watch_video",
    "write_labels",
]


def __getattr__(name: str) -> Any:
    if name not in _ROOMS:
        raise AttributeError(f"module 'workbench' has no attribute {name!r}")
    module, _, attribute = _ROOMS[name].partition(":")
    value = getattr(importlib.import_module(module), attribute or name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(__all__)
