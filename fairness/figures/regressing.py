"""Groups of decisions that have no label, as of a regression: mean scores and errors, and no rate."""

from __future__ import annotations

from fairness.counts import Counts
from fairness.figures.contract import Group, Name
from fairness.figures.judging import errors_of, means_of
from fairness.metrics.means import Errors
from fairness.policy import Content


def groups_of(counts: Counts, by: Name, content: Content, errors: Errors | None) -> list[Group]:
    """Groups that anybody is in. ``labelled`` counts those whose true value is known."""
    groups = counts.groups(*by)
    decisions = groups.sum(counts.weight)
    means, missed = means_of(counts, by, content), errors_of(errors, content)
    known = dict(zip(errors.names, errors.number.tolist(), strict=True)) if errors else {}
    return [
        Group(
            name=name,
            decisions=float(decisions[at]),
            labelled=float(known.get(name, 0.0)),
            figures=(),
            means=(*means.get(name, ()), *missed.get(name, ())),
        )
        for at, name in enumerate(groups.names)
        if decisions[at] > 0
    ]
