"""What the floors above may ask of the log: frozen values, never models.

A query checks no permission: its caller names the use cases that the reader may see.
"""

from audit.places import PlaceState, all_places
from audit.poison import PoisonedEntry, poisoned
from audit.queries.counts import (
    DayCount,
    LabelCount,
    counts_by_day,
    counts_by_label,
    violations_by_week,
)
from audit.queries.decisions import DecisionFilter, DecisionRow, decisions, how_many
from audit.queries.entries import CheckpointRow, EntryRow, checkpoints, entries
from audit.queries.lines import LineFilter, Lines, lines
from audit.queries.pages import BadCursor, Page
from audit.queries.record import Ambiguous, DecisionRecord, Payload, decision, payloads
from audit.queries.state import LogState, log_state
from audit.queries.timeline import OutcomeReport, TimelineEntry, outcomes, timeline
from audit.verification.kept import KeptRun, last_full_run, last_run

__all__ = [
    "Ambiguous",
    "BadCursor",
    "CheckpointRow",
    "DayCount",
    "DecisionFilter",
    "DecisionRecord",
    "DecisionRow",
    "EntryRow",
    "KeptRun",
    "LabelCount",
    "LineFilter",
    "Lines",
    "LogState",
    "OutcomeReport",
    "Page",
    "Payload",
    "PlaceState",
    "PoisonedEntry",
    "TimelineEntry",
    "all_places",
    "checkpoints",
    "counts_by_day",
    "counts_by_label",
    "decision",
    "decisions",
    "entries",
    "how_many",
    "last_full_run",
    "last_run",
    "lines",
    "log_state",
    "outcomes",
    "payloads",
    "poisoned",
    "timeline",
    "violations_by_week",
]
