from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from fairness.sequential.scenarios import EQUAL, FOUR_FIFTHS, Scenario, drawn
from fairness.sequential.simulation import Found, Setting, run

SETTING = Setting(streams=400, looks=400)


def allowed(streams: int, alpha: float) -> float:
    """So many false alarms of that many streams come with a chance of 1 in 10,000 at most."""
    return float(binom.isf(1e-4, streams, alpha)) / streams


@pytest.mark.parametrize(
    "scenario", [one for one in EQUAL if one.null(1.0)], ids=lambda one: one.name
)
def test_false_alarms_over_the_whole_horizon_stay_at_alpha(scenario: Scenario) -> None:
    found = run(scenario, SETTING)
    assert found.monitor <= allowed(400, SETTING.alpha)
    assert found.naive > 0.95


def test_at_the_edge_of_four_fifths_too() -> None:
    setting = Setting(streams=400, looks=400, alpha=0.05, least_ratio=0.8)
    granted = [run(one, setting).monitor for one in FOUR_FIFTHS if one.null(0.8)]
    assert len(granted) == 4 and max(granted) <= allowed(400, 0.05)
    assert run(FOUR_FIFTHS[-1], setting).monitor == 1


def test_bursts_bring_as_many_decisions_most_of_one_group() -> None:
    scenario = Scenario("", 0.5, 0.4, course="jumps", bursts=True)
    random = np.random.default_rng(1)
    x, n, y, m = drawn(scenario, looks=500, streams=200, each=20, random=random)
    many = n + m
    assert abs(many.mean() - 20) < 0.3 and abs(n.sum() / many.sum() - 0.3) < 0.01
    assert (many < 6).mean() > 0.7
    full = many > 20
    apart = np.abs(n[full] / many[full] - 0.5) > 0.4
    assert apart.mean() > 0.4
    assert abs(x.sum() / n.sum() / (y.sum() / m.sum()) - 0.8) < 0.02
    assert [round(one, 1) for one in y.reshape(5, -1).sum(1) / m.reshape(5, -1).sum(1)] == [
        0.7,
        0.3,
        0.6,
        0.4,
        0.5,
    ]


def test_real_differences_are_found_sooner_the_larger_they_are() -> None:
    found = [run(Scenario("", 0.5, rate), SETTING) for rate in (0.45, 0.4, 0.3)]
    assert [one.monitor for one in found] == sorted(one.monitor for one in found)
    assert found[-1].monitor == 1
    assert found[-1].delay < found[-2].delay


def test_a_difference_that_begins_late_is_found_and_not_before() -> None:
    found = run(Scenario("", 0.5, 0.3, from_look=200), SETTING)
    assert found.early <= allowed(400, SETTING.alpha) and found.naive_early > 0.9
    assert found.monitor > 0.99 and found.delay < 2000


def test_the_same_seed_gives_the_same_figures() -> None:
    small = Setting(streams=50, looks=60)
    one, two = (run(Scenario("", 0.5, 0.4), small) for _ in range(2))
    assert isinstance(one, Found) and one == two
    none = run(Scenario("", 0.5, 0.5), Setting(streams=5, looks=10))
    assert np.isnan(none.delay) and none.monitor == 0
