"""One line in one statement: subject, claim, entry and body together, in one round trip."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
from django.db import connection

# NOTIFY takes a lock that commits hold until they are on disk: rung with every commit, the bell
# would let commits through one by one (measured at 32 connections: a seventh of the throughput). So
# each process rings at most this often, and the sequencer looks again for longer than that after
# the last entry it found.
RING_SECONDS: Final = 0.05
_PREPARE_AFTER: Final = 3


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the statement did. When it wrote nothing, the rest says what stood in the way."""

    written: bool
    subject_there: bool
    taken_entry: UUID | None
    taken_digest: bytes | None
    known_subject: UUID | None
    known_kek: str | None
    known_wrapped: bytes | None


def run(*, subject: str, claim: bool, values: Mapping[str, Any]) -> Outcome:
    """Execute the statement for this kind of subject (none, live, new), with a claim or without."""
    rung = {**values, "ring": _bell.due()}
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors:
        connection.ensure_connection()
        session = connection.connection
        if session.prepare_threshold is None:
            # Planning this statement costs more than running it, and Django never prepares.
            session.prepare_threshold = _PREPARE_AFTER
        with psycopg.Cursor(session) as cursor:
            row: Any = cursor.execute(_STATEMENTS[subject, claim], rung, binary=True).fetchone()
    return Outcome(*row[:7])


def ring() -> None:
    """Wake the sequencer when the transaction around this commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('audit_appended', '')")


class _Bell:
    def __init__(self) -> None:
        self._rung = 0.0

    def due(self) -> bool:
        now = time.monotonic()
        if now - self._rung < RING_SECONDS:
            return False
        self._rung = now
        return True


_bell = _Bell()

# The subject's row is held or made first and everything else is selected from it, so that no body
# is written under a key that is being destroyed: FOR KEY SHARE waits for an erasure in flight, and
# then finds the row emptied.
_SUBJECTS: Final[Mapping[str, LiteralString]] = {
    "none": "subject AS (SELECT)",
    "live": """subject AS MATERIALIZED (
    SELECT id FROM audit_subject WHERE id = %(subject)b AND erased_at IS NULL FOR KEY SHARE)""",
    # Without NOT EXISTS each repeat would leave one more nameless subject behind.
    "new": """subject AS (
    INSERT INTO audit_subject (id, use_case, ref_index, wrapped_key, kek_id)
    SELECT %(subject)b::uuid, %(use_case)b::text, %(ref_index)b::bytea, %(wrapped)b::bytea,
           %(kek_id)b::text
     WHERE NOT EXISTS (SELECT FROM audit_claim WHERE key = %(key)b::bytea)
    ON CONFLICT (ref_index) DO NOTHING RETURNING id)""",
}
_CLAIM: Final[LiteralString] = """, claim AS (
    INSERT INTO audit_claim (key, entry_id, digest)
    SELECT %(key)b::bytea, %(id)b::uuid, %(digest)b::bytea FROM subject
    ON CONFLICT (key) DO NOTHING RETURNING entry_id)"""


def _statement(subject: str, *, claim: bool) -> LiteralString:
    after: LiteralString = "claim" if claim else "subject"
    taken: LiteralString = (
        "LEFT JOIN audit_claim t ON NOT w.written AND t.key = %(key)b::bytea"
        if claim
        else "LEFT JOIN (SELECT NULL::uuid AS entry_id, NULL::bytea AS digest) t ON true"
    )
    known: LiteralString = (
        "LEFT JOIN audit_subject k ON NOT w.written AND k.ref_index = %(ref_index)b::bytea"
        if subject == "new"
        else "LEFT JOIN audit_subject k ON false"
    )
    # Only the constants above are put together here; every value is a parameter.
    return f"""WITH {_SUBJECTS[subject]}{_CLAIM if claim else ""}, entry AS (
    INSERT INTO audit_entry (id, recorded_at, header, leaf_hash)
    SELECT %(id)b::uuid, %(recorded_at)b::timestamptz, %(header)b::bytea, %(leaf_hash)b::bytea
      FROM {after} RETURNING id
), body AS (
    INSERT INTO audit_entry_body (id, sha256, body)
    SELECT %(id)b::uuid, %(sha256)b::bytea, %(body)b::bytea FROM {after}
), bell AS MATERIALIZED (
    SELECT pg_notify('audit_appended', '') FROM entry WHERE %(ring)b::boolean
), w AS MATERIALIZED (
    SELECT EXISTS (SELECT FROM entry) AS written, EXISTS (SELECT FROM subject) AS subject_there,
           (SELECT count(*) FROM bell) AS rung
)
SELECT w.written, w.subject_there, t.entry_id, t.digest, k.id, k.kek_id, k.wrapped_key, w.rung
  FROM w {taken} {known}"""  # noqa: S608


_STATEMENTS: Final[Mapping[tuple[str, bool], LiteralString]] = {
    ("none", False): _statement("none", claim=False),
    ("live", False): _statement("live", claim=False),
    ("live", True): _statement("live", claim=True),
    ("new", True): _statement("new", claim=True),
}
