from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.train import Budget, Recipe

counts = st.integers(1, 50_000)


@given(counts, st.integers(1, 512), counts)
def test_plan__epochs_just_cover_the_batches(batches: int, batch: int, pictures: int) -> None:
    budget = Budget.plan(Recipe(batches=batches, batch=batch), pictures=pictures)
    assert budget.batch <= pictures
    assert (budget.steps_per_epoch - 1) * budget.batch < pictures <= budget.steps_per_epoch * budget.batch
    assert (budget.epochs - 1) * budget.steps_per_epoch < batches <= budget.epochs * budget.steps_per_epoch


@pytest.mark.parametrize(
    ("batches", "pictures", "steps", "epochs"),
    [(1000, 100, 7, 143), (45000, 2013, 126, 358), (120, 8, 1, 120), (5, 2013, 126, 1)],
    ids=["round 5", "round 8", "small set", "less than an epoch"],
)
def test_plan__known_budgets(batches: int, pictures: int, steps: int, epochs: int) -> None:
    budget = Budget.plan(Recipe(batches=batches), pictures=pictures)
    assert (budget.steps_per_epoch, budget.epochs) == (steps, epochs)


def test_str__names_every_unit() -> None:
    text = str(Budget.plan(Recipe(batches=1000), pictures=100))
    assert text == "1000 batches of 16 = 142.9 epochs of 7 batches (100 pictures)"


@given(st.integers(1, 5000))
def test_rate__rises_then_falls(batches: int) -> None:
    budget = Budget.plan(Recipe(batches=batches), pictures=100)
    rates = [budget.rate(i) for i in range(batches)]
    assert all(0 < r <= 1 for r in rates)
    after = rates[budget.warmup :]
    assert after == sorted(after, reverse=True)
    assert batches == 1 or abs(rates[-1] - 0.01) < 1e-9
    assert max(rates) > 0.85
