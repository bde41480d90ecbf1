"""What each format can hold: the one place that the writers, the loss report and `docs/formats.md` go by."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Spec:
    """What a format holds besides class and box.

    Attributes:
        title: its name in words.
        why: what its files hold by which they are known.
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
    why: str
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
        "Pascal VOC XML",
        "<annotation> with <bndbox>",
        suffix=".xml",
        labeller=True,
        attributes=frozenset({"truncated", "difficult", "occluded"}),
    ),
    "yolo": Spec(
        "YOLO txt",
        "lines of a class number and relative values",
        suffix=".txt",
        relative=True,
        digits=2e-9,
        sizes=False,
        split=True,
    ),
    "yolo-mark": Spec(
        "YOLO-Mark",
        "number lines beside obj.data or obj.names",
        suffix=".txt",
        relative=True,
        digits=2e-9,
        sizes=False,
        split=True,
    ),
    "coco": Spec(
        "COCO JSON",
        "a JSON object with images and annotations",
        one_file="annotations.json",
        points=True,
        box_beside_points=True,
        ignore=True,
        labeller=True,
        attributes=frozenset("*"),
    ),
    "labelme": Spec(
        "LabelMe JSON",
        "LabelMe shapes or polygons",
        suffix=".json",
        points=True,
        ignore=True,
        labeller=True,
        attributes=frozenset("*"),
    ),
    "cvat": Spec(
        "CVAT for images XML",
        "<annotations> of CVAT",
        one_file="annotations.xml",
        points=True,
        split=True,
        attributes=frozenset({"occluded"}),
    ),
    "label-studio": Spec(
        "Label Studio JSON",
        "a JSON list of tasks with annotations",
        one_file="tasks.json",
        relative=True,
        digits=1e-12,
        points=True,
        labeller=True,
    ),
    "openalpr": Spec(
        "OpenALPR benchmark TSV", "tab-separated 'file x y w h text'", suffix=".txt", writes=False, sizes=False
    ),
    "kitti": Spec(
        "KITTI object text",
        "lines of a class and 14 numbers",
        suffix=".txt",
        ignore=True,
        attributes=frozenset({"truncated", "occluded"}),
        sizes=False,
        writes=False,
    ),
    "mot": Spec(
        "MOT gt.txt",
        "lines 'frame,id,x,y,w,h,…'",
        one_file="gt.txt",
        ignore=True,
        attributes=frozenset({"track_id", "visibility"}),
        sizes=False,
        writes=False,
    ),
    "visdrone": Spec(
        "VisDrone text",
        "lines 'x,y,w,h,score,category,truncation,occlusion'",
        suffix=".txt",
        ignore=True,
        attributes=frozenset({"truncated", "occluded"}),
        sizes=False,
        writes=False,
    ),
    "dota": Spec(
        "DOTA text",
        "lines of four corners and a class",
        suffix=".txt",
        points=True,
        attributes=frozenset({"difficult"}),
        sizes=False,
        writes=False,
    ),
    "via": Spec(
        "VGG Image Annotator JSON or CSV",
        "pictures with regions of VIA",
        one_file="via.json",
        points=True,
        attributes=frozenset("*"),
        sizes=False,
        writes=False,
    ),
    "createml": Spec(
        "CreateML JSON",
        "a JSON list of pictures with annotations and coordinates",
        one_file="annotations.json",
        sizes=False,
        writes=False,
    ),
    "csv": Spec(
        "CSV with a box a row",
        "a table with columns for picture, class and box",
        one_file="labels.csv",
        ignore=True,
        split=True,
        attributes=frozenset("*"),
        writes=False,
    ),
    "open-images": Spec(
        "Open Images CSV",
        "a table with ImageID, LabelName and XMin to YMax",
        one_file="annotations-bbox.csv",
        relative=True,
        ignore=True,
        split=True,
        attributes=frozenset("*"),
        sizes=False,
        writes=False,
    ),
}
FORMATS = tuple(SPECS)
"""Every format that is read, in the order in which a tie between them is decided."""
WRITABLE = tuple(name for name, spec in SPECS.items() if spec.writes)
"""Those that are written, too."""
