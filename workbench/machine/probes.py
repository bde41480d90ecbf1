"""Ask another Python process about a heavy library, so that neither its weight nor its crash reaches the caller."""

from __future__ import annotations

import functools
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from threading import Lock
from typing import Any

from workbench.machine import quiet

_HANGUL = "가나다라마바사아자하한글"

OPENCV = """
import json, re, importlib.metadata as m, cv2
window = re.search(r"GUI:\\s+(\\S+)", cv2.getBuildInformation())
builds = ("opencv-python", "opencv-python-headless")
releases = {n: m.version(n) for n in builds if any(m.distributions(name=n))}
print(json.dumps({"version": cv2.__version__, "window": window and window.group(1), "releases": releases}))
"""
_TORCH = """
import json, torch, torchvision
boxes = torch.tensor([[0.0, 0.0, 9.0, 9.0], [0.0, 0.0, 9.0, 8.0], [20.0, 20.0, 30.0, 30.0]])
kept = torchvision.ops.nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5).tolist()
gpu = [torch.cuda.get_device_name(i) for i in range(torch.cuda.device_count())] if torch.cuda.is_available() else []
answer = {"torch": torch.__version__, "torchvision": torchvision.__version__, "kept": kept, "gpu": gpu}
try:
    import ultralytics
    answer["ultralytics"] = ultralytics.__version__
except Exception as error:
    answer["trouble"] = f"{type(error).__name__}: {error}"
print(json.dumps(answer))
"""
_FONT = """
import json, sys
from matplotlib.ft2font import FT2Font
for path in sys.argv[2:]:
    try:
        font = FT2Font(path)
    except RuntimeError:
        continue
    if all(ord(letter) in font.get_charmap() for letter in sys.argv[1]):
        print(json.dumps({"path": path, "name": font.family_name}))
        break
else:
    print("null")
"""
FIFTYONE = "import json, fiftyone; print(json.dumps({'version': fiftyone.__version__}))"

_torch_lock = Lock()


def probe(code: str, *arguments: str, timeout_s: float = 60.0) -> tuple[dict[str, Any] | None, str]:
    """Run a few lines in another Python.

    Args:
        code: What to run; it prints one JSON object as its last line.
        arguments: Its `sys.argv[1:]`.
        timeout_s: How long it may take, in seconds.

    Returns:
        The object and an empty text, or None and why there is none in one line.
    """
    environment = quiet.offline_environment() | dict(os.environ)
    try:
        done = subprocess.run(
            [sys.executable, "-c", code, *arguments],
            capture_output=True,
            text=True,
            timeout=timeout_s,
            env=environment,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return None, str(error).splitlines()[0][:300]
    if done.returncode < 0:
        return None, f"the interpreter was stopped by {signal.Signals(-done.returncode).name}"
    lines = (done.stdout if done.returncode == 0 else done.stderr).strip().splitlines()
    if done.returncode != 0 or not lines:
        return None, lines[-1][:300] if lines else f"exit status {done.returncode}"
    answer: dict[str, Any] | None = json.loads(lines[-1])
    return answer, ""


def torch() -> tuple[dict[str, Any] | None, str]:
    """Return what torch, torchvision and ultralytics say of themselves; asked once a process, however many want it."""
    with _torch_lock:
        return _ask_torch()


@functools.cache
def _ask_torch() -> tuple[dict[str, Any] | None, str]:
    return probe(_TORCH)


def hangul_font() -> Path | None:
    """Return a font file that holds Hangul, looked up in the letters of the file itself; None if there is none."""
    folders = [Path("/usr/share/fonts"), Path("/usr/local/share/fonts"), Path.home() / ".local/share/fonts"]
    files = {str(file) for folder in folders for kind in ("*.ttf", "*.otf", "*.ttc") for file in folder.rglob(kind)}
    likely = ("nanum", "cjk", "malgun", "gothic", "unfonts", "baekmuk", "hangul", "kr")
    ordered = sorted(files, key=lambda file: (not any(word in file.lower() for word in likely), "Bold" in file, file))
    answer, _ = probe(_FONT, _HANGUL, *ordered[:2000])
    return Path(answer["path"]) if answer else None
