import re
from pathlib import Path

import workbench.label
from workbench.label.check import handbook
from workbench.label.check.problem_codes import CATALOGUE
from workbench.model.tables import SEVERITIES

SOURCE = "\n".join(
    path.read_text() for path in Path(workbench.label.__file__).parent.rglob("*.py") if path.name != "catalogue.py"
)


def test_catalogue__holds_every_code_in_use():
    used = set(re.findall(r'(?:Problem|Refused|_problem|Hypothesis)\(\s*f?"([a-z0-9-]+)"', SOURCE)) - {"as-read"}
    used |= set(re.findall(r'raw\.note\("([a-z0-9-]+)"', SOURCE))
    used |= set(re.findall(r'code(?:, message)? = "([a-z0-9-]+)"', SOURCE))
    assert len(used) > 60
    assert used <= set(CATALOGUE), used - set(CATALOGUE)


def test_catalogue__every_code_is_used_and_explained():
    for code, entry in CATALOGUE.items():
        assert f'"{code}"' in SOURCE or code.endswith(("-for-cxcywh", "-for-xywh", "-for-xyxy")), code
        assert entry.severity in SEVERITIES
        assert all((entry.title, entry.why, entry.fix, entry.group))


def test_handbook__pages_are_up_to_date():
    docs = Path(__file__).resolve().parents[2] / "docs"
    assert (docs / "checks.md").read_text(encoding="utf-8") == handbook.checks_markdown()
    assert handbook.formats_table() in (docs / "formats.md").read_text(encoding="utf-8")
    assert handbook.faces_table() in (docs / "formats.md").read_text(encoding="utf-8")
    for code in handbook.AS_READ:
        assert code in CATALOGUE
        assert (docs / "checks" / f"{code}.svg").read_text(encoding="utf-8") == handbook.picture_svg(code)


def test_formats_page__names_codes_that_there_are():
    page = (Path(__file__).resolve().parents[2] / "docs" / "formats.md").read_text("utf-8")
    named = set(re.findall(r"\(`([a-z]+(?:-[a-z]+)+)`\)", page))
    assert len(named) > 10
    assert named <= set(CATALOGUE)
