"""Which file a name of weights means."""

from __future__ import annotations

from pathlib import Path

from workbench.errors import InputError


def resolve_weights(weights: str | Path | None) -> Path | None:
    """Return the file to start from or to predict with; ``None`` for random weights.

    Args:
        weights: a name that `workbench.weights` knows (``base``, ``plates``), ``None`` or ``"scratch"``, or the path of
            a .pt file. A path is told by its ending. Nothing is downloaded.

    Raises:
        InputError: if the file is not there.
        SetupError: if weights of that name were not found on this machine.
    """
    if weights is None or weights == "scratch":
        return None
    if isinstance(weights, Path) or weights.lower().endswith(".pt"):
        path = Path(weights).expanduser().resolve()
        if not path.is_file():
            raise InputError(f"the weights {path} are not there; give a .pt file, a name such as 'base', or None")
        if path.suffix.lower() != ".pt":
            raise InputError(f"the weights {path} do not end in .pt; give a checkpoint of Ultralytics")
        return path
    from workbench.weights import find_weights

    return find_weights(weights)
