"""How much of what turned out true is known, how late it came, and where sources contradict each other."""

from __future__ import annotations

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
