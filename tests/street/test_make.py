"""The sample as a user gets it: layout, determinism, refusal, and truth that the pictures bear out."""

from __future__ import annotations

import json
import xml.etree.ElementTree as ET
from pathlib import Path

import cv2
import numpy as np
import pandas as pd
import pytest

from workbench.label import check_labels, read_labels
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS
from workbench.street import make_sample
from workbench.street.story.make_sample import SampleReport
from workbench.street.story.story_parts import PLANS, plan_jobs
from workbench.street.story.story_parts import _clip as compose

LABELS = {
    "photos": ("xml", "labels", "wide", "corners", "converted", "yolo_mark/img"),
    "more_photos": ("xml", "labels", "wide", "corners", "converted", "yolo_mark/img"),
    "many_photos": ("labels", "wide"),
    "frames": ("xml", "labels"),
    "test_stills": ("xml",),
    "test_frames": ("xml",),
}


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sample") / "tiny"
    make_sample(folder, size="tiny", workers=1)
    return folder


@pytest.mark.slow
def test_make_sample__layout(tiny: Path) -> None:
    counts = json.loads((tiny / "sample.json").read_text())["counts"]
    plan = PLANS["tiny"]
    expected = {"photos": plan.photos, "more_photos": plan.more_photos, "many_photos": plan.many_photos}
    expected |= {"frames": plan.frames, "test_stills": plan.test_stills, "test_frames": 20, "pool": 2 * plan.pool}
    expected |= {"clips": plan.train_clips, "test_clips": plan.test_clips}
    assert {name: counts[name] for name in expected} == expected
    for batch in ("photos", "more_photos", "many_photos", "frames", "test_stills", "test_frames", "pool"):
        pictures = {p.stem for p in (tiny / batch).glob("*.jpg")}
        assert len(pictures) == expected[batch]
        for kind in ("xml", "labels", "wide", "corners", "converted", "yolo_mark/img"):
            files = {p.stem for p in (tiny / batch / kind).glob("*.*") if p.stem != "classes"}
            assert files == (pictures if kind in LABELS.get(batch, ()) else set()), f"{batch}/{kind}"
    assert [p.name for p in (tiny / "test_clips").iterdir()] == ["test_00.mp4"]
    assert [p.name for p in (tiny / "clips").iterdir()] == ["train_00.mp4"]
    assert not [p for p in tiny.rglob("*") if p.name.startswith(".")]
    assert str(tiny) not in "".join(p.read_text() for p in tiny.rglob("*.xml"))


def test_plans__full_has_the_story_s_counts() -> None:
    full, quick = PLANS["full"], PLANS["quick"]
    assert (full.photos, full.more_photos) == (50, 100)
    assert full.photos + full.more_photos + full.many_photos == 1675
    assert full.frames == 338
    assert quick.photos + quick.more_photos + quick.many_photos == pytest.approx(167.5, abs=0.5)
    assert quick.frames == pytest.approx(33.8, abs=0.5)


def test_plan_jobs__no_world_is_in_training_and_test() -> None:
    jobs = plan_jobs(PLANS["quick"], seed=0)
    assert len({job.file for job in jobs}) == len(jobs)
    worlds = {(job.batch, job.index) for job in jobs if job.file.startswith(".raw")}
    assert {batch for batch, _ in worlds} == {"train_clip", "test_clip"}
    train, test = (compose(0, batch, 0, 1.0) for batch in ("train_clip", "test_clip"))
    assert {a.vehicle.plate.text for a in train.scene.actors}.isdisjoint(
        a.vehicle.plate.text for a in test.scene.actors
    )


@pytest.mark.slow
@pytest.mark.parametrize("batch", ["photos", "more_photos"])
def test_make_sample__right_labels_agree_and_the_story_s_mistakes_are_found(tiny: Path, batch: str) -> None:
    right = read_labels(tiny / batch / "xml", images=tiny / batch).boxes
    for kind in ("labels", "yolo_mark"):
        same = read_labels(tiny / batch / kind, images=tiny / batch).boxes
        assert len(same) == len(right)
        order = ["image_id", "xmin", "ymin"]
        ours, theirs = (
            t.assign(image_id=t["image_id"].map(lambda i: Path(i).stem)).sort_values(order) for t in (same, right)
        )
        assert np.abs(ours[CORNERS].to_numpy() - theirs[CORNERS].to_numpy()).max() <= 0.51
    wide = read_labels(tiny / batch / "wide", images=tiny / batch).boxes
    areas = [float(((t["xmax"] - t["xmin"]) * (t["ymax"] - t["ymin"])).sum()) for t in (wide, right)]
    assert areas[0] > 2.5 * areas[1]
    # Two plates in one picture and the converter goes wrong, one plate and it does not.
    several = bool(right["image_id"].duplicated().any())
    assert several == (len(check_labels(tiny / batch / "converted", images=tiny / batch).problems) > 0)


@pytest.mark.slow
def test_make_sample__tracks_and_times(tiny: Path) -> None:
    truth, pictures = pd.read_parquet(tiny / "truth.parquet"), pd.read_parquet(tiny / "pictures.parquet")
    assert set(pictures["time"]) <= {"day", "evening", "dusk", "night"}
    assert set(pictures["weather"]) <= {"clear", "cloudy", "rain", "fog"}
    frames = truth.merge(pictures[["image_id", "group_id"]], on="image_id").query("group_id != ''")
    by_track = frames.groupby(["group_id", "track_id"])[["text", "kind"]].nunique()
    assert (by_track == 1).all(axis=None)
    assert not frames.duplicated(["image_id", "track_id", "facing"]).any()
    columns = ["distance_m", "angle_h_deg", "angle_v_deg", "blur_px", "brightness", "visible", "x1", "y4"]
    assert truth[columns].notna().all(axis=None)
    assert truth["visible"].between(0.25, 1.0).all()


@pytest.mark.slow
def test_make_sample__truth_is_a_valid_table_and_agrees_with_the_labels(tiny: Path) -> None:
    truth = tables.validate(pd.read_parquet(tiny / "truth.parquet"), "boxes")
    pictures = tables.validate(pd.read_parquet(tiny / "pictures.parquet"), "images")
    tables.check_references(pictures, truth, "boxes")
    files = list((tiny / "test_frames/xml").glob("*.xml"))
    assert len(files) == 20
    for file in files:
        root = ET.parse(file).getroot()  # noqa: S314  our own file
        read = [[float(node.text or "nan") for node in box] for box in root.iter("bndbox")]
        rows = truth[truth["image_id"] == f"test_frames/{file.stem}.jpg"]
        expected = rows[["xmin", "ymin", "xmax", "ymax"]].to_numpy()
        assert np.abs(np.array(read).reshape(-1, 4) - expected).max(initial=0.0) <= 0.5
    sizes = pictures.set_index("image_id")
    for image_id in pictures["image_id"]:
        height, width = cv2.imread(str(tiny / image_id)).shape[:2]
        assert (width, height) == (sizes.at[image_id, "width"], sizes.at[image_id, "height"])


@pytest.mark.slow
def test_make_sample__same_seed_same_bits_whatever_the_workers(tiny: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    make_sample(again, size="tiny", workers=2)
    for file in sorted(p for p in tiny.rglob("*") if p.is_file()):
        assert (again / file.relative_to(tiny)).read_bytes() == file.read_bytes(), file.name


@pytest.mark.slow
def test_make_sample__a_part_is_what_it_is_in_the_whole(tiny: Path, tmp_path: Path) -> None:
    part = tmp_path / "part"
    report = make_sample(part, size="tiny", parts=["more_photos", "frames"], first=3, workers=1)
    assert {name: count for name, count in report.counts.items() if count and name != "plates"} == {
        "more_photos": 3,
        "frames": 3,
    }
    assert {p.name for p in part.iterdir() if p.is_dir()} == {"more_photos", "frames"}
    for file in sorted(
        p for p in part.rglob("*") if p.suffix in (".jpg", ".xml") or p.parent.name in ("wide", "corners")
    ):
        assert (tiny / file.relative_to(part)).read_bytes() == file.read_bytes(), file.name


@pytest.mark.slow
def test_make_sample__corners_read_as_centre_and_size_are_named(tiny: Path) -> None:
    found = check_labels(tiny / "photos" / "corners", images=tiny / "photos").problems
    assert "corners" in " ".join(found["message"]).lower()


def test_make_sample__full_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("precious")
    with pytest.raises(InputError, match="not empty"):
        make_sample(tmp_path, size="tiny")
    assert [p.name for p in tmp_path.iterdir()] == ["mine.txt"]


@pytest.mark.parametrize(
    "options",
    [{"size": "huge"}, {"seed": -1}, {"parts": ["cars"]}, {"parts": []}, {"first": 0}],
    ids=["size", "seed", "part", "no part", "first"],
)
def test_make_sample__bad_options(tmp_path: Path, options: dict[str, object]) -> None:
    with pytest.raises(InputError, match="expected"):
        make_sample(tmp_path / "new", **options)  # type: ignore[arg-type]
    assert not list(tmp_path.iterdir())


def test_make_sample__interrupted_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("workbench.street.story.make_sample.run_job", stop)
    with pytest.raises(KeyboardInterrupt):
        make_sample(tmp_path / "new", size="tiny", workers=1)
    assert not list(tmp_path.iterdir())


def test_report__is_a_line_for_people():
    report = SampleReport(Path("street"), "tiny", 0, {"photos": 12, "more_photos": 8, "pool": 0}, 3.4)
    assert repr(report) == str(report) == "street: 12 photos, 8 more photos; drawn in 3 s"
    page = report._repr_html_()
    for part in ("Sample street in street", "tiny, seed 0", "more photos", ">8</td>"):
        assert part in page
    assert "pool" not in page
