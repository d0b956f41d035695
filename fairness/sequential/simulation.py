"""How often the monitor alarms, by simulation: without a difference, and with real ones.

Beside it, on the same decisions, the rule that many use: at every look the ratio of the two rates over
the last 100 decisions, and an alarm below 80 %.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np

from fairness.counts import Booleans, Floats
from fairness.sequential.bets import Step
from fairness.sequential.monitor import ALPHA, begin, observe

_WINDOW: Final = 100
_RATIO: Final = 0.8


@dataclass(frozen=True)
class Scenario:
    """rate: selection rate of the others; watched: the watched group's; from_look: since when it is
    so, and the same as the others' before; share: of decisions that are of the watched group."""

    name: str
    rate: float
    watched: float
    share: float = 0.3
    from_look: int = 0
    # How far the common rate swings over the horizon; no difference of groups.
    swing: float = 0.0


@dataclass(frozen=True)
class Setting:
    """streams: how many times it is run; looks: the horizon; each: decisions between two looks."""

    streams: int = 1000
    looks: int = 2000
    each: int = 20
    alpha: float = ALPHA
    least_ratio: float = 1.0
    seed: int = 20261127


@dataclass(frozen=True)
class Found:
    """Of one scenario: the share of streams in which the monitor, and the naive rule, ever alarmed
    over the whole horizon; early: before the difference began; delay: median decisions from there to
    the alarm of the streams that alarmed after it, NaN where none did."""

    scenario: Scenario
    monitor: float
    naive: float
    early: float
    naive_early: float
    delay: float


SCENARIOS: Final = (
    Scenario("no difference, rate 50 %", 0.5, 0.5),
    Scenario("no difference, rate 10 %", 0.1, 0.1),
    Scenario("no difference, common rate swings between 30 % and 70 %", 0.5, 0.5, swing=0.2),
    Scenario("50 % against 47.5 % (ratio 0.95)", 0.5, 0.475),
    Scenario("50 % against 45 % (ratio 0.90)", 0.5, 0.45),
    Scenario("50 % against 40 % (ratio 0.80)", 0.5, 0.4),
    Scenario("50 % against 30 % (ratio 0.60)", 0.5, 0.3),
    Scenario("10 % against 8 % (ratio 0.80)", 0.1, 0.08),
    Scenario("50 % against 40 %, from the middle on", 0.5, 0.4, from_look=1000),
)


def run(scenario: Scenario, setting: Setting | None = None) -> Found:
    """The same figures for the same seed."""
    setting = setting or Setting()
    counts = _drawn(scenario, setting)
    monitor = begin(
        alpha=setting.alpha, least_ratio=setting.least_ratio, streams=(setting.streams,)
    )
    first = np.full(setting.streams, setting.looks)
    for look in range(setting.looks):
        monitor = observe(monitor, Step(*(column[look] for column in counts)))
        first = np.where(monitor.alarm & (first == setting.looks), look, first)
    naive = _naive(counts, setting)
    late = first[(first >= scenario.from_look) & (first < setting.looks)]
    delays = (late + 1 - scenario.from_look) * setting.each
    return Found(
        scenario,
        float((first < setting.looks).mean()),
        float((naive < setting.looks).mean()),
        float((first < scenario.from_look).mean()),
        float((naive < scenario.from_look).mean()),
        float(np.median(delays)) if len(delays) else float("nan"),
    )


def table(setting: Setting | None = None) -> Iterator[str]:
    """The lines of a Markdown table of all SCENARIOS, each as soon as it is run; the same for the
    same seed. Without a difference the second column is the false-alarm rate over the whole horizon,
    with one the power."""
    setting = setting or Setting()
    yield (
        f"| {setting.streams:,} streams of {setting.looks:,} looks, {setting.each} decisions each; "
        f"alpha {setting.alpha:g}; seed {setting.seed} | monitor ever alarmed "
        "| before the difference began | decisions until half of these alarms | below 80 % of the last 100 "
        "ever alarmed |"
    )
    yield "|---|---|---|---|---|"
    for scenario in SCENARIOS:
        found = run(scenario, setting)
        delay = f"{found.delay:,.0f}" if found.delay == found.delay else "none"
        yield (
            f"| {scenario.name} | {found.monitor:.1%} | {found.early:.1%} | {delay} "
            f"| {found.naive:.1%} |"
        )


def _drawn(scenario: Scenario, setting: Setting) -> list[Floats]:
    """Hits and trials of the watched group, then of the others, (looks, streams) each."""
    random = np.random.default_rng(setting.seed)
    shape = (setting.looks, setting.streams)
    turn = np.arange(setting.looks)[:, None]
    common = scenario.rate + scenario.swing * np.sin(2 * np.pi * turn / setting.looks)
    watched = np.where(turn < scenario.from_look, common, common + scenario.watched - scenario.rate)
    trials = random.binomial(setting.each, scenario.share, shape)
    others = setting.each - trials
    hits, other_hits = random.binomial(trials, watched), random.binomial(others, common)
    return [column.astype(float) for column in (hits, trials, other_hits, others)]


def _naive(counts: list[Floats], setting: Setting) -> Floats:
    """The first look at which the naive rule alarms, (streams,); looks if none."""
    steps = -(-_WINDOW // setting.each)
    sums = [np.cumsum(column, axis=0) for column in counts]
    x, n, y, m = (
        np.concatenate([one[steps - 1 : steps], one[steps:] - one[:-steps]]) for one in sums
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.stack([x / n, y / m])
        alarms: Booleans = rates.min(axis=0) < _RATIO * rates.max(axis=0)
    first = np.where(alarms.any(axis=0), alarms.argmax(axis=0) + steps - 1, setting.looks)
    return np.asarray(first, dtype=float)
