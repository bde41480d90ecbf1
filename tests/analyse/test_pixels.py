"""What the pixels say, on plates drawn here, and the causes that follow from it."""

from __future__ import annotations

import cv2
import numpy as np
import pandas as pd
import pytest

from workbench.analyse import evaluate, suspects
from workbench.analyse.why import pixels
from workbench.analyse.why.cache import Kept
from workbench.analyse.why.pixels import NAMES, describe
from workbench.model.errors import SetupError
from workbench.model.geometry import CORNERS

COUNT = 24


def drawn(rng, *, blur=0, gain=1.0, white=0.0, box=(100, 80, 180, 104)):
    """A grey street with a bright plate that carries dark strokes."""
    picture = np.full((200, 320), 90.0) + rng.normal(0, 4, (200, 320))
    x0, y0, x1, y1 = box
    picture[y0:y1, x0:x1] = 215
    for x in range(x0 + 6, x1 - 8, 10):
        picture[y0 + 5 : y1 - 5, x : x + 4] = 30
    if blur:
        picture = cv2.GaussianBlur(picture, (0, 0), blur)
    picture = picture * gain
    if white:
        picture[y0:y1, x0 : x0 + int((x1 - x0) * white)] = 255
    return np.clip(picture, 0, 255).astype(np.uint8)


def measure(picture, box=(100, 80, 180, 104)):
    values, look = describe(picture, np.array(box, dtype=np.float64))
    return dict(zip(NAMES, values, strict=True)), look


def test_describe__each_measure_rises_with_its_trouble():
    rng = np.random.default_rng(0)
    sharp, look = measure(drawn(rng))
    assert measure(drawn(rng, blur=4))[0]["blur"] > 2.5 * sharp["blur"]
    assert measure(drawn(rng, gain=0.3))[0]["brightness"] < 0.4 * sharp["brightness"]
    assert measure(drawn(rng, white=0.6))[0]["glare"] == pytest.approx(0.6, abs=0.05)
    assert sharp["glare"] == 0
    loose, _ = measure(drawn(rng), box=(80, 66, 200, 118))
    tight, _ = measure(drawn(rng), box=(112, 84, 168, 100))
    assert sharp["edges"] > 2 * max(loose["edges"], tight["edges"])
    again, same = measure(drawn(np.random.default_rng(1)))
    assert float(look @ same) > 0.98
    assert np.linalg.norm(look) == pytest.approx(1, abs=1e-5)
    assert again["brightness"] == pytest.approx(sharp["brightness"], abs=3)


def test_describe__slivers_and_boxes_outside_are_not_known():
    picture = drawn(np.random.default_rng(0))
    for box in ((10, 10, 11, 60), (400, 300, 500, 350), (-50, -50, -10, -10)):
        values, look = describe(picture, np.array(box, dtype=np.float64))
        assert np.isnan(values).all()
        assert not look.any()


def test_surroundings__are_the_squares_around_and_go_on_beyond_the_picture():
    grey = drawn(np.random.default_rng(0))
    box = np.array([100.0, 80.0, 180.0, 104.0])
    around = pixels.surroundings(grey, box)
    assert np.linalg.norm(around) == pytest.approx(1, abs=1e-5)
    other = grey.copy()
    other[:60] = 255
    assert float(around @ pixels.surroundings(other, box)) < 0.9
    # The square reaches from 60 px left of the box to 80 px to its right; what lies farther does not matter.
    other = grey.copy()
    other[:, 262:] = 255
    np.testing.assert_array_equal(pixels.surroundings(other, box), around)
    cut = pixels.surroundings(grey[:, 98:], box - [98, 0, 98, 0])
    padded = np.pad(grey[:, 98:], ((0, 0), (98, 0)), mode="edge")
    np.testing.assert_array_equal(cut, pixels.surroundings(padded, box))
    assert not pixels.surroundings(grey, box + 900).any()


def test_describe_all__reads_a_picture_once_as_long_as_it_and_its_boxes_stay(tmp_path, monkeypatch):
    read = []
    monkeypatch.setattr(pixels, "read_grey", lambda path: read.append(path) or cv2.imread(str(path), 0))
    path, box = tmp_path / "a.png", np.array([[100.0, 80, 180, 104]])
    cv2.imwrite(str(path), drawn(np.random.default_rng(0)))
    first, again = (pixels.describe_all(path, box) for _ in range(2))
    assert len(read) == 1
    assert again is first
    np.testing.assert_array_equal(first[0][0], describe(cv2.imread(str(path), 0), box[0])[0])
    assert pixels.describe_all(path, box + 1)[0].tolist() != first[0].tolist()
    cv2.imwrite(str(path), drawn(np.random.default_rng(0), gain=0.3))
    darker = pixels.describe_all(path, box)
    assert darker[0][0, 0] < 0.5 * first[0][0, 0]
    assert len(read) == 3
    assert pixels.describe_all(tmp_path / "gone.png", box) is None


def test_quantiles__are_numpys():
    rng = np.random.default_rng(0)
    for size in (1, 2, 3, 10, 257):
        values = rng.normal(0, 50, size).astype(np.float32)
        for shares in ((0.05, 0.95), (0.98,), (0.25,), (0.0, 1.0)):
            assert pixels._quantiles(values, shares) == pytest.approx(np.quantile(values, shares).tolist(), rel=1e-5)


def test_kept__the_longest_unused_goes_first():
    kept = Kept(10)
    for key in "abc":
        kept.put(key, key.upper(), 4)
        assert kept.get("a") == "A"
    assert [kept.get(key) for key in "abc"] == ["A", None, "C"]
    kept.put("a", "again", 9)
    assert [kept.get(key) for key in "ac"] == ["again", None]
    kept.put("large", "x", 11)
    assert len(kept) == 0


def test_describe__the_descriptor_is_as_long_as_opencv_makes_it():
    grey = drawn(np.random.default_rng(0))
    assert pixels._hog(pixels.PATCH).getDescriptorSize() == pixels._LENGTH == measure(grey)[1].size
    around = pixels.surroundings(grey, np.array([100.0, 80.0, 180.0, 104.0]))
    assert pixels._hog(pixels.SQUARE).getDescriptorSize() == pixels._LENGTH_AROUND == around.size


def test_describe__an_opencv_without_the_descriptor_is_named(monkeypatch):
    monkeypatch.delattr(cv2, "HOGDescriptor")
    pixels._hog.cache_clear()
    with pytest.raises(SetupError, match=r"HOGDescriptor.*pip install 'opencv-python"):
        measure(drawn(np.random.default_rng(0)))


@pytest.fixture
def street(tmp_path):
    """Pictures with one plate each; `change` says what is different in the last six."""

    def make(**change):
        rng = np.random.default_rng(0)
        images, boxes = [], []
        for i in range(COUNT):
            odd = i >= COUNT - 6
            cv2.imwrite(str(tmp_path / f"{i}.png"), drawn(rng, **(change if odd else {})))
            images.append([f"{i}.png", f"{i}.png", 320, 200])
            boxes.append([f"b{i}", f"{i}.png", "x", 100, 80, 180, 104])
        table = pd.DataFrame(boxes, columns=["box_id", "image_id", "class_name", *CORNERS])
        return pd.DataFrame(images, columns=["image_id", "path", "width", "height"]), table

    return make, tmp_path


@pytest.mark.parametrize(
    ("cause", "change"),
    [("blurred", {"blur": 5}), ("dark", {"gain": 0.25}), ("glare", {"white": 0.5})],
    ids=["blurred", "dark", "glare"],
)
def test_causes__come_from_the_pixels(street, cause, change):
    make, root = street
    images, boxes = make(**change)
    found = boxes.iloc[: COUNT - 6].drop(columns="box_id").assign(confidence=0.9)
    evaluation = evaluate(images, boxes, found, pictures=root)
    failures = evaluation.failures
    assert failures["cause"].tolist() == [cause] * 6
    assert failures["evidence"].str.contains("of boxes like that 0% are found, of the others 100%").all()
    assert evaluation.settings.causes_from == "tables, pixels"
    # Without pictures nobody knows.
    assert set(evaluate(images, boxes, found).failures["cause"]) == {"unexplained"}


def test_causes__no_trait_is_blamed_where_hits_have_it_too(street):
    make, root = street
    images, boxes = make(blur=5)
    found = boxes.iloc[::2].drop(columns="box_id").assign(confidence=0.9)
    assert set(evaluate(images, boxes, found, pictures=root).failures["cause"]) == {"unexplained"}


def test_causes__a_loose_label_is_told_from_a_tight_prediction(street):
    make, root = street
    images, boxes = make()
    found = boxes.drop(columns="box_id").assign(confidence=0.9)
    loose = boxes.copy()
    loose.loc[:2, CORNERS] = [70.0, 60.0, 210.0, 124.0]
    causes = evaluate(images, loose, found, pictures=root).failures["cause"]
    assert set(causes) == {"label loose"}
    tight = found.copy()
    tight.loc[:2, CORNERS] = [115.0, 84.0, 165.0, 100.0]
    causes = evaluate(images, boxes, tight, pictures=root).failures["cause"]
    assert set(causes) == {"too tight a box"}


def test_causes__nothing_like_it_in_training(street):
    make, root = street
    images, boxes = make()
    found = boxes.iloc[1:].drop(columns="box_id").assign(confidence=0.9)
    large = boxes.assign(xmin=20.0, ymin=20.0, xmax=300.0, ymax=104.0)
    alone = evaluate(images, boxes, found, pictures=root, training=(images, boxes)).failures
    assert alone["cause"].tolist() == ["unexplained"]
    strange = evaluate(images, boxes, found, pictures=root, training=(images, large))
    failures = strange.failures
    assert failures["cause"].tolist() == ["nothing like it in training"]
    assert failures["evidence"].str.startswith(f"of {COUNT} training boxes looked at 0 ").all()
    assert strange.settings.causes_from == "tables, pixels, training"


def test_causes__missing_and_broken_pictures_are_no_reason_to_fail(street):
    make, root = street
    images, boxes = make(blur=5)
    (root / "0.png").unlink()
    (root / "1.png").write_bytes(b"no picture")
    found = boxes.iloc[: COUNT - 6].drop(columns="box_id").assign(confidence=0.9)
    evaluation = evaluate(images, boxes, found, pictures=root)
    assert set(evaluation.failures["cause"]) == {"blurred"}
    assert (evaluation._given.pixels.read, evaluation._given.pixels.unread) == (COUNT - 2, 2)


def test_causes__a_false_alarm_between_hits_and_nothing_is_doubtful():
    """Twelve hits look one way, twelve half-hearted finds another; four false alarms lie on the way between them."""
    angles = [*np.linspace(-10, 10, 12), *np.linspace(80, 100, 12), 0, 30, 50, 90]
    count = len(angles)
    images = pd.DataFrame({"image_id": [f"i{i}" for i in range(count)], "width": 320, "height": 200})
    found = pd.DataFrame([[100.0, 80.0, 180.0, 104.0]] * count, columns=CORNERS)
    found = found.assign(image_id=images["image_id"], class_name="x", prediction_id=[f"p{i}" for i in range(count)])
    found["confidence"] = [0.8] * 12 + [0.45] * 12 + [0.8] * 3 + [0.5]
    boxes = found.head(12)[["image_id", "class_name", *CORNERS]]
    evaluation = evaluate(images, boxes, found)
    looks = np.stack([np.cos(np.radians(angles)), np.sin(np.radians(angles))], axis=1).astype(np.float32)
    nothing = {name: np.full(count, np.nan) for name in NAMES}
    known = {name: np.zeros(12) for name in NAMES}
    evaluation._given.__dict__["pixels"] = pixels.Pixels(known, nothing, looks[:12], looks, looks[:, :0], count, 0)
    alarms = evaluation.failures.set_index("prediction_id")
    assert alarms["cause"].tolist() == ["label missing", "look-alike", "look-alike", "look-alike"]
    assert alarms["also"].tolist() == ["", "label missing", "label missing", ""]
    between = "are not those of hits, nor those of finds where nothing is"
    assert alarms["evidence"].str.contains(between).tolist() == [False, True, True, False]


def test_causes__what_is_around_it_tells_a_plate_from_a_number_behind_a_windscreen(tmp_path):
    """Both are drawn alike and found as surely; a plate lies in a dark bumper, a number among slanted edges."""
    rng = np.random.default_rng(0)
    images, found = [], []
    for i in range(60):
        picture = drawn(rng)
        behind_glass = i % 2 == 1
        if behind_glass:
            for x in range(-200, 320, 40):
                cv2.line(picture, (x, 200), (x + 200, 0), 30, 6)
        else:
            cv2.rectangle(picture, (70, 60), (210, 124), 30, -1)
        picture[80:104, 100:180] = drawn(rng)[80:104, 100:180]
        cv2.imwrite(str(tmp_path / f"{i}.png"), picture)
        images.append([f"{i}.png", f"{i}.png", 320, 200])
        found.append([f"p{i}", f"{i}.png", "x", 100, 80, 180, 104, 0.8])
    pictures = pd.DataFrame(images, columns=["image_id", "path", "width", "height"])
    predictions = pd.DataFrame(found, columns=["prediction_id", "image_id", "class_name", *CORNERS, "confidence"])
    # Nobody labels numbers; two plates were forgotten.
    boxes = predictions.iloc[4::2].drop(columns=["prediction_id", "confidence"])
    evaluation = evaluate(pictures, boxes, predictions, pictures=tmp_path)
    causes = evaluation.failures.set_index("prediction_id")["cause"]
    assert set(causes.drop(["p0", "p2"])) == {"look-alike"}
    assert set(suspects(evaluation).head(2)["prediction_id"]) == {"p0", "p2"}


def test_causes__where_training_s_pictures_are_gone_the_tables_say_that_they_were_sharper(street, tmp_path):
    make, root = street
    images, boxes = make()
    found = boxes.iloc[1:].drop(columns="box_id").assign(confidence=0.9)

    def cause(soft, sharp):
        test = images.assign(sharpness_320=soft, brightness=100.0)
        training = (images.assign(sharpness_320=sharp, brightness=100.0), boxes)
        result = evaluate(test, boxes, found, pictures=root, training=training, training_pictures=tmp_path / "gone")
        return result.failures["cause"].tolist()

    assert cause(200.0, 1200.0) == ["nothing like it in training"]
    assert cause(200.0, 300.0) == ["unexplained"]
