"""Leaving out groups too small to be shown, and those that would tell of them."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from fairness.counts import Counts
from fairness.figures.contract import Figure, Group, Name
from fairness.suppression import shown


def without_small(counts: Counts, by: Name, small: int) -> tuple[Counts, frozenset[Name]]:
    """The table without small groups and those that would tell of them; the names of both."""
    if not counts.weight.sum():
        return counts, frozenset()
    groups = counts.groups(*by)
    shape = tuple(len(counts.levels[counts.position(one)]) for one in by)
    sums = np.ceil(groups.sum(counts.weight)).reshape(shape)
    visible = shown(sums, small=small).cells.reshape(-1)
    hidden = frozenset(
        name
        for name, seen, many in zip(groups.names, visible, sums.reshape(-1), strict=True)
        if not seen and many > 0
    )
    return counts.keep(visible[groups.of_cell]), hidden


def few_hidden(group: Group, small: int) -> Group:
    """Figures and means that are of too few decisions are not told, though the group itself is."""
    figures_ = tuple(
        Figure(one.metric, None, None, None, None, None, "", hidden=True)
        if one.number is not None and 0 < one.number < small
        else one
        for one in group.figures
    )
    means = tuple(one for one in group.means if one.number >= small)
    return replace(group, figures=figures_, means=means)
