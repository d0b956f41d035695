"""Storing what was computed of decisions, each with its line in the log, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.db import transaction

from audit import subjects
from audit.binary import rows
from audit.canonical import canonical
from audit.log import Draft, append_held
from audit.subjects import SubjectKey
from explain.computation import Finished, Result
from explain.models import Explanation, Profile
from explain.reasons import Alarm
from explain.storing import BLANK, write

ACTOR = "system:explain"

_HELD: Final = (
    "SELECT entry_id, use_case, model_ref, subject_id FROM explain_explanation"
    " WHERE entry_id = ANY(%b::uuid[]) AND lease = %b AND state = 'pending'"
    " ORDER BY entry_id FOR UPDATE"
)


class Held(NamedTuple):
    """A row that a lease still holds; ``subject_id`` is None where the decision names nobody's key."""

    entry_id: UUID
    use_case: str
    model_ref: str
    subject_id: UUID | None


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
    outcome, alarmed = dict(results), alarms or {}
    if not outcome:
        return
    with transaction.atomic():
        found = [Held(*row) for row in rows(_HELD, [list(outcome), lease])]
        keys = subjects.held({row.subject_id for row in found if row.subject_id})
        held = [(row, keys[row.subject_id]) for row in found if row.subject_id in keys]
        if not held:
            return
        profile = Profile.objects.get(model_ref=held[0][0].model_ref)
        now = datetime.now(UTC)
        settled = {
            row.entry_id: settle(outcome[row.entry_id], now, failed=failed) for row, _ in held
        }
        _append(held, profile, settled, alarmed)
        write(settled)


def _append(
    held: Sequence[tuple[Held, SubjectKey]],
    profile: Profile,
    settled: Mapping[UUID, dict[str, Any]],
    alarms: Mapping[UUID, tuple[Alarm, ...]],
) -> None:
    """Write the lines, and note for each row which is its own."""
    said = content(profile)
    explained = [draft(row, key, said(row.entry_id, settled[row.entry_id])) for row, key in held]
    alerts = [alert(row, key, alarms[row.entry_id]) for row, key in held if row.entry_id in alarms]
    lines = append_held([*explained, *alerts])
    for (row, _), line in zip(held, lines, strict=False):  # after these come the alerts'
        settled[row.entry_id]["log_entry"] = line.id


def settle(result: Result, now: datetime, *, failed: bool) -> dict[str, Any]:
    """What the row of this result says, by column."""
    if isinstance(result, Finished):
        state = Explanation.State.READY
        return {**BLANK, **result.figures, "state": state.value, "computed_at": now}
    state = Explanation.State.FAILED if failed else Explanation.State.REFUSED
    said = {"state": state.value, "detail": result.detail, "cause": result.cause}
    return {**BLANK, **said, "computed_at": now}


def draft(row: Held, key: SubjectKey, said: Mapping[str, Any]) -> Draft:
    """The log line that commits to an explanation, sealed under the person's key."""
    return Draft(
        kind="explanation",
        use_case=row.use_case,
        actor=ACTOR,
        model_ref=row.model_ref,
        subject=key,
        ref=row.entry_id,
        body=canonical(said),
    )


def alert(row: Held, key: SubjectKey, alarms: Sequence[Alarm]) -> Draft:
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


def content(profile: Profile) -> Callable[[UUID, Mapping[str, Any]], dict[str, Any]]:
    """What the lines of a version's decisions say: state, digests of what was computed with, every figure."""
    shared = {
        "artefact_digest": profile.artefact_digest,
        "background_digest": profile.background_digest,
        "specification_digest": profile.specification_digest,
        "seed": profile.specification["seed"],
    }
    features = [feature["name"] for feature in profile.specification["features"]]

    def said(entry_id: UUID, row: Mapping[str, Any]) -> dict[str, Any]:
        whose = {**shared, "decision": str(entry_id), "state": row["state"]}
        if row["state"] != Explanation.State.READY:
            return {**whose, "detail": row["detail"], "cause": row["cause"]}
        return {**whose, "features": features, **{name: row[name] for name in FIGURES}}

    return said
