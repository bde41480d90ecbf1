"""The pages about checks and formats, made from the catalogue: `python -m workbench.label.check.handbook docs`."""

from __future__ import annotations

import sys
from pathlib import Path

from workbench.label.check.problem_codes import CATALOGUE
from workbench.label.formats import faces
from workbench.label.formats.spec import SPECS

Box = tuple[float, float, float, float]
_W, _H = 120.0, 80.0
_TRUE: Box = (30.0, 20.0, 78.0, 36.0)
_X0, _Y0, _X1, _Y1 = _TRUE
_CX, _CY, _BW, _BH = (_X0 + _X1) / 2, (_Y0 + _Y1) / 2, _X1 - _X0, _Y1 - _Y0

AS_READ: dict[str, Box] = {
    "box-outside": (90, 30, 140, 46),
    "no-area": (30, 28, 78, 28),
    "min-max-swapped": (78, 36, 30, 20),
    "sliver": (117, 20, 120, 36),
    "duplicate-box": _TRUE,
    "near-duplicate-box": (32, 21, 80, 37),
    "labellers-apart": (33, 22, 80, 38),
    "odd-aspect": (30, 20, 36, 70),
    "odd-size": (30, 20, 34, 22),
    "whole-picture": (0, 0, _W, _H),
    "size-swapped": (_X0 * _W / _H, _Y0 * _H / _W, _X1 * _W / _H, _Y1 * _H / _W),
    "xyxy-for-cxcywh": (_X0 - _X1 / 2, _Y0 - _Y1 / 2, _X0 + _X1 / 2, _Y0 + _Y1 / 2),
    "xyxy-for-xywh": (_X0, _Y0, _X0 + _X1, _Y0 + _Y1),
    "xywh-for-xyxy": (_X0, _Y0, _BW, _BH),
    "cxcywh-for-xyxy": (_CX, _CY, _BW, _BH),
    "corner-for-centre": (_X0 - _BW / 2, _Y0 - _BH / 2, _X0 + _BW / 2, _Y0 + _BH / 2),
    "centre-for-corner": (_CX, _CY, _CX + _BW, _CY + _BH),
    "relative-for-pixels": (0, 0, 1.5, 1.5),
    "axes-swapped": (_Y0, _X0, _Y1, _X1),
    "width-height-swapped": (_CX - _BH / 2, _CY - _BW / 2, _CX + _BH / 2, _CY + _BW / 2),
    "normalised-by-swapped-size": (_X0 * _W / _H, _Y0 * _H / _W, _X1 * _W / _H, _Y1 * _H / _W),
    "normalised-by-other-size": (_X0 * 0.6, _Y0 * 0.7, _X1 * 0.6, _Y1 * 0.7),
    "normalised-by-previous-size": (_X0 * 1.3, _Y0 * 1.2, _X1 * 1.3, _Y1 * 1.2),
    "normalised-by-previous-box": (70, 40, 300, 170),
    "frame-of-other-size": (_X0 * 0.6, _Y0 * 0.7, _X1 * 0.6, _Y1 * 0.7),
    "declared-frame": (_X0 * 0.6, _Y0 * 0.7, _X1 * 0.6, _Y1 * 0.7),
    "flipped-horizontally": (_W - _X1, _Y0, _W - _X0, _Y1),
    "flipped-vertically": (_X0, _H - _Y1, _X1, _H - _Y0),
    "half-size": (_CX - _BW / 4, _CY - _BH / 4, _CX + _BW / 4, _CY + _BH / 4),
    "exif-unrotated": (_Y0, _W - _X1, _Y1, _W - _X0),
    "one-based": (_X0 + 1, _Y0 + 1, _X1 + 1, _Y1 + 1),
}
"""For the pictures: where the box of the drawing ends up under each mistake."""


def checks_markdown() -> str:
    """`docs/checks.md`: every code, why it matters, what to do, and a small picture where one helps."""
    lines = [
        "# What the check can find",
        "",
        "Made from `workbench/label/check/problem_codes.py` by `python -m workbench.label.check.handbook docs`; "
        "do not edit.",
        "**error** is wrong data, **warning** is suspicious, **info** is worth knowing. In the small pictures the",
        "object is grey, the box as it should be is green, and the box as it is read is red.",
        "",
    ]
    group = ""
    for code, entry in CATALOGUE.items():
        if entry.group != group:
            group = entry.group
            lines += [f"## {group}", ""]
        picture = f"![]({_picture_name(code)})" if code in AS_READ else ""
        lines += [f"### `{code}` ({entry.severity})", ""]
        lines += [f"{picture} {entry.title[:1].upper()}{entry.title[1:]}. {entry.why} *{entry.fix}*".strip(), ""]
    return "\n".join(lines)


def _picture_name(code: str) -> str:
    return f"checks/{code}.svg"


def picture_svg(code: str) -> str:
    """A drawing of one mistake, for a code of `AS_READ`."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{_W:g}" height="{_H:g}" viewBox="0 0 {_W:g} {_H:g}">'
        f'<rect width="{_W:g}" height="{_H:g}" fill="#f4f4f4" stroke="#888"/>'
        f"{_rect(_TRUE, '#bbb', fill='#bbb')}{_rect(_TRUE, '#009e73')}{_rect(AS_READ[code], '#d55e00')}</svg>\n"
    )


def _rect(box: Box, colour: str, fill: str = "none") -> str:
    x, y = sorted((box[0], box[2])), sorted((box[1], box[3]))
    return (
        f'<rect x="{x[0]:.1f}" y="{y[0]:.1f}" width="{x[1] - x[0]:.1f}" height="{y[1] - y[0]:.1f}" '
        f'fill="{fill}" stroke="{colour}" stroke-width="2"/>'
    )


def formats_table() -> str:
    """The table of what each format holds, for `docs/formats.md`."""
    head = "| format | name | file | boxes | polygons | ignore | labeller | split | attributes | size |"
    lines = [head, "|" + "---|" * 10]
    for name, spec in SPECS.items():
        kept = "all" if "*" in spec.attributes else ", ".join(sorted(spec.attributes)) or "–"
        marks = ["yes" if value else "–" for value in (spec.points, spec.ignore, spec.labeller, spec.split)]
        boxes = "shares of the picture" if spec.relative else "pixels"
        where = f"`{spec.one_file}`" if spec.one_file else f"one `{spec.suffix}` a picture"
        title = spec.title if spec.writes else f"{spec.title} (read only)"
        lines.append(
            "| " + " | ".join([f"`{name}`", title, where, boxes, *marks, kept, "yes" if spec.sizes else "–"]) + " |"
        )
    return "\n".join(lines) + "\n"


def faces_table() -> str:
    """The formats that are known by their face and not read, with what to do, for `docs/formats.md`."""
    lines = ["| this is | so |", "|---|---|"]
    lines += [f"| {face.title} | {face.advice} |" for face in faces.unread()]
    return "\n".join(lines) + "\n"


def _renewed(text: str, name: str, part: str) -> str:
    """A page's text with what stands between two marks replaced."""
    begin, end = f"<!-- {name} -->\n", f"<!-- end of {name} -->"
    before, _, rest = text.partition(begin)
    return f"{before}{begin}{part}{end}{rest.partition(end)[2]}"


def main(folder: str) -> None:
    """Write ``checks.md`` and its pictures below `folder`, and renew the tables in ``formats.md``."""
    docs = Path(folder)
    (docs / "checks").mkdir(parents=True, exist_ok=True)
    (docs / "checks.md").write_text(checks_markdown(), encoding="utf-8")
    for code in AS_READ:
        (docs / _picture_name(code)).write_text(picture_svg(code), encoding="utf-8")
    page = docs / "formats.md"
    text = _renewed(page.read_text(encoding="utf-8"), "table", formats_table())
    page.write_text(_renewed(text, "faces", faces_table()), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "docs")
