from __future__ import annotations

import pandas as pd
import pytest

from workbench.analyse import evaluate
from workbench.model.errors import InputError


@pytest.mark.parametrize("ids", ["str", "int"])
def test_with_confirmed__a_person_goes_before_the_machine(world, ids):
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
    settled = evaluation.with_confirmed(said)
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


@pytest.mark.parametrize(
    ("table", "message"),
    [
        (pd.DataFrame({"box_id": ["b1"]}), "columns 'cause' and"),
        (pd.DataFrame({"box_id": ["b1"], "prediction_id": ["p1"], "cause": ["dark"]}), "one of them"),
        (pd.DataFrame({"box_id": [None], "cause": ["dark"]}), "one of them"),
        (pd.DataFrame({"box_id": ["b1"], "cause": [" "]}), "give the cause in words"),
    ],
    ids=["no cause column", "both", "neither", "empty cause"],
)
def test_with_confirmed__wrong_use(world, table, message):
    with pytest.raises(InputError, match=message):
        evaluate(*world(4)).with_confirmed(table)
