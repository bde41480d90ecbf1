"""What each format can hold: the one place that the writers, the loss report and `docs/formats.md` go by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spec:
    """What a format holds besides class and box.

    Attributes:
        title: its name in words.
        one_file: the file name of a set, or empty for one file a picture.
        suffix: the extension of one picture's file.
        relative: boxes are shares of the picture, so the size must be known and nothing may reach outside.
        digits: an upper bound on the error of a coordinate that is written and read back, as a share of the side.
        points: keeps polygon points.
        box_beside_points: keeps a box of its own beside the points.
        ignore: keeps the ignore flag.
        labeller: keeps who labelled.
        split: keeps train, val, test.
        attributes: which further columns it keeps; ``*`` for all that JSON can hold.
        sizes: keeps the picture's size.
        writes: whether it can be written.
    """

    title: str
    one_file: str = ""
    suffix: str = ""
    relative: bool = False
    digits: float = 0.0
    points: bool = False
    box_beside_points: bool = False
    ignore: bool = False
    labeller: bool = False
    split: bool = False
    attributes: frozenset[str] = frozenset()
    sizes: bool = True
    writes: bool = True


SPECS: dict[str, Spec] = {
    "voc": Spec(
        "Pascal VOC XML", suffix=".xml", labeller=True, attributes=frozenset({"truncated", "difficult", "occluded"})
    ),
    "yolo": Spec("YOLO txt", suffix=".txt", relative=True, digits=2e-9, sizes=False, split=True),
    "yolo-mark": Spec("YOLO-Mark", suffix=".txt", relative=True, digits=2e-9, sizes=False, split=True),
    "coco": Spec(
        "COCO JSON",
        one_file="annotations.json",
        points=True,
        box_beside_points=True,
        ignore=True,
        labeller=True,
        attributes=frozenset("*"),
    ),
    "labelme": Spec("LabelMe JSON", suffix=".json", points=True, ignore=True, labeller=True, attributes=frozenset("*")),
    "cvat": Spec(
        "CVAT for images XML", one_file="annotations.xml", points=True, split=True, attributes=frozenset({"occluded"})
    ),
    "label-studio": Spec(
        "Label Studio JSON", one_file="tasks.json", relative=True, digits=1e-12, points=True, labeller=True
    ),
    "openalpr": Spec("OpenALPR benchmark TSV", suffix=".txt", writes=False, sizes=False),
}
