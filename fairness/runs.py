"""Runs: assessments asked for, computed by a worker, stored with a line of the log, and read back."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any, Final
from uuid import UUID

import msgspec
import orjson
from django.conf import settings
from django.db import connection, transaction
from django.db.models import Max

from audit.binary import execute
from audit.canonical import canonical
from audit.door import Conflict, Invalid, NotFound
from audit.header import uuid7
from audit.log import Draft, append
from fairness import policies
from fairness.assessing import Assessed, Said, assess
from fairness.facts import follower_place
from fairness.models import Run, Version
from fairness.tables import YEARS, Window

ACTOR: Final = "system:fairness"
# Between its questions to the database a worker computes, and on a busy machine for longer than a
# connection may idle in a transaction: it would be cut off each time, and begin again for ever.
_PATIENT: Final = "SET LOCAL idle_in_transaction_session_timeout = '30min'"
_LOCK: Final = "SELECT pg_advisory_xact_lock(hashtext('fairness run'))"


@dataclass(frozen=True, slots=True)
class RunView:
    """``said`` is None until it is ready; ``restricted``: it leaves out small groups. ``state``:
    pending, ready, failed (then ``detail`` says why). ``place``: leaves of the log taken in.
    """

    id: UUID
    use_case: str
    model_ref: str
    since: date
    until: date
    policy: int
    state: str
    detail: str
    place: int | None
    restricted: bool
    said: Said | None
    library: str
    agreement: float | None
    digest: str
    entry_id: UUID | None
    actor: str
    asked_at: datetime
    made_at: datetime | None


@transaction.atomic
def order(
    *,
    actor: str,
    use_case: str,
    model_ref: str = "",
    since: date | None = None,
    until: date | None = None,
) -> RunView:
    """Ask for an assessment of the days since ≤ day < until (UTC), unless told the policy's window
    up to and including today. The caller has settled that ``actor`` may.

    A repeat finds the one that waits. Raises Conflict without a policy, Invalid for a window that
    is none, NotFound for a version of which nothing is known.
    """
    known = policies.policy(use_case)
    if known is None:
        raise Conflict(
            "The use case has no fairness policy: it is not known which label is favourable.",
            code="no-policy",
            title="No policy",
        )
    for name, day in (("since", since), ("until", until)):
        if day is not None and day.year not in YEARS:
            detail = f"A day of the years {YEARS.start} to {YEARS.stop - 1}."
            error = {"pointer": f"/{name}", "code": "invalid", "detail": detail}
            raise Invalid(f"{name} is no such day.", errors=[error])
    last = until or datetime.now(UTC).date() + timedelta(days=1)
    first = since or last - timedelta(days=known.content.window_days)
    if not first < last:
        error = {"pointer": "/until", "code": "invalid", "detail": "After since."}
        raise Invalid("The window is empty.", errors=[error])
    if model_ref and not Version.objects.filter(use_case=use_case, model_ref=model_ref).exists():
        raise NotFound("No decision of this version is known here.")
    with connection.cursor() as cursor:
        cursor.execute(_LOCK)
    asked = {"use_case": use_case, "model_ref": model_ref, "since": first, "until": last}
    found = Run.objects.filter(state="pending", **asked).first()
    if found is None:
        found = Run.objects.create(id=uuid7(), policy=known.number, actor=actor, **asked)
    return _view(found, restricted=False)


def perform() -> bool:
    """Compute the run that has waited longest, unless another worker has it; whether there was one.

    Row and line are one commit: a worker killed before it leaves the run waiting. One that cannot
    be computed is set aside as failed, and stops no other.
    """
    with transaction.atomic():
        execute(_PATIENT, [])
        waiting = Run.objects.select_for_update(skip_locked=True).filter(state="pending")
        row = waiting.order_by("asked_at").first()
        if row is None:
            return False
        known = policies.policy(row.use_case)
        if known is None:
            raise RuntimeError("A run was asked for without a policy.")
        row.policy = known.number
        row.place = follower_place()
        window = Window(row.use_case, row.since, row.until, row.model_ref)
        try:
            with transaction.atomic():
                made = assess(window, known.content)
        except (ValueError, KeyError, ArithmeticError) as error:
            row.state, row.detail = "failed", f"{type(error).__name__}: {error}"
        else:
            _store(row, made)
        row.made_at = datetime.now(UTC)
        row.save()
    return True


def perform_all() -> int:
    """Compute runs until none waits; how many."""
    done = 0
    while perform():
        done += 1
    return done


def schedule() -> int:
    """Ask for a run of every version with a policy whose cells changed since its last one; how many.

    Not sooner than FAIRNESS_RUN_SECONDS after it.
    """
    asked = 0
    for version in Version.objects.filter(use_case__in=policies.use_cases(), changed__gt=0):
        ours = Run.objects.filter(use_case=version.use_case, model_ref=version.model_ref)
        last = ours.aggregate(place=Max("place"), at=Max("asked_at"))
        soon = datetime.now(UTC) - timedelta(seconds=settings.FAIRNESS_RUN_SECONDS)
        if last["at"] is not None and (last["at"] > soon or (last["place"] or 0) > version.changed):
            continue
        order(actor=ACTOR, use_case=version.use_case, model_ref=version.model_ref)
        asked += 1
    return asked


def run(run_id: UUID, *, restricted: bool) -> RunView | None:
    row = Run.objects.filter(id=run_id).first()
    return _view(row, restricted=restricted) if row else None


def runs(use_case: str, *, model_ref: str | None = None, limit: int = 50) -> list[RunView]:
    """The newest runs of a use case first, without their figures."""
    rows = Run.objects.filter(use_case=use_case).defer("whole", "restricted")
    if model_ref is not None:
        rows = rows.filter(model_ref=model_ref)
    return [_view(row, restricted=True, told=False) for row in rows.order_by("-asked_at")[:limit]]


def latest(use_case: str, model_ref: str, *, restricted: bool) -> RunView | None:
    """The newest run that is ready."""
    rows = Run.objects.filter(use_case=use_case, model_ref=model_ref, state="ready")
    row = rows.order_by("-asked_at").first()
    return _view(row, restricted=restricted) if row else None


def newest(use_case: str, *, restricted: bool) -> RunView | None:
    """The newest run that is ready, of whichever version, or of all."""
    rows = Run.objects.filter(use_case=use_case, state="ready")
    row = rows.order_by("-asked_at").first()
    return _view(row, restricted=restricted) if row else None


def _store(row: Run, made: Assessed) -> None:
    row.whole, row.restricted = _plain(made.whole), _plain(made.restricted)
    row.library, row.agreement = made.library, made.agreement
    row.digest = sha256(orjson.dumps(row.whole, option=orjson.OPT_SORT_KEYS)).hexdigest()
    row.state = "ready"
    states = Counter(made.whole.machine.states)
    said = {
        "act": "assessed",
        "run": str(row.id),
        "since": row.since.isoformat(),
        "until": row.until.isoformat(),
        "policy": row.policy,
        "place": row.place,
        "library": row.library,
        "digest": row.digest,
        "states": {state: states[state] for state in sorted(states) if state},
    }
    line = append(
        Draft(
            kind="assessment",
            use_case=row.use_case,
            actor=ACTOR,
            model_ref=row.model_ref or None,
            body=canonical(said),
        )
    )
    row.entry_id = line.id


def _plain(said: Said) -> Any:
    return orjson.loads(orjson.dumps(said))


def _view(row: Run, *, restricted: bool, told: bool = True) -> RunView:
    stored = (row.restricted if restricted else row.whole) if told else None
    return RunView(
        id=row.id,
        use_case=row.use_case,
        model_ref=row.model_ref,
        since=row.since,
        until=row.until,
        policy=row.policy,
        state=row.state,
        detail=row.detail,
        place=row.place,
        restricted=restricted,
        said=msgspec.convert(stored, Said) if stored is not None else None,
        library=row.library,
        agreement=row.agreement,
        digest=row.digest,
        entry_id=row.entry_id,
        actor=row.actor,
        asked_at=row.asked_at,
        made_at=row.made_at,
    )
