"""Deriving decisions anew from all that was said of them: what their facts should be, and were."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from django.db.models import Q

from fairness import codes
from fairness.cells import FactRow
from fairness.derivation import REVIEWERS, Stated, Told, bin_of, current, outcome, parts
from fairness.models import Decided, Fact, Report, Statement, Version
from fairness.policies import readings
from fairness.policy import Reading
from fairness.truth import Line, Outcome, Review, after_review

_FACT: Final = FactRow._fields


@dataclass(frozen=True, slots=True)
class Change:
    """Facts to take away, by entry and stratum, and facts to write. What stays as it is, is in neither."""

    removed: list[tuple[UUID, int]]
    added: list[FactRow]


class _Decision(NamedTuple):
    entry_id: UUID
    leaf_index: int
    version: int
    subject_id: UUID
    decided_at: datetime
    label: str
    score: float | None


class _Derived(NamedTuple):
    """A decision as it counts, by names; ``parts`` are its combinations of segments."""

    decision: _Decision
    effective: str
    true: Outcome
    bin: int
    parts: list[tuple[codes.Segments, int, int]]
    truth_leaf: int | None
    told: dict[str, int]


def derive(entries: Collection[UUID]) -> Change:
    """What must change so that the facts of these decisions follow from all that is known of them."""
    decisions = [
        _Decision(*row)
        for row in Decided.objects.filter(entry_id__in=entries).values_list(*_Decision._fields)
    ]
    reports = _reports(one.entry_id for one in decisions)
    stated = _statements(decisions)
    reading = _reading_of({one.version for one in decisions})
    derived = [
        _derived(one, reports[one.entry_id], stated(one), reading[one.version]) for one in decisions
    ]
    wanted = {(row.entry_id, row.stratum): row for row in _rows(derived)}
    there = {
        (row.entry_id, row.stratum): row
        for row in (
            _plain(row) for row in Fact.objects.filter(entry_id__in=entries).values_list(*_FACT)
        )
    }
    return Change(
        removed=sorted(key for key, row in there.items() if wanted.get(key) != row),
        added=[row for key, row in sorted(wanted.items()) if there.get(key) != row],
    )


def _plain(row: tuple[Any, ...]) -> FactRow:
    fact = FactRow(*row)
    return fact._replace(
        error=None if fact.error is None else float(fact.error),
        told=_json(fact.told),
    )


def _json(told: Any) -> str | None:
    return orjson.dumps(told, option=orjson.OPT_SORT_KEYS).decode() if told else None


def _reading_of(versions: Collection[int]) -> dict[int, Reading]:
    cases = dict(Version.objects.filter(id__in=versions).values_list("id", "use_case"))
    by_case = readings(set(cases.values()))
    return {version: by_case[use_case] for version, use_case in cases.items()}


_Reports = defaultdict[UUID, tuple[list[Told], list[tuple[Review, str]]]]


def _reports(entries: Iterable[UUID]) -> _Reports:
    """What was told of each decision: outcomes, and reviews with the reviewers' group."""
    found: _Reports = defaultdict(lambda: ([], []))
    for row in Report.objects.filter(decision__in=list(entries)):
        told, reviews = found[row.decision]
        if row.kind == "review":
            reviews.append((Review(row.leaf_index, row.observed_at, row.label), row.source))
        else:
            line = Line(
                row.leaf_index,
                row.source,
                row.observed_at,
                row.recorded_at,
                row.label or None,
                row.value,
            )
            told.append(Told(row.name, row.corrects, line))
    return found


def _statements(decisions: Collection[_Decision]) -> Any:
    """A function from a decision to what is stated of it and of its person."""
    people = {one.subject_id for one in decisions}
    of_decision: defaultdict[UUID, list[Stated]] = defaultdict(list)
    of_person: defaultdict[UUID, list[Stated]] = defaultdict(list)
    entries = [one.entry_id for one in decisions]
    rows = Statement.objects.filter(
        Q(decision__in=entries) | Q(decision=None, subject_id__in=people)
    )
    for row in rows:
        one = Stated(row.leaf_index, row.decision is not None, row.stated_at, row.shares)
        if row.decision is None:
            of_person[row.subject_id].append(one)
        else:
            of_decision[row.decision].append(one)
    return lambda one: of_decision[one.entry_id] + of_person[one.subject_id]


def _derived(
    one: _Decision,
    reports: tuple[list[Told], list[tuple[Review, str]]],
    stated: Collection[Stated],
    reading: Reading,
) -> _Derived:
    told, reviews = reports
    true = outcome(told, one.decided_at, reading.sources)
    effective = after_review(one.label, [review for review, _ in reviews])
    groups = {review.leaf: group for review, group in reviews}
    holds = current(stated, reading)
    group = groups.get(effective.review, "") if effective.review is not None else ""
    reviewed = ((REVIEWERS, group),) if group else ()
    combined = parts({name: said.shares[name] for name, said in holds.items()})
    return _Derived(
        decision=one,
        effective=effective.label,
        true=true,
        bin=bin_of(one.score, reading),
        parts=[(part.segments + reviewed, part.weight, part.square) for part in combined],
        truth_leaf=min((said.line.leaf for said in told if said.line.label), default=None),
        told=_told(one, holds, stated),
    )


def _error(score: float | None, true: Outcome) -> float | None:
    """Score less true value; None where either is missing, or its fourth power is beyond any number."""
    if score is None or true.value is None:
        return None
    error = score - true.value.answer
    return error if abs(error) < 1e70 else None


def _told(
    one: _Decision, holds: Mapping[str, Stated], stated: Collection[Stated]
) -> dict[str, int]:
    """Where in the log each segment was first told, of those told after the decision itself."""
    first = {name: min(said.leaf_index for said in stated if name in said.shares) for name in holds}
    return {name: leaf for name, leaf in first.items() if leaf > one.leaf_index}


def _rows(derived: Collection[_Derived]) -> list[FactRow]:
    truths = {one.true.label.answer for one in derived if one.true.label}
    words = codes.words(
        truths | {one.decision.label for one in derived} | {one.effective for one in derived}
    )
    strata = codes.strata({segments for one in derived for segments, _, _ in one.parts})
    return [
        FactRow(
            entry_id=one.decision.entry_id,
            stratum=strata[segments],
            version=one.decision.version,
            day=one.decision.decided_at.astimezone(UTC).date(),
            label=words[one.decision.label],
            effective=words[one.effective],
            truth=words[one.true.label.answer if one.true.label else ""],
            bin=one.bin,
            weight=weight,
            square=square,
            score=one.decision.score,
            error=_error(one.decision.score, one.true),
            leaf_index=one.decision.leaf_index,
            truth_leaf=one.truth_leaf,
            lag=int(one.true.label.lag.total_seconds()) if one.true.label else None,
            contradicted=bool(one.true.label and one.true.label.contradicted),
            told=_json(one.told),
            latest=max(one.decision.leaf_index, one.truth_leaf or 0, *one.told.values()),
        )
        for one in derived
        for segments, weight, square in one.parts
    ]
