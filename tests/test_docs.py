"""The pages say what the code says: parts from docstrings are new, links lead somewhere, verbs and commands exist."""

from __future__ import annotations

import importlib.util
import re
from pathlib import Path

import pytest
import typer

import workbench as wb
from workbench.__main__ import app
from workbench.course import Course

ROOT = Path(__file__).resolve().parent.parent
WRITTEN = [*sorted((ROOT / "docs").glob("*.md")), ROOT / "README.md", ROOT / "CONTRIBUTING.md", ROOT / "CHANGELOG.md"]

spec = importlib.util.spec_from_file_location("docs_api", ROOT / "docs" / "api.py")
assert spec is not None
assert spec.loader is not None
api = importlib.util.module_from_spec(spec)
spec.loader.exec_module(api)


@pytest.mark.parametrize("name", sorted(api.PAGES))
def test_pages__are_as_the_docstrings_say(name):
    page = ROOT / "docs" / name
    text = page.read_text("utf-8")
    assert api.renewed(page, api.PAGES[name]) == text, "run `python docs/api.py`"
    assert " at 0x" not in text, "a default that is different every time"


def test_markdown_of__sections_become_lists():
    said = """Do it.

        Args:
            one: the first,
                which goes on.
            two: the second.

        Returns:
            The result: always.

        Raises:
            InputError: if not.
        """
    assert api.markdown_of(said) == (
        "Do it.\n\n*Args*\n\n- `one`: the first,\n  which goes on.\n- `two`: the second.\n\n"
        "*Returns*\n\nThe result: always.\n\n*Raises*\n\n- `InputError`: if not.\n"
    )


def test_renewed__says_which_marks_are_missing(tmp_path):
    (tmp_path / "page.md").write_text("nothing")
    with pytest.raises(SystemExit, match=r"page\.md lacks the marks"):
        api.renewed(tmp_path / "page.md", ())


@pytest.mark.parametrize("page", WRITTEN, ids=lambda page: page.name)
def test_written__links_and_verbs_and_commands_exist(page):
    text = page.read_text("utf-8")
    links = [link.partition("#")[0] for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if link and not (page.parent / link).exists()] == []
    assert {verb for verb in re.findall(r"\bp\.([a-z_]+)\(", text) if not hasattr(wb.Project, verb)} == set()
    for short, named in (("ev", wb.Evaluation), ("c", Course)):
        assert {verb for verb in re.findall(rf"\b{short}\.([a-z_]+)\(", text) if not hasattr(named, verb)} == set()
    assert {name for name in re.findall(r"\bwb\.([a-z_]+)\(", text) if not hasattr(wb, name)} == set()
    commands = set(typer.main.get_command(app).commands)  # type: ignore[attr-defined]
    said = re.findall(r"(?:^|`|bin/)workbench ([a-z][a-z-]+)(?=[ `\n])", text, re.M)
    assert set(said) - commands == set()


def test_rooms__every_one_is_named_and_what_is_named_is_there():
    rows = [line for line in (ROOT / "docs" / "rooms.md").read_text("utf-8").splitlines() if line.startswith("| ")]
    named = set(re.findall(r"`((?:[a-z_]+/)+(?:[a-z0-9_]+\.py)?)`", "\n".join(rows)))
    package = ROOT / "workbench"
    assert {path for path in named if not (package / path).exists()} == set()
    rooms = {f"{file.parent.relative_to(package).as_posix()}/" for file in package.glob("*/**/__init__.py")}
    assert rooms - named == set()


def test_index__names_every_page():
    text = (ROOT / "docs" / "index.md").read_text("utf-8")
    pages = {page.name for page in (ROOT / "docs").glob("*.md")} - {"index.md"}
    assert pages == set(re.findall(r"\]\(([a-z_]+\.md)\)", text))
