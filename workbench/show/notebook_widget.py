"""A widget that says in words what it is where no kernel draws it."""

from __future__ import annotations

from typing import Any

from workbench.machine.extras import need

with need("notebook"):
    import anywidget


class NotebookWidget(anywidget.AnyWidget):  # type: ignore[misc]
    """Whoever reads a notebook without a kernel sees its `repr` instead of a blank place."""

    def _repr_mimebundle_(self, **options: Any) -> Any:
        shown = super()._repr_mimebundle_(**options)
        bundle, metadata = shown if isinstance(shown, tuple) else (shown, {})
        if bundle is not None:
            bundle["text/plain"] = repr(self)
        return bundle, metadata
