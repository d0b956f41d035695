"""Following the log: every decision of a version with a profile is explained, exactly once.

Work is claimed by lease, computed outside any transaction, and stored with its log line in one. A worker killed
anywhere loses its lease, nothing else: the rows are still pending, and the next worker computes the same figures.
"""

from __future__ import annotations

import logging
from collections.abc import Collection, Mapping, Sequence
from uuid import UUID

from django.conf import settings
from django.db import connection
from django.db.models import F

from audit.places import LoggedEntry, advance
from audit.queries import Payload, payloads
from explain import leases, questions
from explain.alerts import raise_alert
from explain.artefacts import DigestMismatch
from explain.computation import Declined, Finished, Result, Task, compute
from explain.engines import engine
from explain.leases import ATTEMPTS, Claim
from explain.models import Explanation, Profile, Similar, Summary
from explain.policies import adverse, ask, left_out, specifications
from explain.reasons import Alarm, PrincipalReasons, principal_reasons
from explain.refusals import Refused, Unsupported
from explain.replay import sweeps
from explain.settling import store
from explain.specification import Specification

log = logging.getLogger(__name__)
PLACE = "explain"
# A batch is of one version: that is what there is to load.
ALIKE = ("model_ref",)

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


def claim(limit: int, only: UUID | None = None) -> Claim:
    """Lease up to ``limit`` pending rows of one version."""
    return leases.claim(Explanation, alike=ALIKE, limit=limit, only=only)


def _explain(claimed: Claim) -> int:
    if claimed.worn_out:
        gave_up = f"Given up after {ATTEMPTS} attempts that ended the worker."
        store(
            claimed.lease,
            [(one, Declined(gave_up, "given_up")) for one in claimed.worn_out],
            failed=True,
        )
    if claimed.due:
        _settle(claimed.lease, claimed.due)
    return len(claimed.due) + len(claimed.worn_out)


def _settle(lease: UUID, due: Sequence[UUID]) -> None:
    first = Explanation.objects.values_list("model_ref", flat=True).filter(entry_id=due[0]).first()
    if first is None:
        return  # erased since
    profile = Profile.objects.get(model_ref=first)
    payload = payloads(_kept(lease, profile, due))
    there = [one for one in payload if not one.erased]
    # An erased person's rows go; the follower would delete them when it reads the erasure.
    purge({one.subject_id for one in payload if one.erased and one.subject_id})
    computed = _results(profile, there)
    results = list(zip([one.entry_id for one in there], computed, strict=True))
    store(lease, results, alarms=_alarms(profile.model_ref, there, dict(results)))


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


def _kept(lease: UUID, profile: Profile, due: Sequence[UUID]) -> Sequence[UUID]:
    """Keep no more than can be explained while the lease lasts; the others are due again at once."""
    try:
        most = engine(profile).batch()
    except (Refused, Unsupported):
        return due  # settled with this sentence, which takes no time
    if due[most:]:
        held = Explanation.objects.filter(entry_id__in=due[most:], lease=lease)
        held.update(lease=None, lease_until=None, attempts=F("attempts") - 1)
    return due[:most]


def _results(profile: Profile, payload: Sequence[Payload]) -> list[Result]:
    damaged = {
        one.entry_id: Declined(f"The record is damaged: {one.damage}", "record_damaged")
        for one in payload
        if one.damage
    }
    whole = [one for one in payload if not one.damage]
    try:
        computed = compute(engine(profile), [task(one) for one in whole]) if whole else []
    except (Refused, Unsupported) as refusal:
        if isinstance(refusal, DigestMismatch):
            raise_alert(profile, refusal)
        computed = [Declined(str(refusal), refusal.cause)] * len(whole)
    by_entry = damaged | dict(zip([one.entry_id for one in whole], computed, strict=True))
    return [by_entry[one.entry_id] for one in payload]


def task(payload: Payload) -> Task:
    output = payload.output
    return Task(payload.features, output.get("label"), output.get("score"), output.get("threshold"))
