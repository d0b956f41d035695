"""Questions about one decision: asked in a web process, answered by a worker, read from the log. Web-safe.

A question is a row until it is answered. The answer is a log line sealed under the person's key, and stands nowhere
else: with the key it is gone.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from django.db import IntegrityError, transaction
from django.db.models import QuerySet

from audit import log
from audit.canonical import canonical
from audit.header import parse, uuid7
from audit.queries.content import open_bodies
from explain.models import Question

# Word that a question is answered goes out on this channel, with the question's id.
CHANNEL = "explain_answered"
RECOURSE, REPLAY = Question.Kind.RECOURSE.value, Question.Kind.REPLAY.value


@dataclass(frozen=True, slots=True)
class About:
    """The decision that a question is about."""

    entry_id: UUID
    use_case: str
    model_ref: str
    subject_id: UUID | None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question and, where it is ready, the content of the line that answers it.

    state: pending, ready, refused or failed (``detail`` says why), or erased when the answer can no longer be read.
    """

    id: UUID
    kind: str
    entry_id: UUID
    model_ref: str
    said: Mapping[str, Any]
    state: str
    detail: str
    asked_by: str
    asked_at: datetime
    answered_at: datetime | None
    duration_ms: float | None
    log_entry: UUID | None
    content: Mapping[str, Any] | None


def ask(
    *, actor: str, kind: str, about: About, said: Mapping[str, Any], again: bool = False
) -> UUID:
    """The id of a question that a worker answers, or has answered.

    The same question again is the same row, unless it could not be answered then; ``again`` asks anew even if it
    was. The caller has settled that ``actor`` may, and wakes a worker with the id: a crash before that leaves a
    pending row, which the heartbeat finds.
    """
    digest = digest_of(said)
    same = _same(kind, about.entry_id, digest)
    states = [Question.State.PENDING] if again else [Question.State.PENDING, Question.State.READY]
    known = same.filter(state__in=states).values_list("id", flat=True).first()
    if known is not None:
        return known
    try:
        with transaction.atomic():
            row = Question.objects.create(
                id=uuid7(),
                kind=kind,
                entry_id=about.entry_id,
                use_case=about.use_case,
                model_ref=about.model_ref,
                subject_id=about.subject_id,
                said=dict(said),
                said_digest=digest,
                asked_by=actor,
            )
    except IntegrityError:
        # Somebody asked the same at this moment: theirs is ours.
        return same.filter(state=Question.State.PENDING).values_list("id", flat=True).get()
    return row.id


def asked(question_id: UUID, *, kind: str, entry_id: UUID) -> Asked | None:
    """A question of this kind about this decision, by its id."""
    row = Question.objects.filter(id=question_id, kind=kind, entry_id=entry_id).first()
    return _view(row) if row else None


def newest(kind: str, entry_id: UUID, said: Mapping[str, Any] | None = None) -> Asked | None:
    """The last question of a kind about a decision; with ``said``, the last that said just this."""
    rows = Question.objects.filter(kind=kind, entry_id=entry_id)
    if said is not None:
        rows = rows.filter(said_digest=digest_of(said))
    row = rows.order_by("-id").first()
    return _view(row) if row else None


def lines(entry_id: UUID) -> dict[UUID, str]:
    """Which entries of the log answer a question about this decision, and of which kind."""
    rows = Question.objects.filter(entry_id=entry_id).values_list("log_entry", "kind")
    return {line: kind for line, kind in rows if line is not None}


def pending() -> int:
    return Question.objects.filter(state=Question.State.PENDING).count()


def forget(subject_ids: Collection[UUID]) -> None:
    """Delete what was asked about these people; their answers went with their keys."""
    Question.objects.filter(subject_id__in=subject_ids).delete()


def digest_of(said: Mapping[str, Any]) -> str:
    return hashlib.sha256(canonical(said)).hexdigest()


def _same(kind: str, entry_id: UUID, digest: str) -> QuerySet[Question]:
    return Question.objects.filter(kind=kind, entry_id=entry_id, said_digest=digest).order_by("-id")


def _view(row: Question) -> Asked:
    state, content = row.state, None
    if state == Question.State.READY:
        content = _content(row.log_entry)
        # Between an erasure and the follower that reads it the row is still there.
        state = state if content is not None else "erased"
    return Asked(
        id=row.id,
        kind=row.kind,
        entry_id=row.entry_id,
        model_ref=row.model_ref,
        said=row.said,
        state=state,
        detail=row.detail,
        asked_by=row.asked_by,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        duration_ms=row.duration_ms,
        log_entry=row.log_entry,
        content=content,
    )


def _content(line_id: UUID | None) -> Mapping[str, Any] | None:
    if line_id is None:
        return None
    found = log.find([line_id]).get(line_id)
    if found is None:
        return None
    body = open_bodies([parse(found.header)])[line_id]
    return None if body.content is None else dict(orjson.loads(body.content))
