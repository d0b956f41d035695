"""Explaining decisions that were made already: before their version had a profile, or left out by policy.

A walk is a row with a place. Whoever comes by moves it one page on: a command, or the workers by
heartbeat; its row's lock keeps them apart. What it asks for is computed by the follower's workers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.db import connection, transaction

from audit.canonical import canonical
from audit.door import NotFound
from audit.log import Draft, append
from audit.queries import DecisionFilter, DecisionRow, decisions, how_many
from explain.models import Backfill, Explanation
from explain.policies import adverse, specifications
from explain.specification import Specification

PAGE: Final = 200
# No walk queues more while so many wait: new decisions must not stand behind a million old ones.
BACKLOG: Final = 2000
COUNTS: Final = ("total", "seen", "asked", "known", "not_adverse", "unprofiled")

_ASK: Final = """
INSERT INTO explain_explanation AS e
  (entry_id, use_case, model_ref, subject_id, state, policy, asked, detail, attempts, method, output_space, libraries)
SELECT due.*, 'pending', '', 'backfill', '', 0, '', '', '{}'
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[]) AS due
ON CONFLICT (entry_id) DO UPDATE SET state = 'pending', asked = 'backfill' WHERE e.state = 'left_out'
"""


@dataclass(frozen=True, slots=True)
class BackfillView:
    """``total`` decisions were there at the start, ``seen`` of them passed; of these ``asked`` were
    queued, ``known`` had a row already, ``not_adverse`` were left, ``unprofiled`` cannot be explained.
    ``state``: running, done, cancelled."""

    id: UUID
    use_case: str
    model_ref: str
    since: datetime | None
    until: datetime | None
    adverse_only: bool
    state: str
    total: int
    seen: int
    asked: int
    known: int
    not_adverse: int
    unprofiled: int
    actor: str
    started_at: datetime
    moved_at: datetime


@transaction.atomic
def start(
    *,
    actor: str,
    use_case: str,
    model_ref: str = "",
    since: datetime | None = None,
    until: datetime | None = None,
    adverse_only: bool = False,
) -> BackfillView:
    """Begin a walk, or find the one under way with the same bounds: a repeat goes on with it.

    ``since`` (inclusive) and ``until`` (exclusive) are about the time decided. The caller has
    settled that ``actor`` may.
    """
    bounds = {
        "use_case": use_case,
        "model_ref": model_ref,
        "since": since,
        "until": until,
        "adverse_only": adverse_only,
    }
    with connection.cursor() as cursor:
        # Two callers at once would begin two walks; nothing would be done twice, but twice looked at.
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('explain backfill'))")
    found = Backfill.objects.filter(state="running", **bounds).first()
    if found is None:
        found = Backfill.objects.create(actor=actor, total=how_many(_where(bounds)), **bounds)
        _note(found, actor, "explain_backfill_started")
    return _view(found)


@transaction.atomic
def cancel(backfill_id: UUID, *, actor: str) -> BackfillView:
    """End a walk where it is. What it has queued, at most 2,000 decisions, is still computed.

    One that has ended stays as it is. Raises NotFound.
    """
    row = Backfill.objects.select_for_update().filter(id=backfill_id).first()
    if row is None:
        raise NotFound("There is no such back-fill.")
    if row.state == "running":
        row.state = "cancelled"
        row.save()
        _note(row, actor, "explain_backfill_cancelled")
    return _view(row)


def backfill(backfill_id: UUID) -> BackfillView | None:
    row = Backfill.objects.filter(id=backfill_id).first()
    return _view(row) if row else None


def backfills(use_case: str, limit: int = 20) -> list[BackfillView]:
    """The newest walks of a use case first."""
    rows = Backfill.objects.filter(use_case=use_case).order_by("-started_at")
    return [_view(row) for row in rows[:limit]]


def step(backfill_id: UUID | None = None) -> int:
    """Move one running walk, or this one, a page on. Returns how many decisions it passed.

    0 when none runs, when another process has it, or when enough explanations wait already. Place,
    counts and rows are one commit: before it a crash leaves the page to be walked again, after it
    nothing of the page is left to do.
    """
    with transaction.atomic():
        rows = Backfill.objects.select_for_update(skip_locked=True).filter(state="running")
        rows = rows.filter(id=backfill_id) if backfill_id else rows
        row = rows.order_by("started_at").first()
        if row is None or _crowded():
            return 0
        return _walk(row)


def _crowded() -> bool:
    waiting = Explanation.objects.filter(state=Explanation.State.PENDING)
    return len(waiting.values_list("entry_id")[:BACKLOG]) >= BACKLOG


def _walk(row: Backfill) -> int:
    bounds = {name: getattr(row, name) for name in ("use_case", "model_ref", "since", "until")}
    page = decisions(_where(bounds), row.place or None, PAGE)
    found = page.results
    specs = specifications({one.model_ref for one in found})
    explicable = [one for one in found if one.model_ref in specs]
    due = [one for one in explicable if not (row.adverse_only and favourable(one, specs))]
    asked = _ask(due)
    row.seen += len(found)
    row.asked += asked
    row.known += len(due) - asked
    row.not_adverse += len(explicable) - len(due)
    row.unprofiled += len(found) - len(explicable)
    row.place = page.next or ""
    if page.next is None:
        row.state = "done"
        _note(row, row.actor, "explain_backfill_done")
    row.save()
    return len(found)


def favourable(one: DecisionRow, specs: Mapping[str, Specification]) -> bool:
    """Whether the decision is known not to be against the person; its version is among ``specs``."""
    output = {"label": one.label or None, "score": one.score, "threshold": one.threshold}
    return adverse(specs[one.model_ref], output) is False


def _ask(due: Sequence[DecisionRow]) -> int:
    with connection.cursor() as cursor:
        cursor.execute(
            _ASK,
            [
                [one.entry_id for one in due],
                [one.use_case for one in due],
                [one.model_ref for one in due],
                [one.subject_id for one in due],
            ],
        )
        return int(cursor.rowcount)


def _where(bounds: Mapping[str, object]) -> DecisionFilter:
    since, until = bounds["since"], bounds["until"]
    return DecisionFilter(
        use_cases=[str(bounds["use_case"])],
        model_ref=str(bounds["model_ref"]),
        since=since if isinstance(since, datetime) else None,
        until=until if isinstance(until, datetime) else None,
    )


def _note(row: Backfill, actor: str, act: str) -> None:
    said = {
        "act": act,
        "backfill": str(row.id),
        "since": row.since.isoformat() if row.since else None,
        "until": row.until.isoformat() if row.until else None,
        "adverse_only": row.adverse_only,
        **{name: getattr(row, name) for name in COUNTS},
    }
    append(
        Draft(
            kind="policy",
            use_case=row.use_case,
            actor=actor,
            model_ref=row.model_ref or None,
            body=canonical(said),
        )
    )


def _view(row: Backfill) -> BackfillView:
    return BackfillView(**{name: getattr(row, name) for name in BackfillView.__slots__})
