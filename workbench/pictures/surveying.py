"""What pictures are, measured wherever they lie: the same columns a project has, without a project."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd

from workbench.machine.helpers import processors
from workbench.model import tables
from workbench.model.errors import InputError, explain
from workbench.model.session_options import progress_bar
from workbench.pictures.alike.second_look import SecondLook
from workbench.pictures.file_names import is_utf8
from workbench.pictures.finding import Where, find, why_link_is_not_read
from workbench.pictures.measuring import MEASURES, Measured, measure_bytes


@dataclass(frozen=True)
class Survey:
    """Pictures with their measures.

    Attributes:
        images: an `images` table with the columns of `workbench.pictures.MEASURES`; ``path`` is relative to `root`.
        problems: the `problems` table: every file that could not be measured, with the reason.
        root: the folder that the paths start from.
        look: remembers some of the pictures, so that `find_duplicates` need not decode them again.
    """

    images: pd.DataFrame
    problems: pd.DataFrame
    root: Path
    look: SecondLook = field(default_factory=SecondLook, repr=False, compare=False)


def survey(pictures: Where, *, workers: int | None = None) -> Survey:
    """Measure pictures in a folder, of a glob, or of several places; each is decoded once.

    Raises:
        InputError: if a place is not there or there is no picture at all.
    """
    found = find(pictures)
    rows: list[dict[str, Any]] = []
    problems = [unread(found.name(file), file) for file in found.not_read]
    seen: set[str] = set()
    look = SecondLook()
    for file, picture in measure_all(found.files, workers=workers):
        name = found.name(file)
        if not is_utf8(name):
            problems.append(problem(name.encode(errors="replace").decode(), "the name is not UTF-8", "rename the file"))
        elif isinstance(picture, InputError):
            problems.append(problem(name, str(picture), "repair or remove the file"))
        elif name in seen:
            problems.append(problem(name, "another file's name differs in its Unicode form only", "rename one of them"))
        else:
            seen.add(name)
            problems += remarks(name, picture)
            rows.append(image_row(name, picture))
            look.remember(found.base / name, picture.small)
    return Survey(tables.from_rows("images", rows), tables.from_rows("problems", problems), found.base, look)


def measured(images: pd.DataFrame, root: Path, *, workers: int | None = None) -> pd.DataFrame:
    """An `images` table with every column of `workbench.pictures.MEASURES`, measured where they are missing.

    Raises:
        TableError: if the table breaks its rules.
        InputError: if a picture that is still to be measured cannot be read.
    """
    images = tables.validate(images, "images")
    lacking = [name for name in MEASURES if name not in images.columns]
    if not len(images):
        return images.assign(**{name: pd.Series(dtype="object") for name in lacking})
    if not lacking and not images["kind"].isna().any():
        return images
    todo = images.index if lacking else images.index[images["kind"].isna()]
    rows: dict[int, dict[str, Any]] = {}
    paths = [root / (images["path"][row] or str(images["image_id"][row])) for row in todo]
    for row, (file, picture) in zip(todo, measure_all(paths, workers=workers), strict=True):
        if isinstance(picture, InputError):
            raise InputError(f"{file} cannot be measured: {picture}; bring it back or leave its row out")
        known = {"sha256": picture.sha256, "width": picture.width, "height": picture.height}
        rows[row] = picture.measures() | known
    fresh = pd.DataFrame.from_dict(rows, orient="index")
    kept = images.drop(columns=[c for c in fresh.columns if c not in tables.TABLES["images"]], errors="ignore")
    whole = kept.copy()
    for name in fresh.columns:
        old = images[name] if name in images.columns else pd.Series(index=images.index, dtype=fresh[name].dtype)
        whole[name] = fresh[name].reindex(images.index).where(images.index.isin(todo), old)
    return tables.validate(whole, "images")


def measure_all(files: Sequence[Path], *, workers: int | None) -> Iterator[tuple[Path, Measured | InputError]]:
    """Measure files in threads and hand them on in order, a few ahead; a file that fails gives its reason instead."""
    threads = processors(workers)
    with (
        without_warnings(),
        ThreadPoolExecutor(threads) as pool,
        progress_bar(total=len(files), desc="measure", unit="picture") as bar,
    ):
        for start in range(0, len(files), 32 * threads):
            part = files[start : start + 32 * threads]
            for file, picture in zip(part, pool.map(try_measure, part), strict=True):
                yield file, picture
                bar.update()


def try_measure(file: Path) -> Measured | InputError:
    """`measure`, with the reason in the place of an exception."""
    try:
        return measure_bytes(file.read_bytes())
    except InputError as error:
        return error
    except OSError as error:
        return InputError(explain(error))


@contextmanager
def without_warnings() -> Iterator[None]:
    """Pillow's warnings about odd files are left out: the report says what matters. Not inside of threads."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


def image_row(name: str, picture: Measured) -> dict[str, Any]:
    """A row of an `images` table for a picture that nobody has labelled."""
    return {
        "image_id": name,
        "path": name,
        "sha256": picture.sha256,
        "width": picture.width,
        "height": picture.height,
        "label_status": "unlabelled",
        **picture.measures(),
    }


def problem(
    name: str, message: str, fix: str, *, code: str = "picture-unreadable", severity: str = "error"
) -> dict[str, Any]:
    """A row of a `problems` table about one picture."""
    return {"code": code, "severity": severity, "file": name, "image": name, "message": message, "fix": fix}


def remarks(name: str, picture: Measured) -> list[dict[str, Any]]:
    """The rows about a picture that can be used, and of which something is to be known first."""
    if not picture.remark:
        return []
    fix = "stretch its greys over all 16 bits, or save it with 8"
    return [problem(name, picture.remark, fix, code="picture-dark", severity="warning")]


def unread(name: str, file: Path) -> dict[str, Any]:
    """The row for a picture of a kind that is not read here, or for a link that is not followed."""
    if why := why_link_is_not_read(str(file)):
        return problem(name, why, "bring the picture itself here", code="link-not-followed", severity="warning")
    message = f"{file.suffix.lower()} pictures are not read here"
    return problem(name, message, "save it as JPEG or PNG", severity="warning")
