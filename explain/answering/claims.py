"""Claiming questions and storing their answers, each exactly once.

As for explanations: a worker killed anywhere loses its lease and nothing else. The question is still pending, and the
next worker's answer is the only one that gets a line.
"""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final
from uuid import UUID

from django.db import connection, transaction

from audit import subjects
from audit.canonical import canonical
from audit.log import Draft, append_many
from audit.queries import Payload, payloads
from explain import leases
from explain.answering import recourse, replay
from explain.answering.given import Given
from explain.leases import ATTEMPTS, Claim
from explain.models import Profile, Question
from explain.questions import CHANNEL, forget
from explain.refusals import Refused, Unsupported

ACTOR: Final = "system:explain"
BATCH: Final = 64
# Questions are answered together that one search can answer: of a version, and saying the same.
ALIKE: Final = ("kind", "model_ref", "said_digest")


def follow(limit: int = BATCH) -> int:
    """Answer a batch of pending questions. Returns how many were claimed; 0 when nothing is due."""
    claimed = claim(limit)
    _answer(claimed)
    return len(claimed.due) + len(claimed.worn_out)


def answer_one(question_id: UUID) -> None:
    """Answer this question now, out of its turn, if nobody else is at it."""
    _answer(claim(1, only=question_id))


def claim(limit: int, only: UUID | None = None) -> Claim:
    """Lease up to ``limit`` pending questions."""
    return leases.claim(Question, alike=ALIKE, limit=limit, only=only)


def _answer(claimed: Claim) -> None:
    gave_up = f"Given up after {ATTEMPTS} attempts that ended the worker."
    _store(claimed.lease, {one: Given("failed", gave_up) for one in claimed.worn_out})
    if claimed.due:
        rows = list(Question.objects.filter(id__in=claimed.due).order_by("id"))
        _store(claimed.lease, given(rows))


def given(rows: Sequence[Question]) -> dict[UUID, Given]:
    """The answers to questions of one kind about one version that say the same, by question."""
    began = time.perf_counter()
    payload = {one.entry_id: one for one in payloads([row.entry_id for row in rows])}
    # An erased person's questions go; the follower would delete them when it reads the erasure.
    forget({one.subject_id for one in payload.values() if one.erased and one.subject_id})
    there = [row for row in rows if row.entry_id in payload and not payload[row.entry_id].erased]
    answers = _computed(there, [payload[row.entry_id] for row in there]) if there else {}
    each = (time.perf_counter() - began) * 1000 / max(1, len(there))
    return {question: one.timed(each) for question, one in answers.items()}


def _computed(rows: Sequence[Question], payload: Sequence[Payload]) -> dict[UUID, Given]:
    profile = Profile.objects.filter(model_ref=rows[0].model_ref).first()
    try:
        if rows[0].kind == Question.Kind.RECOURSE:
            found = recourse.answers(profile, payload, rows[0].said)
        else:
            found = replay.answers(profile, payload)
    except (Refused, Unsupported) as refusal:
        found = [Given("refused", str(refusal))] * len(rows)
    return dict(zip([row.id for row in rows], found, strict=True))


def _store(lease: UUID, answers: Mapping[UUID, Given]) -> None:
    """Settle the questions this lease still holds, each with its log line, in one transaction.

    Before the commit a crash leaves them pending and the log without a line; after it both are there.
    """
    if not answers:
        return
    with transaction.atomic():
        rows = list(
            Question.objects.select_for_update()
            .filter(id__in=answers, lease=lease, state=Question.State.PENDING)
            .order_by("id")
        )
        keys = subjects.keys(row.subject_id for row in rows if row.subject_id)
        held = [row for row in rows if row.subject_id in keys]
        lines = append_many(
            [_draft(row, answers[row.id], keys[row.subject_id]) for row in held if row.subject_id]
        )
        now = datetime.now(UTC)
        for row, line in zip(held, lines, strict=True):
            told = answers[row.id]
            row.state, row.detail, row.duration_ms = told.state, told.detail, told.duration_ms
            row.lease, row.lease_until = None, None
            row.answered_at, row.log_entry = now, line.id
        Question.objects.bulk_update(held, SETTLED)
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT pg_notify(%s, id::text) FROM unnest(%s::uuid[]) AS id",
                [CHANNEL, [row.id for row in held]],
            )


SETTLED: Final = (
    "state",
    "detail",
    "duration_ms",
    "lease",
    "lease_until",
    "answered_at",
    "log_entry",
)


def _draft(row: Question, told: Given, key: subjects.SubjectKey) -> Draft:
    """The line that holds the answer, sealed under the person's key.

    Its kind is "explanation", as for everything this app computes about a decision; ``act`` tells them apart.
    """
    said: dict[str, Any] = {
        "act": row.kind,
        "question": str(row.id),
        "decision": str(row.entry_id),
        "asked_by": row.asked_by,
        "said": row.said,
        "state": told.state,
        **({"detail": told.detail} if told.detail else {}),
        **told.content,
    }
    return Draft(
        kind="explanation",
        use_case=row.use_case,
        actor=ACTOR,
        model_ref=row.model_ref,
        subject=key,
        ref=row.entry_id,
        body=canonical(said),
    )
