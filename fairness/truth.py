"""What turned out true of a decision, derived from all that was ever said of it.

Lines of the log arrive late, twice, in any order; they correct and contradict each other. What counts
depends on the lines alone, never on the order in which they were read, so that a table rolled up as
they come equals one rebuilt from the log.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Generic, TypeVar

Answer = TypeVar("Answer", str, float)


@dataclass(frozen=True)
class Line:
    """An outcome as it was told. leaf: its place in the log, unique; recorded_at: when it came.

    observed_at: since when it is so. label or value, or both.
    """

    leaf: int
    source: str
    observed_at: datetime
    recorded_at: datetime
    label: str | None = None
    value: float | None = None


@dataclass(frozen=True)
class Said(Generic[Answer]):
    """What counts as true, and on whose word.

    lag:          from the decision to when it was observed.
    earlier:      how many lines of the same source it replaces.
    contradicted: other sources whose own latest word differs, by name.
    """

    answer: Answer
    source: str
    observed_at: datetime
    leaf: int
    lag: timedelta
    earlier: int
    contradicted: tuple[str, ...]


@dataclass(frozen=True)
class Outcome:
    """None where nobody said anything of it that counts."""

    label: Said[str] | None
    value: Said[float] | None


def derive(
    lines: Iterable[Line],
    *,
    decided_at: datetime,
    precedence: Sequence[str] = (),
    known_by: datetime | None = None,
) -> Outcome:
    """The outcome of one decision; label and value each from whoever says one.

    Of one source its latest observation counts, of equally late ones what the log has later: that is
    how a source corrects itself, and why a late line cannot overrule a newer observation. Of several
    sources the one that stands first in ``precedence`` counts; those not named come last, and among
    them the latest observation. Lines observed before the decision say nothing of it. ``known_by``
    leaves out what was recorded after that moment, as a look at the past must.
    """
    valid = {
        line.leaf: line
        for line in lines
        if line.observed_at >= decided_at and (known_by is None or line.recorded_at <= known_by)
    }
    ranks = {source: rank for rank, source in reversed(list(enumerate(precedence)))}

    def weight(line: Line) -> tuple[int, datetime, int]:
        return -ranks.get(line.source, len(precedence)), line.observed_at, line.leaf

    return Outcome(
        _said(valid.values(), lambda line: line.label, weight, decided_at),
        _said(valid.values(), lambda line: line.value, weight, decided_at),
    )


def _said(
    lines: Iterable[Line],
    answer: Callable[[Line], Answer | None],
    weight: Callable[[Line], tuple[int, datetime, int]],
    decided_at: datetime,
) -> Said[Answer] | None:
    saying = [(line, said) for line in lines if (said := answer(line)) is not None]
    latest: dict[str, tuple[Line, Answer]] = {}
    for line, said in sorted(saying, key=lambda one: weight(one[0])):
        latest[line.source] = line, said
    if not latest:
        return None
    best, true = max(latest.values(), key=lambda one: weight(one[0]))
    return Said(
        true,
        best.source,
        best.observed_at,
        best.leaf,
        best.observed_at - decided_at,
        sum(line.source == best.source for line, _ in saying) - 1,
        tuple(sorted(source for source, (_, said) in latest.items() if said != true)),
    )


@dataclass(frozen=True)
class Review:
    """A final human decision on a case. leaf: its place in the log; label: what now holds."""

    leaf: int
    reviewed_at: datetime
    label: str


@dataclass(frozen=True)
class Effective:
    """The label that took effect. review: the leaf of the review that set it, None for the machine's
    own; overridden: whether it differs from the machine's."""

    label: str
    review: int | None
    overridden: bool


def after_review(machine: str, reviews: Iterable[Review]) -> Effective:
    """The latest review's label, of equally late ones the log's later; else the machine's."""
    last = max(reviews, key=lambda one: (one.reviewed_at, one.leaf), default=None)
    if last is None:
        return Effective(machine, None, False)
    return Effective(last.label, last.leaf, last.label != machine)
