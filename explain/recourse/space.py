"""All that many cases may become, in tables: one per feature, so that a step of the search is a few array operations.

A state of a case is a row of codes, one per actionable feature: the place of its value on the case's grid, 0 being the
recorded value. States of many cases stand in one matrix beside the number of their case.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from explain.recourse.feasibility import TOUCHING
from explain.recourse.grids import Grid, grid
from explain.recourse.policy import Linear, Policy, Raises

Ints: TypeAlias = NDArray[np.int64]
Floats: TypeAlias = NDArray[np.float64]
Flags: TypeAlias = NDArray[np.bool_]


class Prepared(Protocol):
    """A model whose preparation is known to compute each column from one raw feature, taken apart.

    Then the columns of a value are the same in every row, and need to be prepared once for a grid and not once for
    every state that holds it.
    """

    def table(self, frame: pd.DataFrame) -> Floats:
        """Raw rows as the estimator is given them, (rows, columns)."""

    def columns(self, feature: str) -> Ints:
        """Which columns come from a raw feature."""

    def probability(self, table: Floats) -> Floats:
        """The model's probability for prepared rows, (rows,)."""


@dataclass(frozen=True)
class States:
    """case: (n,), which case each state is of; codes: (n, actionable features)."""

    case: Ints
    codes: Ints

    def __len__(self) -> int:
        return len(self.case)

    def take(self, chosen: Any) -> States:
        return States(self.case[chosen], self.codes[chosen])


def joined(parts: Sequence[States], width: int) -> States:
    if not parts:
        return States(np.empty(0, dtype=np.int64), np.empty((0, width), dtype=np.int64))
    return States(
        np.concatenate([part.case for part in parts]),
        np.concatenate([part.codes for part in parts]),
    )


class Space:
    """The grids of all cases. ``names`` are all features, ``moving`` those that may change."""

    def __init__(
        self, policy: Policy, names: Sequence[str], cases: Sequence[Mapping[str, Any]]
    ) -> None:
        self.policy = policy
        self.names = tuple(names)
        self.moving = tuple(name for name in policy.actionable() if name in self.names)
        self.grids: dict[str, list[Grid]] = {
            name: [grid(policy.rule(name), case.get(name)) for case in cases]
            for name in self.moving
        }
        self.sizes = np.array(
            [[len(one.values) for one in self.grids[name]] for name in self.moving], dtype=np.int64
        ).T.reshape(len(cases), len(self.moving))
        # Where a case's grid begins in its feature's table.
        self._begin = np.cumsum(self.sizes, axis=0) - self.sizes
        self._values = {
            name: column([value for one in self.grids[name] for value in one.values])
            for name in self.moving
        }
        self._costs = {
            name: np.array([cost for one in self.grids[name] for cost in one.costs])
            for name in self.moving
        }
        self._fixed = {
            name: column([case.get(name) for case in cases])
            for name in self.names
            if name not in self.moving
        }

    @property
    def width(self) -> int:
        return len(self.moving)

    def origin(self) -> States:
        """Every case as it was recorded."""
        many = len(self.sizes)
        return States(np.arange(many), np.zeros((many, self.width), dtype=np.int64))

    def frame(self, states: States) -> pd.DataFrame:
        """The states as rows of raw features."""
        return pd.DataFrame(
            {
                name: self._values[name][self._at(states, self.moving.index(name))]
                if name in self._values
                else self._fixed[name][states.case]
                for name in self.names
            },
            copy=False,
        )

    def prepared(self, model: Prepared) -> Callable[[States], Floats]:
        """What scores states by gathering columns prepared ahead, a table for each feature that moves."""
        base = model.table(self.frame(self.origin()))
        grids = self._all_values(model)
        blocks = [
            (place, columns, grids[: len(self._values[name]), columns])
            for place, name in enumerate(self.moving)
            if len(columns := model.columns(name))
        ]

        def score(states: States) -> Floats:
            table = base[states.case]
            for place, columns, block in blocks:
                table[:, columns] = block[self._at(states, place)]
            return model.probability(table)

        return score

    def _all_values(self, model: Prepared) -> Floats:
        """Every grid value of every feature that moves, prepared in one table, each feature's from the top; the other
        features are those of the first case."""
        rows = max((len(values) for values in self._values.values()), default=0)
        if not rows:
            return np.empty((0, 0))
        first = States(np.zeros(rows, dtype=np.int64), np.zeros((rows, self.width), dtype=np.int64))
        padded = {
            name: values[np.minimum(np.arange(rows), len(values) - 1)]
            for name, values in self._values.items()
        }
        return model.table(self.frame(first).assign(**padded))

    def cost(self, states: States) -> Floats:
        """(n,): what the changes cost, added in the policy's order of rules."""
        total = np.zeros(len(states))
        for place, name in enumerate(self.moving):
            total += self._costs[name][self._at(states, place)]
        return total

    def prices(self, case: int, place: int) -> Floats:
        """What each value on one grid of one case costs, by its code."""
        begin = self._begin[case, place]
        costs: Floats = self._costs[self.moving[place]][begin : begin + self.sizes[case, place]]
        return costs

    def after(self, case: int, codes: Ints) -> dict[str, Any]:
        """What changed in a state, and to what."""
        return {
            name: self.grids[name][case].values[int(code)]
            for name, code in zip(self.moving, codes, strict=True)
            if code
        }

    def feasible(self, states: States) -> Flags:
        """(n,): whether the policy's dependencies hold, and not too much changes. Grids keep to the rest."""
        changed = states.codes > 0
        held: Flags = changed.sum(axis=1) <= self.policy.max_changes
        for group in self.policy.together:
            parts = [changed[:, self.moving.index(name)] for name in group.features if name in self]
            if len(parts) < len(group.features):
                # One of them is frozen, so none of them may change.
                held &= ~np.logical_or.reduce([*parts, np.zeros(len(states), dtype=np.bool_)])
            else:
                held &= np.logical_and.reduce(parts) | ~np.logical_or.reduce(parts)
        called_for: dict[str, Flags] = {}
        for one in self.policy.raises:
            raised = self._raised(states, one)
            held &= ~raised | self._risen(states, one)
            called_for[one.effect] = called_for.get(one.effect, np.zeros_like(held)) | raised
        for place, name in enumerate(self.moving):
            rule = self.policy.rule(name)
            if rule is not None and rule.follows:
                held &= ~changed[:, place] | called_for.get(name, np.zeros_like(held))
        for inequality in self.policy.linear:
            held &= self._within(states, changed, inequality)
        return held

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def _at(self, states: States, place: int) -> Ints:
        at: Ints = self._begin[states.case, place] + states.codes[:, place]
        return at

    def _raised(self, states: States, one: Raises) -> Flags:
        rule = self.policy.rule(one.cause)
        if rule is None or one.cause not in self:
            return np.zeros(len(states), dtype=np.bool_)
        place = self.moving.index(one.cause)
        if rule.step is not None:
            return self._number(states, one.cause) > self._recorded(states, one.cause)
        order = {value: at for at, value in enumerate(rule.allowed)}
        # A value outside the order stands nowhere in it, so nothing is raised from there.
        ranks = np.array([order.get(value, -1) for value in self._values[one.cause].tolist()])
        now, then = ranks[self._at(states, place)], ranks[self._begin[states.case, place]]
        flags: Flags = (then >= 0) & (now > then)
        return flags

    def _risen(self, states: States, one: Raises) -> Flags:
        if one.effect not in self:
            return np.zeros(len(states), dtype=np.bool_)
        wanted = self._recorded(states, one.effect) + one.by - TOUCHING
        flags: Flags = self._number(states, one.effect) >= wanted
        return flags

    def _within(self, states: States, changed: Flags, inequality: Linear) -> Flags:
        total = np.zeros(len(states))
        binding = np.zeros(len(states), dtype=np.bool_)
        for name, by in inequality.terms.items():
            total += by * self._number(states, name)
            if name in self:
                binding |= changed[:, self.moving.index(name)]
        slack = TOUCHING * max(1.0, abs(inequality.at_most))
        flags: Flags = ~binding | (total <= inequality.at_most + slack)
        return flags

    def _number(self, states: States, name: str) -> Floats:
        if name in self:
            values = self._values[name][self._at(states, self.moving.index(name))]
        else:
            values = self._fixed[name][states.case]
        return np.asarray(values, dtype=np.float64)

    def _recorded(self, states: States, name: str) -> Floats:
        begin = self._begin[states.case, self.moving.index(name)]
        return np.asarray(self._values[name][begin], dtype=np.float64)


def column(values: Sequence[Any]) -> NDArray[Any]:
    """float64 with NaN for missing where all values are numbers, Python objects otherwise."""
    if all(value is None or type(value) in (int, float) for value in values):
        return np.array([np.nan if value is None else value for value in values], dtype=np.float64)
    made = np.empty(len(values), dtype=object)
    made[:] = values
    return made
