"""Each leaf against its raw content: header, row, stored bytes, and what opens under the live key."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Final, NamedTuple, cast
from uuid import UUID

import psycopg
from django.db import connection

from audit.binary_copy import timestamp
from audit.header import Header, HeaderError, parse
from audit.verification import indexes, persons
from audit.verification.findings import Finding, finding
from audit.verification.persons import Closed, Person, opened
from audit.verification.plans import by_the_indexes
from audit.verification.portions import portions

if TYPE_CHECKING:
    from psycopg.pq.abc import PGresult

_ROWS: Final = """
SELECT l.leaf_index, l.entry_id, l.leaf_hash, e.leaf_hash, e.recorded_at, e.header, b.sha256, b.body
FROM audit_entry_leaf l
LEFT JOIN audit_entry e ON e.id = l.entry_id
LEFT JOIN audit_entry_body b ON b.id = l.entry_id
WHERE l.leaf_index >= $1 AND l.leaf_index < $2 ORDER BY l.leaf_index"""


class Row(NamedTuple):
    """A leaf with all that hangs on it, as PostgreSQL's binary values; None where a row is missing."""

    leaf: int
    entry_id: bytes
    leaf_hash: bytes
    entry_hash: bytes | None
    recorded_at: bytes | None
    header: bytes | None
    body_digest: bytes | None
    body: bytes | None


@dataclass(slots=True)
class Checked:
    """What a batch of leaves says. ``hashes`` has one for each index asked for, found or not."""

    hashes: list[Candidates] = field(default_factory=list)
    verified: int = 0
    erased: int = 0
    erasures: list[UUID] = field(default_factory=list)
    stated: list[indexes.Stated] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)


class Candidates(NamedTuple):
    """A leaf's hash as its header gives it and as its row says; None where there is none."""

    of_content: bytes | None
    of_row: bytes | None


InTile = Callable[[int], bytes | None]
"""The hash a stored tile has for a leaf; None where no full tile is stored."""


def check(first: int, end: int, in_tile: InTile) -> Checked:
    """Check the leaves [first, end) against their content."""
    checked = Checked()
    for begin, until in portions(first, end):
        _check_portion(begin, until, in_tile, checked)
    checked.findings += indexes.faults(checked.stated)
    return checked


def _check_portion(first: int, end: int, in_tile: InTile, checked: Checked) -> None:
    read = _read(first, end)
    rows = {row.leaf: row for row in read}
    headers = {row.leaf: _parsed(row) for row in rows.values()}
    people = persons.named(
        [header.subject for header in headers.values() if header and header.subject]
    )
    if len(rows) < len(read):
        checked.findings += _doubled(read)
    for index in range(first, end):
        row = rows.get(index)
        if row is None:
            checked.findings.append(
                finding("leaf-missing", "No entry stands at this place of the tree.", index)
            )
            checked.hashes.append(Candidates(None, None))
            continue
        _check_row(row, headers[index], people, in_tile(index), checked)


def _doubled(read: Sequence[Row]) -> list[Finding]:
    """Only where a unique index was taken away; either of the rows might be shown to somebody."""
    said = "More than one row stands here: a leaf, its entry or its body is there twice."
    twice = sorted(leaf for leaf, rows in Counter(row.leaf for row in read).items() if rows > 1)
    return [finding("row-doubled", said, leaf) for leaf in twice]


def _check_row(
    row: Row,
    header: Header | None,
    people: dict[UUID, Person],
    in_tile: bytes | None,
    checked: Checked,
) -> None:
    of_content = None if row.header is None else sha256(b"\x00" + row.header).digest()
    checked.hashes.append(Candidates(of_content, row.leaf_hash))
    found = [*_entry_faults(row, header, of_content, in_tile)]
    if header is not None:
        found += _body_faults(row, header)
        if not found:
            found += _opened_faults(row, header, people, checked)
        if header.kind == "erasure" and header.subject is not None:
            checked.erasures.append(header.subject)
    if found:
        entry_id = UUID(bytes=row.entry_id)
        checked.findings += [finding(code, said, row.leaf, entry_id) for code, said in found]
    checked.verified += not found


Fault = tuple[str, str]


def _entry_faults(
    row: Row, header: Header | None, of_content: bytes | None, in_tile: bytes | None
) -> Iterator[Fault]:
    if of_content is None:
        yield "entry-missing", "The entry of this leaf is gone."
        return
    if of_content != row.leaf_hash:
        yield _which_changed(row, of_content, in_tile)
    elif row.entry_hash != of_content:
        yield "entry-hash-changed", "The hash beside the header was changed."
    if header is None:
        yield "header-unreadable", "The header is not one this log writes."
        return
    if header.id.bytes != row.entry_id:
        yield "id-differs", f"The header is of another entry, {header.id}."
    if row.recorded_at is None or row.recorded_at != _stored(header.recorded_at):
        yield "time-differs", "The row names another time of recording than the header."


def _which_changed(row: Row, of_content: bytes, in_tile: bytes | None) -> Fault:
    # Header and leaf disagree; the tile, written from the leaf long ago, tells which was changed.
    if in_tile == row.leaf_hash:
        return "header-changed", "The header is not the one that was hashed: it was changed."
    if in_tile == of_content:
        return "leaf-changed", "The leaf is not the hash of its entry's header: it was changed."
    return "header-or-leaf-changed", "The header does not give the leaf: one was changed."


def _body_faults(row: Row, header: Header) -> Iterator[Fault]:
    if row.body is None or row.body_digest is None:
        yield "body-missing", "The stored body of this entry is gone."
        return
    digest = sha256(row.body).digest()
    if digest.hex() != header.body_sha256 or len(row.body) != header.body_len:
        yield "body-changed", "The stored body is not the one the header commits to."
    elif digest != row.body_digest:
        yield "body-digest-changed", "The digest beside the stored body was changed."


def _opened_faults(
    row: Row, header: Header, people: dict[UUID, Person], checked: Checked
) -> Iterator[Fault]:
    """What only the opened body tells; one that only erasure keeps from being opened is counted."""
    if header.body_alg == "none":
        yield from _stated_faults(row, header, row.body or b"", None, checked)
        return
    person = people.get(header.subject) if header.subject else None
    if person is None:
        yield "key-missing", "The data key is gone, and not by an erasure."
        return
    if person.use_case != header.use_case:
        yield "subject-differs", "The person's row names another use case than the header."
    checked.erased += person.erased
    if not person.erased:
        try:
            body = opened(row.entry_id, row.body or b"", header, person)
        except Closed as closed:
            yield closed.fault
        else:
            yield from _stated_faults(row, header, body, person, checked)


def _stated_faults(
    row: Row, header: Header, body: bytes, person: Person | None, checked: Checked
) -> Iterator[Fault]:
    try:
        claim, reference = indexes.claim_of(header, body)
    except ValueError:
        yield "body-unlike-kind", "The body opens, but is not one that its kind of entry has."
        return
    if claim is not None:
        checked.stated.append(indexes.Stated(row.leaf, header.id, claim))
    if person and indexes.names_another(header, reference, person.ref_index):
        yield "subject-differs", "The person is not found by the reference that the body states."


def _parsed(row: Row) -> Header | None:
    if row.header is None:
        return None
    try:
        return parse(row.header)
    except HeaderError:
        return None


def _read(first: int, end: int) -> list[Row]:
    with by_the_indexes():
        # Values as they come over the wire: turning each into a Python object and back into bytes
        # would take longer than all the hashing.
        raw = psycopg.RawCursor(connection.connection)
        raw.execute(_ROWS, [first, end], binary=True)
        result = cast("PGresult", raw.pgresult)
        value = result.get_value
        return [
            Row(
                int.from_bytes(value(row, 0) or b""),
                value(row, 1) or b"",
                value(row, 2) or b"",
                *(value(row, column) for column in range(3, 8)),
            )
            for row in range(result.ntuples)
        ]


def _stored(text: str) -> bytes | None:
    """How PostgreSQL sends the RFC 3339 time of a header; None for a 30th of February."""
    try:
        return timestamp(datetime.fromisoformat(text)).to_bytes(8, signed=True)
    except ValueError:
        return None
