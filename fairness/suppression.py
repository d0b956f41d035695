"""Which counts of a table may be shown, so that small ones cannot be told from the others.

Small counts are hidden, and so are as many larger ones as it takes: with row sums, column sums and
the total in view, one hidden number alone is the sum less the rest. What somebody can infer is found
by linear programming over everything shown (Cox 1980; Fischetti and Salazar 2001), who is taken to
know these rules: a hidden cell holds somebody, since empty cells are shown as 0. What they may know
beyond the table, such as yesterday's version of it, is not taken into account.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import scipy  # its parts load at their first use: web processes and commands start without them
from numpy.typing import ArrayLike, NDArray

from fairness.counts import Booleans, Floats

# Counts of fewer decisions than this are not shown to who may not see them.
SMALL: Final = 10


@dataclass(frozen=True)
class Shown:
    """What may be shown: ``cells`` in the table's shape; ``sums`` by the axes that are kept, () the
    total."""

    cells: Booleans
    sums: dict[tuple[int, ...], Booleans]


def shown(
    counts: ArrayLike, *, small: int = SMALL, sums: Iterable[tuple[int, ...]] | None = None
) -> Shown:
    """Of whole ``counts``, an array with one axis per attribute, and sums of them.

    sums: the sums that are shown beside the cells, by the axes they keep; all there are unless given.
    Afterwards every count from 1 to small - 1, cell or sum, is hidden, and what can be inferred of it
    leaves a range of at least ``small`` whole numbers. Raises ValueError for negative counts.
    """
    table = np.asarray(counts, dtype=float)
    if (table < 0).any():
        raise ValueError("counts are not negative")
    axes = range(table.ndim)
    kept = (
        [one for many in axes for one in combinations(axes, many)] if sums is None else list(sums)
    )
    puzzle = _Puzzle(table, kept)
    puzzle.protect(small)
    return Shown(puzzle.visible[: table.size].reshape(table.shape), puzzle.sums())


class _Puzzle:
    """Lines over the cells: first the cells themselves, then the sums; visible ones are known."""

    def __init__(self, table: Floats, kept: list[tuple[int, ...]]) -> None:
        self.kept = kept
        self.shapes = [tuple(table.shape[axis] for axis in one) for one in kept]
        number = np.arange(table.size).reshape(table.shape)
        lines = [np.eye(table.size)]
        for one, shape in zip(kept, self.shapes, strict=True):
            others = tuple(axis for axis in range(table.ndim) if axis not in one)
            flat = number.transpose(*one, *others).reshape(int(np.prod(shape)), -1)
            line = np.zeros((len(flat), table.size))
            np.put_along_axis(line, flat, 1.0, axis=1)
            lines.append(line)
        self.lines = np.concatenate(lines)
        self.values = self.lines @ table.reshape(-1)
        self.cells = table.size
        self.visible = np.ones(len(self.lines), dtype=bool)

    def protect(self, small: int) -> None:
        targets = np.flatnonzero((self.values > 0) & (self.values < small))
        self.visible[targets] = False
        # Hiding more never narrows what another line may be, so each is made safe once.
        for target in targets.tolist():
            while self._range(target) < small - 1:
                self.visible[self._victim(target)] = False

    def _range(self, target: int) -> float:
        """How far apart the largest and the smallest number are that the line may hold."""
        hidden = ~self.visible[: self.cells]
        wanted = self.lines[target, hidden]
        facts = self.lines[self.cells :][self.visible[self.cells :]][:, hidden]
        sums = facts @ self.values[: self.cells][hidden]
        facts, sums = facts[facts.any(axis=1)], sums[facts.any(axis=1)]
        ends = []
        for sign in (1, -1):
            # Empty cells are shown, so that a hidden one holds at least one.
            found = scipy.optimize.linprog(
                sign * wanted,
                A_eq=facts if len(facts) else None,
                b_eq=sums if len(facts) else None,
                bounds=(1, None),
            )
            ends.append(np.inf if found.status == 3 else sign * found.fun)
        return float(round(ends[1] - ends[0])) if np.isfinite(ends).all() else np.inf

    def _victim(self, target: int) -> int:
        """The next line to hide: the smallest shown cell of the sum that tells most, else a sum.

        That is the shown sum with the fewest hidden cells, of those that tie the target's cells to
        others directly or by way of others.
        """
        hidden = ~self.visible[: self.cells]
        tied, before = hidden & (self.lines[target] > 0), 0
        while tied.sum() > before:
            before = tied.sum()
            touching = np.flatnonzero(self.visible & (self.lines[:, tied] > 0).any(axis=1))
            tied |= hidden & (self.lines[touching] > 0).any(axis=0)
        in_view = ~hidden & (self.values[: self.cells] > 0)
        helpful = touching[(self.lines[touching] > 0)[:, in_view].any(axis=1)]
        if not len(helpful):
            return int(touching[np.argmin(self.values[touching])])
        telling = helpful[np.argmin((self.lines[helpful] > 0)[:, hidden].sum(axis=1))]
        candidates = np.flatnonzero(in_view & (self.lines[telling] > 0))
        return int(candidates[np.argmin(self.values[candidates])])

    def sums(self) -> dict[tuple[int, ...], Booleans]:
        found: dict[tuple[int, ...], NDArray[np.bool_]] = {}
        start = self.cells
        for one, shape in zip(self.kept, self.shapes, strict=True):
            many = int(np.prod(shape))
            found[one] = self.visible[start : start + many].reshape(shape)
            start += many
        return found
