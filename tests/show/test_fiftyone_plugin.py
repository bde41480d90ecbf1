"""FiftyOne's App as a person uses it: every saved view, our panel and its slider, our operators, in a real Chromium."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from workbench.analyse import compare
from workbench.show.fiftyone.saved_views import CLIPS, EDGE_CASES, FALSE_ALARMS, MISSES, RELABEL

from .app_grid import PATIENCE, WIDE, Grid

ROOT = Path(__file__).resolve().parents[2]

pytestmark = [pytest.mark.mongod, pytest.mark.browser, pytest.mark.slow]

SERVE = """
import json, sys
import workbench as wb
from workbench.show import launch
p = wb.open(sys.argv[1])
held = p.test().evaluate(sys.argv[3])
app = launch(held.fiftyone(before=sys.argv[2], name="plugin-test"), remote=True)
print(json.dumps({"url": app.url}), flush=True)
sys.stdin.read()
"""


@pytest.fixture(scope="module")
def project(make_tested, tmp_path_factory):
    made = make_tested(tmp_path_factory.mktemp("app") / "plates")
    failures = made.project.test().evaluate(made.second).failures
    made.project.mark(failures[failures["outcome"] == "fp"].iloc[:2], "edge_case")
    made.project.mark(failures[failures["outcome"] == "fn"], "relabel")
    return made


@pytest.fixture(scope="module")
def served(project, mongod, tmp_path_factory) -> Iterator[str]:
    """The App of a process of its own, in a home of its own."""
    home = tmp_path_factory.mktemp("home")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("FIFTYONE_")}
    environment |= {"HOME": str(home), "WORKBENCH_HOME": str(home / "workbench"), "PYTHONPATH": str(ROOT)}
    arguments = [str(project.project.folder.root), project.first.run_id, project.second.run_id]
    with (home / "err").open("w") as err:
        process = subprocess.Popen(
            [sys.executable, "-c", SERVE, *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=err,
            text=True,
            env=environment,
        )
    first = process.stdout.readline()
    assert first.startswith('{"url"'), first + (home / "err").read_text()
    yield json.loads(first)["url"]
    process.kill()
    process.wait()


@pytest.fixture
def app(served, page_of) -> Grid:
    return Grid(page_of("about:blank", **WIDE), served, "plugin-test")


def expected(project: Any) -> dict[str, tuple[int, dict[str, int]]]:
    """For each saved view how many pictures it holds, and how many patches in which field."""
    second, first = (project.project.test().evaluate(run) for run in (project.second, project.first))
    failures, marks = second.failures, project.project.marks
    missed, false = failures[failures["outcome"] == "fn"], failures[failures["outcome"] == "fp"]
    ledger = compare(first, second)
    of_box = ledger["box_id"].notna()

    def changed(change: str, boxes: bool) -> Any:
        return ledger[(ledger["change"] == change) & (of_box == boxes)]

    tables = {
        MISSES: ("ground_truth", missed),
        FALSE_ALARMS: ("predictions", false),
        "duplicates": ("predictions", false[false["error"] == "duplicate"]),
        "shifted": ("predictions", false[false["cause"] == "shifted box"]),
        "too wide": ("predictions", false[false["cause"] == "too wide a box"]),
        "new misses": ("ground_truth", changed("broken", True)),
        "fixed misses": ("ground_truth", changed("fixed", True)),
        "new false alarms": ("predictions", changed("broken", False)),
        "fixed false alarms": ("predictions_before", changed("fixed", False)),
        EDGE_CASES: ("predictions", marks[marks["edge_case"]]),
        RELABEL: ("ground_truth", marks[marks["relabel"]]),
    }
    return {view: (table["image_id"].nunique(), {field: len(table)}) for view, (field, table) in tables.items()}


def test_app__opens_every_saved_view_with_its_pictures_and_patches(app, project):
    wanted = expected(project)
    assert min(count for count, _ in wanted.values()) > 0
    for view, (count, _) in wanted.items():
        app.open(view)
        app.shows(count)
        assert app.page.get_by_text("Accelerate your workflow").count() == 0  # FiftyOne's advertisement
    app.open(CLIPS)
    app.shows(1, "group")
    for view in (MISSES, FALSE_ALARMS):
        ((field, count),) = wanted[view][1].items()
        app.open(view)
        app.shows(wanted[view][0])
        app.patches(field)
        app.shows(count, "patch")


def test_panel__the_slider_moves_counts_causes_and_the_grid_to_what_evaluate_gives(app, project):
    page = app.page
    app.open(MISSES)
    app.shows(expected(project)[MISSES][0])
    page.locator("[data-cy=new-panel-btn]").first.click()
    page.locator("[data-cy=new-panel-option-operating_point]").click()

    def told(confidence: float) -> None:
        metrics = project.project.test().evaluate(project.second, confidence=confidence).metrics
        counts = f"hits {metrics['tp']}, misses {metrics['fn']}, false alarms {metrics['fp']}"
        page.get_by_text(f"At {confidence:.2f}: {counts}", exact=True).wait_for(timeout=PATIENCE)

    def pictures(confidence: float) -> int:
        return int(
            project.project.test().evaluate(project.second, confidence=confidence).failures["image_id"].nunique()
        )

    assert len({pictures(0.3), pictures(0.5), pictures(0.9)}) > 1
    told(0.5)
    slider = page.locator("input[type=range][max='0.99']")
    grid, why = (
        page.get_by_label(words) for words in ("Show these failures in the grid", "Causes at every confidence")
    )
    for confidence in (0.3, 0.8):
        slider.fill(str(confidence))
        told(confidence)
    grid.click()
    app.shows(pictures(0.8))
    slider.fill("0.9")
    told(0.9)
    app.shows(pictures(0.9))
    why.click()
    for row in project.project.test().evaluate(project.second, confidence=0.9).causes.itertuples():
        page.get_by_role("row", name=f"{row.cause} {row.failures}", exact=True).wait_for(timeout=PATIENCE)
    grid.click()
    app.shows(len(project.project.test().images))


def test_operators__what_is_said_in_the_app_is_in_the_store(app, project):
    home = project.project
    failures = home.test().evaluate(project.second).failures
    false = failures[failures["outcome"] == "fp"]
    app.open(FALSE_ALARMS)
    app.patches("predictions")
    app.shows(len(false), "patch")
    app.choose(0)
    app.operate("Label is wrong: relabel", "1 kept in the project: label is wrong: relabel")
    asked = home.relabel_queue
    (sent,) = asked[asked["box_id"].isna()].to_dict("records")
    assert sent["prediction_id"] in set(false["prediction_id"])

    # What was chosen stays chosen: a person may say more of it.
    app.operate("Confirm the cause", "1 kept in the project: confirm the cause", "mud on the plate")
    app.operate("Escalate with a note", "1 escalated, the note kept in the project", "does mud count?")
    (said,) = home.marks.dropna(subset=["cause"]).to_dict("records")
    assert (said["cause"], said["note"], said["escalated"]) == ("mud on the plate", "does mud count?", True)
    assert said["prediction_id"] == sent["prediction_id"]

    before = home.boxes
    app.operate("Accept as a box", "1 box added to the project's labels")
    added = home.boxes[lambda boxes: ~boxes["box_id"].isin(before["box_id"])]
    right = home.test().predict(project.second).set_index("prediction_id").loc[false["prediction_id"]]
    assert len(added) == 1
    place = ["image_id", "xmin", "ymin", "xmax", "ymax"]
    assert tuple(added[place].round(3).iloc[0]) in set(right[place].round(3).itertuples(index=False, name=None))
