from __future__ import annotations

import json

import numpy as np
import pytest

from fairness.sequential.bets import Step
from fairness.sequential.monitor import MEMORY, begin, from_plain, observe, to_plain


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
