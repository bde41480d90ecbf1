"""What a round's decision rests on: the round before on the same pictures, stills apart from video."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.analyse import compare
from workbench.analyse.compare import difference_of
from workbench.analyse.figures.bootstrap import Drawn, units_of
from workbench.analyse.figures.metrics import shares_of
from workbench.decide import Difference, helped
from workbench.model import tables
from workbench.model.errors import InputError
from workbench.version import load


def decide(project, number, run, *, test="test", **options):
    found = project.test(test).evaluate(run)
    given = {"keep": None, "because": "x", "number": number, "video": ["drive"]}
    return project.decide(found, **(given | options))


def test_decide__looks_at_stills_and_video_apart(street, detected, named):
    run = detected([*named("still", 24), *named("frame", 6)], alarms=3)
    record = decide(street, 1, run)
    assert [(part.part, part.pictures) for part in record.parts] == [("all", 60), ("stills", 30), ("video", 30)]
    shares = {part.part: part.figures["recall"].value for part in record.parts}
    assert shares == {"all": 0.5, "stills": 0.8, "video": 0.2}
    for part in record.parts:
        recall = part.figures["recall"]
        assert recall.low < recall.value < recall.high
    assert {part.part: part.figures["fp"].value for part in record.parts} == {"all": 3, "stills": 3, "video": 0}
    assert record.figures == record.parts[0].figures
    assert sum(record.parts[2].causes.values()) == 24
    assert record.differences == ()
    assert record.against is None


def test_decide__counts_at_the_storys_confidences(street, detected, named):
    run = detected(named("still", 15), confidence=0.55)
    at = {(one.part, one.confidence): one for one in decide(street, 1, run).at_confidence}
    assert {key[1] for key in at} == {0.3, 0.5, 0.6, 0.8}
    assert [at["stills", c].recall.value for c in (0.3, 0.5, 0.6, 0.8)] == [0.5, 0.5, 0.0, 0.0]
    # 15 of 30: Student's interval of a mean of noughts and ones, within what 1,000 draws can tell.
    assert at["stills", 0.5].recall.low == pytest.approx(0.5 - 2.045 * 0.5 / math.sqrt(29), abs=0.03)
    assert at["video", 0.3].fn == 30
    assert at["stills", 0.8].precision.value is None


def test_decide__a_source_given_once_holds_for_later_rounds(street, detected, named):
    decide(street, 1, detected(named("still", 3)))
    record = decide(street, 2, detected(named("still", 4)), video=None)
    assert record.video == ("drive",)
    assert [part.part for part in record.parts] == ["all", "stills", "video"]


def test_decide__without_a_word_about_video_there_are_stills_only(street, detected, named):
    record = decide(street, 1, detected(named("still", 3)), video=None)
    assert [part.part for part in record.parts] == ["all", "stills"]


def test_decide__refuses_a_source_that_is_none(street, detected, named):
    with pytest.raises(InputError, match="no picture of the test comes from 'drift'; its sources are: drive, photos"):
        decide(street, 1, detected(named("still", 3)), video=["drift"])


def test_decide__difference_and_ledger_against_the_round_before(street, detected, named):
    first = detected(named("still", 10), alarms=2)
    second = detected([*named("still", 20)[5:], *named("frame", 3)], alarms=0)
    decide(street, 1, first)
    record = decide(street, 2, second)
    found = record.difference("all", "recall")
    assert found.value == pytest.approx((18 - 10) / 60, abs=1e-6)
    assert found.low < found.value < found.high
    assert record.difference("video", "recall").value == pytest.approx(0.1)
    assert record.difference("stills", "false_alarms_per_picture").value == pytest.approx(-2 / 30, abs=1e-6)
    assert record.against == 1
    assert record.ledger == {
        "miss": {"fixed": 13, "broken": 5, "stayed": 37},
        "false alarm": {"fixed": 2, "broken": 0, "stayed": 0},
    }
    ledger = compare(street.test().evaluate(first), street.test().evaluate(second))
    assert sum(sum(counts.values()) for counts in record.ledger.values()) == len(ledger)


def test_decide__frames_of_one_video_are_no_independent_groups(street, detected, named):
    decide(street, 1, detected(named("still", 3)))
    record = decide(street, 2, detected(named("still", 4)))
    (warning,) = record.warnings
    assert warning.startswith("video: its 30 pictures are of too few videos or bursts")


@pytest.mark.slow
@pytest.mark.parametrize("found", [11, 10, 4], ids=["a little more", "the same", "less"])
def test_decide__refuses_to_keep_what_may_be_nothing(found, street, detected, named):
    decide(street, 1, detected(named("still", 10)))
    run = detected(named("still", found))
    what = "is a loss" if found < 10 else "may be nothing"
    with pytest.raises(InputError, match=rf"round 2 cannot be kept just so: f1 on all changed by .* {what}") as caught:
        decide(street, 2, run, keep=True)
    assert "\n" not in str(caught.value)
    assert [record.number for record in street.records] == [1]
    assert decide(street, 2, run, keep=True, despite="the boxes are tighter").despite == "the boxes are tighter"


def test_decide__keeps_what_helped(street, detected, named):
    decide(street, 1, detected(named("still", 10)))
    record = decide(street, 2, detected(named("still", 25)), keep=True)
    assert helped(record.difference()) is True


@pytest.mark.slow
def test_decide__rests_on_the_part_and_the_measure_that_were_named(street, detected, named):
    decide(street, 1, detected(named("still", 10), alarms=12))
    run = detected([*named("still", 10), *named("frame", 12)], alarms=12)
    with pytest.raises(InputError, match=r"recall on stills changed by \+0\.000"):
        decide(street, 2, run, keep=True, part="stills", measure="recall")
    with pytest.raises(InputError, match="false_alarms_per_picture on stills"):
        decide(street, 2, run, keep=True, part="stills", measure="false_alarms_per_picture")
    assert decide(street, 2, run, keep=True, part="video", measure="recall").decision == "keep"
    fewer = detected([*named("still", 10), *named("frame", 12)], alarms=1)
    assert decide(street, 3, fewer, keep=True, measure="false_alarms_per_picture").decision == "keep"


@pytest.mark.parametrize(("name", "value"), [("part", "photos"), ("measure", "AP")])
def test_decide__refuses_other_words(name, value, street, detected, named):
    with pytest.raises(InputError, match=f"{name} is '{value}'; expected one of"):
        decide(street, 1, detected(named("still", 1)), **{name: value})


def test_decide__says_so_where_the_test_set_is_another(street, detected, found_in, named):
    first = detected(named("still", 10))
    decide(street, 1, first)
    street.set_boxes("frame29", pd.DataFrame())
    second = detected(named("still", 12))
    record = decide(street, 2, second)
    assert record.test_id != street.records[0].test_id
    assert "their figures are not comparable" in record.warnings[0]
    # The round before was looked at on this round's pictures.
    assert record.difference("all", "recall").value == pytest.approx(2 / 59, abs=1e-6)
    assert street.rounds["same_test_as_before"].tolist() == [None, False]


def test_decide__says_so_where_the_round_before_cannot_be_looked_at(street, detected, named):
    run = detected(named("still", 10))
    decide(street, 1, run)
    for file in (run.folder / "predictions").iterdir():
        file.unlink()
    record = decide(street, 2, detected(named("still", 12)))
    assert record.warnings == (
        "no difference against round 1: 60 of 60 pictures are not there, first "
        f"{str(street.folder.root / 'frame00')!r}; bring them back, or leave their rows out",
    )
    assert record.against is None


def test_decide__the_test_can_be_found_again(street, detected, named):
    record = decide(street, 1, detected(named("still", 10)))
    version = load(street.folder, record.test_version)
    assert (version.images["split"] == "test").sum() == 60
    # Labels that no version holds are frozen, so that the round can be done again.
    run = detected(named("still", 10))
    street.set_boxes("frame29", pd.DataFrame())
    record = decide(street, 2, run)
    boxes = load(street.folder, record.test_version).boxes
    assert "frame29" not in set(boxes["image_id"])


def test_decide__on_a_frozen_test(street, detected, found_in, named):
    test = street.freeze_test("drive and photos")
    run = detected(named("still", 10))
    images = test.tables()[0]
    assert len(images) == 60
    found_in(street, run, named("still", 10), test="test")
    from workbench.train import load_predictions, name_of_predictions, save_predictions

    seen = load_predictions(run, name_of_predictions("test", images))
    save_predictions(run, name_of_predictions("drive-and-photos", images), seen)
    record = decide(street, 1, run, test="drive and photos")
    assert record.test_id == test.test_id
    assert record.test_version == test.lock.version


def test_decide__adds_up_what_labelling_took(street, detected, named):
    street.set_boxes("train0", pd.DataFrame(), seconds=12.0)
    record = decide(street, 1, detected(named("still", 1)))
    assert (record.labelling_s, record.training_s) == (12.0, 12.5)
    later = decide(street, 2, detected(named("still", 1)))
    assert later.labelling_s is None


def test_decide__a_record_edited_by_hand_says_so(street, detected, named):
    decide(street, 1, detected(named("still", 1)))
    path = street.folder.iterations / "001" / "record.yaml"
    assert street.records[0].edited is False
    path.write_text(path.read_text().replace("batches: 120", "batches: 240"))
    (record,) = street.records
    assert record.edited is True
    assert record.arguments["batches"] == 240


def pictures(count: int, groups: int | None = None) -> pd.DataFrame:
    rows = [{"image_id": f"p{n}", "group_id": f"g{n % (groups or count)}"} for n in range(count)]
    return tables.from_rows("images", rows)


def drawn(images: pd.DataFrame, found: np.ndarray, alarms: np.ndarray) -> dict[str, Drawn]:
    """The figures of a detector that found the one box of these pictures, and raised so many false alarms in each."""
    units = units_of(images)
    tp, fp, boxes = (
        np.bincount(units.of_image, weights=values, minlength=len(units))
        for values in (found, alarms, np.ones(len(images)))
    )
    return shares_of(units, tp[:, None], fp[:, None], boxes, boxes)


@pytest.mark.parametrize("seed", range(3))
def test_differences__interval_is_that_of_paired_shares(seed):
    """Against the normal interval of a mean of paired differences (Student's, n = 400), which we did not write."""
    rng = np.random.default_rng(seed)
    images, none = pictures(400), np.zeros(400)
    before = rng.random(400) < 0.5
    after = np.where(rng.random(400) < 0.3, rng.random(400) < 0.7, before)
    value, low, high = difference_of(drawn(images, before, none), drawn(images, after, none))["recall"]
    paired = after.astype(float) - before
    half = 1.96 * paired.std(ddof=1) / math.sqrt(400)
    assert value == pytest.approx(paired.mean())
    assert low == pytest.approx(paired.mean() - half, abs=0.15 * half)
    assert high == pytest.approx(paired.mean() + half, abs=0.15 * half)


def test_differences__groups_are_drawn_whole():
    """Twenty copies of each of 20 pictures are 20 pictures' worth of evidence, not 400."""
    rng = np.random.default_rng(0)
    before, after, none = rng.random(20) < 0.4, rng.random(20) < 0.7, np.zeros(20)
    one = difference_of(*(drawn(pictures(20), side, none) for side in (before, after)))
    copied = pictures(400, groups=20)
    many = difference_of(*(drawn(copied, np.tile(side, 20), np.tile(none, 20)) for side in (before, after)))
    assert units_of(copied).words == "group (20)"
    assert many["recall"] == pytest.approx(one["recall"])


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.integers(0, 2), st.integers(0, 2)), min_size=1, max_size=15))
def test_differences__backwards_is_the_mirror_and_the_same_is_nothing(rows):
    images = pictures(len(rows))
    sides = [drawn(images, np.array([r[i] for r in rows]), np.array([r[i + 2] for r in rows])) for i in (0, 1)]
    there, back, same = (difference_of(*pair) for pair in (sides, sides[::-1], (sides[0], sides[0])))
    for name, (value, low, high) in there.items():
        assert back[name] == pytest.approx((-value, -high, -low), nan_ok=True)
        if math.isnan(low):
            continue
        assert low <= high
        assert same[name] == (0, 0, 0)


@pytest.mark.parametrize(
    ("measure", "low", "high", "expected"),
    [
        ("f1", 0.01, 0.2, True),
        ("f1", -0.2, -0.01, False),
        ("f1", -0.1, 0.1, None),
        ("f1", 0.0, 0.0, None),
        ("f1", 0.0, 0.2, None),
        ("false_alarms_per_picture", -0.2, -0.1, True),
        ("false_alarms_per_picture", 0.1, 0.2, False),
    ],
)
def test_helped__only_where_the_interval_leaves_zero_out(measure, low, high, expected):
    difference = Difference(part="all", measure=measure, value=(low + high) / 2, low=low, high=high)
    assert helped(difference) is expected
