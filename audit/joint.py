"""Lines of callers who come at the same time, in one statement and one commit.

Each line is written or not as if it had come alone: one that cannot be written so (its id is taken,
its person is known) is left out by the statement and goes alone afterwards, where the reason shows. If
the statement fails as a whole, nothing of it is written and every line goes alone.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final, LiteralString, NamedTuple
from uuid import UUID

from django.db import connection

from audit import binary, statements
from audit.binary_copy import timestamp
from audit.gathering import Gathering
from audit.statements import Outcome, Subject

_WRITTEN: Final = Outcome(True, True, None, None, None)


class Line(NamedTuple):
    """What a line with a claim has to do with a person, and its values as ``statements.run`` has them."""

    kind: Subject
    values: Mapping[str, Any]


def run(kind: Subject, *, values: Mapping[str, Any]) -> Outcome:
    """Write a line with a claim, as ``statements.run`` does, alone or together with others.

    Inside a transaction it goes alone: the line must be committed or rolled back with the rest of it.
    """
    line = Line(kind, values)
    return _alone(line) if connection.in_atomic_block else _gathering.serve(line)


def write(lines: Sequence[Line]) -> set[UUID]:
    """Write what can be written of these lines, those of a kind in one statement; the ids written."""
    written: set[UUID] = set()
    for kind in {line.kind for line in lines}:
        written |= _write(kind, [line.values for line in lines if line.kind is kind])
    return written


def _alone(line: Line) -> Outcome:
    return statements.run(line.kind, claim=True, values=line.values)


def _together(lines: Sequence[Line]) -> list[Outcome | None]:
    written = write(lines)
    return [_WRITTEN if line.values["id"] in written else None for line in lines]


_gathering: Final = Gathering[Line, Outcome](
    alone=_alone, together=_together, weigh=lambda line: len(line.values["body"])
)


def _write(kind: Subject, values: Sequence[Mapping[str, Any]]) -> set[UUID]:
    # In one order everywhere, so that two processes with the same people wait in line.
    rows = sorted(values, key=lambda one: (one.get("ref_index") or b"", one["key"]))
    columns = {name: _column(name, [row[name] for row in rows]) for name in _COLUMNS[kind]}
    return {UUID(bytes=one) for one in statements.execute_framed(_STATEMENTS[kind], columns)}


def _column(name: str, values: list[Any]) -> bytes:
    if name in {"id", "subject"}:
        return binary.array(binary.UUID, [value.bytes for value in values])
    if name in {"use_case", "kek_id"}:
        return binary.array(binary.TEXT, [value.encode() for value in values])
    if name == "recorded_at":
        moments = [timestamp(value).to_bytes(8, "big", signed=True) for value in values]
        return binary.array(binary.TIMESTAMPTZ, moments)
    return binary.array(binary.BYTEA, values)


_ENTRY: Final = ("id", "recorded_at", "header", "leaf_hash", "sha256", "body")
_LINE: Final = (*_ENTRY, "key", "digest", "subject")
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
