"""Erasing a person: the data key is destroyed, the read models are purged, and the log says so.

The leaves stay, so the log still verifies; what they commit to can no longer be read, nor guessed
and tested (see envelope.seal).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection, transaction

from audit import claims, projections, subjects
from audit.canonical import canonical
from audit.door import NotFound
from audit.keys import key_store
from audit.log import Draft, append


@dataclass(frozen=True, slots=True)
class Erased:
    """``repeated``: the person was erased before, and this is the entry of that time."""

    subject: UUID
    use_case: str
    entry_id: UUID
    erased_at: datetime
    repeated: bool = False


def erase(
    *,
    actor: str,
    subject: UUID,
    use_case: str,
    reason: str,
    request_id: str = "",
    legal_basis: str = "",
) -> Erased:
    """Destroy the data key of a pseudonym. The caller has checked the permission.

    ``reason``, ``request_id`` and ``legal_basis`` stay for ever and in the clear: they must name
    nobody. Raises NotFound when this use case has no such subject.

    One transaction: a crash before its commit leaves the person as they were, a crash after it
    leaves nothing to repair. Backups of the database still hold the wrapped key until they expire;
    a restore is followed by replaying the erasures (docs/operations.md).
    """
    facts = {
        "subject": str(subject),
        "use_case": use_case,
        "reason": reason,
        "request_id": request_id,
        "legal_basis": legal_basis,
    }
    body = canonical(facts)
    claim = claims.of_erasure(subject, body, key_store())
    with transaction.atomic():
        erased_at = _take(subject, use_case)
        if erased_at is not None:
            first = claims.find([claim.key])[claim.key]
            return Erased(subject, use_case, first.entry_id, erased_at, repeated=True)
        erased_at = _destroy_key(subject)
        projections.purge(subject=subject)
        line = append(
            Draft(kind="erasure", use_case=use_case, actor=actor, body=body, pseudonym=subject)
        )
        claims.take_many([(claim, line.id)])
    # This process forgets at once; others may keep the key in memory for some seconds more, but the
    # statement that writes under it would find no living row.
    subjects.forget_all()
    return Erased(subject, use_case, line.id, erased_at)


def _take(subject: UUID, use_case: str) -> datetime | None:
    """Hold the subject's row alone; when it was erased, or None.

    FOR UPDATE, and not the UPDATE that follows: that changes no key column of a nameless subject,
    so it would not wait for the writers that hold the row FOR KEY SHARE.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT erased_at FROM audit_subject WHERE id = %s AND use_case = %s FOR UPDATE",
            [subject, use_case],
        )
        row: tuple[datetime | None] | None = cursor.fetchone()
    if row is None:
        raise NotFound("There is no such person in this use case.")
    return row[0]


def _destroy_key(subject: UUID) -> datetime:
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_subject SET wrapped_key = NULL, ref_index = NULL,"
            " erased_at = clock_timestamp() WHERE id = %s RETURNING erased_at",
            [subject],
        )
        erased_at: datetime = cursor.fetchone()[0]
    return erased_at
