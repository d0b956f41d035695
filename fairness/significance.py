"""p-values for two groups' rates, and their adjustment when many are looked at together.

For one look at a closed window. Whoever looks again and again needs ``fairness.sequential``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

import numpy as np
import scipy  # its parts load at their first use: web processes and commands start without them
from numpy.typing import ArrayLike, NDArray

from fairness.counts import Floats

# Below this many expected in any of the four cells, the normal approximation is not used
# (Cochran 1954).
FEW: Final = 5.0

Adjustment = Literal["holm", "benjamini-hochberg"]


@dataclass(frozen=True)
class Compared:
    """Two-sided p-values of equal rates, NaN without trials on either side.

    exact: where Fisher's exact test was used (source: Fisher 1934), else the pooled two-proportion z.
    """

    p: Floats
    exact: NDArray[np.bool_]


def compare(
    hits: ArrayLike, trials: ArrayLike, other_hits: ArrayLike, other_trials: ArrayLike
) -> Compared:
    """Of rates given by arrays that broadcast; effective numbers are rounded for the exact test.

    Both groups with all hits or with none do not differ: p is 1.
    """
    x, n, y, m = (
        np.array(one, dtype=float)
        for one in np.broadcast_arrays(*map(np.asarray, (hits, trials, other_hits, other_trials)))
    )
    with np.errstate(divide="ignore", invalid="ignore"):
        pooled = (x + y) / (n + m)
        error = np.sqrt(pooled * (1 - pooled) * (1 / n + 1 / m))
        z = (x / n - y / m) / error
    p = np.where(error == 0, 1.0, 2 * scipy.special.ndtr(-np.abs(z)))
    some = (n > 0) & (m > 0)
    # The smallest margins meet in the smallest expected cell; multiplied first, to be exact at 5.
    with np.errstate(invalid="ignore"):
        expected = np.minimum(n, m) * np.minimum(x + y, n + m - x - y) / (n + m)
    few = some & (expected < FEW) & (error > 0)
    for at in map(tuple, np.argwhere(few)):
        p[at] = _fisher(*(round(float(one[at])) for one in (x, n, y, m)))
    return Compared(np.where(some, p, np.nan), few)


def _fisher(x: int, n: int, y: int, m: int) -> float:
    """The chance, with these margins, of a table no likelier than this one.

    As scipy's fisher_exact, which takes milliseconds a table where this takes a hundredth.
    """
    hits = x + y
    possible = np.arange(max(0, hits - m), min(n, hits) + 1)
    logs = _choose(n, possible) + _choose(m, hits - possible)
    chances = np.exp(logs - logs.max())
    # Tables as likely as this one count too, whatever rounding makes of them.
    extreme = chances <= chances[x - possible[0]] * (1 + 1e-7)
    return float(min(chances[extreme].sum() / chances.sum(), 1.0))


def _choose(n: int, k: NDArray[np.int64]) -> Floats:
    """The logarithm of n over k."""
    of = scipy.special.gammaln
    return np.asarray(of(n + 1) - of(k + 1) - of(n - k + 1))


def adjusted(p: ArrayLike, method: Adjustment = "holm") -> Floats:
    """p-values adjusted across all of them, whatever their shape; NaN ones are no tests.

    holm: any false alarm among them at most at the level they are held against (Holm 1979), however
          they depend on each other.
    benjamini-hochberg: the expected share of false ones among the alarms (Benjamini and Hochberg
          1995), for independent or positively dependent tests.
    Raises KeyError for another method.
    """
    given = np.asarray(p, dtype=float)
    found, here = np.full(given.shape, np.nan), ~np.isnan(given)
    if here.any():
        found[here] = _METHODS[method](given[here])
    return found


def _holm(p: Floats) -> Floats:
    order = np.argsort(p, kind="stable")
    steps = np.maximum.accumulate(p[order] * np.arange(len(p), 0, -1))
    found = np.empty_like(p)
    found[order] = np.minimum(steps, 1.0)
    return found


def _benjamini_hochberg(p: Floats) -> Floats:
    return np.asarray(scipy.stats.false_discovery_control(p, method="bh"))


_METHODS: Final[dict[str, Callable[[Floats], Floats]]] = {
    "holm": _holm,
    "benjamini-hochberg": _benjamini_hochberg,
}
