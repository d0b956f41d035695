"""The worst figure of each metric among the groups of each axis: by state, then by how far beyond the limit."""

from __future__ import annotations

from dataclasses import dataclass

from fairness.figures import Axis, Figure, Figures, Group, Name
from fairness.policy import Content, Limits
from governance.pages.fairness import words
from governance.pages.fairness.rates import figure_of


@dataclass(frozen=True, slots=True)
class Judged:
    """The worst figure of a metric among the groups of an axis. ``judgeable``: it is of decisions enough
    to be judged at all; ``beyond``: how far past the limit, below zero within it."""

    attributes: Name
    group: Group
    figure: Figure
    state: str
    judgeable: bool
    beyond: float


def judged(figures: Figures, content: Content) -> list[Judged]:
    """The worst figure per axis and metric, the worst first. Metrics of which nobody's is known are
    left out where there is no true label at all."""
    found = [
        one
        for axis in figures.axes
        for metric in words.METRICS
        if (one := _worst(axis, metric, content.limits)) is not None
    ]
    return sorted(found, key=_grave, reverse=True)


def _worst(axis: Axis, metric: str, limits: Limits) -> Judged | None:
    held = [
        Judged(
            attributes=axis.attributes,
            group=group,
            figure=figure,
            state=figure.state,
            judgeable=(figure.effective or 0.0) >= limits.least,
            beyond=_beyond(figure, limits),
        )
        for group in axis.groups
        if (figure := figure_of(group, metric)) is not None
        and not figure.hidden
        and figure.state
        and (figure.number or metric == "selection_rate")
    ]
    return max(held, key=_grave, default=None)


def _grave(one: Judged) -> tuple[float, ...]:
    """By state, then how far beyond the limit; those of hardly any decisions last among their like."""
    return words.RANKS[one.state], one.judgeable, one.beyond


def _beyond(figure: Figure, limits: Limits) -> float:
    if figure.compared is None:
        return -1.0
    if figure.metric == "selection_rate":
        return limits.ratio - figure.compared
    return abs(figure.compared) - limits.difference
