from __future__ import annotations

import pytest

from workbench.model.tables import ERRORS, OUTCOMES
from workbench.show import style


def test_colours__are_all_different_and_of_okabe_ito():
    okabe_ito = {"#000000", "#E69F00", "#56B4E9", "#009E73", "#F0E442", "#0072B2", "#D55E00", "#CC79A7", "#999999"}
    assert len(set(style.COLOURS.values())) == len(style.COLOURS)
    assert set(style.COLOURS.values()) <= okabe_ito


@pytest.mark.parametrize("role", style.COLOURS)
def test_text_on__contrast_is_at_least_4_5(role):
    colour = style.COLOURS[role]
    low, high = sorted((style.luminance(colour), style.luminance(style.text_on(colour))))
    assert (high + 0.05) / (low + 0.05) >= 4.5


def test_words__every_outcome_and_error_has_some():
    assert set(style.OUTCOME_WORDS) == set(style.OUTCOME_PLURALS) == set(OUTCOMES)
    assert set(style.ERROR_WORDS) == set(ERRORS)
