"""HistGradientBoosting with categorical columns of its own: taken apart, it is the same model."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import skops.io
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

from explain.attribution.assembly import build
from explain.attribution.contract import Choices
from explain.attribution.histogram import Histogram, sets_of
from explain.formats import registry
from explain.pipelines import apart, as_matrix
from tests.explain.brute_force import shapley_of
from tests.explain.formats.made import RULES


def applicants(rows: int = 1200) -> tuple[pd.DataFrame, pd.Series]:
    """Two categories, one of them with 40 values, which fill more than one word of a bit set."""
    random = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "income": random.normal(size=rows),
            "town": [f"t{at:02}" for at in random.integers(0, 40, rows)],
            "rent": random.choice(["owns", "rents", None], rows),
        }
    )
    odd = frame["town"].str[-1].isin(list("13579"))
    target = frame["income"] + 2 * odd + (frame["rent"] == "owns")
    frame = frame.astype({"town": "category", "rent": "category"})
    return frame, target


def test_the_parts_say_what_the_whole_says() -> None:
    frame, target = applicants()
    model = HistGradientBoostingRegressor(max_iter=10).fit(frame, target)
    *steps, last = apart(model)
    assert isinstance(last, Histogram)
    table = frame
    for step in steps:
        table = step.transform(table)
    columns = as_matrix(table)
    assert columns.shape == (len(frame), 3 + len(last.sets))
    np.testing.assert_array_equal(last.predict(columns), model.predict(frame))


def test_members_are_those_that_go_left() -> None:
    frame, target = applicants()
    model = HistGradientBoostingRegressor(max_iter=1).fit(frame, target)
    predictor = model._predictors[0][0]
    found = sets_of(predictor)
    assert found
    for node, (_, members) in found.items():
        words = predictor.raw_left_cat_bitsets[predictor.nodes["bitset_idx"][node]]
        assert members == tuple(at for at in range(256) if words[at // 32] >> at % 32 & 1)
    assert max(max(members) for _, members in found.values()) >= 32


@pytest.mark.parametrize("shapley", ["interventional", "path-dependent"])
def test_values_are_exact_whatever_stands_in_a_category(shapley: str) -> None:
    frame, target = applicants()
    label = (target > 1).map({True: "yes", False: "no"})
    fitted = HistGradientBoostingClassifier(max_iter=10).fit(frame, label)
    model = registry.load("skops", skops.io.dumps(fitted), RULES)
    background = frame[::120].reset_index(drop=True).astype({"town": object, "rent": object})
    rows = background[:3].copy()
    rows.loc[0, "town"] = "nowhere"
    rows.loc[1, "rent"] = None
    rows.loc[2, "income"] = np.nan
    choices = Choices(shapley=shapley)  # type: ignore[arg-type]
    explainer = build(model, background.to_dict("records"), list(frame), "no", choices)
    told = explainer.explain(rows.to_dict("records"))
    assert explainer.method == f"{shapley} tree Shapley, grouped"
    assert told.residual.max() < 1e-12
    expected = fitted.predict_proba(rows)[:, 0]
    np.testing.assert_allclose(told.score, expected, rtol=0, atol=1e-15)
    if shapley == "interventional":
        _, values = shapley_of(lambda table: -fitted.decision_function(table), background, rows)
        np.testing.assert_allclose(told.values, values, rtol=0, atol=1e-12)


def test_without_categories_nothing_is_taken_apart() -> None:
    frame, target = applicants()
    model = HistGradientBoostingRegressor(max_iter=1).fit(frame[["income"]], target)
    assert apart(model) == [model]
