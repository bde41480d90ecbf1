"""Which file a name of weights means."""

from __future__ import annotations

from pathlib import Path

from workbench.model.errors import InputError
from workbench.train.families import family_of

ULTRALYTICS = "ultralytics:"


def resolve_weights(weights: str | Path | None) -> Path | None:
    """Return the file to start from or to predict with; ``None`` for random weights.

    Args:
        weights: a name that `shipped_weights` knows (``base``, ``base_rcnn``, ``plates``), ``None`` or ``"scratch"``,
            or the path of a .pt file; a path is told by its ending. ``ultralytics:yolo11n`` stands for Ultralytics' own
            file of that name: it alone is fetched from the network, once (see `workbench.train.fetched_weights`).

    Raises:
        InputError: if the file is not there.
        SetupError: if weights of that name were not found on this machine, or cannot be fetched.
    """
    if weights is None or weights == "scratch":
        return None
    if isinstance(weights, str) and weights.startswith(ULTRALYTICS):
        from workbench.train.fetched_weights import fetch

        return fetch(weights.removeprefix(ULTRALYTICS))
    if isinstance(weights, Path) or weights.lower().endswith(".pt"):
        path = Path(weights).expanduser().resolve()
        if not path.is_file():
            raise InputError(
                f"the weights {path} are not there; give a .pt file, a name such as 'base', or None "
                f"(with a network, '{ULTRALYTICS}{path.stem}' fetches those that Ultralytics has of that name)"
            )
        if path.suffix.lower() != ".pt":
            raise InputError(f"the weights {path} do not end in .pt; give a checkpoint of Ultralytics")
        return path
    from workbench.train.shipped_weights import find_weights

    return find_weights(weights)


def names_weights(name: str) -> bool:
    """Whether a name means weights (those that ship, or a .pt file) and not a training of a project."""
    from workbench.train.shipped_weights import shipped_weights

    return name.lower().endswith(".pt") or name in shipped_weights()


def start_name(detector: str, weights: str | Path | None) -> str | None:
    """What the record calls the weights that a detector starts from; ``base`` is its family's own base."""
    if weights is None or weights == "scratch":
        return None
    return "base_rcnn" if weights == "base" and detector.startswith("rcnn") else str(weights)


def start_for(detector: str, weights: str | Path | None) -> tuple[str | None, Path | None]:
    """The name and the file of the weights that a detector starts from.

    Raises:
        InputError: if the file is not there or is of another family.
        SetupError: see `resolve_weights`.
    """
    name = start_name(detector, weights)
    start = resolve_weights(weights if isinstance(weights, Path) else name)
    if start is None:
        return None, None
    family = family_of(start)
    if not detector.startswith(family):
        other = "Faster R-CNN" if family == "rcnn" else "Ultralytics"
        raise InputError(
            f"{start} holds weights of {other}, which {detector} cannot start from; "
            "start from weights of the same detector, or with weights=None"
        )
    return name, start
