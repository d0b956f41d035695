"""Every state of a case that costs less than a given sum, in order of cost."""

from __future__ import annotations

import numpy as np

from explain.recourse.space import Floats, Ints, Space, States

# Partial combinations of one case held in memory at most.
ROOM = 10_000


def cheaper(space: Space, case: int, limit: float, budget: int) -> tuple[States, bool]:
    """The feasible states of ``case`` that cost less than ``limit``, cheapest first, at most ``budget`` of them.

    limit may be infinite. Returns them, and whether these are all there are.
    """
    codes = np.zeros((1, space.width), dtype=np.int64)
    price = np.zeros(1)
    whole = True
    for place in range(space.width):
        # In order of cost, the recorded value first.
        costs = space.prices(case, place)
        costs = costs[: int(np.searchsorted(costs, limit))]
        if len(costs) < 2:
            continue
        grown, grown_price = _extended(space, codes, price, costs, place, limit)
        codes, price = np.concatenate([codes, grown]), np.concatenate([price, grown_price])
        if len(price) > ROOM:
            # The dearest go: what remains is still in order of cost, and no longer all there is.
            kept = np.argsort(price, kind="stable")[:ROOM]
            codes, price, whole = codes[kept], price[kept], False
    changed = codes.any(axis=1)
    found = States(np.full(int(changed.sum()), case, dtype=np.int64), codes[changed])
    feasible = space.feasible(found)
    found, price = found.take(feasible), price[changed][feasible]
    order = np.lexsort((*found.codes.T[::-1], price))
    return found.take(order[:budget]), whole and len(order) <= budget


def _extended(
    space: Space,
    codes: Ints,
    price: Floats,
    costs: Floats,
    place: int,
    limit: float,
) -> tuple[Ints, Floats]:
    """The partial combinations with one more feature changed, as far as they stay below the limit."""
    room = (codes > 0).sum(axis=1) < space.policy.max_changes
    at = np.flatnonzero(room)
    sums = price[at][:, None] + costs[None, 1:]
    parent, value = np.nonzero(sums < limit)
    if len(parent) > 4 * ROOM:
        cheapest = np.argpartition(sums[parent, value], 4 * ROOM)[: 4 * ROOM]
        parent, value = parent[cheapest], value[cheapest]
    grown = codes[at[parent]].copy()
    grown[:, place] = value + 1
    return grown, sums[parent, value]
