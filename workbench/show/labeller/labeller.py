"""The labeller in the notebook: a thin widget around `LabelQueue`; boxes are drawn by jupyter-bbox-widget.

Of that package its front end is used, and not its Python class. Its traits say nothing of which picture a box was drawn
on: an Enter too many, or a box drawn while the kernel still saves, would land on the next picture. Here every message
of the browser names the picture, its boxes and the answer in one piece, and one about another picture is dropped. Its
other gaps are closed in `static/labeller.js`: coordinates rounded to whole pixels, no zoom, a drag that is lost at the
picture's edge, keys taken from the browser, and a box that is lost if it is drawn soon after another was removed.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pandas as pd
from PIL import Image

from workbench.annotate.editing import OpenBox
from workbench.annotate.queue import LabelQueue
from workbench.machine.extras import need
from workbench.model.errors import InputError, WorkbenchError
from workbench.pictures.crops import encode_jpeg, view
from workbench.project import Store
from workbench.show.notebook_widget import NotebookWidget

with need("notebook"):
    import traitlets

_STATIC = Path(__file__).parent.parent / "static"
_THEIRS = Path(str(distribution("jupyter-bbox-widget").locate_file("jupyter_bbox_widget/static")))
MOST_PX = 2000
"""The longer side of what the browser gets; half of what a phone's photo has, which a JPEG decoder gives quickly."""
_MOST_BYTES = 900_000
COLOURS = ("#E69F00", "#56B4E9", "#009E73", "#F0E442", "#CC79A7", "#D55E00", "#0072B2", "#999999")
"""Of Okabe and Ito, for the classes in their order; those that show best on a photo first."""
_IDS = ("box_id", "prediction_id")
ANSWERS = ("submit", "empty", "skip", "back", "undo", "reload", "rest")


@dataclass(frozen=True)
class ScreenPicture:
    """What the browser shows of a picture.

    Attributes:
        jpeg: upright, at most `MOST_PX` on its longer side.
        width: of the whole upright picture, in pixels; boxes are in these.
        height: of the whole upright picture, in pixels.
    """

    jpeg: bytes
    width: int
    height: int


def picture_for_screen(path: Path, width: int, height: int) -> ScreenPicture:
    """Read a picture upright and make it small enough for a browser.

    Args:
        path: the picture.
        width: as the project knows it, upright.
        height: as the project knows it, upright.

    Raises:
        InputError: if it is missing, cannot be read, or has another size than the project knows.
    """
    scale = MOST_PX / max(width, height, 1)
    with view(path, want=(round(width * scale) or 1, round(height * scale) or 1)) as (picture, region, _):
        found = (int(region[2]), int(region[3]))
        if found != (width, height):
            raise InputError(
                f"{path} is {found[0]} x {found[1]} pixels, the project knows it as {width} x {height}: its boxes "
                "would lie elsewhere; put the file back that was collected"
            )
        picture.thumbnail((MOST_PX, MOST_PX), Image.Resampling.LANCZOS)
        return ScreenPicture(encode_jpeg(picture, max_bytes=_MOST_BYTES), width, height)


class Labeller(NotebookWidget):
    """Pictures to label, one after the other. Show it by naming it last in a cell.

    Everything that the browser can do can be done from code on `queue`, followed by `show`.

    Attributes:
        queue: what is done, without a browser.
        picture: the open picture: number, jpeg, width, height; nothing at the end.
        view: all else that is shown.
        words: what is constant: classes, colours, the labeller.
    """

    _esm = "\n".join(
        [
            f"const THEIRS = {json.dumps((_THEIRS / 'main.mjs').read_text(encoding='utf-8'))};",
            (_STATIC / "draw.js").read_text(encoding="utf-8"),
            (_STATIC / "labeller.js").read_text(encoding="utf-8"),
        ]
    )
    _css = "\n".join(file.read_text(encoding="utf-8") for file in (_THEIRS / "style.css", _STATIC / "labeller.css"))
    picture = traitlets.Dict(allow_none=True).tag(sync=True)
    view = traitlets.Dict().tag(sync=True)
    words = traitlets.Dict().tag(sync=True)

    def __init__(self, queue: LabelQueue) -> None:
        super().__init__()
        self.queue = queue
        self.words = {"classes": list(queue.classes), "colours": list(COLOURS), "who": queue.who}
        self.show()
        self.on_msg(self._heard)

    def show(self) -> None:
        """Send what is there to the browser."""
        queue = self.queue
        one, shown = queue.current, queue.picture
        about = set(one.about) if one else set()
        with self.hold_sync():
            if shown is None:
                self.picture = None
            elif (self.picture or {}).get("number") != queue.number:
                self.picture = {"number": queue.number, **vars(shown)}
            self.view = {
                "answer": self.view.get("answer", 0) + 1,
                "number": queue.number,
                "file": Path(one.path).name if one else "",
                "reason": one.reason if one else "",
                "said": queue.answer or "",
                "at": 0 if queue.position is None else queue.position + 1,
                "total": len(queue.queue),
                "counts": queue.counts(),
                "summary": queue.summary(),
                "unreadable": list(queue.unreadable.values()),
                "message": queue.message,
                "boxes": [_sent(box) for box in queue.boxes],
                "selected": next((i for i, box in enumerate(queue.boxes) if box.box_id in about), -1),
            }

    def _heard(self, _: Any, content: dict[str, Any], __: Any) -> None:
        if content.get("number") == self.queue.number:
            try:
                if content.get("boxes") is not None:
                    self.queue.draw([_received(box) for box in content["boxes"]])
                if content.get("do") == "draw":
                    return
                if content.get("do") in ANSWERS:
                    getattr(self.queue, content["do"])()
            except WorkbenchError as error:
                self.queue.message = str(error)
        self.show()

    def __repr__(self) -> str:
        return f"Labeller({self.queue.summary()})"


def labeller_of(
    store: Store, root: Path, queue: pd.DataFrame | Sequence[str] | None = None, **options: Any
) -> Labeller:
    """The labeller of a project's pictures. See `workbench.label.LabelQueue`."""
    return Labeller(LabelQueue(store, root, queue, read=picture_for_screen, **options))


def _sent(box: OpenBox) -> dict[str, Any]:
    return {"at": list(box.corners), **{name: getattr(box, name) for name in ("class_name", "ignore", *_IDS)}}


def _received(box: dict[str, Any]) -> OpenBox:
    xmin, ymin, xmax, ymax = map(float, box["at"])
    ids: dict[str, Any] = {name: box.get(name) for name in _IDS}
    return OpenBox(str(box["class_name"]), xmin, ymin, xmax, ymax, ignore=bool(box.get("ignore")), **ids)
