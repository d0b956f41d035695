"""Everything that is said of a window of decisions, from a table of counts and a policy.

Every rate has its number, an interval with its method, a p-value adjusted across all groups and
rates, and a state.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

import numpy as np

from fairness.counts import Counts
from fairness.figures.contract import Axis, Basis, Figures, Group, Name, number
from fairness.figures.hiding import few_hidden, without_small
from fairness.figures.judging import axis_of, everybody
from fairness.figures.regressing import groups_of
from fairness.metrics.means import Errors
from fairness.policy import Content
from fairness.significance import adjusted

ErrorsBy = Callable[[Name], Errors | None]
"""The errors of a regression by these attributes; None where there are no true values."""


def figures(
    counts: Counts,
    content: Content,
    axes: Sequence[Name],
    *,
    basis: Basis,
    restricted: bool,
    errors: ErrorsBy = lambda by: None,
    rated: bool = True,
) -> Figures:
    """Everything, of groups by each of ``axes``. ``restricted``: for who may not see small groups.

    Then groups that are too small, and those that would tell of them, are left out before anything
    is compared. ``rated``: whether decisions have labels to make rates of; without there are means
    and errors. Raises KeyError for an attribute the table has not.
    """
    if rated or not counts.weight.sum():
        overall = everybody(counts, content, errors(()))
    else:
        (overall,) = groups_of(counts, (), content, errors(()))
    if restricted:
        overall = few_hidden(overall, content.limits.shown)
    decisions, labelled = overall.decisions or 0.0, overall.labelled or 0.0
    made = [
        _axis(counts, axis, content, errors, restricted=restricted, rated=rated) for axis in axes
    ]
    return Figures(
        basis=basis,
        decisions=decisions,
        labelled=labelled,
        coverage=labelled / decisions if decisions else None,
        overall=overall,
        axes=tuple(_adjusted(made, content)),
    )


def axes_of(content: Content, present: Iterable[str]) -> list[Name]:
    """The policy's segments and intersections, of attributes that the table has."""
    there = set(present)
    single: list[Name] = [(name,) for name in content.segments if name in there]
    return single + [one for one in content.intersections if there.issuperset(one)]


def _axis(
    counts: Counts,
    by: Name,
    content: Content,
    errors: ErrorsBy,
    *,
    restricted: bool,
    rated: bool,
) -> Axis:
    kept, hidden = counts, frozenset[Name]()
    if restricted:
        kept, hidden = without_small(counts, by, content.limits.shown)
    if rated:
        groups, gaps = axis_of(kept, by, content, errors(by))
    else:
        groups, gaps = groups_of(kept, by, content, errors(by)), []
    if restricted:
        groups = [few_hidden(group, content.limits.shown) for group in groups]
    unseen = [Group(name, None, None, (), (), hidden=True) for name in sorted(hidden)]
    return Axis(by, tuple(groups + unseen), tuple(gaps), len(hidden))


def _adjusted(axes: Sequence[Axis], content: Content) -> list[Axis]:
    """p-values adjusted across all rates of all groups of all axes."""
    every = [
        np.nan if figure.p is None else figure.p
        for axis in axes
        for group in axis.groups
        for figure in group.figures
    ]
    fair = iter(adjusted(np.array(every, dtype=float), content.adjustment).tolist())
    return [
        replace(
            axis,
            groups=tuple(
                replace(
                    group,
                    figures=tuple(replace(one, p=number(next(fair))) for one in group.figures),
                )
                for group in axis.groups
            ),
        )
        for axis in axes
    ]
