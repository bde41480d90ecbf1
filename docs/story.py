"""The page of what the story said and what was measured: `python docs/story.py` writes it from the recorded runs."""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

from workbench.course import ROUNDS, Course, open_course
from workbench.show import plot_story

DOCS = Path(__file__).resolve().parent
PAGE, FIGURE = "story.md", "story.png"
_CONFIDENCES = (0.8, 0.5, 0.3)


def page(folder: Path) -> tuple[str, pd.DataFrame]:
    """The page's text, and the table that the figure is drawn from.

    Args:
        folder: where the course draws its pictures and opens its rounds.
    """
    parts = [
        "# What the story said, and what we measured\n\n"
        "Made by `python docs/story.py` from the recorded runs ([how they were made](course.md#record-the-story)); no "
        "figure was typed in. What the story says in words was written down as a range before anything was measured "
        "(`workbench/course/story.py`). A figure for each of three seeds; *agree?* is yes if all lie in the range.\n\n"
        f"![Recall at 30 % of every training, in stills and in video, a mark for each seed]({FIGURE})\n"
    ]
    for one in ROUNDS:
        course = open_course(one.number, mode="recorded", folder=folder)
        parts.append(f"## Round {one.number}: {one.title.lower()}\n\n{one.did}\n\n{_markdown(course.table())}")
    every = course.trainings(confidence=0.3)
    parts.append(
        f"## Every training\n\nMedian of the seeds, least and largest in brackets.\n\n{_markdown(_summary(course))}"
    )
    return "\n".join(parts), every


def _summary(course: Course) -> pd.DataFrame:
    rows: dict[str, dict[str, str]] = {}
    for confidence in _CONFIDENCES:
        for (name, part), mine in course.trainings(confidence=confidence).groupby(["training", "part"], sort=False):
            row = rows.setdefault(str(name), {"training": str(name)})
            row[f"{part}: recall at {confidence:.0%}"] = _range(mine["recall"])
            row[f"{part}: AP50"] = _range(mine["AP50"])
    columns = ["training", *(f"{part}: {what}" for part in ("stills", "video") for what in _measures())]
    return pd.DataFrame(list(rows.values()))[columns]


def _measures() -> list[str]:
    return [*(f"recall at {confidence:.0%}" for confidence in _CONFIDENCES), "AP50"]


def _range(values: pd.Series) -> str:
    return f"{values.median():.2f} ({values.min():.2f} to {values.max():.2f})"


def _markdown(table: pd.DataFrame) -> str:
    lines = [
        "| " + " | ".join(map(str, row)) + " |" for row in [table.columns, ["---"] * table.shape[1], *table.to_numpy()]
    ]
    return "\n".join(lines) + "\n"


def main() -> None:
    """Write the page and its figure."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS.parent / "data" / "course"
    text, every = page(folder)
    (DOCS / PAGE).write_text(text, "utf-8")
    plot_story(every).get_figure().savefig(DOCS / FIGURE, dpi=110)


if __name__ == "__main__":
    main()
