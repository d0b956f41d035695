"""Lines of callers who come at the same time, in one statement and one commit.

While one caller's line is on its way to the disk, the lines of others gather; the next statement takes
them all. Nobody waits for company: a caller who comes alone is served alone, by ``statements.run``.
Each line is written or not as if it had come alone: one that cannot be written so (its id is taken,
its person is known) is left out by the statement and goes alone afterwards, where the reason shows. If
the statement fails as a whole, nothing of it is written and every line goes alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from threading import Lock
from typing import Any, Final, LiteralString
from uuid import UUID

from django.db import connection
from django.db.utils import Error

from audit import statements
from audit.statements import Outcome, Subject

# So that one statement stays small, whatever the callers bring.
MOST_LINES: Final = 64
MOST_BYTES: Final = 1 << 20

_WRITTEN: Final = Outcome(True, True, None, None, None)


@dataclass(slots=True, eq=False)
class _Caller:
    """``done`` stays None when the line must go alone; ``leads``: it is for this caller to write."""

    kind: Subject
    values: Mapping[str, Any]
    done: Outcome | None = None
    leads: bool = False
    turn: Lock = field(default_factory=Lock)


class _Gathering:
    """Who waits in this process, and whether somebody is writing."""

    def __init__(self) -> None:
        self._hold = Lock()
        self._busy = False
        self._waiting: list[_Caller] = []

    def enter(self, caller: _Caller) -> bool:
        """Whether the caller writes now. If not, somebody else has written, or tried to."""
        with self._hold:
            if not self._busy:
                self._busy = True
                return True
            caller.turn.acquire()
            self._waiting.append(caller)
        caller.turn.acquire()  # released by whoever wrote, or by whoever hands the writing over
        return caller.leads

    def company(self, caller: _Caller) -> list[_Caller]:
        """The caller and those who wait with a line of the same kind."""
        with self._hold:
            taken, size = [caller], len(caller.values["body"])
            for other in self._waiting:
                size += len(other.values["body"])
                if len(taken) == MOST_LINES or size > MOST_BYTES:
                    break
                if other.kind is caller.kind:
                    taken.append(other)
            self._waiting = [other for other in self._waiting if other not in taken]
            return taken

    def leave(self, company: Sequence[_Caller]) -> None:
        """Let the company go, and hand the writing to the next who waits."""
        with self._hold:
            following = self._waiting.pop(0) if self._waiting else None
            self._busy = following is not None
        if following:
            following.leads = True
            following.turn.release()
        for other in company[1:]:
            other.turn.release()


_gathering = _Gathering()


def run(kind: Subject, *, values: Mapping[str, Any]) -> Outcome:
    """Write a line with a claim, as ``statements.run`` does, alone or together with others.

    Inside a transaction it goes alone: the line must be committed or rolled back with the rest of it.
    """
    if connection.in_atomic_block:
        return statements.run(kind, claim=True, values=values)
    caller = _Caller(kind, values)
    if _gathering.enter(caller):
        _write(caller)
    return caller.done or statements.run(kind, claim=True, values=values)


def _write(caller: _Caller) -> None:
    company = [caller]
    # Whatever happens here, those who wait must be let go: a thread that waits forever would hold
    # its caller's connection for good.
    try:
        company = _gathering.company(caller)
        if len(company) == 1:
            caller.done = statements.run(caller.kind, claim=True, values=caller.values)
        else:
            _write_together(company)
    finally:
        _gathering.leave(company)


def _write_together(company: Sequence[_Caller]) -> None:
    # In one order everywhere, so that two processes with the same people wait in line.
    rows = sorted(company, key=lambda one: (one.values.get("ref_index") or b"", one.values["key"]))
    columns: dict[str, Any] = {
        name: [row.values.get(name) for row in rows] for name in _COLUMNS[company[0].kind]
    }
    try:
        found = statements.execute(_STATEMENTS[company[0].kind], columns)
    except Error:
        return  # nothing is written: each goes alone and meets its own reason
    written: set[UUID] = {row[1] for row in found}
    for one in company:
        if one.values["id"] in written:
            one.done = _WRITTEN


_LINE: Final = (
    "id",
    "recorded_at",
    "header",
    "leaf_hash",
    "sha256",
    "body",
    "key",
    "digest",
    "subject",
)
_PERSON: Final = ("use_case", "wrapped", "kek_id")
_COLUMNS: Final[Mapping[Subject, tuple[str, ...]]] = {
    Subject.LIVE: _LINE,
    Subject.NAMELESS: (*_LINE, *_PERSON),
    Subject.NAMED: (*_LINE, *_PERSON, "ref_index"),
}
_ARRAYS: Final[LiteralString] = (
    "%(id)b::uuid[], %(recorded_at)b::timestamptz[], %(header)b::bytea[], %(leaf_hash)b::bytea[], "
    "%(sha256)b::bytea[], %(body)b::bytea[], %(key)b::bytea[], %(digest)b::bytea[], %(subject)b::uuid[]"
)
_NAMES: Final[LiteralString] = (
    "id, recorded_at, header, leaf_hash, sha256, body, key, digest, subject"
)
_PERSONS: Final[LiteralString] = ", %(use_case)b::text[], %(wrapped)b::bytea[], %(kek_id)b::text[]"
_PERSON_NAMES: Final[LiteralString] = ", use_case, wrapped, kek_id"


# The same order as in audit/statements.py, for the same reasons. The look-up of a claim is a scalar
# subquery because that is always run row by row, by the index: as a join it could become a scan of
# the whole table, planned when the table was small.
_HELD: Final[LiteralString] = """subject AS MATERIALIZED (
    SELECT id FROM audit_subject WHERE id = ANY(%(subject)b::uuid[]) AND erased_at IS NULL
    ORDER BY id FOR KEY SHARE)"""
_CLAIM: Final[LiteralString] = """claim AS (
    INSERT INTO audit_claim (key, entry_id, digest) SELECT key, row.id, digest FROM row"""
_TAKEN: Final[LiteralString] = " ON CONFLICT (key) DO NOTHING RETURNING entry_id)"
_CLAIM_AFTER: Final[LiteralString] = _CLAIM + " JOIN subject ON subject.id = row.subject" + _TAKEN

_MADE_AFTER_CLAIM: Final[LiteralString] = """subject AS (
    INSERT INTO audit_subject (id, use_case, wrapped_key, kek_id)
    SELECT subject, use_case, wrapped, kek_id FROM row JOIN claim ON claim.entry_id = row.id)"""
_MADE_IF_NEW: Final[LiteralString] = """subject AS (
    INSERT INTO audit_subject (id, use_case, ref_index, wrapped_key, kek_id)
    SELECT subject, use_case, ref_index, wrapped, kek_id FROM row
    WHERE (SELECT c.entry_id FROM audit_claim c WHERE c.key = row.key) IS NULL
    ON CONFLICT (ref_index) DO NOTHING RETURNING id)"""


def _statement(arrays: LiteralString, names: LiteralString, before: LiteralString) -> LiteralString:
    # Only the constants above are put together here; every value is a parameter.
    return f"""WITH row AS MATERIALIZED (
    SELECT * FROM unnest({arrays}) AS r ({names})
), {before}, entry AS (
    INSERT INTO audit_entry (id, recorded_at, header, leaf_hash)
    SELECT id, recorded_at, header, leaf_hash FROM row JOIN claim ON claim.entry_id = row.id
    RETURNING id
), body AS (
    INSERT INTO audit_entry_body (id, sha256, body)
    SELECT id, sha256, body FROM row JOIN claim ON claim.entry_id = row.id
), bell AS MATERIALIZED (
    SELECT pg_notify('audit_appended', '') WHERE %(ring)b::boolean AND EXISTS (SELECT FROM entry)
)
SELECT (SELECT count(*) FROM bell) > 0, entry.id FROM entry"""  # noqa: S608


_STATEMENTS: Final[Mapping[Subject, LiteralString]] = {
    Subject.LIVE: _statement(_ARRAYS, _NAMES, f"{_HELD}, {_CLAIM_AFTER}"),
    Subject.NAMELESS: _statement(
        _ARRAYS + _PERSONS, _NAMES + _PERSON_NAMES, f"{_CLAIM + _TAKEN}, {_MADE_AFTER_CLAIM}"
    ),
    Subject.NAMED: _statement(
        _ARRAYS + _PERSONS + ", %(ref_index)b::bytea[]",
        _NAMES + _PERSON_NAMES + ", ref_index",
        f"{_MADE_IF_NEW}, {_CLAIM_AFTER}",
    ),
}
