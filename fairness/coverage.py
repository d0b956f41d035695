"""How much of what turned out true is known, how late it came, and where sources contradict each other."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Final

from django.db import connection

from fairness.derivation import WHOLE
from fairness.tables import Window, versions

# From facts, weighted as they count: what it costs grows with the decisions of the window.
_QUERY: Final = """
SELECT date_trunc('month', day)::date AS month, sum(weight)::float8,
  coalesce(sum(weight) FILTER (WHERE truth <> 0), 0)::float8,
  coalesce(sum(weight) FILTER (WHERE contradicted), 0)::float8,
  percentile_cont(ARRAY[0.25, 0.5, 0.75]) WITHIN GROUP (ORDER BY lag) FILTER (WHERE truth <> 0)
FROM fairness_fact WHERE version = ANY (%s) AND day >= %s AND day < %s
GROUP BY month ORDER BY month"""

_OF_VERSIONS: Final = """
SELECT v.use_case, v.model_ref, sum(c.weight)::float8,
  coalesce(sum(c.weight) FILTER (WHERE c.truth <> 0), 0)::float8
FROM fairness_cell c JOIN fairness_version v ON v.id = c.version
WHERE v.use_case = ANY (%s) AND v.model_ref = ANY (%s) AND c.day >= %s AND c.day < %s
GROUP BY 1, 2"""


@dataclass(frozen=True, slots=True)
class MonthCovered:
    """Of decisions of a month (in the window): how many have a true label, and how many of these
    another source contradicts. lags: quartiles of the seconds from decision to observation."""

    month: date
    decisions: float
    labelled: float
    share: float
    contradicted: float
    lags: tuple[float, ...]


def coverage(window: Window) -> list[MonthCovered]:
    """Month by month; months without decisions are left out."""
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, [versions(window), window.since, window.until])
        return [
            MonthCovered(
                month, total / WHOLE, known / WHOLE, known / total, other / WHOLE, tuple(lags or ())
            )
            for month, total, known, other, lags in cursor
        ]


def covered(
    refs: Collection[tuple[str, str]], since: date, until: date
) -> dict[tuple[str, str], tuple[float, float]]:
    """By use case and version: decisions of the days since ≤ day < until, and how many of them have
    a true label. From cells, so that it costs the same however many decisions there are."""
    with connection.cursor() as cursor:
        cursor.execute(
            _OF_VERSIONS,
            [[use_case for use_case, _ in refs], [ref for _, ref in refs], since, until],
        )
        return {
            (use_case, ref): (total / WHOLE, known / WHOLE)
            for use_case, ref, total, known in cursor
        }
