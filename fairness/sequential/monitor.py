"""A monitor of one group against others: capital that grows with evidence of a difference.

It starts with 1 and bets at every time step (``bets``). If the groups do not differ, the expected
capital never grows, and the chance that it ever reaches 1 / alpha, however often somebody looks and
for as long as it runs, is at most alpha (Ville 1939; Howard et al. 2021, Annals of Statistics 49:1055;
Waudby-Smith and Ramdas 2023, J. Royal Stat. Soc. B 86:1). No step may be left out because of what it
holds, and none taken twice. With several monitors, share alpha among them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from fairness.counts import Floats
from fairness.sequential.bets import BETS, EFFECTS, Step, below, payoffs

ALPHA: Final = 0.01
# The common rate is learnt from so many decisions: the base rate may drift.
MEMORY: Final = 5000.0


@dataclass(frozen=True)
class Monitor:
    """The state after some steps; arrays are (...): many streams can run side by side.

    alpha:       the chance of ever a false alarm.
    least_ratio: what the null grants: no group's rate below this share of the other's.
    steps:       time steps seen that held anything, of the stream that saw most.
    decisions, hits: of both groups, those of long ago faded.
    capital:     its logarithm. peak: the highest it ever was.
    shares:      what part of the capital is in cash and in each bet, (..., 1 + BETS); sums to 1.
    """

    alpha: float
    least_ratio: float
    steps: int
    decisions: Floats
    hits: Floats
    capital: Floats
    peak: Floats
    shares: Floats

    @property
    def alarm(self) -> Any:
        """Whether it has ever reached 1 / alpha, (...): an alarm stays one."""
        return self.peak >= -np.log(self.alpha)

    @property
    def p(self) -> Floats:
        """An always-valid p-value, (...): at any time the chance of so much or more, ever, at most."""
        return np.asarray(np.exp(-np.maximum(self.peak, 0.0)))

    @property
    def lower(self) -> Floats:
        """How much of what is bet says that the group's rate is the lower one, (...), 0 to 1."""
        bet = self.shares[..., 1:]
        return np.asarray(bet[..., : len(EFFECTS)].sum(axis=-1) / bet.sum(axis=-1))


def begin(
    *, alpha: float = ALPHA, least_ratio: float = 1.0, streams: tuple[int, ...] = ()
) -> Monitor:
    """A monitor that has seen nothing. Raises ValueError unless 0 < alpha < 1, 0 < least_ratio <= 1."""
    if not 0 < alpha < 1 or not 0 < least_ratio <= 1:
        raise ValueError("alpha lies between 0 and 1, the least ratio above 0 and at most at 1")
    shares = np.full((*streams, 1 + BETS), 1 / (1 + BETS))
    nothing = np.zeros(streams)
    return Monitor(alpha, least_ratio, 0, nothing, nothing, nothing, nothing, shares)


def observe(monitor: Monitor, step: Step) -> Monitor:
    """The monitor one time step later. A step without decisions changes nothing.

    After the bets are paid, a part of each goes over to the others: a difference that begins after
    a year is then found by bets that did not lose all in the meantime (fixed share, Herbster and
    Warmuth 1998). The part falls with time, so that it costs little, and it creates no capital.
    """
    trials = step.trials + step.other_trials
    if not trials.any():
        return monitor
    rate = (monitor.hits + 0.5) / (monitor.decisions + 1)
    paid = payoffs(step, rate, monitor.least_ratio)
    # Nothing is bet before anything is known of the common rate.
    paid = np.where((monitor.decisions > 0)[..., None], paid, 0.0)
    return _moved(monitor, paid, trials, step.hits + step.other_hits)


def observe_floor(monitor: Monitor, hits: Floats, trials: Floats) -> Monitor:
    """The same for a monitor of one rate that is granted to lie at ``least_ratio`` or above: its
    capital grows with evidence that it does not."""
    if not trials.any():
        return monitor
    return _moved(monitor, below(hits, trials, monitor.least_ratio), trials, hits)


def _moved(monitor: Monitor, paid: Floats, trials: Floats, won: Floats) -> Monitor:
    """After so many decisions with so many hits, on which the bets paid so much."""
    log_shares = np.log(monitor.shares) + np.concatenate(
        [np.zeros((*paid.shape[:-1], 1)), paid], axis=-1
    )
    highest = log_shares.max(axis=-1)
    shares = np.exp(log_shares - highest[..., None])
    total = shares.sum(axis=-1)
    capital = monitor.capital + highest + np.log(total)
    part = 1 / (2 * (monitor.steps + 2))
    shares = shares / total[..., None]
    shares = (1 - part) * shares + part * (1 - shares) / BETS
    decisions, hits = monitor.decisions + trials, monitor.hits + won
    faded = np.minimum(1.0, MEMORY / np.maximum(decisions, 1))
    return replace(
        monitor,
        steps=monitor.steps + 1,
        decisions=decisions * faded,
        hits=hits * faded,
        capital=capital,
        peak=np.maximum(monitor.peak, capital),
        shares=shares,
    )


def to_plain(monitor: Monitor) -> dict[str, Any]:
    """One stream's state as numbers and lists, to be stored as JSON. Raises ValueError for many."""
    if monitor.capital.shape:
        raise ValueError("streams are stored one by one")
    arrays = ("decisions", "hits", "capital", "peak")
    return {
        "alpha": monitor.alpha,
        "least_ratio": monitor.least_ratio,
        "steps": monitor.steps,
        **{name: float(getattr(monitor, name)) for name in arrays},
        "shares": monitor.shares.tolist(),
    }


def from_plain(stored: Mapping[str, Any]) -> Monitor:
    """The monitor that was stored. Raises KeyError, or ValueError for another number of bets."""
    shares = np.asarray(stored["shares"], dtype=float)
    if shares.shape != (1 + BETS,):
        raise ValueError("stored with other bets")
    arrays = {
        name: np.asarray(stored[name], float) for name in ("decisions", "hits", "capital", "peak")
    }
    return Monitor(
        float(stored["alpha"]),
        float(stored["least_ratio"]),
        int(stored["steps"]),
        shares=shares,
        **arrays,
    )
