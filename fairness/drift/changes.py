"""Change points of a sequence of histograms: between which windows a distribution changed, by counts alone.

Every place between two windows is scanned for the likelihood ratio of two multinomial distributions
against one (Horvath and Serbinowska 1995, Scandinavian Journal of Statistics 22(3)); the largest one
is a change if it is significant, and either side is scanned again (binary segmentation, Vostrikova
1981, Soviet Mathematics Doklady 24).

The chance of any false change in a sequence without one is at most ``alpha``: each place has an equal
share of it (Bonferroni), with the chi-square distribution that the ratio has for many decisions.
Where one side has few decisions or a bin is rare that distribution would not hold, so rare bins are
put together and such places are not scanned; tests/fairness/drift measures what is left.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy import special

from fairness.counts import Floats, Integers

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
    places = max(len(counts) - 1, 1) * sequences
    found: dict[int, float] = {}
    _segment(counts, 0, len(counts), alpha / places, found)
    ends = [0, *sorted(found), len(counts)]
    return tuple(
        Change(at, min(found[at] * places, 1.0), _size(counts[before:at], counts[at:after]))
        for before, at, after in zip(ends, ends[1:], ends[2:], strict=False)
    )


def _segment(counts: Floats, start: int, end: int, level: float, found: dict[int, float]) -> None:
    """Mark the most significant change of windows start ≤ t < end, then those on either side."""
    if end - start < 2:
        return
    p = scan(counts[start:end])
    best = int(np.argmin(p))
    if not p[best] < level:
        return
    at = start + best + 1
    found[at] = float(p[best])
    _segment(counts, start, at, level, found)
    _segment(counts, at, end, level, found)


def scan(counts: Floats) -> Floats:
    """p-values of equal distributions before and after each place, (windows - 1,); 1 where there is
    too little on one side to tell."""
    upto = np.cumsum(counts, axis=0)[:-1]
    total = counts.sum(axis=0)
    return np.array([_p(before, total - before) for before in upto])


def _p(before: Floats, after: Floats) -> float:
    smaller = min(before.sum(), after.sum())
    both = before + after
    if not smaller:
        return 1.0
    part = _parts(both * smaller / both.sum())
    one, two = (np.bincount(part, side).astype(float) for side in (before, after))
    if len(one) < 2:
        return 1.0
    return float(special.chdtrc(len(one) - 1, _ratio(one, two)))


def _parts(expected: Floats) -> Integers:
    """For each bin the part it is counted in: rare ones share one, the last to be counted with the
    rarest of the others if even together they are too few."""
    rare = expected < FEW
    part = np.cumsum(~rare) - 1
    many = int((~rare).sum())
    if expected[rare].sum() >= FEW or not many:
        part[rare] = many
    elif rare.any():
        often = np.flatnonzero(~rare)
        part[rare] = part[often[np.argmin(expected[often])]]
    return part


def _ratio(one: Floats, two: Floats) -> float:
    """Twice the logarithm of the likelihood ratio."""
    both = one + two
    share = both / both.sum()
    return float(
        2
        * sum(
            special.xlogy(side, side / np.where(both, side.sum() * share, 1.0)).sum()
            for side in (one, two)
        )
    )


def _size(before: Floats, after: Floats) -> float:
    one, two = (side.sum(axis=0) / side.sum() for side in (before, after))
    middle = (one + two) / 2
    apart = special.rel_entr(one, middle).sum() + special.rel_entr(two, middle).sum()
    return float(np.sqrt(max(apart, 0.0) / (2 * np.log(2))))
