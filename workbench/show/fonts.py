"""Find a font that can write what people call their classes, Hangul included."""

from __future__ import annotations

import importlib.util
import os
import sys
from functools import lru_cache
from pathlib import Path

from PIL import ImageFont

_HANGUL = (
    "NanumGothic.ttf",
    "NanumBarunGothic.ttf",
    "NotoSansKR-Regular.ttf",
    "NotoSansKR-Regular.otf",
    "NotoSansCJK-Regular.ttc",
    "NotoSansCJKkr-Regular.otf",
    "malgun.ttf",
    "AppleSDGothicNeo.ttc",
    "AppleGothic.ttf",
    "UnDotum.ttf",
    "gulim.ttc",
)
_LATIN = ("DejaVuSans.ttf", "LiberationSans-Regular.ttf", "arial.ttf", "Arial.ttf")

Font = ImageFont.FreeTypeFont | ImageFont.ImageFont


def font_folders() -> list[Path]:
    """Where this kind of system keeps its fonts, the user's own first."""
    home = Path.home()
    if sys.platform == "darwin":
        folders = [home / "Library/Fonts", Path("/Library/Fonts"), Path("/System/Library/Fonts")]
    elif sys.platform == "win32":
        local = Path(os.environ.get("LOCALAPPDATA", home / "AppData/Local"))
        folders = [local / "Microsoft/Windows/Fonts", Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts"]
    else:
        folders = [
            home / ".local/share/fonts",
            home / ".fonts",
            Path("/usr/local/share/fonts"),
            Path("/usr/share/fonts"),
        ]
    return [folder for folder in folders if folder.is_dir()]


@lru_cache(maxsize=1)
def hangul_font() -> Path | None:
    """The first font on this machine that is known to hold Hangul, or ``None``."""
    return _first(_HANGUL, font_folders())


@lru_cache(maxsize=1)
def latin_font() -> Path | None:
    """A plain font; the one that matplotlib carries is there on every machine that has the workbench."""
    found = importlib.util.find_spec("matplotlib")
    carried = (
        [Path(p) / "mpl-data" / "fonts" / "ttf" for p in (found.submodule_search_locations or [])] if found else []
    )
    return _first(_LATIN, [*carried, *font_folders()])


@lru_cache(maxsize=16)
def load_font(size: int) -> Font:
    """A font of `size` pixels that writes Hangul if this machine has one, else one that writes Latin."""
    path = hangul_font() or latin_font()
    if path is None:
        return ImageFont.load_default(size)
    return ImageFont.truetype(str(path), size)


def _first(names: tuple[str, ...], folders: list[Path]) -> Path | None:
    present: dict[str, Path] = {}
    for folder in folders:
        for path in folder.rglob("*"):
            present.setdefault(path.name, path)
    return next((present[name] for name in names if name in present), None)
