"""What became known between two places of the log: hits and trials of a rate, per group of a segment.

A decision counts once, when the last thing the rate needs of it becomes known: the decision itself,
the person's group, and for most rates the true label. What is corrected later does not count again,
and what is only inferred does not count at all: bets are void on probabilities.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from django.db import connection

from fairness import codes
from fairness.derivation import WHOLE
from fairness.models import Version
from fairness.policy import Content

_RIGHT: Final = "(predicted = actual)"
# Per rate: of which decisions it is (trials), and which of them are hits.
_RATES: Final = {
    "selection_rate": ("true", "predicted"),
    "accuracy": ("true", _RIGHT),
    "precision": ("predicted", "actual"),
    "recall": ("actual", "predicted"),
    "false_positive_rate": ("NOT actual", "predicted"),
    "false_negative_rate": ("actual", "NOT predicted"),
}
_QUERY: Final = """
SELECT grp, count(*) FILTER (WHERE {trials}), count(*) FILTER (WHERE {trials} AND {hits}),
  min(day), max(day)
FROM (
  SELECT s.segments ->> %(segment)s AS grp, f.label = ANY (%(favourable)s) AS predicted,
    f.truth = ANY (%(positive)s) AS actual, f.day,
    greatest(f.leaf_index, coalesce((f.told ->> %(segment)s)::bigint, 0) {truth}) AS known
  FROM fairness_fact f JOIN fairness_stratum s ON s.id = f.stratum
  WHERE f.latest >= %(first)s AND f.version = ANY (%(versions)s) AND f.weight = %(whole)s
    AND f.label <> 0 {labelled} AND s.segments ->> %(segment)s IS NOT NULL
) known_by
WHERE known >= %(first)s AND known < %(upto)s GROUP BY grp ORDER BY grp"""
# A decision once, into however many parts its inferred segments spread it.
_ALL: Final = """
SELECT '', count(*) FILTER (WHERE {trials}), count(*) FILTER (WHERE {trials} AND {hits}),
  min(day), max(day)
FROM (
  SELECT DISTINCT f.entry_id, f.label = ANY (%(favourable)s) AS predicted,
    f.truth = ANY (%(positive)s) AS actual, f.day, greatest(f.leaf_index, f.truth_leaf) AS known
  FROM fairness_fact f
  WHERE f.latest >= %(first)s AND f.version = ANY (%(versions)s) AND f.label <> 0 AND f.truth <> 0
) known_by
WHERE known >= %(first)s AND known < %(upto)s HAVING count(*) > 0"""


@dataclass(frozen=True, slots=True)
class Seen:
    """Of one group: decisions the rate is of, hits among them, and the days they were decided on."""

    group: str
    trials: int
    hits: int
    since: date
    until: date


def seen(
    use_case: str, content: Content, *, metric: str, segment: str, first: int, upto: int
) -> list[Seen]:
    """By group, in order of their names; ``first`` ≤ leaf < ``upto``. Without a segment of everybody,
    as group "", and only of metrics that need a true label. Raises KeyError for another metric."""
    trials, hits = _RATES[metric]
    needs_truth = metric != "selection_rate"
    query = (_QUERY if segment else _ALL).format(
        trials=trials,
        hits=hits,
        truth=", f.truth_leaf" if needs_truth else "",
        labelled="AND f.truth <> 0" if needs_truth else "",
    )
    values: dict[str, Any] = {
        "segment": segment,
        "favourable": codes.known_words(content.favourable),
        "positive": codes.known_words(content.positive),
        "first": first,
        "upto": upto,
        "versions": list(Version.objects.filter(use_case=use_case).values_list("id", flat=True)),
        "whole": WHOLE,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return [Seen(*row) for row in cursor]
