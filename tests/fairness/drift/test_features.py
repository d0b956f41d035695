from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats
from scipy.spatial import distance
from sklearn.datasets import load_breast_cancer
from statsmodels.datasets import randhie

from fairness.drift.features import categorical_drift, numeric_drift
from fairness.drift.histograms import Histogram, reference_edges
from tests.fairness.cases import GERMAN


def halves() -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Real features, parted so that the halves differ more or less."""
    german = pd.read_csv(GERMAN)
    health = randhie.load_pandas().data
    tumours = load_breast_cancer()
    return [
        (
            "amount",
            *(
                german["amount"][german["housing"] == one].to_numpy(float)
                for one in ("own", "rent")
            ),
        ),
        ("income", *(health["lpi"][health["idp"] == one].to_numpy(float) for one in (0, 1))),
        ("radius", *(tumours.data[tumours.target == one, 0] for one in (0, 1))),
    ]


@pytest.mark.parametrize(("name", "old", "new"), halves(), ids=lambda one: str(one)[:8])
def test_statistics_of_histograms_lie_within_their_stated_errors(
    name: str, old: np.ndarray, new: np.ndarray
) -> None:
    edges = reference_edges(old)
    found = numeric_drift(Histogram.of(old, edges), Histogram.of(new, edges))
    exact = stats.ks_2samp(old, new, method="asymp")
    assert found.ks.value <= exact.statistic + 1e-12 <= found.ks.at_most + 2e-12
    assert found.ks.at_most - found.ks.value < 0.05
    assert found.ks.p >= exact.pvalue * (1 - 1e-9) or found.ks.p == pytest.approx(
        exact.pvalue, rel=0.05
    )
    true = stats.wasserstein_distance(old, new)
    if not found.beyond.value:
        assert abs(found.wasserstein.value - true) <= found.wasserstein.error + 1e-9
    assert found.wasserstein.value == pytest.approx(true, rel=0.03)
    assert found.beyond.value == pytest.approx(np.mean((new < old.min()) | (new > old.max())))
    assert (found.number, found.reference_number) == (len(new), len(old))


def test_the_declared_bins_are_the_reference_s_deciles() -> None:
    random = np.random.default_rng(0)
    old, new = random.normal(size=10_000), random.normal(0.3, 1, 8000)
    edges = reference_edges(old)
    found = numeric_drift(Histogram.of(old, edges), Histogram.of(new, edges))
    borders = [-np.inf, *np.quantile(old, np.arange(1, 10) / 10), np.inf]
    p, q = (np.histogram(one, borders)[0] for one in (old, new))
    expected = ((q / 8000 - p / 10_000) * np.log(q / 8000 / (p / 10_000))).sum()
    assert found.psi.value == pytest.approx(expected, abs=1e-6)
    table = stats.chi2_contingency([p, q], correction=False)
    assert found.chi_square.value == pytest.approx(table.statistic, rel=1e-6)
    assert found.chi_square.p == pytest.approx(table.pvalue, rel=1e-3)
    apart = distance.jensenshannon(p, q, base=2)
    assert found.jensen_shannon.value == pytest.approx(apart, rel=1e-6)
    assert found.psi.value > found.psi.critical


def test_missing_and_out_of_range_values_are_told_with_intervals() -> None:
    old = np.append(np.linspace(0, 1, 990), [np.nan] * 10)
    new = np.append(np.linspace(0.5, 1.1, 80), [np.nan] * 20)
    edges = reference_edges(old)
    found = numeric_drift(Histogram.of(old, edges), Histogram.of(new, edges))
    assert found.missing.value == 0.2 and found.missing.reference == 0.01
    assert found.missing.interval.low < 0.2 < found.missing.interval.high and found.missing.p < 1e-6
    assert (
        found.beyond.value == pytest.approx(np.mean(new[:80] > 1)) and found.beyond.reference == 0
    )
    nothing = numeric_drift(Histogram.of(old, edges), Histogram.of([np.nan] * 3, edges))
    assert nothing.missing.value == 1 and np.isnan([nothing.psi.value, nothing.beyond.value]).all()


def test_categories_unseen_and_gone() -> None:
    german = pd.read_csv(GERMAN)
    old = german["purpose"][:600].value_counts().to_dict()
    new = german["purpose"][600:].value_counts().to_dict() | {"yacht": 3, "boat": 9, "zeppelin": 3}
    gone = new.pop("business")
    found = categorical_drift(old, new, missing=4, reference_missing=6)
    assert found.unseen == (("boat", 9.0), ("yacht", 3.0), ("zeppelin", 3.0)) and gone
    assert found.gone == ("business",)
    assert found.unseen_share.value == pytest.approx(15 / sum(new.values()))
    assert found.missing.reference == pytest.approx(6 / 606)
    names = sorted({*old, *new})
    table = [[one.get(name, 0) for name in names] for one in (old, new)]
    expected = stats.chi2_contingency(table, correction=False)
    assert found.chi_square.p == pytest.approx(expected.pvalue)
    same = categorical_drift(old, old)
    assert same.psi.value == 0 and not same.unseen and not same.gone
