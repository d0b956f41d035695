"""One line in one statement: subject, claim, entry and body together, in one round trip."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from typing import Any, Final, LiteralString
from uuid import UUID

import psycopg
from django.db import connection

from audit import binary

# NOTIFY takes a lock that commits hold until they are on disk: rung with every commit, the bell
# would let commits through one by one (measured at 32 connections: a seventh of the throughput). So
# each process rings at most this often. An entry that came without a ring is found by the look the
# sequencer takes after one that found something, or at the latest by the one it takes when idle.
RING_SECONDS: Final = 0.05
_PREPARE_AFTER: Final = 3


class Subject(Enum):
    """What a line has to do with a person."""

    NONE = "of nobody"
    LIVE = "of a subject whose key is at hand"
    NAMELESS = "of a new subject that nobody named"
    NAMED = "of a reference that is believed new"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the statement did. ``known_…``: the subject a reference has already, when that is why
    nothing was written."""

    written: bool
    subject_there: bool
    known_subject: UUID | None
    known_kek: str | None
    known_wrapped: bytes | None


def run(subject: Subject, *, claim: bool, values: Mapping[str, Any]) -> Outcome:
    """Execute the statement for this kind of line, with a claim or without."""
    return Outcome(*execute(_STATEMENTS[subject, claim], values)[0])


def execute(statement: LiteralString, values: Mapping[str, Any]) -> list[Any]:
    """Execute a statement that writes lines; its rows. It rings when ``ring`` is true and says in its
    first column whether anything was written."""
    due = _bell.due()
    connection.validate_no_broken_transaction()
    with connection.wrap_database_errors, psycopg.Cursor(_session()) as cursor:
        cursor.execute(statement, {**values, "ring": due}, binary=True)
        rows: list[Any] = cursor.fetchall()
    if due and rows and rows[0][0]:
        _bell.rung()
    return rows


def execute_framed(statement: LiteralString, values: Mapping[str, bytes]) -> list[bytes]:
    """The same with values as ``binary.framed_rows`` has them, in a transaction of its own; the second
    column of its rows. Empty when it fails."""
    if connection.in_atomic_block:
        raise RuntimeError("These lines are committed at once, and there is a transaction.")
    due = _bell.due()
    ring = binary.TRUE if due else binary.FALSE
    rows = binary.framed_rows(_session(), statement, {**values, "ring": ring}) or []
    if due and rows and rows[0][0] == binary.TRUE:
        _bell.rung()
    return [row[1] for row in rows if row[1] is not None]


def _session() -> psycopg.Connection[Any]:
    with connection.wrap_database_errors:
        connection.ensure_connection()
        session: psycopg.Connection[Any] = connection.connection
        if session.prepare_threshold is None:
            # Planning these statements costs more than running them. Django never prepares; and
            # PostgreSQL, left alone, would plan the joint ones (audit/joint.py) anew each time.
            session.prepare_threshold = _PREPARE_AFTER
            session.execute("SET plan_cache_mode = force_generic_plan")
    return session


def ring() -> None:
    """Wake the sequencer when the transaction around this commits."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_notify('audit_appended', '')")


class _Bell:
    def __init__(self) -> None:
        self._last = 0.0

    def due(self) -> bool:
        return time.monotonic() - self._last >= RING_SECONDS

    def rung(self) -> None:
        self._last = time.monotonic()


_bell = _Bell()

# Whatever is written is selected from what must come before it, so that nothing is written without
# it. LIVE: no body under a key that is being destroyed; FOR KEY SHARE waits for an erasure in flight
# and then finds the row emptied. NAMELESS: the claim first, so that repeats leave no subjects behind.
# NAMED: the subject first, because it may turn out to be known; NOT EXISTS keeps the repeat of an
# erased person's decision from making that person known again.
_HELD: Final[LiteralString] = """subject AS MATERIALIZED (
    SELECT id FROM audit_subject WHERE id = %(subject)b AND erased_at IS NULL FOR KEY SHARE)"""
_MADE: Final[LiteralString] = """subject AS (
    INSERT INTO audit_subject (id, use_case, ref_index, wrapped_key, kek_id)
    SELECT %(subject)b::uuid, %(use_case)b::text, %(ref_index)b::bytea, %(wrapped)b::bytea,
           %(kek_id)b::text """
_MADE_AFTER_CLAIM: Final[LiteralString] = _MADE + "FROM claim RETURNING id)"
_MADE_IF_NEW: Final[LiteralString] = (
    _MADE
    + """WHERE NOT EXISTS (SELECT FROM audit_claim WHERE key = %(key)b::bytea)
    ON CONFLICT (ref_index) DO NOTHING RETURNING id)"""
)
_CLAIM: Final[LiteralString] = """claim AS (
    INSERT INTO audit_claim (key, entry_id, digest)
    SELECT %(key)b::bytea, %(id)b::uuid, %(digest)b::bytea """
_CLAIM_FIRST: Final[LiteralString] = _CLAIM + "ON CONFLICT (key) DO NOTHING RETURNING entry_id)"
_CLAIM_AFTER: Final[LiteralString] = (
    _CLAIM + "FROM subject ON CONFLICT (key) DO NOTHING RETURNING entry_id)"
)
_NOBODY: Final[LiteralString] = "NULL::uuid, NULL::text, NULL::bytea FROM w"
_KNOWN: Final[LiteralString] = """k.id, k.kek_id, k.wrapped_key
  FROM w LEFT JOIN audit_subject k ON NOT w.written AND k.ref_index = %(ref_index)b::bytea"""


def _statement(before: LiteralString, after: LiteralString, known: LiteralString) -> LiteralString:
    # Only the constants above are put together here; every value is a parameter.
    return f"""WITH {before}, entry AS (
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
           (SELECT count(*) FROM bell) AS rung  -- a bell nobody asks for would not be rung
)
SELECT w.written, w.subject_there, {known}"""  # noqa: S608


_STATEMENTS: Final[Mapping[tuple[Subject, bool], LiteralString]] = {
    (Subject.NONE, False): _statement("subject AS (SELECT)", "subject", _NOBODY),
    (Subject.LIVE, False): _statement(_HELD, "subject", _NOBODY),
    (Subject.LIVE, True): _statement(f"{_HELD}, {_CLAIM_AFTER}", "claim", _NOBODY),
    (Subject.NAMELESS, True): _statement(f"{_CLAIM_FIRST}, {_MADE_AFTER_CLAIM}", "claim", _NOBODY),
    (Subject.NAMED, True): _statement(f"{_MADE_IF_NEW}, {_CLAIM_AFTER}", "claim", _KNOWN),
}
