"""Cells out of the database as a table of counts, by a policy. What it costs does not grow with decisions."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final, LiteralString

import numpy as np

from audit.binary import rows
from fairness import codes
from fairness.counts import ABSENT, UNKNOWN, Counts, Floats, Groups, Integers, of_cells
from fairness.derivation import REVIEWERS, WHOLE
from fairness.figures import Basis, Name
from fairness.metrics.means import SUMS as ERROR_SUMS
from fairness.metrics.means import Errors
from fairness.models import Version
from fairness.policy import Content

_LABELS: Final[LiteralString] = """
SELECT stratum, label, effective, truth, sum(weight)::float8, sum(squares)::float8,
  sum(scored)::float8, sum(score)::float8, sum(score_squares)::float8, sum(valued)::float8,
  sum(error)::float8, sum(absolute)::float8, sum(squared)::float8, sum(fourth)::float8
FROM fairness_cell WHERE version = ANY (%b::int[]) AND day >= %b AND day < %b
GROUP BY 1, 2, 3, 4 ORDER BY 1, 2, 3, 4"""
# Whole weeks, as score cells are.
_SCORES: Final[LiteralString] = """
SELECT stratum, truth, bin, sum(weight)::float8, sum(score)::float8, sum(score_squares)::float8
FROM fairness_scorecell WHERE version = ANY (%b::int[]) AND week >= %b AND week < %b
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3"""
_SCORE_ROWS: Final[LiteralString] = """
SELECT stratum, truth, bin, weight::float8, score
FROM fairness_fact WHERE version = ANY (%b::int[]) AND day >= %b AND day < %b AND bin >= 0
LIMIT %b"""


# Decisions lie within these years; beyond, days and weeks could not be counted on.
YEARS: Final = range(1900, 2200)


@dataclass(frozen=True, slots=True)
class Window:
    """Decisions of a use case, of one version or (empty) of all, decided on days since ≤ day < until (UTC)."""

    use_case: str
    since: date
    until: date
    model_ref: str = ""

    @property
    def weeks(self) -> tuple[date, date]:
        """The whole weeks that hold it: the first Monday, and the Monday after."""
        first = self.since - timedelta(days=self.since.weekday())
        return first, self.until + timedelta(days=-self.until.weekday() % 7)


@dataclass(frozen=True)
class Table:
    """Cells of a window. ``counts``: of decisions that have a label; ``unlabelled``: how many have none.
    Where none has one, as of a regression, ``counts`` is of all, and no rates can be made of it
    (``rated``).

    segments: per attribute the value of each cell; sums: of errors, by name (metrics.means).
    """

    counts: Counts
    unlabelled: float
    segments: Mapping[str, Sequence[str]]
    sums: Mapping[str, Floats]
    rated: bool

    def errors(self, by: Name) -> Errors | None:
        """Errors by these attributes; None where no true value is known."""
        if not self.sums["number"].any():
            return None
        named = list(zip(*(self.segments[one] for one in by), strict=True)) if by else []
        keys = named or [() for _ in self.sums["number"]]
        names = sorted(set(keys))
        at = {name: place for place, name in enumerate(names)}
        of_cell = np.array([at[key] for key in keys], dtype=np.int64)
        return Errors.of(Groups(by, tuple(names), of_cell), self.sums)


def versions(window: Window) -> list[int]:
    found = Version.objects.filter(use_case=window.use_case)
    if window.model_ref:
        found = found.filter(model_ref=window.model_ref)
    return list(found.values_list("id", flat=True))


def table(window: Window, content: Content, basis: Basis) -> Table:
    """The cells of a window. ``basis`` says which label is the predicted one."""
    found = rows(_LABELS, [versions(window), window.since, window.until])
    columns = (
        [np.array(column) for column in zip(*found, strict=True)]
        if found
        else [np.zeros(0) for _ in range(14)]
    )
    strata, machine, effective, truth = (column.astype(np.int64) for column in columns[:4])
    sums = [column.astype(float) / WHOLE for column in columns[4:]]
    label = machine if basis == "machine" else effective
    labelled = label != 0
    has = labelled if labelled.any() else np.ones(len(label), dtype=bool)
    segments = _segments(strata, content)
    counts = of_cells(
        {name: np.array(values, dtype=object)[has] for name, values in segments.items()},
        _among(label, content.favourable)[has],
        _actual(truth, content)[has],
        sums[0][has],
        squares=sums[1][has],
        scored=sums[2][has],
        score=sums[3][has],
        score_squares=sums[4][has],
    )
    of_errors = dict(zip(ERROR_SUMS, sums[5:10], strict=True))
    unlabelled = float(sums[0][~labelled].sum())
    return Table(counts, unlabelled, segments, of_errors, bool(labelled.any()))


def score_table(window: Window, content: Content) -> Counts:
    """Scored decisions by bins, of the whole weeks that hold the window; the prediction is left out.

    Where lower scores are favourable, "actual" is 1 for who did not turn out positive, so that a
    higher score always stands for what is called 1.
    """
    found = rows(_SCORES, [versions(window), *window.weeks])
    columns = (
        [np.array(column) for column in zip(*found, strict=True)]
        if found
        else [np.zeros(0) for _ in range(6)]
    )
    strata, truth, bins = (column.astype(np.int64) for column in columns[:3])
    weight, score, squares = (column.astype(float) / WHOLE for column in columns[3:])
    actual = _favoured(_actual(truth, content), content)
    nobody = np.zeros(len(strata), dtype=np.int64)
    return of_cells(
        _segments(strata, content),
        nobody,
        actual,
        weight,
        bins=bins,
        squares=weight,
        scored=weight,
        score=score,
        score_squares=squares,
    )


@dataclass(frozen=True)
class ScoreRows:
    """Scored decisions one by one: ``counts`` has a cell for each (for each of its parts, where
    segments are inferred), in which its score stands multiplied by its weight; ``scores`` (rows,)."""

    counts: Counts
    scores: Floats


def score_rows(window: Window, content: Content, most: int) -> ScoreRows | None:
    """As ``score_table``, of the window's own days; None if there are more rows than ``most``."""
    found = rows(_SCORE_ROWS, [versions(window), window.since, window.until, most + 1])
    if len(found) > most:
        return None
    columns = [np.array(column) for column in zip(*found, strict=True)] or [np.zeros(0)] * 5
    strata, truth, bins = (column.astype(np.int64) for column in columns[:3])
    weight, score = columns[3] / WHOLE, columns[4].astype(float)
    segments = _segments(strata, content)
    levels, codes = _levels(segments, len(strata))
    counts = Counts(
        attributes=tuple(segments),
        levels=levels,
        codes=codes,
        predicted=np.zeros(len(strata), dtype=np.int64),
        actual=_favoured(_actual(truth, content), content),
        bin=bins,
        weight=weight,
        squares=weight**2,
        scored=weight.copy(),
        score=weight * score,
        score_squares=weight * score**2,
    )
    return ScoreRows(counts, score)


def _levels(
    segments: Mapping[str, Sequence[str]], number: int
) -> tuple[tuple[tuple[str, ...], ...], Integers]:
    levels, codes = [], np.zeros((number, len(segments)), dtype=np.int64)
    for at, values in enumerate(segments.values()):
        found, codes[:, at] = np.unique(np.asarray(values, dtype=str), return_inverse=True)
        levels.append(tuple(found.tolist()))
    return tuple(levels), codes


def _favoured(actual: Integers, content: Content) -> Integers:
    """Turned round where lower scores are favourable."""
    if content.score.direction == "lower_favourable":
        return np.where(actual == ABSENT, ABSENT, 1 - actual)
    return actual


def _segments(strata: Any, content: Content) -> dict[str, Sequence[str]]:
    """Per attribute of the policy, and of reviewers where any reviewed, the value of each cell."""
    distinct = np.unique(strata)
    named = codes.names_of_strata(distinct.tolist())
    at = np.searchsorted(distinct, strata)
    reviewed = any(REVIEWERS in segments for segments in named.values())
    attributes = [*content.segments, *([REVIEWERS] if reviewed else [])]
    return {
        attribute: np.array(
            [named[code].get(attribute, UNKNOWN) for code in distinct.tolist()], dtype=object
        )[at].tolist()
        for attribute in attributes
    }


def _among(labels: Any, wanted: Collection[str]) -> Any:
    return np.isin(labels, codes.known_words(wanted)).astype(np.int64)


def _actual(truth: Any, content: Content) -> Any:
    """1 for a positive true label, 0 for another; unknown without one, or if none is called positive."""
    if not content.positive:
        return np.full(len(truth), ABSENT, dtype=np.int64)
    return np.where(truth == 0, ABSENT, _among(truth, content.positive))
