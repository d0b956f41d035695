"""Who read personal data, and what for: noted before the data goes out, folded into the log after.

A note is a row; an `access` entry is a line of the log that many notes become. A crash between the
two loses nothing: the row stays until the transaction that appends its line takes it away.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from typing import Final
from uuid import UUID

import orjson
from django.db import connection, transaction

from audit.header import rfc3339
from audit.log import Draft, append_many

BATCH: Final = 5000
PER_ENTRY: Final = 500  # ids in one line, so that no body grows without bounds

_NOTE: Final = """
INSERT INTO audit_pending_access (actor, purpose, entry_id)
SELECT %s, %s, x FROM unnest(%s::uuid[]) x"""
# Oldest first. A row that another fold holds is that fold's business.
_TAKE: Final = """
DELETE FROM audit_pending_access WHERE id IN (
  SELECT id FROM audit_pending_access ORDER BY id LIMIT %s FOR UPDATE SKIP LOCKED)
RETURNING actor, purpose, at, entry_id"""


@dataclass(frozen=True, slots=True)
class _Read:
    actor: str
    purpose: str
    at: datetime
    entry_id: UUID


def note(*, actor: str, purpose: str, entries: Sequence[UUID]) -> None:
    """Note that ``actor`` is about to be shown the content of these entries.

    Call it before the answer goes out and outside any transaction: on return it is durable. Then a
    crash leaves at worst a note of a read that nobody received, never a read without a note.
    ``purpose`` is a word of ours (``why:examiner``), never text from a caller.
    """
    if entries:
        with connection.cursor() as cursor:
            cursor.execute(_NOTE, [actor, purpose, list(entries)])


def fold(limit: int = BATCH) -> int:
    """Turn the oldest notes, at most ``limit``, into `access` entries; how many notes were folded.

    One entry for each actor and purpose and each 500 reads. Body: ``{"actor", "purpose", "from",
    "to", "entries": [ids]}``; it is not sealed, since entry ids name no person. Notes go and lines
    come in one transaction, so each note becomes part of exactly one line, whatever crashes.
    """
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_TAKE, [limit])
        reads = [_Read(*row) for row in cursor]
        if reads:
            append_many([_draft(batch) for batch in _batches(reads)])
    return len(reads)


def _batches(reads: Iterable[_Read]) -> Iterable[list[_Read]]:
    ordered = sorted(reads, key=lambda read: (read.actor, read.purpose, read.at))
    for _, group in groupby(ordered, key=lambda read: (read.actor, read.purpose)):
        whole = list(group)
        for start in range(0, len(whole), PER_ENTRY):
            yield whole[start : start + PER_ENTRY]


def _draft(reads: Sequence[_Read]) -> Draft:
    first, last = reads[0], reads[-1]
    body = {
        "actor": first.actor,
        "purpose": first.purpose,
        "from": rfc3339(first.at),
        "to": rfc3339(last.at),
        "entries": [str(read.entry_id) for read in reads],
    }
    # No use case: one person may have read in several, and the line is about the log itself.
    return Draft(
        kind="access",
        use_case="",
        actor=first.actor,
        body=orjson.dumps(body),
        occurred_at=last.at,
    )
