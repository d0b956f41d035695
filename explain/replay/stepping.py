"""A sweep's work, batch by batch along the log. For workers.

A batch's counts and the place behind it are committed together, so that a worker killed anywhere loses the batch it
was at and counts nothing twice.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction
from django.db.models import F, Q

from audit.leaves import LoggedEntry, entries_at, leaves_from
from audit.poison import Unfit
from audit.queries import payloads
from explain.engines import engine
from explain.models import Profile, Sweep
from explain.refusals import Refused, Unsupported
from explain.replay.replaying import replay
from explain.replay.sweeps import finish
from explain.replay.tally import Item, Tally
from explain.replay.verdicts import Verdict

log = logging.getLogger(__name__)
# Entries of the log passed in one transaction; those that are decisions of the version are replayed.
LEAVES: Final = 2000
EXAMPLES: Final = 20
# A sweep whose next batch ended the worker this often (memory, a crash in a library) is set aside as failed.
ATTEMPTS: Final = 3
LEASE: Final = timedelta(seconds=60)
# So long a task goes on with batches before it makes room; the next heartbeat goes on.
SECONDS: Final = 20.0


def step_sweeps(seconds: float = SECONDS) -> int:
    """Step running sweeps, oldest first, until none is left to this worker or the time is up. Returns the batches."""
    until, steps = time.monotonic() + seconds, 0
    for sweep_id in (
        Sweep.objects.filter(state=Sweep.State.RUNNING).order_by("id").values_list("id", flat=True)
    ):
        while time.monotonic() < until and step_sweep(sweep_id):
            steps += 1
    return steps


def step_sweep(sweep_id: UUID, leaves: int = LEAVES) -> bool:
    """Replay the next batch. False when there is nothing to do: it ended, or another worker is at it."""
    if not _claim(sweep_id):
        return False
    with transaction.atomic():
        # The lease keeps others off; should it run out on the way, this lock keeps the counts right.
        row = (
            Sweep.objects.select_for_update().filter(id=sweep_id, state=Sweep.State.RUNNING).first()
        )
        if row is None:
            return False
        _batch(row, leaves)
        row.attempts, row.lease_until = 0, None
        if row.next_leaf >= row.end_leaf:
            finish(row, datetime.now(UTC))
        # A crash before this commit undoes counts and place together.
        row.save()
    return True


def _claim(sweep_id: UUID) -> bool:
    """Lease the next batch, and note that it is begun; then load the model, outside any transaction."""
    now = datetime.now(UTC)
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    due = Sweep.objects.filter(free, id=sweep_id, state=Sweep.State.RUNNING)
    if not due.update(attempts=F("attempts") + 1, lease_until=now + LEASE):
        return False
    row = Sweep.objects.get(id=sweep_id)
    if row.attempts > ATTEMPTS:
        _give_up(sweep_id)
        return False
    profile = Profile.objects.filter(model_ref=row.model_ref).first()
    try:
        if profile is not None:
            engine(profile)
    except (Refused, Unsupported) as refusal:
        # No reason to stop: each decision gets this as the cause why it cannot be replayed.
        log.warning(
            "sweep without an artefact", extra={"sweep": str(sweep_id), "why": str(refusal)}
        )
    return True


def _give_up(sweep_id: UUID) -> None:
    said = f"Given up after {ATTEMPTS} attempts that ended the worker."
    Sweep.objects.filter(id=sweep_id, state=Sweep.State.RUNNING).update(
        state=Sweep.State.FAILED, detail=said
    )


def _batch(row: Sweep, leaves: int) -> None:
    """Add the next entries to the sweep's tally and move its place."""
    taken = leaves_from(row.next_leaf, min(leaves, row.end_leaf - row.next_leaf))
    entries = [entry for entry in entries_at(taken) if not isinstance(entry, Unfit)]
    due = [entry for entry in entries if _is_due(row, entry)]
    profile = Profile.objects.filter(model_ref=row.model_ref).first()
    payload = payloads([entry.id for entry in due])
    verdicts = dict(zip([one.entry_id for one in payload], replay(profile, payload), strict=True))
    tally = Tally.from_json(row.tally)
    items = [
        Item(str(entry.id), _decided(entry).date(), verdicts[entry.id])
        for entry in due
        if entry.id in verdicts
    ]
    tally.add(items)
    row.tally = tally.to_json()
    row.examples = [*row.examples, *_examples(due, verdicts)][:EXAMPLES]
    row.next_leaf = taken[-1].index + 1 if taken else row.end_leaf


def _is_due(row: Sweep, entry: LoggedEntry) -> bool:
    if entry.header.kind != "decision" or entry.header.model_ref != row.model_ref:
        return False
    decided = _decided(entry)
    return (row.since is None or decided >= row.since) and (
        row.until is None or decided < row.until
    )


def _decided(entry: LoggedEntry) -> datetime:
    return datetime.fromisoformat(entry.header.occurred_at or entry.header.recorded_at)


def _examples(due: Sequence[LoggedEntry], verdicts: dict[UUID, Verdict]) -> list[dict[str, Any]]:
    drifted = [
        entry for entry in due if entry.id in verdicts and verdicts[entry.id].state == "drift"
    ]
    return [
        {
            "entry_id": str(entry.id),
            "subject": str(entry.header.subject),
            "recorded": verdicts[entry.id].recorded,
            "computed": verdicts[entry.id].computed,
            "difference": verdicts[entry.id].difference,
            "flipped": verdicts[entry.id].flipped,
        }
        for entry in drifted[:EXAMPLES]
    ]
