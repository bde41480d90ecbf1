"""Write requirements.txt: everything that pyproject.toml asks for, resolved once for each Python that we support.

`make requirements` calls it as `python .ci/requirements.py PYTHON...`, for example with python3.11 python3.12
python3.13. Nothing is installed: pip only reports what it would install. No index address is written, so that the file
works with whatever index a machine is set up for.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# torch asks for these on Linux only; without the marker the file could not be used on a Mac.
LINUX_ONLY = re.compile(r"^(nvidia-(?!ml-py)|cuda-|triton$)")
# A release of yesterday is not on every mirror, and nobody has run it for long.
SETTLED = "P14D"
# The Pythons of Debian 12, Ubuntu 24.04 and Debian 13: a package may ask for a later patch release than these.
NEWEST_PATCH = {(3, 11): 2, (3, 12): 3, (3, 13): 5}
HEADER = """\
# Made by `make requirements` from pyproject.toml; do not edit by hand.
# Every package, pinned, for Python {pythons}. No index address: pip uses the one it is set up for.
"""


def resolve(python: str, wanted: list[str]) -> tuple[str, dict[str, str]]:
    """Return the Python's `major.minor` and what pip would install there, name to version."""
    ask = [python, "-c", "import sys; print(*sys.version_info[:3])"]
    major, minor, patch = map(int, subprocess.run(ask, check=True, capture_output=True, text=True).stdout.split())
    if patch > NEWEST_PATCH.get((major, minor), patch):
        newest = NEWEST_PATCH[major, minor]
        sys.exit(f"{python} is {major}.{minor}.{patch}; use {major}.{minor}.{newest} or older, as users have it")
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder, "report.json")
        subprocess.run([python, "-m", "venv", f"{folder}/venv"], check=True)
        pip = [f"{folder}/venv/bin/python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, "--upgrade", "pip>=26"], check=True)
        ask = ["--dry-run", "--ignore-installed", "--uploaded-prior-to", SETTLED, "--report", str(report)]
        subprocess.run([*pip, *ask, *wanted], check=True)
        answer = json.loads(report.read_text(encoding="utf-8"))
    names = {
        re.sub(r"[-_.]+", "-", item["metadata"]["name"]).lower(): item["metadata"]["version"]
        for item in answer["install"]
    }
    return answer["environment"]["python_version"], names


def merge(found: dict[str, dict[str, str]]) -> list[str]:
    """Return one line a package and version, with a marker where the Pythons differ."""
    lines = []
    for name in sorted({name for names in found.values() for name in names}):
        pythons_of: dict[str, list[str]] = {}
        for python, names in found.items():
            if name in names:
                pythons_of.setdefault(names[name], []).append(python)
        for version, pythons in sorted(pythons_of.items()):
            markers = ['platform_system == "Linux"'] if LINUX_ONLY.match(name) else []
            if len(pythons) < len(found):
                choices = " or ".join(f'python_version == "{python}"' for python in pythons)
                markers.append(f"({choices})" if len(pythons) > 1 and markers else choices)
            lines.append(f"{name}=={version}" + (" ; " + " and ".join(markers) if markers else ""))
    return lines


def main(pythons: list[str]) -> None:
    """Resolve for each Python and write the file; stop if the two OpenCV builds would differ."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    # An extra that only names others of our own adds nothing, and the index must not be asked for us.
    extras = [one for some in project["optional-dependencies"].values() for one in some]
    wanted = project["dependencies"] + [one for one in extras if not one.startswith(f"{project['name']}[")]
    found = dict(resolve(python, wanted) for python in pythons)
    for python, names in found.items():
        if names["opencv-python"] != names["opencv-python-headless"]:
            sys.exit(f"Python {python}: opencv-python and opencv-python-headless must be one release; pin them both")
    text = HEADER.format(pythons=", ".join(found)) + "\n".join(merge(found)) + "\n"
    (ROOT / "requirements.txt").write_text(text, encoding="utf-8")
    sys.stdout.write(f"requirements.txt: {len(text.splitlines()) - 2} lines for Python {', '.join(found)}\n")


if __name__ == "__main__":
    main(sys.argv[1:] or [sys.executable])
