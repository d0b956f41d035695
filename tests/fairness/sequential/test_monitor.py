from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from scipy.stats import binom

from fairness.sequential.bets import BETS, Step, below
from fairness.sequential.monitor import (
    MEMORY,
    begin,
    from_plain,
    observe,
    observe_floor,
    to_plain,
)


def steps(seed: int, rates: tuple[float, float], many: int) -> list[Step]:
    random = np.random.default_rng(seed)
    return [
        Step.of(random.binomial(8, rates[0]), 8, random.binomial(12, rates[1]), 12)
        for _ in range(many)
    ]


def test_it_goes_on_exactly_from_what_was_stored() -> None:
    kept = stored = begin(alpha=0.05)
    for step in steps(1, (0.3, 0.5), 60):
        kept = observe(kept, step)
        stored = observe(from_plain(json.loads(json.dumps(to_plain(stored)))), step)
    assert to_plain(kept) == to_plain(stored)
    assert kept.steps == 60 and kept.alarm and kept.p < 0.05
    assert kept.lower > 0.9
    assert kept.shares.sum() == pytest.approx(1)


def test_many_streams_are_watched_as_one_is() -> None:
    one, other = steps(1, (0.3, 0.5), 40), steps(2, (0.5, 0.5), 40)
    alone, together = begin(), begin(streams=(2,))
    for first, second in zip(one, other, strict=True):
        alone = observe(alone, first)
        together = observe(
            together,
            Step(
                *(
                    np.stack(pair)
                    for pair in zip(vars(first).values(), vars(second).values(), strict=True)
                )
            ),
        )
    assert together.capital[0] == pytest.approx(float(alone.capital), abs=1e-12)
    with pytest.raises(ValueError, match="one by one"):
        to_plain(together)


def test_an_alarm_stays_one() -> None:
    monitor = begin(alpha=0.01)
    for step in steps(1, (0.2, 0.6), 60):
        monitor = observe(monitor, step)
    assert monitor.alarm
    before = monitor.p
    for step in steps(2, (0.6, 0.2), 20) + steps(2, (0.5, 0.5), 200):
        monitor = observe(monitor, step)
    assert monitor.alarm and monitor.p <= before


def test_nothing_is_bet_on_the_first_step_and_nothing_happens_without_decisions() -> None:
    monitor = begin()
    assert observe(monitor, Step.of(0, 0, 0, 0)) is monitor
    monitor = observe(monitor, Step.of(0, 50, 50, 50))
    assert monitor.capital == pytest.approx(0) and monitor.steps == 1
    assert monitor.decisions == 100 and monitor.hits == 50


def test_the_common_rate_is_of_the_latest_decisions() -> None:
    monitor = begin()
    for hits in (100, 900):
        for _ in range(40):
            monitor = observe(monitor, Step.of(hits // 2, 500, hits // 2, 500))
    assert monitor.decisions == MEMORY
    assert monitor.hits / monitor.decisions == pytest.approx(0.9, abs=1e-3)
    assert not monitor.alarm


def test_a_monitor_of_nothing_is_refused() -> None:
    for wrong in ({"alpha": 0.0}, {"alpha": 1.0}, {"least_ratio": 0.0}, {"least_ratio": 1.1}):
        with pytest.raises(ValueError, match="alpha lies"):
            begin(**wrong)
    stored = to_plain(begin()) | {"shares": [1.0]}
    with pytest.raises(ValueError, match="other bets"):
        from_plain(stored)


def test_a_floor_is_left_alone_at_it_and_above_and_alarms_below() -> None:
    """Looked at 300 times, 20 decisions each, with a rate that wanders above the floor or stays at it."""
    random = np.random.default_rng(5)

    def alarmed(rates: Any, streams: int = 600) -> float:
        state = begin(alpha=0.05, least_ratio=0.8, streams=(streams,))
        for rate in rates:
            hits = random.binomial(20, rate, streams).astype(float)
            state = observe_floor(state, hits, np.full(streams, 20.0))
        return float(np.mean(state.alarm))

    most = float(binom.isf(1e-4, 600, 0.05)) / 600
    assert alarmed(np.full(300, 0.8)) <= most
    assert alarmed(0.9 + 0.1 * np.sin(np.arange(300))) <= most
    assert alarmed(np.full(300, 0.75)) > 0.95
    assert alarmed(np.where(np.arange(300) < 150, 0.85, 0.7)) > 0.95


def test_a_floor_is_e_valued_at_every_rate_above_it() -> None:
    trials, floor = 7, 0.6
    hits = np.arange(trials + 1, dtype=float)
    paid = np.exp(below(hits, np.full(trials + 1, float(trials)), floor))
    for rate in (0.6, 0.7, 0.9, 1.0):
        expected = binom.pmf(hits, trials, rate) @ paid
        assert (expected <= 1 + 1e-12).all()
    assert (binom.pmf(hits, trials, 0.4) @ paid)[: BETS // 2].min() > 1
