"""Storing what was computed of decisions, each with its line in the log, in one transaction."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction
from django.db.models import JSONField
from psycopg.types.json import Jsonb

from audit import subjects
from audit.canonical import canonical
from audit.log import Draft, append_many
from explain.computation import Finished, Result
from explain.models import Explanation, Profile
from explain.reasons import Alarm

ACTOR = "system:explain"
CHANNEL = "explain_ready"


def store(
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
        _append(held, profile, keys, alarms or {})
        with connection.cursor() as cursor:
            # bulk_update would build one CASE per column and row in Python: five sixths of all the
            # time an explanation took.
            cursor.executemany(_SETTLE, [_settled(row) for row in held])
            cursor.execute(
                "SELECT pg_notify(%s, id::text) FROM unnest(%s::uuid[]) AS id",
                [CHANNEL, [row.entry_id for row in held]],
            )


def _append(
    held: Sequence[Explanation],
    profile: Profile,
    keys: Mapping[UUID, subjects.SubjectKey],
    alarms: Mapping[UUID, tuple[Alarm, ...]],
) -> None:
    """Write the lines, and note in each row which is its own."""
    lines = append_many(
        [draft(row, profile, keys[row.subject_id]) for row in held if row.subject_id]
    )
    append_many(
        [
            alert(row, alarms[row.entry_id], keys[row.subject_id])
            for row in held
            if row.entry_id in alarms and row.subject_id
        ]
    )
    for row, line in zip(held, lines, strict=True):
        row.log_entry = line.id


SETTLED = (
    "state", "detail", "lease", "lease_until", "method", "output_space", "base", "output", "probability", "phi",
    "residual", "recorded_score", "lime_weights", "lime_intercept", "lime_prediction", "lime_r2", "rank_agreement",
    "top4_overlap", "duration_ms", "libraries", "computed_at", "log_entry", "explained", "score", "errors",
    "standard_error", "residual_limit", "deletion", "deletion_random", "insertion", "insertion_random", "stability",
    "notes",
)  # fmt: skip


_SETTLE = f"UPDATE explain_explanation SET {', '.join(f'{name} = %s' for name in SETTLED)} WHERE entry_id = %s"  # noqa: S608
# What the driver does not write as it stands. Asking every field of the model to prepare its value took
# a seventh of a batch's time.
_AS_JSON = tuple(
    isinstance(Explanation._meta.get_field(name), JSONField) for name in (*SETTLED, "entry_id")
)


def _settled(row: Explanation) -> list[Any]:
    values = (getattr(row, name) for name in (*SETTLED, "entry_id"))
    return [Jsonb(value) if json else value for value, json in zip(values, _AS_JSON, strict=True)]


def settle(row: Explanation, result: Result, now: datetime, *, failed: bool) -> None:
    row.lease, row.lease_until, row.computed_at = None, None, now
    if isinstance(result, Finished):
        row.state = Explanation.State.READY.value
        for name, value in result.figures.items():
            setattr(row, name, value)
    else:
        row.state = (Explanation.State.FAILED if failed else Explanation.State.REFUSED).value
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
