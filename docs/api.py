"""The part of each stage's page that is made from docstrings: `python docs/api.py` writes it, `--check` compares.

What stands between the two marks of a page is replaced; the rest is written by hand.
"""

from __future__ import annotations

import argparse
import importlib
import inspect
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

DOCS = Path(__file__).resolve().parent
BEGIN, END = "<!-- from docstrings by docs/api.py -->\n", "<!-- end of docstrings -->\n"
PAGES = {
    "collect.md": ("workbench.api.collecting:CollectVerbs", "workbench:make_sample"),
    "labelling.md": (
        "workbench.api.labelling:LabelVerbs",
        *(f"workbench:{name}" for name in ("read_labels", "check_labels", "convert", "write_labels", "label_stats")),
        *("workbench:read_predictions", "workbench.annotate:agreement"),
    ),
    "versions.md": ("workbench.api.versions:VersionVerbs",),
    "train.md": (
        "workbench.api.training:TrainVerbs",
        "workbench:Project.run",
        "workbench.train:Recipe",
        "workbench.train:Run",
    ),
    "analyse.md": (
        *("workbench:Project.test", "workbench:files", "workbench.api.tests:Test", "workbench.analyse:Evaluation"),
        *("workbench:evaluate", "workbench:Project.hard_examples"),
    ),
    "decide.md": ("workbench.api.rounds:RoundVerbs", "workbench.decide:RoundRecord"),
    "show.md": (
        *("workbench.api.held_evaluation:Evaluation", "workbench.api.held_evaluation:Plots", "workbench:launch"),
        *(f"workbench.show:plot_{what}" for what in ("ledger", "agreement", "timeline", "story")),
    ),
    "course.md": tuple(f"workbench.course:{name}" for name in ("open_course", "Course", "class_report")),
}
"""The objects of each page; of a class its public methods and properties follow."""
_SECTION = re.compile(r"^(Args|Attributes|Returns|Yields|Raises):\n", re.M)
_LISTS = ("Args", "Attributes", "Raises")


def markdown_of(docstring: str) -> str:
    """A Google docstring as Markdown: its sections named, their entries as lists."""
    said, *sections = _SECTION.split(inspect.cleandoc(docstring))
    parts = [said.strip()]
    for name, body in zip(sections[::2], sections[1::2], strict=True):
        if name in _LISTS:
            body = re.sub(r"^ {4}(\S[^:]*): ", r"- `\1`: ", body, flags=re.M)
            body = re.sub(r"^ {8}", "  ", body, flags=re.M)
        parts.append(f"*{name}*\n\n{inspect.cleandoc(body)}")
    return "\n\n".join(parts) + "\n"


def page_part(names: Sequence[str]) -> str:
    """All objects of a page."""
    return "\n".join(text for name in names for text in _described(name))


def _described(name: str) -> Iterator[str]:
    module, _, attribute = name.partition(":")
    thing: Any = importlib.import_module(module)
    for part in attribute.split("."):
        thing = getattr(thing, part)
    called = f"{_home(module)}.{attribute}".replace("wb.Project.", "p.")
    if not inspect.isclass(thing):
        yield f"### `{called}{_signature(thing)}`\n\n{markdown_of(thing.__doc__)}"
        return
    verbs = attribute.endswith("Verbs")
    if not verbs:
        yield f"### `{called}`\n\n{markdown_of(thing.__doc__)}"
    for member, value in vars(thing).items():
        found = _documented(value)
        if found and not member.startswith("_"):
            call = "" if isinstance(value, property) else _signature(found)
            yield f"### `{'p' if verbs else attribute}.{member}{call}`\n\n{markdown_of(found.__doc__)}"


def _home(module: str) -> str:
    return "wb" if module == "workbench" else module.removeprefix("workbench.")


def _documented(value: Any) -> Any:
    found = value.fget if isinstance(value, property) else getattr(value, "__func__", value)
    return found if inspect.isfunction(found) and found.__doc__ else None


def _signature(function: Any) -> str:
    """Names and defaults, without types: those stand in the code."""
    given = inspect.signature(function)
    kept = [one.replace(annotation=one.empty) for one in given.parameters.values() if one.name not in ("self", "cls")]
    return str(given.replace(parameters=kept, return_annotation=given.empty))


def renewed(page: Path, names: Sequence[str]) -> str:
    """A page's text with its part from docstrings as it should be."""
    before, begin, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    if not begin or END not in rest:
        raise SystemExit(f"{page} lacks the marks {BEGIN.strip()} and {END.strip()}")
    return f"{before}{BEGIN}\n{page_part(names)}\n{END}{rest.partition(END)[2]}"


def main() -> None:
    """Write all pages anew, or say which are old."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--check", action="store_true", help="write nothing; exit status 1 where a page is old")
    check = parser.parse_args().check
    wanted = {DOCS / name: renewed(DOCS / name, names) for name, names in PAGES.items()}
    old = [page for page, text in wanted.items() if text != page.read_text(encoding="utf-8")]
    if check and old:
        sys.exit(f"{', '.join(page.name for page in old)}: not as the docstrings say; run `python docs/api.py`")
    for page in old:
        page.write_text(wanted[page], encoding="utf-8")


if __name__ == "__main__":
    main()
