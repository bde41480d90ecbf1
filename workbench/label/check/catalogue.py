"""Every code the check can report: how bad it is, what it means, and what to do. `docs/checks.md` is made from this.

``error`` is wrong data, ``warning`` is suspicious, ``info`` is worth knowing. The codes are the contract with scripts
that read ``workbench check --json``: they are added to, never renamed.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Severity = Literal["error", "warning", "info"]


@dataclass(frozen=True, slots=True)
class Code:
    """One kind of problem.

    Attributes:
        group: the chapter of the documentation it belongs to.
        title: what is wrong, in a few words.
        severity: ``error``, ``warning`` or ``info``.
        why: what comes of it if nobody mends it.
        fix: what to do.
        many: how one line says it of a whole set; ``{n}`` is the count.
    """

    group: str
    title: str
    severity: Severity
    why: str
    fix: str
    many: str = ""


def _group(group: str, *rows: tuple[str, Severity, str, str, str]) -> dict[str, Code]:
    return {code: Code(group, title, severity, why, fix) for code, severity, title, why, fix in rows}


CATALOGUE: dict[str, Code] = {
    **_group(
        "Files that cannot be read",
        (
            "xml-syntax",
            "error",
            "the XML is broken",
            "The picture has no labels at all for a trainer.",
            "Mend the named line or export the file again.",
        ),
        (
            "xml-entity",
            "error",
            "the XML declares entities",
            "Such a file can grow without end when it is read (an XML bomb).",
            "Export it again without a document type.",
        ),
        (
            "json-syntax",
            "error",
            "the JSON is broken",
            "None of its labels can be read.",
            "Mend the named line or export the file again.",
        ),
        (
            "yaml-syntax",
            "error",
            "the YAML is broken",
            "Class names and splits are unknown without it.",
            "Mend the named line.",
        ),
        (
            "line-syntax",
            "error",
            "a line has the wrong number of values",
            "Trainers drop the whole picture for it, or stop.",
            "Write class and four numbers, one box a line.",
        ),
        (
            "not-text",
            "error",
            "the file is no text",
            "It was cut off, overwritten, or is another kind of file.",
            "Restore it or export it again.",
        ),
        (
            "file-too-large",
            "error",
            "the file is far too large for label data",
            "It is not what it says it is.",
            "Look what it holds; labels of one picture take a few kilobytes.",
        ),
        (
            "unreadable-file",
            "error",
            "the file cannot be read",
            "Its labels are missing from the set.",
            "Check permissions and that it is a plain file.",
        ),
        (
            "path-outside",
            "error",
            "a path leads out of the folder",
            "Reading or writing there could touch files that are not yours.",
            "Use paths relative to the folder.",
        ),
        (
            "not-this-format",
            "error",
            "the file is of another format",
            "It was left out.",
            "Move it away or name the format with --format.",
        ),
        (
            "missing-field",
            "error",
            "a needed field is missing",
            "The object cannot be placed.",
            "Label the object again.",
        ),
        (
            "not-a-number",
            "error",
            "a value is not a finite number",
            "The box cannot be placed; trainers stop or drop the picture.",
            "Label the object again.",
        ),
        (
            "image-id-unknown",
            "error",
            "an annotation belongs to a picture that is not listed",
            "The object cannot be placed.",
            "Add the picture to the list, or drop the annotation.",
        ),
        (
            "id-twice",
            "error",
            "an id is used twice",
            "Tools that look things up by id lose one of the two.",
            "Number them again.",
        ),
        (
            "other-shape",
            "info",
            "shapes that are no boxes or polygons",
            "They were left out.",
            "Nothing, if you only want boxes.",
        ),
        (
            "encoding",
            "info",
            "the text is not UTF-8",
            "Other tools may show wrong letters or stop.",
            "Save the files as UTF-8.",
        ),
        (
            "no-final-newline",
            "info",
            "the last line has no line end",
            "Tools that add a line to it glue two entries together.",
            "End the file with a newline.",
        ),
    ),
    **_group(
        "Boxes",
        (
            "box-outside",
            "error",
            "the box reaches outside the picture",
            "YOLO values leave 0 to 1 and Ultralytics drops the whole picture.",
            "Cut the box at the edge (--fix) after looking at it.",
        ),
        (
            "no-area",
            "error",
            "the box has no area",
            "Nothing can be learned from it, and some losses become NaN.",
            "Delete it or draw it again.",
        ),
        (
            "min-max-swapped",
            "error",
            "minimum and maximum are swapped",
            "Tools read it as a box of negative size.",
            "Swap them (--fix) after looking at it.",
        ),
        (
            "sliver",
            "warning",
            "the box is far thinner than the others",
            "Usually what a crop or an augmentation left of an object at the border.",
            "Delete it, or mark it as ignored.",
        ),
        (
            "duplicate-box",
            "warning",
            "the same box twice",
            "The object counts double, and one of the two is always a miss.",
            "Keep one (--fix keeps the first).",
        ),
        (
            "near-duplicate-box",
            "warning",
            "two boxes of one class on one object",
            "One of the two is always a miss.",
            "Keep the better one.",
        ),
        (
            "two-shapes",
            "info",
            "one object drawn as polygon and as rectangle",
            "It counts double when both become boxes.",
            "Keep the polygon, or the rectangle.",
        ),
        (
            "odd-aspect",
            "warning",
            "a shape unlike all others of its class",
            "Often a slip of the mouse or a wrong class.",
            "Look at it.",
        ),
        (
            "odd-size",
            "warning",
            "a size unlike all others of its class",
            "Often a slip of the mouse or a wrong class.",
            "Look at it.",
        ),
        (
            "whole-picture",
            "info",
            "the box covers the whole picture",
            "It may be a class of the picture, not a box.",
            "Look at it.",
        ),
        (
            "float-coordinates",
            "info",
            "pixel coordinates are not whole numbers",
            "Readers that call int() on them stop.",
            "Nothing, if your tools read floats.",
        ),
        (
            "confidence-in-labels",
            "warning",
            "label lines end in a confidence",
            "These may be predictions that nobody has checked.",
            "Ask where they come from.",
        ),
    ),
    **_group(
        "Picture sizes",
        (
            "size-mismatch",
            "error",
            "the declared size is not the picture's",
            "Who trusts it makes wrong relative boxes.",
            "Write the true size (--fix), after seeing in which frame the boxes are.",
        ),
        (
            "size-swapped",
            "error",
            "declared width and height are swapped",
            "Converters divide by the wrong side; four of five do so silently.",
            "Swap them (--fix).",
        ),
        (
            "size-missing",
            "warning",
            "no picture size is declared",
            "Converters that trust the file divide by zero.",
            "Write the true size (--fix).",
        ),
        (
            "size-unknown",
            "error",
            "the picture's size is not known",
            "Relative boxes cannot become pixels.",
            "Give the pictures with --images.",
        ),
        (
            "exif-unrotated",
            "error",
            "the labels are in the frame before the EXIF turn",
            "Trainers turn the picture and not the boxes.",
            "Turn the boxes (--fix).",
        ),
    ),
    **_group(
        "Classes",
        (
            "class-id-syntax",
            "error",
            "the class is not a number",
            "The box cannot be used.",
            "Write the class's number.",
        ),
        (
            "class-id-unknown",
            "error",
            "a class id has no name",
            "Training stops, or the class is called by its number.",
            "Add the name to the class list, or correct the id.",
        ),
        (
            "class-id-float",
            "info",
            "class ids are written as floats",
            "Readers that call int() on the text stop.",
            "Write whole numbers.",
        ),
        (
            "class-id-always-0",
            "warning",
            "every box has class id 0 although several classes are named",
            "A converter that never looked at the name.",
            "Convert again from the source.",
        ),
        (
            "class-names-missing",
            "warning",
            "there is no list of class names",
            "Nobody knows what class 0 is.",
            "Add a data.yaml or classes.txt.",
        ),
        (
            "class-name-empty",
            "error",
            "a class has no name",
            "Its boxes cannot be told from a mistake.",
            "Give it a name.",
        ),
        (
            "class-count",
            "warning",
            "the number of classes is not the number of names",
            "Training builds the wrong number of outputs.",
            "Correct nc.",
        ),
        (
            "class-names-similar",
            "warning",
            "class names that may mean the same",
            "The detector learns two classes for one thing.",
            "Decide for one name and rename the other.",
        ),
        (
            "class-holds-text",
            "info",
            "class names that are used once",
            "They seem to hold the object's text; a detector cannot learn a class from one example.",
            "Map them to one class; keep the text as an attribute.",
        ),
    ),
    **_group(
        "Labels and pictures",
        (
            "label-without-picture",
            "warning",
            "a label file without its picture",
            "Its boxes are never used.",
            "Add the picture or remove the file.",
        ),
        (
            "picture-without-label",
            "warning",
            "a picture without a label file",
            "Trainers take it for 'no objects here'; nobody has looked.",
            "Label it, or add an empty label file if it is empty.",
        ),
        (
            "ambiguous-picture",
            "error",
            "several pictures fit one label file",
            "The boxes may lie on the wrong picture.",
            "Give the pictures different names.",
        ),
        (
            "labelled-twice",
            "info",
            "one picture has several label files",
            "Two labellers, or a leftover copy; its boxes are all read.",
            "Choose one, or compare the labellers.",
        ),
        (
            "labellers-disagree",
            "warning",
            "labellers name one object differently",
            "One of them is wrong, or the guide is unclear.",
            "Decide, and write the rule down.",
        ),
        (
            "labellers-apart",
            "info",
            "one object was labelled twice, and the boxes differ",
            "No detector can be more exact than its labellers agree.",
            "Look at the widest pairs; write into the guide where a box ends.",
        ),
        ("deleted-object", "info", "objects marked as deleted are in the file", "They were left out.", "Nothing."),
        (
            "list-entry-missing",
            "error",
            "a list names a picture that is not there",
            "Training stops or silently uses fewer pictures.",
            "Add the picture or drop the line.",
        ),
        (
            "list-entry-twice",
            "warning",
            "a list names a picture twice",
            "It counts double in training.",
            "Drop one line.",
        ),
        (
            "list-path-prefix",
            "info",
            "a list's paths start in another folder",
            "They only work from the folder the list was made in.",
            "Run the tool from there, or rewrite the list.",
        ),
        (
            "split-missing",
            "warning",
            "data.yaml points at a folder that is not there",
            "Training on it stops.",
            "Correct the path.",
        ),
        (
            "split-overlap",
            "error",
            "a picture stands in two splits",
            "The test measures what was learned by heart.",
            "Keep it in one split.",
        ),
        (
            "split-leak",
            "error",
            "a picture of one split gives away a picture of another",
            "The test measures what was learned by heart.",
            "Leave one of the two out, or move both to one split.",
        ),
        (
            "mixed-formats",
            "info",
            "label files of another format lie beside",
            "They were not read.",
            "Read them with --format, and compare.",
        ),
        (
            "filename-mismatch",
            "warning",
            "the file names another picture than its own name does",
            "Tools that follow the name inside load the wrong picture.",
            "Correct the name inside (--fix).",
        ),
        (
            "filename-extension",
            "warning",
            "the file names its picture with another extension",
            "Tools that follow the name inside find no picture.",
            "Correct the name inside (--fix).",
        ),
        (
            "filename-without-extension",
            "info",
            "the picture's name has no extension",
            "Tools that follow the name inside find no picture.",
            "Write the full name (--fix).",
        ),
        (
            "foreign-path",
            "info",
            "absolute paths of another machine",
            "They tell strangers about your disk and help nobody.",
            "Leave them out (--fix).",
        ),
        (
            "character-entities",
            "info",
            "letters are written as character references",
            "Tools that do not parse the XML show &#45572; instead of letters.",
            "Write UTF-8 (--fix).",
        ),
        (
            "main-object-only",
            "info",
            "the format labels the main object only",
            "Further objects in the pictures have no box and would count as false alarms.",
            "Count false alarms on these pictures with care.",
        ),
    ),
    **_group(
        "Pictures",
        (
            "picture-broken",
            "error",
            "the picture cannot be read",
            "Training stops or leaves it out.",
            "Restore or remove it.",
        ),
        (
            "picture-truncated",
            "error",
            "the picture is cut off",
            "Its lower part is grey; boxes there lie.",
            "Copy it again.",
        ),
        (
            "wrong-extension",
            "warning",
            "the extension is not the content's type",
            "Tools that go by the extension fail.",
            "Rename it, and its label's entry.",
        ),
        (
            "duplicate-picture",
            "warning",
            "two pictures are the same file",
            "In two splits they make the test easier than life.",
            "Keep one.",
        ),
        (
            "near-duplicate-picture",
            "info",
            "two pictures show nearly the same",
            "Keep them in one split, or the test is too easy.",
            "Group them (group_id).",
        ),
        (
            "frames-of-one-video",
            "info",
            "pictures are frames of one video",
            "Neighbours look alike; in two splits they make the test easier than life.",
            "Keep a video in one split (group_id).",
        ),
    ),
    **_group(
        "One mistake in the whole set",
        (
            "xyxy-for-cxcywh",
            "error",
            "corners were written where centre and size belong",
            "Boxes are far too large and shifted.",
            "convert --fix",
        ),
        (
            "xyxy-for-xywh",
            "error",
            "corners were written where corner and size belong",
            "Boxes are far too large.",
            "convert --fix",
        ),
        (
            "xywh-for-xyxy",
            "error",
            "corner and size were written where two corners belong",
            "Boxes are swapped or tiny.",
            "convert --fix",
        ),
        (
            "cxcywh-for-xyxy",
            "error",
            "centre and size were written where two corners belong",
            "Boxes are swapped or tiny.",
            "convert --fix",
        ),
        (
            "corner-for-centre",
            "error",
            "the corner was written where the centre belongs",
            "Every box lies half its size too far up and left.",
            "convert --fix",
        ),
        (
            "centre-for-corner",
            "error",
            "the centre was written where the corner belongs",
            "Every box lies half its size too far down and right.",
            "convert --fix",
        ),
        (
            "pixels-for-relative",
            "error",
            "pixel values were written where shares of the picture belong",
            "Nothing fits the picture; Ultralytics drops it all.",
            "convert --fix",
        ),
        (
            "relative-for-pixels",
            "error",
            "shares of the picture were written where pixels belong",
            "Every box is a dot in the corner.",
            "convert --fix",
        ),
        (
            "per-mille",
            "error",
            "values are thousandths of the picture",
            "Boxes lie in the wrong frame.",
            "convert --fix",
        ),
        ("percent", "error", "values are hundredths of the picture", "Boxes lie in the wrong frame.", "convert --fix"),
        ("axes-swapped", "error", "x and y are swapped", "Boxes are mirrored at the diagonal.", "convert --fix"),
        ("columns-xxyy", "error", "the order is xmin xmax ymin ymax", "Boxes are nonsense.", "convert --fix"),
        (
            "width-height-swapped",
            "error",
            "the box's width and height are swapped",
            "Lying boxes stand upright.",
            "convert --fix",
        ),
        (
            "normalised-by-swapped-size",
            "error",
            "x was divided by the height and y by the width",
            "Boxes are squeezed one way and stretched the other.",
            "convert --fix",
        ),
        (
            "normalised-by-other-size",
            "error",
            "the values belong to a picture of another size",
            "Boxes are scaled and shifted.",
            "convert --fix",
        ),
        (
            "normalised-by-previous-size",
            "error",
            "the values were divided by the size of the picture before",
            "Boxes are scaled and shifted, each in its own way.",
            "convert --fix",
        ),
        (
            "normalised-by-previous-box",
            "error",
            "from a file's second object on, values were divided by the previous box's size",
            "The story's converter: the loop overwrote the picture's size with the box's.",
            "convert --fix",
        ),
        (
            "frame-of-other-size",
            "error",
            "boxes belong to a picture of another size",
            "The pictures were resized and the boxes were not.",
            "convert --fix",
        ),
        (
            "declared-frame",
            "error",
            "boxes belong to the declared size, not to the picture's",
            "The pictures were resized and the boxes were not.",
            "convert --fix",
        ),
        (
            "flipped-horizontally",
            "error",
            "x runs from the right",
            "Boxes are mirrored left to right.",
            "convert --fix",
        ),
        ("flipped-vertically", "error", "y runs from the bottom", "Boxes are mirrored top to bottom.", "convert --fix"),
        (
            "half-size",
            "error",
            "half the width and height were written",
            "Boxes cover a quarter of the object.",
            "convert --fix",
        ),
        (
            "one-based",
            "info",
            "coordinates count from 1, not 0",
            "Every box lies one pixel too far down and right.",
            "Nothing at one pixel; know it when you compare.",
        ),
        (
            "mixed-frames",
            "error",
            "one part of the files is in another frame than the rest",
            "Two tools wrote this set.",
            "convert --fix mends the part that is wrong",
        ),
    ),
}


def severity_of(code: str) -> Severity:
    """The severity a code has unless a problem says otherwise."""
    return CATALOGUE[code].severity
