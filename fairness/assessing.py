"""Assessing a window: figures from the cells, and Fairlearn's own values of them for stored runs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final, NamedTuple

from audit.door import Invalid
from fairness.counts import Counts
from fairness.derivation import REVIEWERS
from fairness.figures import (
    BASES,
    Axis,
    Basis,
    Figure,
    Figures,
    Gap,
    Name,
    Scores,
    axes_of,
    exactly,
    figures,
    scores,
)
from fairness.metrics.frames import Frame, performance, selection
from fairness.policy import Content
from fairness.tables import Window, score_rows, score_table, table

MOST_ROWS: Final = 200_000


@dataclass(frozen=True, slots=True)
class Said:
    """A window by both bases, and its scores; ``unlabelled`` decisions have no label to compare."""

    machine: Figures
    effective: Figures
    scores: Scores | None
    unlabelled: float

    def by(self, basis: Basis) -> Figures:
        return self.machine if basis == "machine" else self.effective


@dataclass(frozen=True, slots=True)
class Assessed:
    """``agreement``: the largest difference of Fairlearn's values from ours; ``library``: its name
    and version."""

    whole: Said
    restricted: Said
    library: str
    agreement: float


def slice_of(
    window: Window,
    content: Content,
    *,
    basis: Basis,
    restricted: bool,
    axes: list[Name] | None = None,
    where: Mapping[str, str] | None = None,
) -> Figures:
    """Figures of a window at once, by arithmetic alone; ``where`` narrows it to some segments.

    Axes by the group of reviewers are left out where nobody reviewed. Raises KeyError for an attribute
    that the policy does not name.
    """
    found = table(window, content, basis)
    counts = found.counts.where(**where) if where else found.counts
    wanted = axes if axes is not None else axes_of(content, counts.attributes)
    if REVIEWERS not in counts.attributes:
        wanted = [axis for axis in wanted if REVIEWERS not in axis]
    errors = (lambda by: None) if where else found.errors
    return figures(
        counts,
        content,
        wanted,
        basis=basis,
        restricted=restricted,
        errors=errors,
        rated=found.rated,
    )


def scores_of(window: Window, content: Content, *, restricted: bool) -> Scores | None:
    """Scores of the whole weeks that hold the window; None where there are none on the scale."""
    counts = score_table(window, content)
    axes = axes_of(content, counts.attributes)
    since, until = window.weeks
    return scores(counts, content, axes, since=since, until=until, restricted=restricted)


def exact_scores_of(window: Window, content: Content, *, restricted: bool) -> Scores | None:
    """Scores of the window's own days from single decisions; None where there are none on the scale.

    Raises Invalid for more than MOST_ROWS of them: what it costs grows with the decisions.
    """
    found = score_rows(window, content, MOST_ROWS)
    if found is None:
        detail = (
            f"The window has more than {MOST_ROWS:,} scored decisions: ask for fewer days or for one "
            "version, or leave exact out."
        )
        error = {"pointer": "exact", "code": "parameter", "detail": detail}
        raise Invalid(detail, code="parameter", errors=[error])
    axes = axes_of(content, found.counts.attributes)
    made = scores(
        found.counts,
        content,
        axes,
        since=window.since,
        until=window.until,
        restricted=restricted,
    )
    return exactly(made, found.counts, found.scores) if made else None


def assess(window: Window, content: Content) -> Assessed:
    """Everything a run stores. Values are Fairlearn's, computed on the cells; intervals, p-values
    and states are ours. For workers: it imports Fairlearn."""
    tables = {basis: table(window, content, basis) for basis in BASES}
    made = {
        (basis, restricted): slice_of(window, content, basis=basis, restricted=restricted)
        for basis in BASES
        for restricted in (False, True)
    }
    stated = {basis: _stated(made[basis, False], tables[basis].counts) for basis in BASES}
    said = [
        Said(
            machine,
            effective,
            scores_of(window, content, restricted=restricted),
            tables["machine"].unlabelled,
        )
        for restricted, machine, effective in (
            (False, stated["machine"].figures, stated["effective"].figures),
            (True, made["machine", True], made["effective", True]),
        )
    ]
    apart = max(one.apart for one in stated.values())
    return Assessed(said[0], said[1], stated["machine"].library, apart)


class _Stated(NamedTuple):
    figures: Figures
    apart: float
    library: str


def _stated(made: Figures, counts: Counts) -> _Stated:
    """The figures with Fairlearn's values in place of ours, and how far these were apart."""
    axes, apart, library = [], 0.0, "fairlearn"
    for axis in made.axes:
        if axis.groups:
            axis, difference, library = _of_fairlearn(axis, counts)
            apart = max(apart, difference)
        axes.append(axis)
    return _Stated(replace(made, axes=tuple(axes)), apart, library)


def _of_fairlearn(axis: Axis, counts: Counts) -> tuple[Axis, float, str]:
    frames = [selection(counts, *axis.attributes)]
    if counts.known.weight.sum() > 0:
        frames.append(performance(counts, *axis.attributes))
    rates, measures = _values(frames)
    apart: list[float] = [0.0]

    def figure(one: Figure, name: Name) -> Figure:
        value = rates.get((one.metric, name))
        if one.value is None or value is None:
            return one
        apart.append(abs(value - one.value))
        return replace(one, value=value)

    def gap(one: Gap) -> Gap:
        value = measures.get(one.measure)
        if one.value is None or value is None:
            return one
        apart.append(abs(value - one.value))
        return replace(one, value=value)

    groups = tuple(
        replace(group, figures=tuple(figure(one, group.name) for one in group.figures))
        for group in axis.groups
    )
    told = replace(axis, groups=groups, gaps=tuple(gap(one) for one in axis.gaps))
    return told, max(apart), f"fairlearn {frames[0].version}"


def _values(frames: list[Frame]) -> tuple[dict[tuple[str, Name], float], dict[str, float]]:
    """Fairlearn's values by rate and group, and by measure. The selection rate is that of all
    decisions, and not of the labelled ones alone: the first frame's."""
    rates: dict[tuple[str, Name], float] = {}
    gaps: dict[str, float] = {}
    for frame in reversed(frames):
        gaps |= frame.disparities
        for metric, values in frame.by_group.items():
            rates |= {
                (metric, name): float(value)
                for name, value in zip(frame.names, values, strict=True)
            }
    return rates, gaps
