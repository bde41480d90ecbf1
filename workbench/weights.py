"""The weights that ship with the workbench: what they are, where they lie, and whether they are whole.

They are found beside the code, never fetched. Both were trained by `python -m workbench.sample.train_weights` on
pictures that the workbench draws; no photograph of a plate was used.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from workbench.errors import SetupError

_PACKAGE = Path(__file__).resolve().parent
_FOLDERS = (_PACKAGE.parent / "data" / "weights", _PACKAGE / "_data" / "weights")


@dataclass(frozen=True)
class Weights:
    """One shipped file.

    Attributes:
        name: as `find_weights` knows it.
        file: its name in the folder of weights.
        title: what it is, in one line.
    """

    name: str
    file: str
    title: str

    @property
    def card(self) -> str:
        """The card: recipe, seed, budget, time, figures, weaknesses, licence (Markdown)."""
        return find_weights(self.name).with_suffix(".md").read_text(encoding="utf-8")

    @property
    def sha256(self) -> str:
        """The checksum on record, in ``checksums.json`` beside the file."""
        record = find_weights(self.name).parent / "checksums.json"
        checksums = json.loads(record.read_text(encoding="utf-8"))
        return str(checksums[self.file])


WEIGHTS: Mapping[str, Weights] = {
    "base": Weights("base", "base.pt", "YOLO11n that knows vehicles, wheels, lamps, glass and signs, but no plate"),
    "plates": Weights("plates", "plates.pt", "YOLO11n that finds number plates, trained on drawn pictures alone"),
}


def find_weights(name: str) -> Path:
    """Return the file of shipped weights.

    Args:
        name: ``base`` or ``plates``, or the path of a .pt file, told by its ending.

    Raises:
        SetupError: if there are no weights of that name, or the file is not there.
    """
    if name.lower().endswith(".pt"):
        path = Path(name).expanduser()
        if path.is_file():
            return path
        raise SetupError(f"the weights {path} are not there; give an existing .pt file or one of {', '.join(WEIGHTS)}")
    if name not in WEIGHTS:
        raise SetupError(f"no weights are called {name!r}; give one of {', '.join(WEIGHTS)} or the path of a .pt file")
    for folder in _FOLDERS:
        file = folder / WEIGHTS[name].file
        if file.is_file():
            return file
    raise SetupError(
        f"the weights {name!r} are in neither {_FOLDERS[0]} nor {_FOLDERS[1]}; run `git checkout data/weights`, "
        f"or make them with `python -m workbench.sample.train_weights {name} --out {_FOLDERS[0]}`"
    )


def verify(name: str) -> bool:
    """Whether the shipped file is the one on record (SHA-256)."""
    return hashlib.sha256(find_weights(name).read_bytes()).hexdigest() == WEIGHTS[name].sha256
