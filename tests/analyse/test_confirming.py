from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest

from workbench.analyse import evaluate, evaluate_inputs


@pytest.mark.parametrize("ids", ["str", "int"])
def test_confirmed__a_person_goes_before_the_machine(world, ids):
    evaluation = evaluate(*world(4, pictures=30, ids=ids), confidence=0.3)
    failures = evaluation.failures
    miss = failures[failures["outcome"] == "fn"].iloc[0]
    alarm = failures[failures["outcome"] == "fp"].iloc[0]
    said = pd.DataFrame(
        [
            {"box_id": miss["box_id"], "prediction_id": None, "cause": "hidden"},
            {"box_id": None, "prediction_id": alarm["prediction_id"], "cause": "road sign"},
            {"box_id": miss["box_id"], "prediction_id": None, "cause": "glare"},
        ]
    )
    settled = evaluate_inputs(replace(evaluation.inputs, confirmed=said), confidence=0.3)
    verdicts = settled.verdicts
    assert verdicts["cause_confirmed"].sum() == 2
    confirmed = verdicts[verdicts["cause_confirmed"]].set_index("outcome")["cause"]
    assert confirmed.to_dict() == {"fn": "glare", "fp": "road sign"}
    rolled = settled.causes.set_index("cause")
    assert rolled.loc["road sign", ["failures", "confirmed"]].tolist() == [1, 1]
    assert rolled["failures"].sum() == evaluation.causes["failures"].sum()
    evidence = settled.failures.set_index("cause")["evidence"]
    assert evidence["road sign"].startswith("said by a person (suggested: ")
    # A box that is found at a lower confidence has not failed, whatever was said of it before.
    assert settled.at(confidence=0.0).verdicts.query("outcome == 'tp'")["cause"].isna().all()
    assert not evaluation.verdicts["cause_confirmed"].any()
