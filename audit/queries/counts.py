"""How many decisions, by label and by day, from counts the projection keeps.

A figure counts the rows of the list of decisions: those projected by now, by the UTC day they were
decided on. When a person is erased their decisions leave the list and these figures with it; the
number of entries in the log (state.log_state) never falls.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from typing import Final

from django.db import connection
from django.db.models import QuerySet, Sum

from audit.models import Daily

# From the violations, which are few where things are in order, not from all decisions of the weeks.
_BROKEN: Final = """
SELECT date_trunc('week', d.decided_at AT TIME ZONE 'UTC')::date, v.violation,
  count(DISTINCT d.entry_id)
FROM audit_violation v JOIN audit_decision d ON d.entry_id = v.decision_entry
WHERE d.use_case = %s AND d.model_ref = %s AND d.decided_at >= %s AND d.decided_at < %s
GROUP BY 1, 2 ORDER BY 1, 2"""


@dataclass(frozen=True, slots=True)
class LabelCount:
    use_case: str
    label: str
    decisions: int


@dataclass(frozen=True, slots=True)
class DayCount:
    """``label`` is empty for decisions that gave a score only."""

    day: date
    label: str
    decisions: int


def counts_by_label(
    use_cases: Collection[str], since: date, until: date | None = None
) -> list[LabelCount]:
    """Decisions from ``since`` to ``until``, both days included, per use case and label."""
    found = _between(use_cases, since, until)
    rows = found.values("use_case", "label").annotate(n=Sum("decisions"))
    return [
        LabelCount(*row)
        for row in rows.order_by("use_case", "label").values_list("use_case", "label", "n")
    ]


def counts_by_day(
    use_cases: Collection[str], since: date, until: date | None = None
) -> list[DayCount]:
    """Decisions per day and label, over these use cases together; days without any are left out."""
    found = _between(use_cases, since, until)
    rows = found.values("day", "label").annotate(n=Sum("decisions"))
    return [
        DayCount(*row) for row in rows.order_by("day", "label").values_list("day", "label", "n")
    ]


def violations_by_week(
    use_case: str, model_ref: str, since: date, until: date
) -> list[tuple[date, str, int]]:
    """By week (its Monday, UTC) and rule: decisions of a version that broke the rule and were recorded
    all the same, decided on days since ≤ day < until."""
    start, end = (datetime.combine(day, time.min, UTC) for day in (since, until))
    with connection.cursor() as cursor:
        cursor.execute(_BROKEN, [use_case, model_ref, start, end])
        return list(cursor.fetchall())


def _between(use_cases: Collection[str], since: date, until: date | None) -> QuerySet[Daily]:
    found = Daily.objects.filter(use_case__in=list(use_cases), day__gte=since, decisions__gt=0)
    return found.filter(day__lte=until) if until else found
