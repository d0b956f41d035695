from __future__ import annotations

import numpy as np
import pytest

from fairness.assessment import assess
from fairness.counts import of_rows
from fairness.intervals.proportions import katz, newcombe, wilson
from fairness.metrics import frames
from fairness.significance import adjusted, compare
from tests.fairness.cases import REAL, generated, real


@pytest.mark.parametrize("name", REAL)
def test_figures_are_fairlearn_s_and_lie_in_their_intervals(name: str) -> None:
    made = real(name)
    by = next(iter(made.segments))
    found, frame = assess(made.counts, by), frames.performance(made.counts, by)
    assert found.names == frame.names
    for rate, one in found.rates.items():
        assert np.array_equal(one.rate.value, frame.by_group[rate], equal_nan=True)
        assert one.overall == frame.overall[rate]
        here = one.rate.defined
        assert (one.interval.low <= one.rate.estimate)[here].all()
        assert (one.rate.estimate <= one.interval.high)[here].all()
    for disparity, (value, interval) in found.disparities.items():
        assert value == frame.disparities[disparity]
        assert interval.low - 1e-12 <= value <= interval.high + 1e-12


def test_each_group_is_compared_with_all_others() -> None:
    made = real("german")
    found = assess(made.counts, "age").rates["false_positive_rate"]
    old = made.segments["age"] == "from 50"
    wrong = (made.predicted == 1) & (made.actual == 0)
    sides = [
        (float((wrong & side).sum()), float(((made.actual == 0) & side).sum()))
        for side in (old, ~old)
    ]
    at = sorted(set(made.segments["age"])).index("from 50")
    (x, n), (y, m) = sides
    assert found.apart[at] == pytest.approx(x / n - y / m)
    assert found.interval.low[at] == wilson(x, n).low
    assert found.apart_interval.low[at] == pytest.approx(float(newcombe(x, n, y, m).low))
    assert found.p[at] == pytest.approx(float(compare(x, n, y, m).p))
    everything = assess(made.counts, "age")
    p = np.stack([one.p for one in everything.rates.values()])
    given = np.stack([one.adjusted for one in everything.rates.values()])
    assert np.array_equal(given, adjusted(p))


def test_ratios_are_to_the_highest_rate_which_has_no_interval() -> None:
    counts = of_rows({"g": list("aabbcc")}, [1, 1, 1, 1, 1, 0], [1, 1, 1, 0, 0, 0])
    found = assess(counts, "g").rates["selection_rate"]
    assert found.reference.tolist() == [True, True, False]
    assert found.ratio.tolist() == [1, 1, 0.5]
    assert np.isnan(found.ratio_interval.low).tolist() == [True, True, False]
    assert found.ratio_interval.high[2] == katz(1, 2, 2, 2).high


def test_few_people_are_not_what_others_are_compared_with() -> None:
    groups = ["a"] * 40 + ["b"] * 40 + ["c"] * 3
    counts = of_rows({"g": groups}, [1] * 20 + [0] * 20 + [1] * 30 + [0] * 10 + [1] * 3, [1] * 83)
    found = assess(counts, "g", least=30).rates["selection_rate"]
    assert found.reference.tolist() == [False, True, False]
    assert found.ratio.tolist() == [0.5 / 0.75, 1, 1 / 0.75]
    assert found.ratio_interval.high[0] == katz(20, 40, 30, 40).high
    any_size = assess(counts, "g").rates["selection_rate"]
    assert any_size.ratio.tolist() == [0.5, 0.75, 1]
    # Nobody is large enough: better a small reference than none.
    assert assess(counts, "g", least=50).rates["selection_rate"].ratio.tolist() == [0.5, 0.75, 1]


def test_probabilities_widen_intervals() -> None:
    made = generated(2000)
    doubt = of_rows(
        made.segments,
        made.predicted,
        made.actual,
        weights=np.random.default_rng(0).random(2000) ** 3,
    )
    sure, unsure = assess(made.counts, "s1"), assess(doubt, "s1")
    for name, one in sure.rates.items():
        assert (unsure.rates[name].interval.width > one.interval.width).all()
        assert (unsure.rates[name].apart_interval.width > one.apart_interval.width).all()


def test_one_group_or_nobody_is_assessed_without_a_comparison() -> None:
    counts = of_rows({"g": ["a", "a"]}, [1, 0], [1, 0])
    found = assess(counts, "g")
    assert found.rates["accuracy"].rate.value.tolist() == [1]
    assert np.isnan(found.rates["accuracy"].p).all()
    assert found.disparities["demographic_parity_difference"][0] == 0
    assert np.isnan(found.disparities["demographic_parity_difference"][1].low)
    nobody = assess(counts.where(g="b"), "g")
    assert np.isnan(nobody.rates["accuracy"].rate.value).all() and nobody.decisions.tolist() == [0]
