"""The search: what is the least that changes the outcome?

Many cases at once: every step puts the candidates of all of them into one call of the model. First a beam finds some
answer in each case; then it is made cheaper one feature at a time; then all combinations that would cost less than the
best are looked at, so that in most cases the best is proven to be the cheapest. Nothing is drawn at random: the same
cases give the same answers, whatever cases stand beside them.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd

from explain.recourse.enumeration import cheaper
from explain.recourse.feasibility import cost, obstacles
from explain.recourse.policy import Policy
from explain.recourse.space import Flags, Floats, Prepared, Space, States, joined

# States kept per case between two steps of the beam.
BEAM = 6
# Values of one feature that the beam tries; the steps after it try all of them.
LANDMARKS = 8
# Rows per case that may be spent on looking for something cheaper, or on showing that there is nothing.
BUDGET = 4000
# Of these, so many at a time: cheap answers found early spare the rest.
PART = 512

Predict = Callable[[pd.DataFrame | Sequence[Mapping[str, Any]]], Floats]


@dataclass(frozen=True)
class Case:
    """A recorded decision: its features, and the threshold it was held against."""

    features: Mapping[str, Any]
    threshold: float


@dataclass(frozen=True)
class Answer:
    """A change that makes the outcome favourable. changed: by feature what it becomes; probability: what the model
    gives then, re-scored with exactly these values."""

    changed: Mapping[str, Any]
    cost: float
    probability: float


@dataclass(frozen=True)
class Outcome:
    """What was found for one case.

    state:       "found"; "none", where no change within the policy was found; "favourable", where none is needed.
    probability: what the model gives for the recorded features.
    answers:     cheapest first, no two about the same features.
    proven:      every combination that would be cheaper than the first answer, or with "none" every one there is, was
                 looked at. Where it is False a cheaper answer, or an answer, may exist.
    looked_at:   how many candidates were scored.
    """

    state: Literal["found", "none", "favourable"]
    probability: float
    answers: tuple[Answer, ...]
    proven: bool
    looked_at: int


@dataclass(frozen=True)
class Goal:
    """adverse_above: a higher probability is against the person. At the threshold itself the outcome is that of
    values above it, on either side."""

    adverse_above: bool

    def gap(self, probability: Floats, threshold: Floats) -> Floats:
        """How far the outcome is from turning; more is worse."""
        return probability - threshold if self.adverse_above else threshold - probability

    def reached(self, probability: Floats, threshold: Floats) -> Flags:
        below: Flags = probability < threshold
        return below if self.adverse_above else ~below


def search(
    predict: Predict,
    names: Sequence[str],
    cases: Sequence[Case],
    policy: Policy,
    goal: Goal,
    *,
    protected: Collection[str] = (),
    prepared: Prepared | None = None,
    budget: int = BUDGET,
) -> list[Outcome]:
    """What would change the outcome of each case, in order.

    predict:   the model's probability for raw rows, (rows,); a row's figure must not depend on the rows beside it.
    names:     all features the model reads.
    policy:    without faults (``checking.policy_faults``), a caller's wishes taken in.
    protected: features that never change, whatever the policy says.
    prepared:  the same model taken apart, for speed; answers are re-scored by ``predict`` all the same.
    Raises what ``predict`` raises for rows that the model refuses.
    """
    if not cases:
        return []
    run = _Run(predict, names, cases, policy, goal, prepared)
    run.look(run.space.origin())
    run.beam()
    run.polish()
    return run.outcomes(run.prove(budget), protected)


class _Run:
    """One search: what was scored so far, and the cheapest answer by case and set of features."""

    def __init__(
        self,
        predict: Predict,
        names: Sequence[str],
        cases: Sequence[Case],
        policy: Policy,
        goal: Goal,
        prepared: Prepared | None,
    ) -> None:
        self.predict, self.cases, self.policy, self.goal = predict, cases, policy, goal
        self.space = Space(policy, names, [case.features for case in cases])
        self.score = self.space.prepared(prepared) if prepared else self._by_rows
        self.thresholds = np.array([case.threshold for case in cases])
        self.recorded = np.zeros(len(cases))
        self.looked_at = np.zeros(len(cases), dtype=np.int64)
        self.open = np.ones(len(cases), dtype=np.bool_)
        self.best: list[dict[tuple[int, ...], tuple[float, tuple[int, ...]]]] = [{} for _ in cases]

    def look(self, states: States) -> tuple[Floats, Flags]:
        """Score states, keep those that are answers; their gaps, and whether each is one."""
        if not len(states):
            return np.empty(0), np.empty(0, dtype=np.bool_)
        probability = self.score(states)
        thresholds = self.thresholds[states.case]
        np.add.at(self.looked_at, states.case, 1)
        reached = self.goal.reached(probability, thresholds)
        untouched = ~states.codes.any(axis=1)
        self.recorded[states.case[untouched]] = probability[untouched]
        self.open[states.case[untouched & reached]] = False
        answers: Flags = reached & ~untouched & self.space.feasible(states)
        self._keep(states.take(answers))
        return self.goal.gap(probability, thresholds), answers

    def _by_rows(self, states: States) -> Floats:
        return self.predict(self.space.frame(states))

    def _keep(self, states: States) -> None:
        for case, codes, price in zip(
            states.case.tolist(),
            map(tuple, states.codes.tolist()),
            self.space.cost(states).tolist(),
            strict=True,
        ):
            features = tuple(place for place, code in enumerate(codes) if code)
            known = self.best[case].get(features)
            if known is None or (price, codes) < known:
                self.best[case][features] = (price, codes)

    def cheapest(self, case: int) -> float:
        return min((price for price, _ in self.best[case].values()), default=np.inf)

    def beam(self) -> None:
        """Add one change after another to the states nearest to turning, until there are answers enough."""
        frontier = self.space.origin().take(self.open)
        for _ in range(self.policy.max_changes):
            children = self._children(frontier)
            gaps, answers = self.look(children)
            wanting = np.array([len(found) < self.policy.answers for found in self.best])
            going = ~answers & wanting[children.case] if len(children) else answers
            frontier = self._nearest(children.take(going), gaps[going])
            if not len(frontier):
                return

    def _children(self, frontier: States) -> States:
        """Every state with one more feature changed to one of its landmarks, each once."""
        made = []
        for place in range(self.space.width):
            unchanged = frontier.take(frontier.codes[:, place] == 0)
            for case in np.unique(unchanged.case).tolist():
                codes = landmarks(int(self.space.sizes[case, place]))
                parents = unchanged.codes[unchanged.case == case]
                if not len(codes):
                    continue
                children = np.repeat(parents, len(codes), axis=0)
                children[:, place] = np.tile(codes, len(parents))
                made.append(States(np.full(len(children), case, dtype=np.int64), children))
        together = joined(made, self.space.width)
        if not len(together):
            return together
        once = np.unique(np.column_stack([together.case, together.codes]), axis=0)
        return States(once[:, 0], once[:, 1:])

    def _nearest(self, states: States, gaps: Floats) -> States:
        """Per case the states nearest to turning, and those that came nearer at the least cost."""
        if not len(states):
            return states
        price = self.space.cost(states)
        before = self.goal.gap(self.recorded, self.thresholds)[states.case]
        gained = (before - gaps) / np.maximum(price, 1e-12)
        chosen = np.zeros(len(states), dtype=np.bool_)
        for key in (gaps, -gained):
            order = np.lexsort((*states.codes.T[::-1], price, key, states.case))
            case = states.case[order]
            first = np.searchsorted(case, case)
            chosen[order[np.arange(len(order)) - first < BEAM // 2]] = True
        return states.take(chosen)

    def polish(self) -> None:
        """For each feature of an answer try every cheaper value, until nothing gets cheaper."""
        seen: set[tuple[int, tuple[int, ...]]] = set()
        while True:
            made = []
            for case, found in enumerate(self.best):
                for _, codes in sorted(found.values())[: self.policy.answers]:
                    if (case, codes) not in seen:
                        seen.add((case, codes))
                        made += self._cheaper_values(case, codes)
            if not made:
                return
            self.look(joined(made, self.space.width))

    def _cheaper_values(self, case: int, codes: tuple[int, ...]) -> list[States]:
        made = []
        for place, code in enumerate(codes):
            if code > 1:
                # Grids are in order of cost: what is before a value on its grid is no dearer.
                tried = np.tile(np.array(codes, dtype=np.int64), (code - 1, 1))
                tried[:, place] = np.arange(1, code)
                made.append(States(np.full(code - 1, case, dtype=np.int64), tried))
        return made

    def prove(self, budget: int) -> list[bool]:
        """Look at everything cheaper than each case's best answer, within the budget; where that was all there is."""
        found = {
            case: cheaper(self.space, case, self.cheapest(case), budget)
            for case in np.flatnonzero(self.open).tolist()
        }
        for start in range(0, max((len(states) for states, _ in found.values()), default=0), PART):
            parts = [states.take(slice(start, start + PART)) for states, _ in found.values()]
            states = joined(parts, self.space.width)
            # In order of cost: what the parts before found may have settled the rest.
            best = np.array([self.cheapest(case) for case in range(len(self.cases))])
            self.look(states.take(self.space.cost(states) < best[states.case]))
        return [case not in found or found[case][1] for case in range(len(self.cases))]

    def outcomes(self, proven: Sequence[bool], protected: Collection[str]) -> list[Outcome]:
        chosen = [
            [self.space.after(case, np.array(codes)) for codes in self._diverse(case)]
            for case in range(len(self.cases))
        ]
        rows = [
            {**self.cases[case].features, **changed}
            for case, answers in enumerate(chosen)
            for changed in answers
        ]
        scored = iter(self.predict(rows).tolist() if rows else [])
        return [
            self._outcome(case, [(changed, next(scored)) for changed in answers], proven, protected)
            for case, answers in enumerate(chosen)
        ]

    def _diverse(self, case: int) -> list[tuple[int, ...]]:
        """The cheapest answer, then the cheapest that changes least features, then by cost; none that changes all
        that another one does and more."""
        ranked = sorted(self.best[case].items(), key=lambda one: (one[1][0], len(one[0]), one[1]))
        fewest = sorted(ranked, key=lambda one: len(one[0]))[:1]
        chosen: list[tuple[tuple[int, ...], tuple[float, tuple[int, ...]]]] = []
        for one in [*ranked[:1], *fewest, *ranked]:
            wider = any(set(kept[0]) <= set(one[0]) for kept in chosen)
            if not wider and len(chosen) < self.policy.answers:
                chosen.append(one)
        return [codes for _, (_, codes) in sorted(chosen, key=lambda one: one[1])]

    def _outcome(
        self,
        case: int,
        scored: Sequence[tuple[dict[str, Any], float]],
        proven: Sequence[bool],
        protected: Collection[str],
    ) -> Outcome:
        asked = self.cases[case]
        answers = []
        for changed, probability in scored:
            after = {**asked.features, **changed}
            at = np.array([probability]), np.array([asked.threshold])
            # By construction neither ever fails; an answer that did would mislead a person.
            if obstacles(self.policy, asked.features, after, protected):
                continue
            if self.goal.reached(*at)[0]:
                answers.append(
                    Answer(changed, cost(self.policy, asked.features, after), probability)
                )
        state: Literal["found", "none", "favourable"] = "found" if answers else "none"
        return Outcome(
            state=state if self.open[case] else "favourable",
            probability=float(self.recorded[case]),
            answers=tuple(answers),
            proven=proven[case] and len(answers) == len(scored),
            looked_at=int(self.looked_at[case]),
        )


def landmarks(size: int) -> np.ndarray[Any, np.dtype[np.int64]]:
    """Codes of a grid that the beam tries: the first, the last, and between them denser at the cheap end."""
    if size <= LANDMARKS + 1:
        return np.arange(1, size)
    spaced = np.geomspace(1, size - 1, LANDMARKS)
    return np.unique(np.rint(spaced).astype(np.int64))
