from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from workbench.model.errors import InputError
from workbench.train import Budget

counts = st.integers(1, 50_000)


@given(counts, st.integers(1, 512), counts)
def test_plan__epochs_just_cover_the_iterations(iterations: int, batch: int, pictures: int) -> None:
    budget = Budget.plan(iterations=iterations, batch=batch, pictures=pictures)
    assert budget.batch <= pictures
    assert (budget.steps_per_epoch - 1) * budget.batch < pictures <= budget.steps_per_epoch * budget.batch
    assert (budget.epochs - 1) * budget.steps_per_epoch < iterations <= budget.epochs * budget.steps_per_epoch


@pytest.mark.parametrize(
    ("iterations", "pictures", "steps", "epochs"),
    [(1000, 100, 7, 143), (45000, 2013, 126, 358), (120, 8, 1, 120), (5, 2013, 126, 1)],
    ids=["round 5", "round 8", "small set", "less than an epoch"],
)
def test_plan__known_budgets(iterations: int, pictures: int, steps: int, epochs: int) -> None:
    budget = Budget.plan(iterations=iterations, batch=16, pictures=pictures)
    assert (budget.steps_per_epoch, budget.epochs) == (steps, epochs)


def test_str__names_every_unit() -> None:
    text = str(Budget.plan(iterations=1000, batch=16, pictures=100))
    assert text == "1000 iterations = 142.9 epochs of 7 batches of 16 (100 pictures)"


@pytest.mark.parametrize("name", ["iterations", "batch", "pictures"])
@pytest.mark.parametrize("value", [0, -1, 2.5, True])
def test_plan__refuses_what_is_no_count(name: str, value: object) -> None:
    asked = {"iterations": 10, "batch": 4, "pictures": 8} | {name: value}
    with pytest.raises(InputError, match=f"^{name} is .*whole number"):
        Budget.plan(**asked)


@given(st.integers(1, 5000))
def test_rate__rises_then_falls(iterations: int) -> None:
    budget = Budget.plan(iterations=iterations, batch=16, pictures=100)
    rates = [budget.rate(i) for i in range(iterations)]
    assert all(0 < r <= 1 for r in rates)
    after = rates[budget.warmup :]
    assert after == sorted(after, reverse=True)
    assert iterations == 1 or abs(rates[-1] - 0.01) < 1e-9
    assert max(rates) > 0.85
