"""How often the monitor alarms, by simulation: without a difference, and with real ones.

Beside it, on the same decisions, the rule that many use: at every look the ratio of the two rates over
the last 100 decisions, and an alarm below 80 %.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from fairness.counts import Floats
from fairness.sequential.bets import Step
from fairness.sequential.monitor import ALPHA, begin, observe
from fairness.sequential.scenarios import Scenario, drawn

_WINDOW: Final = 100
_RATIO: Final = 0.8
# So many streams are in memory at a time.
_BLOCK: Final = 1000


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


def run(scenario: Scenario, setting: Setting | None = None) -> Found:
    """The same figures for the same seed."""
    setting = setting or Setting()
    blocks = [
        _block(scenario, setting, begun, min(_BLOCK, setting.streams - begun))
        for begun in range(0, setting.streams, _BLOCK)
    ]
    first, naive = (np.concatenate(one) for one in zip(*blocks, strict=True))
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


def _block(scenario: Scenario, setting: Setting, begun: int, streams: int) -> tuple[Floats, Floats]:
    """The first looks at which the monitor and the naive rule alarm, (streams,); looks if none."""
    counts = drawn(
        scenario,
        looks=setting.looks,
        streams=streams,
        each=setting.each,
        random=np.random.default_rng([setting.seed, begun]),
    )
    monitor = begin(alpha=setting.alpha, least_ratio=setting.least_ratio, streams=(streams,))
    first = np.full(streams, setting.looks)
    for look in range(setting.looks):
        monitor = observe(monitor, Step(*(column[look] for column in counts)))
        first = np.where(monitor.alarm & (first == setting.looks), look, first)
    return first.astype(float), _naive(counts, setting.looks)


def _naive(counts: tuple[Floats, Floats, Floats, Floats], looks: int) -> Floats:
    """Of the fewest last looks that hold 100 decisions, at every look."""
    sums = [np.concatenate([np.zeros_like(one[:1]), one.cumsum(axis=0)]) for one in counts]
    decisions = sums[1] + sums[3]
    since = np.stack(
        [np.searchsorted(one, one - _WINDOW, side="right") - 1 for one in decisions.T], axis=1
    )
    enough = since >= 0
    x, n, y, m = (one - np.take_along_axis(one, np.maximum(since, 0), axis=0) for one in sums)
    with np.errstate(divide="ignore", invalid="ignore"):
        rates = np.stack([x / n, y / m])
        alarms = enough & (rates.min(axis=0) < _RATIO * rates.max(axis=0))
    # The first row stands for nothing seen yet.
    first = np.where(alarms.any(axis=0), alarms.argmax(axis=0) - 1, looks)
    return np.asarray(first, dtype=float)
