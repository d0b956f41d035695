"""Sweeps: started and cancelled here, read here, made by workers (``stepping``). Web-safe."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from audit.canonical import canonical
from audit.door import Conflict, Invalid, NotFound
from audit.header import rfc3339, uuid7
from audit.log import Draft, append
from audit.queries import log_state
from explain.models import Profile, Sweep
from explain.replay.tally import Tally, report

NO_PROFILE: Final = "No explanation profile is registered for {ref}, so nothing can be replayed."


@dataclass(frozen=True, slots=True)
class SweepView:
    """done and total are entries of the log passed and to pass; ``report`` is as far as that.

    examples: entry, recorded and computed score, difference, and whether the label flips, of the first decisions
    that drifted.
    """

    id: UUID
    use_case: str
    model_ref: str
    since: datetime | None
    until: datetime | None
    state: str
    detail: str
    done: int
    total: int
    report: Mapping[str, Any]
    examples: Sequence[Mapping[str, Any]]
    artefact_digest: str
    asked_by: str
    asked_at: datetime
    finished_at: datetime | None
    log_entry: UUID | None

    @property
    def share(self) -> float:
        return self.done / self.total if self.total else 1.0


@transaction.atomic
def start_sweep(
    *,
    actor: str,
    use_case: str,
    model_ref: str,
    since: datetime | None = None,
    until: datetime | None = None,
) -> SweepView:
    """Have every decision of a version replayed that is in the tree now, or those decided from ``since`` to before
    ``until``. The caller has settled that ``actor`` may.

    A sweep of the same version and window that is still running is returned instead: a repeat starts no second one.
    Raises Conflict when the version has no profile, Invalid when the window is empty.
    """
    if since is not None and until is not None and since >= until:
        error = {"pointer": "/until", "code": "invalid", "detail": "It is not after since."}
        raise Invalid("The window is empty.", errors=[error])
    # The profile's row keeps two who start at the same moment in line.
    profile = Profile.objects.select_for_update().filter(model_ref=model_ref).first()
    if profile is None:
        raise Conflict(NO_PROFILE.format(ref=model_ref), code="no-profile", title="No profile")
    running = Sweep.objects.filter(
        model_ref=model_ref, since=since, until=until, state=Sweep.State.RUNNING
    ).first()
    if running is not None:
        return view_of(running)
    row = Sweep.objects.create(
        id=uuid7(),
        use_case=use_case,
        model_ref=model_ref,
        since=since,
        until=until,
        first_leaf=0,
        next_leaf=0,
        end_leaf=log_state().size,
        tally=Tally().to_json(),
        artefact_digest=profile.artefact_digest,
        specification_digest=profile.specification_digest,
        asked_by=actor,
    )
    return view_of(row)


@transaction.atomic
def cancel_sweep(*, actor: str, sweep_id: UUID, model_ref: str) -> SweepView:
    """End a running sweep; waits for the batch under way. What was counted stays readable, no report is logged.

    Cancelling an ended sweep changes nothing. Raises NotFound.
    """
    row = Sweep.objects.select_for_update().filter(id=sweep_id, model_ref=model_ref).first()
    if row is None:
        raise NotFound("There is no such replay of this version.")
    if row.state == Sweep.State.RUNNING:
        row.state = Sweep.State.CANCELLED
        row.detail = f"Cancelled by {actor}."
        row.save(update_fields=["state", "detail"])
    return view_of(row)


def sweep(sweep_id: UUID, model_ref: str) -> SweepView | None:
    row = Sweep.objects.filter(id=sweep_id, model_ref=model_ref).first()
    return view_of(row) if row else None


def sweeps(model_ref: str, limit: int = 20) -> list[SweepView]:
    """The newest sweeps of a version."""
    return [
        view_of(row) for row in Sweep.objects.filter(model_ref=model_ref).order_by("-id")[:limit]
    ]


def running() -> int:
    return Sweep.objects.filter(state=Sweep.State.RUNNING).count()


@transaction.atomic
def forget(subject_ids: Collection[UUID]) -> None:
    """Take these people's figures out of the examples; counts name nobody, and stay."""
    gone = {str(subject_id) for subject_id in subject_ids}
    # Locked against the batch that may be writing its first example at this moment.
    told = ~Q(examples=[]) | Q(state=Sweep.State.RUNNING)
    rows = Sweep.objects.select_for_update().filter(told).order_by("id")
    for row in rows:
        kept = [one for one in row.examples if one["subject"] not in gone]
        if len(kept) < len(row.examples):
            row.examples = kept
            row.save(update_fields=["examples"])


def finish(row: Sweep, now: datetime) -> None:
    """Write the report into the log and end the sweep. Within the transaction of the last batch.

    The kind is "explanation": the line holds what this app computed of recorded decisions, as an explanation does,
    and ``act`` says what. It is no "policy" (it decides nothing) and no "registry" line (no fact of the version
    changes). It is not sealed, for it names no person: counts, and ids of entries.
    """
    line = append(
        Draft(
            kind="explanation",
            use_case=row.use_case,
            actor="system:explain",
            model_ref=row.model_ref,
            body=canonical(
                {
                    "act": "replay_sweep",
                    "sweep": str(row.id),
                    "asked_by": row.asked_by,
                    "since": rfc3339(row.since) if row.since else None,
                    "until": rfc3339(row.until) if row.until else None,
                    "leaves": [row.first_leaf, row.end_leaf],
                    "artefact_digest": row.artefact_digest,
                    "specification_digest": row.specification_digest,
                    "report": report(Tally.from_json(row.tally)),
                }
            ),
        )
    )
    row.state, row.finished_at, row.log_entry = Sweep.State.FINISHED, now, line.id


def view_of(row: Sweep) -> SweepView:
    return SweepView(
        id=row.id,
        use_case=row.use_case,
        model_ref=row.model_ref,
        since=row.since,
        until=row.until,
        state=row.state,
        detail=row.detail,
        done=row.next_leaf - row.first_leaf,
        total=row.end_leaf - row.first_leaf,
        report=report(Tally.from_json(row.tally)),
        examples=tuple(
            {name: value for name, value in one.items() if name != "subject"}
            for one in row.examples
        ),
        artefact_digest=row.artefact_digest,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        finished_at=row.finished_at,
        log_entry=row.log_entry,
    )
