"""What a removed or hidden entry leaves behind elsewhere in the database."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final
from uuid import UUID

from django.db import connection

from audit.verification.findings import Finding, finding
from audit.weaknesses import partitions_alone

_NAMED: Final = 100

# Each selects ids of entries; the sentence says what such an id means.
_SEARCHES: Final = (
    (
        "entry-without-leaf",
        "The entry is older than a minute and has no place in the tree.",
        "SELECT e.id FROM audit_entry e WHERE e.recorded_at < now() - interval '1 minute' "
        "AND NOT EXISTS (SELECT FROM audit_entry_leaf x WHERE x.entry_id = e.id)",
    ),
    (
        "body-without-entry",
        "A stored body has no entry: the entry was removed.",
        "SELECT b.id FROM audit_entry_body b "
        "WHERE NOT EXISTS (SELECT FROM audit_entry x WHERE x.id = b.id)",
    ),
    (
        "claim-without-entry",
        "A caller's id stands for an entry that is gone.",
        "SELECT c.entry_id FROM audit_claim c "
        "WHERE NOT EXISTS (SELECT FROM audit_entry x WHERE x.id = c.entry_id)",
    ),
    (
        "decision-without-entry",
        "The decision is listed, but its entry is gone.",
        "SELECT d.entry_id FROM audit_decision d "
        "WHERE NOT EXISTS (SELECT FROM audit_entry_leaf x WHERE x.entry_id = d.entry_id)",
    ),
    (
        "outcome-without-entry",
        "The outcome is listed, but its entry is gone.",
        "SELECT o.entry_id FROM audit_outcome o "
        "WHERE NOT EXISTS (SELECT FROM audit_entry_leaf x WHERE x.entry_id = o.entry_id)",
    ),
    (
        "mention-without-entry",
        "A line of a timeline is listed, but its entry is gone.",
        "SELECT m.entry_id FROM audit_mention m "
        "WHERE NOT EXISTS (SELECT FROM audit_entry_leaf x WHERE x.entry_id = m.entry_id)",
    ),
)


def leftovers() -> Iterator[Finding]:
    """Traces of entries that are gone, or that were never given a place; at most 100 of a kind."""
    for code, sentence, query in _SEARCHES:
        with connection.cursor() as cursor:
            cursor.execute(f"{query} LIMIT {_NAMED}")
            for (entry_id,) in cursor.fetchall():
                yield finding(code, sentence, entry_id=entry_id)
    yield from _detached()


def _detached() -> Iterator[Finding]:
    with connection.cursor() as cursor:
        # Its size, not its rows: whoever detached it took our right to read it along.
        alone = partitions_alone("current_schema()")
        cursor.execute(
            f"SELECT name FROM ({alone}) AS alone (name) "  # noqa: S608
            "WHERE pg_relation_size(name::regclass) > 0"
        )
        for (table,) in cursor.fetchall():
            said = f"The partition {table} was detached: its entries are out of sight."
            yield finding("partition-detached", said)


def unexplained_erasures(erased_in_log: set[UUID]) -> Iterator[Finding]:
    """Keys that were destroyed without an erasure entry in the log."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM audit_subject WHERE erased_at < now() - interval '1 minute'")
        for (subject,) in cursor:
            if subject not in erased_in_log:
                said = f"The key of subject {subject} was destroyed without an erasure entry."
                yield finding("erased-without-entry", said)


def undone_erasures(erased_in_log: set[UUID]) -> Iterator[Finding]:
    """People who have a key again although the log says that it was destroyed."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM unnest(%s::uuid[]) AS erased (id) JOIN audit_subject USING (id) "
            "WHERE erased_at IS NULL ORDER BY id LIMIT %s",
            [list(erased_in_log), _NAMED],
        )
        for (subject,) in cursor:
            said = f"Subject {subject} was erased, and has a key again: the erasure was undone."
            yield finding("erasure-undone", said)
