from __future__ import annotations

import warnings

import numpy as np
import pytest
import sklearn.metrics
from fairlearn import metrics as fairlearn
from fairlearn.metrics import MetricFrame

from fairness.counts import ABSENT, of_rows
from fairness.metrics.rates import RATES, Confusion
from tests.fairness.cases import REAL, Decisions, generated, real

FUNCTIONS = {
    "selection_rate": fairlearn.selection_rate,
    "accuracy": sklearn.metrics.accuracy_score,
    "precision": sklearn.metrics.precision_score,
    "recall": sklearn.metrics.recall_score,
    "false_positive_rate": fairlearn.false_positive_rate,
    "false_negative_rate": fairlearn.false_negative_rate,
}


def row_level(made: Decisions, by: tuple[str, ...]) -> MetricFrame:
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message=".* ill-defined")
        return MetricFrame(
            metrics=FUNCTIONS,
            y_true=made.actual,
            y_pred=made.predicted,
            sensitive_features=made.frame[list(by)],
        )


@pytest.mark.parametrize("name", [*REAL, "generated"])
def test_rates_equal_fairlearn_on_the_rows_to_the_last_bit(name: str) -> None:
    made = real(name) if name != "generated" else generated(10_000, levels=(3, 4))
    every = tuple(made.segments)[:2]
    for by in (every[:1], every) if name == "german" else (every,):
        frame = row_level(made, by)
        confusion = Confusion.of(made.counts, *by)
        index = [one if isinstance(one, tuple) else (one,) for one in frame.by_group.index]
        assert list(confusion.names) == index
        for rate in RATES:
            ours = confusion.rate(rate).value
            assert np.array_equal(ours, frame.by_group[rate].to_numpy(float), equal_nan=True)
            assert confusion.overall().rate(rate).value.tolist() == [frame.overall[rate]]


def test_empty_intersections_and_empty_denominators_follow_fairlearn() -> None:
    """(b, y) has nobody, (a, y) no positives and nobody selected."""
    made = Decisions(
        {"one": np.array(["a", "a", "a", "b", "b"]), "two": np.array(["x", "x", "y", "x", "x"])},
        np.array([1, 0, 0, 1, 1]),
        np.array([1, 1, 0, 1, 0]),
        np.zeros(5),
    )
    frame = row_level(made, ("one", "two"))
    confusion = Confusion.of(made.counts, "one", "two")
    for rate in RATES:
        expected = frame.by_group[rate].to_numpy(float)
        assert np.array_equal(confusion.rate(rate).value, expected, equal_nan=True)
    recall = confusion.rate("recall")
    assert recall.value[1] == 0 and not recall.defined[1] and np.isnan(recall.estimate[1])
    assert confusion.decisions.tolist() == [2, 1, 2, 0]


def test_decisions_without_a_true_label_count_for_selection_only() -> None:
    made = generated(4000)
    unknown = np.random.default_rng(1).random(4000) < 0.3
    counts = of_rows(made.segments, made.predicted, np.where(unknown, ABSENT, made.actual))
    confusion = Confusion.of(counts, "s0")
    everybody, labelled = row_level(made, ("s0",)), row_level(made.part(~unknown), ("s0",))
    for rate in RATES:
        expected = (everybody if rate == "selection_rate" else labelled).by_group[rate]
        assert confusion.rate(rate).value.tolist() == expected.tolist()
    shares = [(~unknown)[made.segments["s0"] == level].mean() for level in ("0", "1")]
    assert confusion.coverage == pytest.approx(shares, abs=1e-15)


def test_probabilities_as_weights_agree_to_rounding() -> None:
    made = generated(3000)
    weights = np.random.default_rng(2).random(3000)
    counts = of_rows(made.segments, made.predicted, made.actual, weights=weights)
    confusion = Confusion.of(counts, "s1")
    frame = MetricFrame(
        metrics=FUNCTIONS,
        y_true=made.actual,
        y_pred=made.predicted,
        sensitive_features=made.frame["s1"],
        sample_params={name: {"sample_weight": weights} for name in FUNCTIONS},
    )
    for rate in RATES:
        assert confusion.rate(rate).value == pytest.approx(frame.by_group[rate], abs=1e-12)
    selected = confusion.rate("selection_rate")
    kish = [
        weights[here].sum() ** 2 / (weights[here] ** 2).sum()
        for here in (made.segments["s1"] == level for level in "012")
    ]
    assert selected.trials == pytest.approx(kish)
    assert selected.hits / selected.trials == pytest.approx(selected.value)
