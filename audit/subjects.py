"""People behind entries: a random pseudonym and a data key each; their reference as a keyed hash.

Destroying the data key is how a person is erased, so no body may be sealed under a key that is
being destroyed. Whoever writes holds the subject's row (FOR KEY SHARE) in the statement or
transaction that writes the body, and erasure takes the row FOR UPDATE: one of the two waits.
"""

from __future__ import annotations

import struct
import time
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection, transaction

from audit import binary
from audit.binary_copy import NULL, Contended, copy_in, length
from audit.envelope import blind_index, new_key
from audit.header import uuid7
from audit.keys import KeyStore, key_store

_ATTEMPTS: Final = 5
_PIECE: Final = 100  # new people sent at a time
_FIND: Final = (
    "SELECT id, ref_index, wrapped_key, kek_id FROM audit_subject"
    " WHERE ref_index = ANY(%b::bytea[]) ORDER BY ref_index FOR KEY SHARE"
)
_HOLD: Final = (
    "SELECT id, kek_id, wrapped_key FROM audit_subject"
    " WHERE id = ANY(%b::uuid[]) AND erased_at IS NULL ORDER BY id FOR KEY SHARE"
)
_COPY: Final = (
    "COPY audit_subject (id, use_case, ref_index, wrapped_key, kek_id) FROM STDIN (FORMAT BINARY)"
)
_ROW_HEAD: Final = struct.Struct(">hi16si").pack
_DIGEST: Final = length(32)

Person = tuple[str, bytes | None]
"""A use case and the blind index of a reference there; None for somebody nobody named."""


class Erased(Exception):
    """The subject's data key is destroyed: nothing can be sealed or read under it."""


class SubjectKey(NamedTuple):
    """A pseudonym, which is also the name of the data key, and the key: 32 bytes, never stored."""

    id: UUID
    dek: bytes


class NewSubject(NamedTuple):
    """A subject not yet in the database. ``ref_index`` is None for one that nobody named."""

    key: SubjectKey
    use_case: str
    ref_index: bytes | None
    wrapped: bytes
    kek_id: str


def reference_index(use_case: str, ref: str, keys: KeyStore) -> bytes:
    """How a reference is found again; a person has another pseudonym in every use case."""
    return blind_index(keys.index_key, "subject", use_case, ref)


def fresh(use_case: str, ref_index: bytes | None, keys: KeyStore) -> NewSubject:
    # A UUIDv7 keeps the index compact. Its time tells nothing more than the subject's first entry.
    key = SubjectKey(uuid7(), new_key())
    return NewSubject(key, use_case, ref_index, keys.wrap(key.dek), keys.kek_id)


def opened(subject_id: UUID, kek_id: str, wrapped: bytes) -> SubjectKey:
    return SubjectKey(subject_id, key_store().unwrap(kek_id, wrapped))


# Data keys of references seen a moment ago: they spare a busy writer the look-up. A remembered key
# is never trusted by itself: the statement that writes under it also finds its row alive.
_REMEMBER_SECONDS: Final = 30.0
_REMEMBER_MOST: Final = 4096
_remembered: dict[bytes, tuple[float, SubjectKey]] = {}


def remember(ref_index: bytes, key: SubjectKey) -> None:
    if len(_remembered) >= _REMEMBER_MOST:
        _remembered.clear()
    _remembered[ref_index] = (time.monotonic() + _REMEMBER_SECONDS, key)


def remembered(ref_index: bytes) -> SubjectKey | None:
    until, key = _remembered.get(ref_index, (0.0, None))
    return key if until > time.monotonic() else None


def forget_all() -> None:
    """Let go of remembered keys: one of them is being destroyed."""
    _remembered.clear()


def find(use_case: str, ref: str) -> UUID | None:
    """The pseudonym of a reference; None when it was never named, or is erased."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM audit_subject WHERE ref_index = %s",
            [reference_index(use_case, ref, key_store())],
        )
        row = cursor.fetchone()
    return row[0] if row else None


def key(subject_id: UUID) -> SubjectKey | None:
    """The data key, for reading; None when it is destroyed."""
    return keys([subject_id]).get(subject_id)


def keys(ids: Iterable[UUID]) -> dict[UUID, SubjectKey]:
    """The data keys that exist, for reading; erased and unknown subjects are absent."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, kek_id, wrapped_key FROM audit_subject"
            " WHERE id = ANY(%s) AND erased_at IS NULL",
            [wanted],
        )
        return {row[0]: opened(row[0], row[1], bytes(row[2])) for row in cursor}


def hold(ids: Collection[UUID]) -> None:
    """Keep these subjects from being erased until the transaction ends.

    Raises Erased when one already is: its key must not seal another body.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM audit_subject WHERE id = ANY(%s) AND erased_at IS NULL"
            " ORDER BY id FOR KEY SHARE",
            [wanted],
        )
        if len(cursor.fetchall()) != len(wanted):
            raise Erased("A subject of these lines is erased.")


def held(ids: Collection[UUID]) -> dict[UUID, SubjectKey]:
    """``keys`` and ``hold`` in one: the data keys that exist, each kept from being destroyed until the
    transaction ends; erased and unknown subjects are absent.
    """
    wanted = sorted(set(ids))
    if not wanted:
        return {}
    return {row[0]: opened(row[0], row[1], row[2]) for row in binary.rows(_HOLD, [wanted])}


def for_references(use_case: str, refs: Sequence[str | None]) -> list[SubjectKey]:
    """A subject for each reference, in order, made where there is none; None gets one of its own.

    Must run inside a transaction: the subjects are held until it ends (see ``hold``).
    """
    keys = key_store()
    return for_people(
        [(use_case, None if ref is None else reference_index(use_case, ref, keys)) for ref in refs]
    )


def for_people(people: Sequence[Person]) -> list[SubjectKey]:
    """As ``for_references``, for people of several use cases."""
    if not connection.in_atomic_block:
        raise RuntimeError("Subjects are held for a transaction, and there is none.")
    store = key_store()
    # In one order for all, so that two writers of the same new people wait in line, not in a circle.
    named = sorted({(index, use_case) for use_case, index in people if index is not None})
    nameless = [(None, use_case) for use_case, index in people if index is None]
    for _ in range(_ATTEMPTS):
        known = _held([index for index, _ in named])
        try:
            with transaction.atomic():
                made = _make([one for one in named if one[0] not in known], store)
                unnamed = iter(_make(nameless, store))
        except Contended:
            continue  # another made one of them meanwhile: find it, and use that
        known |= {subject.ref_index: subject.key for subject in made if subject.ref_index}
        return [next(unnamed).key if index is None else known[index] for _, index in people]
    raise Contended("The same new subjects are being made elsewhere again and again.")


def _held(named: list[bytes]) -> dict[bytes, SubjectKey]:
    if not named:
        return {}
    return {row[1]: opened(row[0], row[3], row[2]) for row in binary.rows(_FIND, [named])}


def _make(people: Sequence[tuple[bytes | None, str]], store: KeyStore) -> list[NewSubject]:
    """New subjects for these indexes and use cases, in order, written by COPY; raises Contended."""
    made: list[NewSubject] = []

    def rows() -> Iterator[bytes]:
        # In pieces: the database takes one in while the keys of the next are made and wrapped.
        for start in range(0, len(people), _PIECE):
            piece = [fresh(case, index, store) for index, case in people[start : start + _PIECE]]
            made.extend(piece)
            yield b"".join(map(_row, piece))

    if people:
        copy_in(_COPY, rows())
    return made


def _row(subject: NewSubject) -> bytes:
    use_case, kek_id = subject.use_case.encode(), subject.kek_id.encode()
    index = subject.ref_index
    return b"".join(
        (
            _ROW_HEAD(5, 16, subject.key.id.bytes, len(use_case)),
            use_case,
            NULL if index is None else _DIGEST + index,
            length(len(subject.wrapped)),
            subject.wrapped,
            length(len(kek_id)),
            kek_id,
        )
    )
