"""Single decisions in a picture: each one's contribution, and where its value stands among all. Imports numpy alone.

A dot names nobody and holds no value: of the value it keeps the fifth, by rank, in which it lies. Still it is of one
person, so who may not read why a decision was made is not shown it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from explain.distributions import large_enough
from explain.wording import absent

Floats = NDArray[np.float64]
FIFTHS: Final = 5
DOTS: Final = 300
MOST_FEATURES: Final = 20


def sample(rows: int, most: int = DOTS) -> list[int]:
    """At most ``most`` places among ``rows``, evenly spaced, the first among them."""
    kept = min(rows, most)
    return [at * rows // kept for at in range(kept)]


def swarm(
    values: Sequence[Any], phi: Floats, chosen: Sequence[int], *, numeric: bool
) -> dict[str, Any]:
    """One feature's dots, of the decisions ``chosen``: ``phi`` (to four digits) and ``fifths`` (0 to 4; None: missing,
    or of a category, which has no order). ``means`` of phi by fifth, over all the rows, and how many are ``missing``;
    a fifth of few decisions has none, and neither has one that would tell of it.
    """
    fifths = _fifths(values, numeric)
    gone = sum(absent(value) for value in values)
    return {
        "numeric": numeric,
        "phi": [float(f"{phi[at]:.4g}") for at in chosen],
        "fifths": [fifths[at] for at in chosen],
        "gone": [bool(absent(values[at])) for at in chosen],
        "means": _means(fifths, phi) if numeric else [],
        "missing": gone,
    }


def _fifths(values: Sequence[Any], numeric: bool) -> list[int | None]:
    """By mean rank: equal values lie in the same fifth, and a lone value in the middle one."""
    if not numeric:
        return [None] * len(values)
    known = [
        at
        for at, value in enumerate(values)
        if not absent(value) and isinstance(value, int | float)
    ]
    found: list[int | None] = [None] * len(values)
    if not known:
        return found
    numbers = np.asarray([values[at] for at in known], float)
    ordered = np.sort(numbers)
    below = np.searchsorted(ordered, numbers, "left")
    upto = np.searchsorted(ordered, numbers, "right")
    share = (below + upto) / 2 / len(numbers)
    for at, one in zip(known, share, strict=True):
        found[at] = min(FIFTHS - 1, int(one * FIFTHS))
    return found


def _means(fifths: Sequence[int | None], phi: Floats) -> list[float | None]:
    by_fifth = {
        fifth: [at for at, one in enumerate(fifths) if one == fifth] for fifth in range(FIFTHS)
    }
    kept = large_enough({fifth: len(rows) for fifth, rows in by_fifth.items() if rows})
    return [
        float(phi[by_fifth[fifth]].mean()) if fifth in kept else None for fifth in range(FIFTHS)
    ]
