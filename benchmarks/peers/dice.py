"""DiCE's random method on the same cases. A script of its own: dice-ml wants an environment of its own.

    <python with dice-ml> benchmarks/peers/dice.py <folder> <answers a case>

Prints JSON: CPU seconds of the searches alone, and the counterfactuals of each case.
"""

from __future__ import annotations

import json
import logging
import sys
import time
import warnings
from pathlib import Path
from typing import Any

warnings.filterwarnings("ignore")
logging.disable(logging.CRITICAL)


def main(folder: Path, answers: int) -> dict[str, Any]:
    import dice_ml
    import pandas as pd
    import skops.io

    learnt = pd.DataFrame(json.loads((folder / "learnt.json").read_text()))
    cases = json.loads((folder / "cases.json").read_text())
    policy = json.loads((folder / "policy.json").read_text())
    content = (folder / "model.skops").read_bytes()
    # The benchmark's own model, made a moment ago by the benchmark itself.
    model = skops.io.loads(content, trusted=skops.io.get_untrusted_types(data=content))
    rules = {rule["feature"]: rule for rule in policy["rules"] if not rule["immutable"]}
    numbers = [
        name
        for name in learnt.columns
        if name != "bad" and pd.api.types.is_numeric_dtype(learnt[name])
    ]
    data = dice_ml.Data(dataframe=learnt, continuous_features=numbers, outcome_name="bad")
    explainer = dice_ml.Dice(data, dice_ml.Model(model=model, backend="sklearn"), method="random")
    ranges = {
        name: [rule["lower"], rule["upper"]] if rule["step"] else list(rule["allowed"])
        for name, rule in rules.items()
    }
    found, spent = [], 0.0
    for case in cases:
        row = pd.DataFrame([case])[[name for name in learnt.columns if name != "bad"]]
        mine = {
            name: [min(low_high[0], case[name]), max(low_high[1], case[name])]
            if rules[name]["step"]
            else list(dict.fromkeys([*low_high, case[name]]))
            for name, low_high in ranges.items()
        }
        begun = time.process_time()
        try:
            made = explainer.generate_counterfactuals(
                row,
                total_CFs=answers,
                desired_class=0,
                features_to_vary=list(rules),
                permitted_range=mine,
                random_seed=7,
                verbose=False,
            )
            frame = made.cf_examples_list[0].final_cfs_df
        except Exception:  # noqa: BLE001 - DiCE raises UserConfigValidationException when it finds none
            frame = None
        spent += time.process_time() - begun
        rows = (
            [] if frame is None else json.loads(frame.drop(columns="bad").to_json(orient="records"))
        )
        found.append([{name: one[name] for name in rules} for one in rows])
    return {"seconds": spent, "found": found, "version": dice_ml.__dict__.get("__version__", "")}


if __name__ == "__main__":
    print(json.dumps(main(Path(sys.argv[1]), int(sys.argv[2]))))
