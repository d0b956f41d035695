from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from fairness.counts import Floats, of_rows
from fairness.intervals.bootstrap import bootstrap, replicated
from fairness.intervals.proportions import wilson
from fairness.metrics.rates import RATES, Confusion
from tests.fairness.cases import generated, real


def rates(confusion: Confusion) -> Mapping[str, Floats]:
    return {name: confusion.rate(name).value for name in RATES}


def test_widths_are_those_of_drawing_decisions() -> None:
    """Against decisions drawn with replacement, and against Wilson's intervals."""
    made = generated(3000)
    confusion = Confusion.of(made.counts, "s0")
    found = bootstrap(confusion, rates, seed=1)
    random, drawn = np.random.default_rng(2), []
    for _ in range(600):
        at = random.integers(0, 3000, 3000)
        part = of_rows({"s0": made.segments["s0"][at]}, made.predicted[at], made.actual[at])
        drawn.append(list(rates(Confusion.of(part, "s0")).values()))
    for at, name in enumerate(RATES):
        ends = np.quantile([one[at] for one in drawn], [0.025, 0.975], axis=0)
        assert found[name].width == pytest.approx(ends[1] - ends[0], rel=0.15)
        rate = confusion.rate(name)
        assert found[name].width == pytest.approx(wilson(rate.hits, rate.trials).width, rel=0.15)


def test_the_same_seed_gives_the_same_interval_whatever_the_portions(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    confusion = Confusion.of(real("german").counts, "sex", "age")
    one = bootstrap(confusion, rates, seed=5, replicates=300)
    monkeypatch.setattr("fairness.intervals.bootstrap._PORTION", 40 * confusion.weight.size)
    two = bootstrap(confusion, rates, seed=5, replicates=300)
    other = bootstrap(confusion, rates, seed=6, replicates=300)
    assert all(np.array_equal(one[name].low, two[name].low, equal_nan=True) for name in RATES)
    assert not np.array_equal(one["accuracy"].low, other["accuracy"].low)


def test_every_replicate_holds_as_many_decisions() -> None:
    confusion = Confusion.of(real("german").counts, "sex")
    for portion in replicated(confusion, seed=0, replicates=50):
        assert portion.weight.shape == (50, 2, 2, 3)
        assert portion.decisions.sum(axis=1).tolist() == [1000] * 50


def test_probabilities_say_less_than_decisions() -> None:
    made = generated(2000)
    half = of_rows(made.segments, made.predicted, made.actual, weights=np.full(2000, 0.5))
    random = np.random.default_rng(0).random(2000)
    uneven = of_rows(made.segments, made.predicted, made.actual, weights=random**4)
    whole, halved, skewed = (
        bootstrap(Confusion.of(one), rates, seed=3)["accuracy"].width[0]
        for one in (made.counts, half, uneven)
    )
    assert halved == pytest.approx(whole, rel=0.1)
    assert skewed > 1.3 * whole


def test_what_most_replicates_lack_has_no_interval() -> None:
    made = of_rows({"g": list("aab")}, [1, 0, 1], [1, 0, 0])
    found = bootstrap(
        Confusion.of(made, "g"), lambda one: {"recall": one.rate("recall").estimate}, seed=1
    )
    assert np.isnan(found["recall"].low).all()
    nothing = Confusion.of(made.where(g="c"), "g")
    assert np.isnan(bootstrap(nothing, rates, seed=1)["accuracy"].low).all()
