"""How a watch's evidence about one group grew, step by step."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection

from fairness.models import Watch

MOST: Final = 160

# Every so many steps, the first, the last and those asked for; counts are of all steps up to there.
_QUERY: Final = """
WITH told AS (
  SELECT s.number, s.at, (s.seen #>> ARRAY[%(group)s, 'capital'])::float8 AS capital,
    coalesce((s.seen #>> ARRAY[%(group)s, 'hits'])::int, 0) AS hits,
    coalesce((s.seen #>> ARRAY[%(group)s, 'trials'])::int, 0) AS trials, a.hits AS all_hits,
    a.trials AS all_trials
  FROM fairness_step s CROSS JOIN LATERAL (
    SELECT sum((value->>'hits')::int) AS hits, sum((value->>'trials')::int) AS trials
    FROM jsonb_each(s.seen)) a
  WHERE s.watch = %(watch)s
), summed AS (
  SELECT number, at, coalesce(capital, 0) AS capital, sum(hits) OVER w AS hits, sum(trials) OVER w AS trials,
    sum(all_hits) OVER w AS all_hits, sum(all_trials) OVER w AS all_trials, max(number) OVER () AS last
  FROM told WINDOW w AS (ORDER BY number)
)
SELECT number, at, capital, hits, trials, all_hits - hits, all_trials - trials FROM summed
WHERE number %% greatest(1, last / %(most)s) = 0 OR number IN (1, last, %(step)s) ORDER BY number"""


@dataclass(frozen=True, slots=True)
class Point:
    """After a step: the logarithm of the capital, and what was seen of the group and of the others
    since the watch began."""

    step: int
    at: datetime
    capital: float
    hits: int
    trials: int
    other_hits: int
    other_trials: int


@dataclass(frozen=True, slots=True)
class Course:
    """``begun_at``: when the watch began; ``active``: whether it goes on; ``least_ratio``: what it grants."""

    begun_at: datetime
    active: bool
    least_ratio: float
    points: tuple[Point, ...]

    def upto(self, step: int) -> Point | None:
        """The last point not after this step."""
        return next((one for one in reversed(self.points) if one.step <= step), None)


def course(watch_id: UUID, group: str, *, step: int) -> Course | None:
    """The course of a group, thinned to some hundreds of points; ``step`` is among them.

    None for a watch that is not there.
    """
    watch = Watch.objects.filter(id=watch_id).first()
    if watch is None:
        return None
    values: dict[str, Any] = {"group": group, "watch": watch_id, "most": MOST, "step": step}
    with connection.cursor() as cursor:
        cursor.execute(_QUERY, values)
        points = tuple(Point(*row[:3], *(int(count) for count in row[3:])) for row in cursor)
    return Course(watch.begun_at, watch.active, watch.least_ratio, points)
