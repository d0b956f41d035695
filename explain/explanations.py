"""Following the log: every decision of a version with a profile is explained, exactly once.

Work is claimed by lease, computed outside any transaction, and stored with its log line in one. A worker killed
anywhere loses its lease, nothing else: the rows are still pending, and the next worker computes the same figures.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, cast
from uuid import UUID, uuid4

from django.conf import settings
from django.db import connection, transaction
from django.db.models import F, Field

from audit import subjects
from audit.canonical import canonical
from audit.log import Draft, append_many
from audit.places import LoggedEntry, advance
from audit.queries import Payload, payloads
from explain import questions
from explain.alerts import raise_alert
from explain.artefacts import DigestMismatch
from explain.computation import Declined, Finished, Result, Task, compute
from explain.engines import engine
from explain.models import Explanation, Profile, Similar, Summary
from explain.policies import adverse, ask, left_out, specifications
from explain.reasons import Alarm, PrincipalReasons, principal_reasons
from explain.refusals import Refused, Unsupported
from explain.replay import sweeps
from explain.specification import Specification

log = logging.getLogger(__name__)
PLACE = "explain"
ACTOR = "system:explain"
CHANNEL = "explain_ready"
LEASE_SECONDS = 60
# A row that ended the worker this often (memory, a crash in a library) is set aside as failed.
ATTEMPTS = 3

_CLAIM = """
WITH one AS (
  SELECT model_ref FROM explain_explanation
  WHERE state = 'pending' AND (lease_until IS NULL OR lease_until < clock_timestamp()) {only}
  ORDER BY entry_id LIMIT 1
), due AS (
  SELECT entry_id FROM explain_explanation
  WHERE state = 'pending' AND (lease_until IS NULL OR lease_until < clock_timestamp()) {only}
    AND model_ref = (SELECT model_ref FROM one)
  ORDER BY entry_id LIMIT %(limit)s FOR UPDATE SKIP LOCKED
)
UPDATE explain_explanation e
SET lease = %(lease)s, lease_until = clock_timestamp() + make_interval(secs => %(seconds)s), attempts = attempts + 1
FROM due WHERE e.entry_id = due.entry_id
RETURNING e.entry_id, e.model_ref, e.attempts
"""


_NOTE = """
INSERT INTO explain_explanation
  (entry_id, use_case, model_ref, subject_id, state, policy, asked, detail, attempts, method, output_space, libraries)
SELECT due.*, '', '', 0, '', '', '{}'
FROM unnest(%s::uuid[], %s::text[], %s::text[], %s::uuid[], %s::text[], %s::text[]) AS due
ON CONFLICT (entry_id) DO NOTHING
"""


def feed(limit: int = 2000) -> int:
    """Take note of the log's next entries: a row per decision, none left of erased people.

    What the policy of its use case leaves out gets a row that says so, and waits to be asked for.
    Returns how many entries were passed.
    """
    return advance(PLACE, limit, _note)


def _note(entries: list[LoggedEntry]) -> None:
    decisions = [
        entry for entry in entries if entry.header.kind == "decision" and entry.header.model_ref
    ]
    profiled = set(
        Profile.objects.filter(model_ref__in={e.header.model_ref for e in decisions}).values_list(
            "model_ref", flat=True
        )
    )
    due = [e.header for e in decisions if e.header.model_ref in profiled]
    out = left_out(due)
    with connection.cursor() as cursor:
        cursor.execute(
            _NOTE,
            [
                [header.id for header in due],
                [header.use_case for header in due],
                [header.model_ref for header in due],
                [header.subject for header in due],
                ["left_out" if header.id in out else "pending" for header in due],
                [out.get(header.id, "") for header in due],
            ],
        )
    erased = {e.header.subject for e in entries if e.header.kind == "erasure" and e.header.subject}
    if erased:
        purge(erased)


def pending(entry: LoggedEntry) -> Explanation:
    return Explanation(
        entry_id=entry.id,
        use_case=entry.header.use_case,
        model_ref=entry.header.model_ref or "",
        subject_id=entry.header.subject,
    )


def purge(subject_ids: Collection[UUID]) -> int:
    """Delete what was computed from these people's data. Returns how many explanations went.

    Summaries they were part of are made anew without them.
    """
    if not subject_ids:
        return 0
    questions.forget(subject_ids)
    sweeps.forget(subject_ids)
    theirs = Explanation.objects.filter(subject_id__in=subject_ids)
    refs = list(theirs.values_list("model_ref", flat=True).distinct())
    Summary.objects.filter(model_ref__in=refs).update(newest=None)
    Similar.objects.filter(subject_id__in=subject_ids).delete()
    return theirs.delete()[0]


def follow(limit: int | None = None) -> int:
    """Claim one batch of one version, explain and store it. Returns how many were claimed; 0 when nothing is due."""
    return _explain(claim(limit or settings.EXPLAIN_BATCH))


def explain_one(entry_id: UUID) -> bool:
    """Explain this decision now, out of its turn, if nobody else is at it. True when it is settled.

    It need not be in the tree yet: its receipt is word enough. The follower finds the row when it comes by.
    """
    if not ask(entry_id) and not Explanation.objects.filter(entry_id=entry_id).exists():
        _ask_for(entry_id)
    _explain(claim(1, only=entry_id))
    return (
        Explanation.objects.filter(entry_id=entry_id)
        .exclude(state=Explanation.State.PENDING)
        .exists()
    )


def _ask_for(entry_id: UUID) -> None:
    for one in payloads([entry_id]):
        if not one.erased and Profile.objects.filter(model_ref=one.model_ref).exists():
            row = Explanation(
                entry_id=one.entry_id,
                use_case=one.use_case,
                model_ref=one.model_ref,
                subject_id=one.subject_id,
            )
            Explanation.objects.bulk_create([row], ignore_conflicts=True)


class Claimed:
    """Rows this worker may settle while its lease lasts."""

    def __init__(self, lease: UUID, rows: Sequence[tuple[UUID, str, int]]) -> None:
        self.lease = lease
        self.worn_out = [entry_id for entry_id, _, attempts in rows if attempts > ATTEMPTS]
        self.due = [entry_id for entry_id, _, attempts in rows if attempts <= ATTEMPTS]
        self.model_ref = rows[0][1] if rows else ""

    def __len__(self) -> int:
        return len(self.due) + len(self.worn_out)


def claim(limit: int, only: UUID | None = None) -> Claimed:
    """Lease up to ``limit`` pending rows of one version. Committed at once: the lease, not a lock, keeps others off."""
    lease = uuid4()
    query = _CLAIM.format(only="AND entry_id = %(only)s" if only else "")
    values: dict[str, int | UUID | None] = {
        "limit": limit,
        "lease": lease,
        "seconds": LEASE_SECONDS,
        "only": only,
    }
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        return Claimed(lease, cursor.fetchall())


def _explain(claimed: Claimed) -> int:
    if claimed.worn_out:
        gave_up = f"Given up after {ATTEMPTS} attempts that ended the worker."
        _store(
            claimed.lease,
            [(entry_id, Declined(gave_up)) for entry_id in claimed.worn_out],
            failed=True,
        )
    if claimed.due:
        _give_back(claimed)
        payload = payloads(claimed.due)
        there = [one for one in payload if not one.erased]
        # An erased person's rows go; the follower would delete them when it reads the erasure.
        purge({one.subject_id for one in payload if one.erased and one.subject_id})
        results = list(zip([one.entry_id for one in there], _results(claimed, there), strict=True))
        alarms = _alarms(claimed.model_ref, there, dict(results))
        _store(claimed.lease, results, alarms=alarms)
    return len(claimed)


def _alarms(
    model_ref: str, there: Sequence[Payload], results: Mapping[UUID, Result]
) -> dict[UUID, tuple[Alarm, ...]]:
    """Decisions against a person that a protected feature or a proxy moved, with what moved them."""
    spec = specifications({model_ref}).get(model_ref)
    if spec is None or all(feature.role == "feature" for feature in spec.features):
        return {}
    found = {}
    for one in there:
        result = results[one.entry_id]
        if isinstance(result, Finished) and adverse(spec, one.output) is not False:
            alarms = _reasons(spec, one, result).alarms
            found.update({one.entry_id: alarms} if alarms else {})
    return found


def _reasons(spec: Specification, one: Payload, result: Finished) -> PrincipalReasons:
    return principal_reasons(
        features=spec.names(),
        contributions=result.figures["phi"],
        values=one.features,
        catalogue=spec.catalogue(),
        adverse=1 if spec.task == "multiclass" else spec.adverse_sign(),
        explainer_error=result.figures["residual"],
        errors=result.figures.get("errors"),
    )


def _give_back(claimed: Claimed) -> None:
    """Keep no more than can be explained while the lease lasts; the others are due again at once."""
    try:
        most = engine(Profile.objects.get(model_ref=claimed.model_ref)).batch()
    except (Refused, Unsupported):
        return  # settled with this sentence, which takes no time
    back = claimed.due[most:]
    if back:
        held = Explanation.objects.filter(entry_id__in=back, lease=claimed.lease)
        held.update(lease=None, lease_until=None, attempts=F("attempts") - 1)
        claimed.due = claimed.due[:most]


def _results(claimed: Claimed, payload: Sequence[Payload]) -> list[Result]:
    profile = Profile.objects.get(model_ref=claimed.model_ref)
    damaged = {
        one.entry_id: Declined(f"The record is damaged: {one.damage}")
        for one in payload
        if one.damage
    }
    whole = [one for one in payload if not one.damage]
    try:
        computed = compute(engine(profile), [task(one) for one in whole]) if whole else []
    except (Refused, Unsupported) as refusal:
        if isinstance(refusal, DigestMismatch):
            raise_alert(profile, refusal)
        computed = [Declined(str(refusal))] * len(whole)
    by_entry = damaged | dict(zip([one.entry_id for one in whole], computed, strict=True))
    return [by_entry[one.entry_id] for one in payload]


def task(payload: Payload) -> Task:
    output = payload.output
    return Task(payload.features, output.get("label"), output.get("score"), output.get("threshold"))


def _store(
    lease: UUID,
    results: Sequence[tuple[UUID, Result]],
    *,
    failed: bool = False,
    alarms: Mapping[UUID, tuple[Alarm, ...]] | None = None,
) -> None:
    """Settle the rows this lease still holds, each with its log line and its alert if it has one, in
    one transaction.

    Before the commit a crash leaves the rows pending and the log without a line; after it both are there. A row whose
    lease ran out and was taken over is left to whoever holds it now.
    """
    with transaction.atomic():
        outcome = dict(results)
        rows = list(
            Explanation.objects.select_for_update()
            .filter(entry_id__in=outcome, lease=lease, state=Explanation.State.PENDING)
            .order_by("entry_id")
        )
        keys = subjects.keys(row.subject_id for row in rows if row.subject_id)
        held = [row for row in rows if row.subject_id in keys]
        if not held:
            return
        profile = Profile.objects.get(model_ref=held[0].model_ref)
        now = datetime.now(UTC)
        for row in held:
            settle(row, outcome[row.entry_id], now, failed=failed)
        lines = append_many(
            [draft(row, profile, keys[row.subject_id]) for row in held if row.subject_id]
        )
        append_many(
            [
                alert(row, alarms[row.entry_id], keys[row.subject_id])
                for row in held
                if alarms and row.entry_id in alarms and row.subject_id
            ]
        )
        for row, line in zip(held, lines, strict=True):
            row.log_entry = line.id
        with connection.cursor() as cursor:
            # bulk_update would build one CASE per column and row in Python: five sixths of all the
            # time an explanation took.
            cursor.executemany(_SETTLE, [_settled(row) for row in held])
            cursor.execute(
                "SELECT pg_notify(%s, id::text) FROM unnest(%s::uuid[]) AS id",
                [CHANNEL, [row.entry_id for row in held]],
            )


SETTLED = (
    "state", "detail", "lease", "lease_until", "method", "output_space", "base", "output", "probability", "phi",
    "residual", "recorded_score", "lime_weights", "lime_intercept", "lime_prediction", "lime_r2", "rank_agreement",
    "top4_overlap", "duration_ms", "libraries", "computed_at", "log_entry", "explained", "score", "errors",
    "standard_error", "residual_limit", "deletion", "deletion_random", "insertion", "insertion_random", "stability",
    "notes",
)  # fmt: skip


_SETTLE = f"UPDATE explain_explanation SET {', '.join(f'{name} = %s' for name in SETTLED)} WHERE entry_id = %s"  # noqa: S608


def _settled(row: Explanation) -> list[Any]:
    fields = (
        cast("Field[Any, Any]", Explanation._meta.get_field(name))
        for name in (*SETTLED, "entry_id")
    )
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in fields]


def settle(row: Explanation, result: Result, now: datetime, *, failed: bool) -> None:
    row.lease, row.lease_until, row.computed_at = None, None, now
    if isinstance(result, Finished):
        row.state = Explanation.State.READY
        for name, value in result.figures.items():
            setattr(row, name, value)
    else:
        row.state = Explanation.State.FAILED if failed else Explanation.State.REFUSED
        row.detail = result.detail


def draft(row: Explanation, profile: Profile, key: subjects.SubjectKey) -> Draft:
    """The log line that commits to an explanation, sealed under the person's key."""
    return Draft(
        kind="explanation",
        use_case=row.use_case,
        actor=ACTOR,
        model_ref=row.model_ref,
        subject=key,
        ref=row.entry_id,
        body=canonical(content(row, profile)),
    )


def alert(row: Explanation, alarms: Sequence[Alarm], key: subjects.SubjectKey) -> Draft:
    """The line that says a protected feature or a proxy moved a decision against a person."""
    drivers = [
        {"feature": one.feature, "standing": one.standing, "against": one.against, "rank": one.rank}
        for one in alarms
    ]
    said = {"act": "protected_driver", "decision": str(row.entry_id), "drivers": drivers}
    return Draft(
        kind="alert",
        use_case=row.use_case,
        actor=ACTOR,
        model_ref=row.model_ref,
        subject=key,
        ref=row.entry_id,
        body=canonical(said),
    )


FIGURES = (
    "method", "output_space", "base", "output", "probability", "phi", "residual", "recorded_score", "lime_weights",
    "lime_intercept", "lime_prediction", "lime_r2", "rank_agreement", "top4_overlap", "libraries", "explained", "score",
    "errors", "standard_error", "residual_limit", "deletion", "deletion_random", "insertion", "insertion_random",
    "stability", "notes",
)  # fmt: skip


def content(row: Explanation, profile: Profile) -> dict[str, Any]:
    """What the line says: state, digests of what it was computed with, and every figure."""
    said: dict[str, Any] = {
        "decision": str(row.entry_id),
        "state": row.state,
        "artefact_digest": profile.artefact_digest,
        "background_digest": profile.background_digest,
        "specification_digest": profile.specification_digest,
        "seed": profile.specification["seed"],
    }
    if row.state != Explanation.State.READY:
        return said | {"detail": row.detail}
    features = [feature["name"] for feature in profile.specification["features"]]
    return said | {"features": features} | {name: getattr(row, name) for name in FIGURES}
