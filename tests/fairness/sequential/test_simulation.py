from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import binom

from fairness.sequential.simulation import SCENARIOS, Found, Scenario, Setting, run, table

SETTING = Setting(streams=400, looks=400)


def allowed(streams: int, alpha: float) -> float:
    """So many false alarms of that many streams come with a chance of 1 in 10,000 at most."""
    return float(binom.isf(1e-4, streams, alpha)) / streams


@pytest.mark.parametrize(
    "scenario", [one for one in SCENARIOS if one.rate == one.watched], ids=lambda one: one.name
)
def test_false_alarms_over_the_whole_horizon_stay_at_alpha(scenario: Scenario) -> None:
    found = run(scenario, SETTING)
    assert found.monitor <= allowed(400, SETTING.alpha)
    assert found.naive > 0.95


def test_at_the_edge_of_four_fifths_too() -> None:
    setting = Setting(streams=400, looks=400, alpha=0.05, least_ratio=0.8)
    at_edge = run(Scenario("at the edge", 0.5, 0.4), setting)
    assert at_edge.monitor <= allowed(400, 0.05)
    assert run(Scenario("beyond it", 0.5, 0.25), setting).monitor == 1


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


def test_the_table_has_a_line_for_each_scenario() -> None:
    small = Setting(streams=20, looks=60)
    head, rule, *lines = table(small)
    assert head.count("|") == rule.count("|") == 6 and "20 streams of 60 looks" in head
    assert len(lines) == len(SCENARIOS)
    assert list(table(small))[2:] == lines
    found = run(SCENARIOS[6], small)
    assert lines[6].split(" | ")[1] == f"{found.monitor:.1%}"
