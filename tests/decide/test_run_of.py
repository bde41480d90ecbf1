"""A number names a round everywhere a run can be named."""

from __future__ import annotations

import pytest

from workbench.decide import round_of_run, run_of_round
from workbench.model.errors import InputError


@pytest.fixture
def rounds(street, detected, named):
    """Two rounds decided, the second with the first run again, and a third under way with two trainings."""
    first = detected(named("still", 10))
    street.decide(street.test().evaluate(first), keep=None, because="the start")
    second = detected(named("still", 20))
    street.decide(street.test().evaluate(second), keep=None, because="more", despite="for the test")
    third = [detected(named("still", 25)), detected(named("still", 30))]
    return street, [first, second, *third]


def test_run__a_round_names_the_run_of_its_record(rounds):
    project, runs = rounds
    assert [project.run(number).run_id for number in (1, 2)] == [runs[0].run_id, runs[1].run_id]
    assert project.run(runs[0].run_id).run_id == project.run("r001").run_id == runs[0].run_id
    assert project.run(runs[1]) is runs[1]
    assert [round_of_run(project.folder, run) for run in runs] == [1, 2, None, None]


def test_run__the_round_under_way_is_its_newest_training(rounds):
    project, runs = rounds
    assert project.run(3).run_id == runs[3].run_id


@pytest.mark.slow
def test_run__every_verb_takes_the_number(rounds):
    project, runs = rounds
    for number, run in enumerate(runs[:2], start=1):
        assert project.test().evaluate(number).metrics == project.test().evaluate(run).metrics
        explorer = project.test().evaluate(number).explore()
        assert explorer.state.figures()["tp"] == project.test().evaluate(run).metrics["tp"] == 10 * number
    compared = project.test().compare(1, 2)
    assert compared["iteration"].tolist() == [run.run_id for run in runs[:2]]
    assert project.test().evaluate(2).explore(before=1).state.counts()["change"]["fixed"] == 10


@pytest.mark.parametrize("number", [0, 4, -1])
def test_run__a_number_that_is_not_there_says_which_are(number, rounds):
    project, _ = rounds
    with pytest.raises(InputError, match=f"no training of a round {number}; decided are: 1, 2; name one of these"):
        project.test().evaluate(number)


def test_run__nothing_trained_yet(street):
    with pytest.raises(InputError, match=r"no training of a round 1; decided are: none yet; train one first"):
        street.run(1)


def test_run__a_round_without_a_training_says_so(street):
    street.decide(None, keep=None, because="we only looked")
    with pytest.raises(InputError, match="round 1 was decided without a training"):
        run_of_round(street.folder, 1)


@pytest.mark.mongod
@pytest.mark.slow
def test_run__fiftyone_takes_the_number_and_keeps_it(mongod, rounds):
    project, runs = rounds
    for asked in (2, runs[1]):
        dataset = project.test().evaluate(asked).fiftyone(before=1, name="by-number")
        try:
            assert dataset.info["iteration"] == 2
            assert dataset.sum("eval_tp") == project.test().evaluate(runs[1]).metrics["tp"] == 20
            assert dataset.load_saved_view("fixed misses").count("ground_truth.detections") == 10
        finally:
            dataset.delete()
