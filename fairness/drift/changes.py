"""Change points of a sequence of histograms: between which windows a distribution changed, by counts alone.

Every run of windows is held against the others by the likelihood ratio of two multinomial distributions
against one (Horvath and Serbinowska 1995, Scandinavian Journal of Statistics 22(3)). The ends of the most
significant run are changes, and the parts between are looked through again: circular binary segmentation
(Olshen, Venkatraman, Lucito and Wigler 2004, Biostatistics 5(4)), which unlike plain binary segmentation
(Vostrikova 1981) also sees what comes and goes.

The chance of any false change in a sequence without one is at most ``alpha``: each run has an equal share
of it (Bonferroni), with the chi-square distribution that the ratio has for many decisions. Where one side
has few decisions or a bin is rare that distribution would not hold, so rare bins are put together, and
such runs are passed over; tests/fairness/drift measures what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
import scipy  # its parts load at their first use

from fairness.counts import Booleans, Floats, Integers

ALPHA: Final = 0.01
# Expected in each bin on either side (Cochran 1954).
FEW: Final = 5.0


@dataclass(frozen=True)
class Change:
    """at: the first window after the change. p: adjusted, of no change there. size: the
    Jensen-Shannon distance (bits, root, 0 to 1) of what lies between the neighbouring changes."""

    at: int
    p: float
    size: float


def changes(counts: Floats, *, alpha: float = ALPHA, sequences: int = 1) -> tuple[Change, ...]:
    """Of counts (windows, bins), in order of time.

    sequences: how many are looked at together: alpha is then for a false change in any of them.
    Raises ValueError for negative counts or an alpha that is no probability.
    """
    if counts.ndim != 2 or (counts < 0).any() or not 0 < alpha < 1:
        raise ValueError("counts are (windows, bins), not negative; alpha lies between 0 and 1")
    windows = len(counts)
    runs = max(windows * (windows - 1) // 2, 1) * sequences
    found: dict[int, float] = {}
    _segment(counts, 0, windows, alpha / runs, found)
    ends = [0, *sorted(found), windows]
    return tuple(
        Change(at, min(found[at] * runs, 1.0), _size(counts[before:at], counts[at:after]))
        for before, at, after in zip(ends, ends[1:], ends[2:], strict=False)
    )


def _segment(counts: Floats, start: int, end: int, level: float, found: dict[int, float]) -> None:
    """Mark the ends of the most significant run of windows start ≤ t < end, then look between."""
    if end - start < 2:
        return
    runs, p = scan(counts[start:end])
    best = int(np.argmin(p))
    if not p[best] < level:
        return
    cuts = _borne_out(counts[start:end], [int(at) for at in runs[best] if at], level)
    for at in cuts:
        found[start + at] = float(p[best])
    for one, two in pairwise([0, *cuts, end - start]):
        _segment(counts, start + one, start + two, level, found)


def _borne_out(counts: Floats, cuts: list[int], level: float) -> list[int]:
    """Without an end of a run whose two sides are not apart themselves, unless neither end's are."""
    ends = [0, *cuts, len(counts)]
    apart = [
        at
        for before, at, after in zip(ends, ends[1:], ends[2:], strict=False)
        if _pair(counts[before:at], counts[at:after]) < level
    ]
    return apart or cuts


def _pair(one: Floats, two: Floats) -> float:
    return float(_p(one.sum(axis=0)[None], two.sum(axis=0)[None])[0])


def scan(counts: Floats) -> tuple[Integers, Floats]:
    """Every run of windows a ≤ t < b, (runs, 2), once with its complement, and the p-value of equal
    distributions inside and outside; 1 where there is too little on one side to tell."""
    first, last = np.triu_indices(len(counts), 1)
    upto = np.concatenate([np.zeros((1, counts.shape[1])), np.cumsum(counts, axis=0)])
    inside = upto[last] - upto[first]
    return np.stack([first, last], axis=1), _p(inside, upto[-1] - inside)


def _p(one: Floats, two: Floats) -> Floats:
    """Of pairs of histograms, (pairs, bins) each."""
    both = one + two
    total = both.sum(axis=1, keepdims=True)
    smaller = np.minimum(one.sum(axis=1), two.sum(axis=1))[:, None]
    expected = both * smaller / np.maximum(total, 1)
    rare = expected < FEW
    together = np.where(rare, expected, 0.0).sum(axis=1) >= FEW
    often = (~rare).sum(axis=1)
    pooled = [_pooled(side, rare, expected, together) for side in (one, two)]
    freedom = often + together - 1
    p = scipy.special.chdtrc(np.maximum(freedom, 1), _ratio(*pooled))
    return np.where((freedom > 0) & (smaller[:, 0] > 0), p, 1.0)


def _pooled(side: Floats, rare: Booleans, expected: Floats, together: Booleans) -> Floats:
    """With a last bin for the rare ones; even together too few, they count with the rarest other."""
    rest = np.where(rare, side, 0.0).sum(axis=1)
    made = np.column_stack([np.where(rare, 0.0, side), np.where(together, rest, 0.0)])
    rarest = np.where(rare, np.inf, expected).argmin(axis=1)
    made[np.arange(len(made)), rarest] += np.where(together, 0.0, rest)
    return made


def _ratio(one: Floats, two: Floats) -> Floats:
    """Twice the logarithm of the likelihood ratio, (pairs,)."""
    both = one + two
    share = both / np.maximum(both.sum(axis=1, keepdims=True), 1)
    value = np.zeros(len(both))
    for side in (one, two):
        expected = side.sum(axis=1, keepdims=True) * share
        value += scipy.special.xlogy(
            side, np.where(side > 0, side, 1.0) / np.where(side > 0, expected, 1.0)
        ).sum(axis=1)
    return 2 * value


def _size(before: Floats, after: Floats) -> float:
    one, two = (side.sum(axis=0) / side.sum() for side in (before, after))
    middle = (one + two) / 2
    apart = scipy.special.rel_entr(one, middle).sum() + scipy.special.rel_entr(two, middle).sum()
    return float(np.sqrt(max(apart, 0.0) / (2 * np.log(2))))
