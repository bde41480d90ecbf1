from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from workbench.model import tables
from workbench.model.errors import InputError
from workbench.model.geometry import CORNERS, paired_iou
from workbench.project import ProjectFolder
from workbench.train import Prediction, PredictionSettings, load_predictions, predict, save_predictions


def look(trained: Any, images: pd.DataFrame | None = None, **options: Any) -> Any:
    images = trained.images if images is None else images
    root = options.pop("root", trained.project.root)
    return predict(trained.run, images, root=root, device="cpu", **options)


@pytest.mark.slow
def test_predict__equals_ultralytics_own_result(trained: Any) -> None:
    from ultralytics import YOLO

    found = look(trained)
    model = YOLO(str(trained.run.weights))
    assert len(found.predictions) > 24
    for image_id, path in zip(trained.images["image_id"], trained.images["path"], strict=True):
        source = str(trained.project.root / path)
        theirs = model.predict(source, conf=0.01, iou=0.7, imgsz=96, device="cpu", verbose=False, save=False)[0].boxes
        ours = found.predictions[found.predictions["image_id"] == image_id]
        assert len(ours) == len(theirs)
        order = np.argsort(-theirs.conf.numpy(), kind="stable")
        np.testing.assert_allclose(ours["confidence"], theirs.conf.numpy()[order], atol=1e-4)
        np.testing.assert_allclose(ours[CORNERS].to_numpy()[:1], theirs.xyxy.numpy()[order][:1], atol=0.02)


@pytest.mark.slow
def test_predict__finds_what_was_drawn(trained: Any) -> None:
    best = look(trained).predictions.groupby("image_id").first()
    truth = trained.boxes.set_index("image_id").loc[best.index]
    assert np.median(paired_iou(best[CORNERS], truth[CORNERS])) > 0.5


@pytest.mark.slow
def test_predict__same_again_whatever_the_batch_and_the_neighbours(trained: Any) -> None:
    first, again = look(trained), look(trained)
    pd.testing.assert_frame_equal(first.predictions, again.predictions)
    alone = look(trained, trained.images.iloc[5:6])
    part = first.predictions[first.predictions["image_id"] == "i5"].reset_index(drop=True)
    np.testing.assert_allclose(alone.predictions[CORNERS], part[CORNERS], atol=0.02)
    assert first.settings == again.settings
    assert first.frames_per_second > 0


@pytest.mark.slow
def test_predict__boxes_lie_in_the_picture_the_surest_first(trained: Any) -> None:
    table = tables.validate(look(trained).predictions, "predictions")
    assert table["xmin"].min() >= 0
    assert table["xmax"].max() <= 128
    assert table["ymax"].max() <= 96
    assert table["prediction_id"].is_unique
    assert table["confidence"].min() >= 0.01
    assert table.groupby("image_id", sort=False)["confidence"].apply(lambda c: c.is_monotonic_decreasing).all()
    assert list(table["image_id"].unique()) == [i for i in trained.images["image_id"] if i in set(table["image_id"])]


@pytest.mark.slow
def test_predict__pictures_that_cannot_be_read_are_named(trained: Any, tmp_path: Path) -> None:
    images = trained.images.iloc[:3].assign(path=["a.jpg", "b.jpg", "c.jpg"])
    for name in images["path"]:
        (tmp_path / name).write_bytes(b"broken")
    with pytest.raises(InputError, match=r"3 of 3 pictures cannot be read, first .*a\.jpg"):
        look(trained, images, root=tmp_path)
    (tmp_path / "b.jpg").unlink()
    with pytest.raises(InputError, match=r"1 of 3 pictures are not there, first .*b\.jpg"):
        look(trained, images, root=tmp_path)


@pytest.mark.slow
def test_predict__no_pictures_and_nothing_found_give_the_empty_table(trained: Any) -> None:
    for found in (look(trained, trained.images.iloc[:0]), look(trained, confidence=1.0)):
        assert list(found.predictions.columns) == list(tables.TABLES["predictions"])
        assert found.predictions.empty
    assert look(trained, trained.images.iloc[:0]).frames_per_second == 0


@pytest.mark.slow
def test_save_predictions__round_trip(trained: Any) -> None:
    found = look(trained)
    path = save_predictions(trained.run, "test-1", found)
    assert path == trained.run.folder / "predictions" / "test-1.parquet"
    back = load_predictions(trained.run, "test-1")
    pd.testing.assert_frame_equal(back.predictions, found.predictions)
    assert (back.settings, back.pictures, back.seconds) == (found.settings, found.pictures, found.seconds)
    with pytest.raises(InputError, match="no predictions 'other'; it has test-1"):
        load_predictions(trained.run, "other")
    for name in ("../x", "", "a/b", ".hidden"):
        with pytest.raises(InputError, match="not usable"):
            save_predictions(trained.run, name, found)
    path.write_bytes(b"x")
    with pytest.raises(InputError, match="cannot be read"):
        load_predictions(trained.run, "test-1")


@pytest.mark.parametrize(
    ("change", "message"),
    [({"confidence": 1.5}, "confidence is 1.5"), ({"iou": -1}, "iou is -1"), ({"batch": 0}, "batch is 0")],
    ids=["confidence", "iou", "batch"],
)
def test_predict__refuses_senseless_settings(project: ProjectFolder, change: dict[str, Any], message: str) -> None:
    with pytest.raises(InputError, match=message):
        predict("base", tables.empty("images"), root=project.root, **change)


def test_predict__refuses_what_holds_no_weights(project: ProjectFolder, tmp_path: Path) -> None:
    (tmp_path / "a.pt").write_bytes(b"no weights")
    with pytest.raises(InputError, match="holds no weights"):
        predict(tmp_path / "a.pt", tables.empty("images"), root=project.root, device="cpu")


def test_prediction__says_in_words_what_it_is() -> None:
    settings = PredictionSettings(
        weights="plates",
        weights_sha256="0",
        classes=("plate", "<car>"),
        confidence=0.01,
        iou=0.7,
        limit=300,
        image_size=320,
        batch=1,
        device="cpu",
    )
    told = Prediction(tables.empty("predictions"), 1, 0.5, 0.1, settings)
    words = "0 predictions by plates on 1 picture at 320 px, confidence 0.01 or more; 2.0 pictures a second on cpu"
    assert repr(told) == words
    assert "plate, &lt;car&gt;" in told._repr_html_()
