"""How long a move of the explorer's slider takes, and how FiftyOne's dataset fills beside FiftyOne's own way.

    python benchmarks/views.py explorer [--pictures 5000] [--moves 60]
    python benchmarks/views.py explorer --pictures 29412     # 1,000,008 predictions
    python benchmarks/views.py browser [--pictures 5000]
    python benchmarks/views.py fiftyone [--pictures 5000]
    python benchmarks/views.py fiftyone --pictures 50000 --alone

explorer: a move is what the kernel does between the slider and the answer sent to the browser: figures, curves, every
filter's counts, and the first page of 12 crops out of real 1280 x 720 JPEG files. The confidences are drawn anew, so
that most crops of a page have never been cut before. A second figure is for moves of the IoU.

browser: the same in JupyterLab in a real Chromium, from the slider's event to the frame in which the new figures and
every crop of the page, decoded, are on the screen.

fiftyone: building the dataset with its verdicts and views, against `add_samples` and `evaluate_detections` on the same
tables in the same run; then bringing changes in, against building the same dataset anew. All of it three times: with
verdicts alone, which is what FiftyOne's own way gives; with the predictions of eight further rounds, the
story's; and with causes out of the pixels of real files, which it has not. Needs a mongod. `--alone` leaves FiftyOne's
own way and the pixels out.
"""

from __future__ import annotations

import argparse
import atexit
import os
import resource
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image, ImageFilter

sys.path.insert(0, str(Path(__file__).resolve().parent))

from evaluate import HEIGHT, WIDTH, Tables, made_up

from workbench.analyse import Evaluation, Inputs, evaluate_inputs
from workbench.model.geometry import CORNERS

DIFFERENT = 40
"""Picture files drawn; every picture is a link to one of them, since decoding costs the same."""


def draw(folder: Path, images: pd.DataFrame, seed: int = 0) -> None:
    rng = np.random.default_rng(seed)
    drawn = []
    for number in range(DIFFERENT):
        coarse = rng.integers(40, 215, (HEIGHT // 40, WIDTH // 40, 3), dtype=np.uint8)
        picture = Image.fromarray(coarse).resize((WIDTH, HEIGHT), Image.Resampling.BICUBIC)
        noise = Image.effect_noise((WIDTH, HEIGHT), 30).convert("RGB").filter(ImageFilter.GaussianBlur(1))
        drawn.append(folder / f"drawn_{number}.jpg")
        Image.blend(picture, noise, 0.35).save(drawn[-1], quality=90)
    for number, name in enumerate(images["image_id"]):
        (folder / name).hardlink_to(drawn[number % DIFFERENT])


def inputs_of(tables: Tables, root: Path, name: str) -> Inputs:
    images, boxes, predictions = tables
    kinds = np.array(["web", "dashcam", "dealer"])
    images = images.assign(path=images["image_id"], source=kinds[np.arange(len(images)) % 3])
    return Inputs(name, images, boxes, predictions, root)


def shown(
    inputs: Inputs, *, rounds: dict[str, Inputs] | None = None, name: str = "ours", confidence: float = 0.5
) -> Any:
    """Build or update the dataset, evaluation included."""
    from workbench.show import show_in_fiftyone

    def evaluated(one: Inputs) -> Evaluation:
        return evaluate_inputs(one, confidence=confidence)

    further = {key: evaluated(one) for key, one in (rounds or {}).items()}
    return show_in_fiftyone(evaluated(inputs), name=name, rounds=further)


def report(name: str, seconds: list[float]) -> None:
    p95 = float(np.quantile(seconds, 0.95)) * 1000
    print(f"{name:46} median {statistics.median(seconds) * 1000:7.0f} ms   p95 {p95:7.0f} ms   n {len(seconds)}")


def timed(calls: list[Callable[[], object]]) -> list[float]:
    spent = []
    for call in calls:
        start = time.perf_counter()
        call()
        spent.append(time.perf_counter() - start)
    return spent


def explorer(pictures: int, moves: int) -> None:
    from workbench.show.explorer.state import ExplorerState

    with tempfile.TemporaryDirectory() as folder:
        tables = made_up(pictures, classes=3)
        draw(Path(folder), tables[0])
        start = time.perf_counter()
        inputs = inputs_of(tables, Path(folder), "bench")
        state = ExplorerState(evaluate_inputs(inputs))
        state.view()
        print(f"{pictures} pictures, {len(tables[2])} predictions; opened in {time.perf_counter() - start:.1f} s")
        rng = np.random.default_rng(1)

        def moved(**changes: object) -> Callable[[], object]:
            def call() -> object:
                state.look(**changes)
                return state.view()

            return call

        confidences = rng.uniform(0.05, 0.95, moves).round(3)
        report("confidence -> figures and first page", timed([moved(confidence=float(c)) for c in confidences]))
        report(
            "IoU -> figures and first page",
            timed([moved(iou=float(c)) for c in rng.uniform(0.3, 0.9, moves // 3).round(3)]),
        )
        state.look(iou=0.5)
        report("next page", timed([moved(page=page) for page in range(1, moves // 3 + 1)]))
        state.look(part="source: web", iou=0.5)
        report(
            "confidence, inside a slice",
            timed([moved(confidence=float(c)) for c in rng.uniform(0.05, 0.95, moves // 3).round(3)]),
        )
        print(f"memory at its most: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20:.2f} GiB")


MOVE = """async ([value, before]) => {
  const root = document.querySelector(".wbx");
  const slider = root.querySelector("input[type=range][data-control=confidence]");
  const start = performance.now();
  slider.value = value;
  slider.dispatchEvent(new Event("input", { bubbles: true }));
  while (root.dataset.answer === before) await new Promise((next) => setTimeout(next, 1));
  await Promise.all([...root.querySelectorAll(".wbx-card img")].map((one) => one.decode()));
  await new Promise((next) => requestAnimationFrame(() => requestAnimationFrame(next)));
  return performance.now() - start;
}"""
CELL = """
import pandas as pd
from pathlib import Path
import workbench as wb
tables = [pd.read_parquet(Path({folder!r}) / f"{{name}}.parquet") for name in ("images", "boxes", "predictions")]
ex = wb.evaluate(*tables, pictures={folder!r}).explore()
ex
"""


def browser(pictures: int, moves: int) -> None:
    sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
    from playwright.sync_api import sync_playwright

    from tests.show.lab import Lab, jupyter, write_notebook

    chromium = next(path for name in ("chromium", "chromium-browser", "google-chrome") if (path := shutil.which(name)))
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        os.environ["WORKBENCH_HOME"] = folder
        inputs = inputs_of(made_up(pictures, classes=3), Path(folder), "bench")
        draw(Path(folder), inputs.images)
        for name in ("images", "boxes", "predictions"):
            getattr(inputs, name).to_parquet(Path(folder) / f"{name}.parquet")
        (Path(folder) / "notebook").mkdir()
        notebook = write_notebook(Path(folder) / "notebook" / "explore.ipynb", [CELL.format(folder=folder)])
        opened = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        with jupyter(notebook.parent) as (base, token):
            lab = Lab(opened.new_page(viewport={"width": 1400, "height": 1150}), base, token, notebook)
            lab.open()
            lab.run_all()
            lab.page.wait_for_selector(".wbx-card", timeout=1_200_000)
            print(f"{pictures} pictures, {len(inputs.predictions)} predictions in JupyterLab", flush=True)
            spent, kernel = [], []
            for confidence in np.random.default_rng(1).uniform(0.05, 0.95, moves + 3).round(2):
                root = lab.page.locator(".wbx")
                before = root.get_attribute("data-answer")
                if float(lab.page.locator(".wbx input[data-control=confidence]").input_value()) == confidence:
                    continue
                spent.append(lab.page.evaluate(MOVE, [str(confidence), before]) / 1000)
                said = lab.page.locator(".wbx-status").inner_text()
                kernel.append(float(said.split("answered in ")[1].split(" ms")[0]) / 1000)
            report("slider -> figures and crops painted", spent[3:])
            report("of which in the kernel", kernel[3:])
        opened.close()


def fiftyone(pictures: int, *, alone: bool) -> None:
    import workbench.machine.mongod
    from workbench.machine import quiet

    home = tempfile.mkdtemp()
    # Registered first and so run last, when the database has stopped.
    atexit.register(shutil.rmtree, home, ignore_errors=True)
    os.environ["WORKBENCH_HOME"] = home
    quiet.apply()
    workbench.machine.mongod.apply()
    from workbench.show.fiftyone.app import fiftyone as start

    fo = start()
    tables = made_up(pictures, classes=3)
    inputs = inputs_of(tables, Path(home), "bench")
    print(f"{pictures} pictures, {len(tables[1])} boxes, {len(tables[2])} predictions", flush=True)
    shown(inputs_of(made_up(100, classes=3), Path(home), "warm"), name="warm")
    ours = build_and_update(fo, inputs, "verdicts and saved views")
    rounds = {f"r{number}": round_of(inputs, number) for number in range(1, 9)}
    build_and_update(fo, inputs, "the same with eight further rounds", rounds)
    if alone:
        print(memory(home), flush=True)
        return
    settle(fo)
    (theirs,) = timed([lambda: as_the_guide_says(fo, inputs)])
    print(f"FiftyOne's add_samples and evaluate_detections {theirs:7.1f} s; ours is {theirs / ours:.1f} times faster")
    fo.delete_dataset("theirs")
    draw(Path(home), inputs.images)
    with_causes = build_and_update(fo, inputs, "the same with causes out of the pixels")
    print(f"FiftyOne's own way, without causes, takes {theirs / with_causes:.1f} times as long")
    print(memory(home), flush=True)


def build_and_update(fo: Any, inputs: Inputs, what: str, rounds: dict[str, Inputs] | None = None) -> float:
    """Build anew and bring changes in."""
    if fo.dataset_exists("ours"):
        fo.delete_dataset("ours")
    settle(fo)
    (ours,) = timed([lambda: shown(inputs, rounds=rounds)])
    print(f"ours, {what:41} {ours:7.2f} s", flush=True)
    for change, moved in updates(inputs, rounds or {}):
        settle(fo)
        (spent,) = timed([moved])
        print(f"update: {change:39} {spent:7.2f} s   {spent / ours:.2f} of building anew", flush=True)
    return ours


def settle(fo: Any) -> None:
    """Let the database write down what it has taken, so that no step pays for the one before it."""
    fo.core.odm.get_db_conn().client.admin.command("fsync")


def memory(home: str) -> str:
    """The most that this process and the database held."""
    import psutil

    ours = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    held = "not known"
    for process in psutil.process_iter(["name", "cmdline"]):
        if process.info["name"] == "mongod" and any(home in word for word in process.info["cmdline"] or ()):
            status = Path(f"/proc/{process.pid}/status").read_text()
            held = f"{int(status.split('VmHWM:')[1].split()[0]) / 2**20:.2f} GiB"
    return f"memory at its most: this process {ours:.2f} GiB, mongod {held}"


def round_of(inputs: Inputs, number: int) -> Inputs:
    """One of the story's eight rounds: the later, the nearer its predictions lie to the boxes."""
    noise = np.random.default_rng(100 + number)
    predictions = inputs.predictions.copy()
    predictions[CORNERS] += noise.normal(0, 9 - number, (len(predictions), 1))
    predictions["confidence"] = (predictions["confidence"] + noise.normal(0, 0.05, len(predictions))).clip(0.01, 1)
    return replace(inputs, predictions=predictions)


def moved(inputs: Inputs, seed: int) -> Inputs:
    """The same pictures beside predictions of which every one is another."""
    predictions = inputs.predictions.assign(confidence=inputs.predictions["confidence"] * 0.99)
    predictions[CORNERS] += np.random.default_rng(seed).normal(0, 0.5, (len(predictions), 1))
    return replace(inputs, predictions=predictions)


def updates(inputs: Inputs, rounds: dict[str, Inputs]) -> list[tuple[str, Callable[[], object]]]:
    """What changes, one after the other; each starts from what the one before has left."""
    ids = set(inputs.images["image_id"][::20])
    boxes = inputs.boxes.copy()
    mine = boxes["image_id"].isin(ids)
    boxes.loc[mine, "xmax"] += 3.0
    edited = replace(inputs, boxes=boxes)
    other = moved(edited, 2)
    kept = dict(rounds)

    def call(of: Inputs, **options: Any) -> Callable[[], object]:
        now = dict(kept)
        return lambda: shown(of, rounds=now, **options)

    calls = [("one picture in 20 relabelled", call(edited)), ("nothing changed", call(edited))]
    if rounds:
        kept["r3"] = moved(inputs, 3)
        calls.append(("one round, every prediction another", call(edited)))
        kept["r9"] = moved(inputs, 9)
        calls.append(("one round added", call(edited)))
        del kept["r9"]
        calls.append(("one round taken away", call(edited)))
        calls.append(("a new current run, every prediction another", call(other)))
        return calls
    calls.append(("another operating point, all pictures", call(edited, confidence=0.3)))
    calls.append(("a new run, every prediction another", call(other, confidence=0.3)))
    return calls


def as_the_guide_says(fo: Any, inputs: Inputs) -> None:
    """The same tables as FiftyOne's own guide to evaluating detections brings them in."""
    size = np.array([WIDTH, HEIGHT])
    truth, found = (dict(iter(t.groupby("image_id", sort=False))) for t in (inputs.boxes, inputs.predictions))

    def labels(table: pd.DataFrame | None) -> Any:
        made = []
        for row in [] if table is None else table.to_dict("records"):
            low = np.array([row["xmin"], row["ymin"]]) / size
            wide = np.array([row["xmax"], row["ymax"]]) / size - low
            extra = {"confidence": row["confidence"]} if "confidence" in row else {}
            made.append(fo.Detection(label=row["class_name"], bounding_box=[*low.tolist(), *wide.tolist()], **extra))
        return fo.Detections(detections=made)

    dataset = fo.Dataset("theirs")
    paths = {key: str(inputs.root / key) for key in inputs.images["image_id"]}
    dataset.add_samples(
        [
            fo.Sample(filepath=path, ground_truth=labels(truth.get(key)), predictions=labels(found.get(key)))
            for key, path in paths.items()
        ],
    )
    dataset.evaluate_detections("predictions", gt_field="ground_truth", eval_key="eval", iou=0.5)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("explorer", "browser", "fiftyone"))
    parser.add_argument("--pictures", type=int, default=5000)
    parser.add_argument("--moves", type=int, default=60)
    parser.add_argument("--alone", action="store_true")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}")
    if asked.what == "explorer":
        explorer(asked.pictures, asked.moves)
    elif asked.what == "browser":
        browser(asked.pictures, asked.moves)
    else:
        fiftyone(asked.pictures, alone=asked.alone)


if __name__ == "__main__":
    main()
