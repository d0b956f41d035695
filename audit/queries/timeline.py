"""What came after a decision: the lines of the log that are about it, and what turned out true."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection

from audit.header import parse
from audit.models import Outcome

# The erasure of a person is a line in the story of all their decisions.
_TIMELINE: Final = """
SELECT entry_id, kind, actor, recorded_at, leaf_index FROM audit_mention
WHERE about = ANY (%s) ORDER BY leaf_index"""


@dataclass(frozen=True, slots=True)
class TimelineEntry:
    """A line of the log about a decision, by the tree's order."""

    entry_id: UUID
    kind: str
    actor: str
    recorded_at: datetime
    leaf_index: int


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    """One report of what turned out true. Reports are never replaced: the last one is the latest word."""

    entry_id: UUID
    outcome_id: str
    label: str
    value: float | None
    source: str
    observed_at: datetime
    recorded_at: datetime


def timeline(entry_id: UUID) -> list[TimelineEntry]:
    """Entries about this one and about the erasure of its person, in order of the tree.

    Some seconds behind the log: an entry is here once it is sequenced and projected.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT header FROM audit_entry WHERE id = %s", [entry_id])
        row = cursor.fetchone()
        subject = parse(bytes(row[0])).subject if row else None
        cursor.execute(_TIMELINE, [[entry_id, *([subject] if subject else [])]])
        return [TimelineEntry(*line) for line in cursor]


def outcomes(entry_id: UUID) -> list[OutcomeReport]:
    """The reports about this decision in order of the tree; none of an erased person's."""
    rows = Outcome.objects.filter(decision_entry=entry_id).order_by("leaf_index")
    return [OutcomeReport(*row) for row in rows.values_list(*OutcomeReport.__slots__)]
