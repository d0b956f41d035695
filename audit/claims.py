"""Callers' ids for entries: they make a retry safe, and find an entry by the name it was given.

Kept as keyed hashes only (HMAC-SHA-256 under the lookup key): they stay when a person is erased,
and without the key nobody can test a guess of an id or of a body against them.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from typing import Final, NamedTuple
from uuid import UUID

from django.db import connection

from audit.binary_copy import copy_in
from audit.envelope import blind_index, keyed_digest
from audit.keys import KeyStore, key_store

_COPY: Final = "COPY audit_claim (key, entry_id, digest) FROM STDIN (FORMAT BINARY)"
_DECISION: Final = "decision"
_OUTCOME: Final = "outcome"
_SEGMENTS: Final = "segments"
_ERASURE: Final = "erasure"
_ROW: Final = struct.Struct(">hi32si16si32s").pack


class Claim(NamedTuple):
    """A caller's id (``key``) and the body it was given for (``digest``), 32 bytes each."""

    key: bytes
    digest: bytes


class Taken(NamedTuple):
    """What a key stands for already."""

    entry_id: UUID
    digest: bytes


def of_decision(use_case: str, decision_id: str, raw: bytes, keys: KeyStore) -> Claim:
    index_key = keys.index_key
    return Claim(blind_index(index_key, _DECISION, use_case, decision_id), _digest(index_key, raw))


def of_outcome(decision_entry: UUID, outcome_id: str, raw: bytes, keys: KeyStore) -> Claim:
    index_key = keys.index_key
    key = blind_index(index_key, _OUTCOME, str(decision_entry), outcome_id)
    return Claim(key, _digest(index_key, raw))


def of_segments(use_case: str, statement_id: str, raw: bytes, keys: KeyStore) -> Claim:
    index_key = keys.index_key
    key = blind_index(index_key, _SEGMENTS, use_case, statement_id)
    return Claim(key, _digest(index_key, raw))


def of_erasure(subject: UUID, body: bytes, keys: KeyStore) -> Claim:
    index_key = keys.index_key
    return Claim(blind_index(index_key, _ERASURE, str(subject)), _digest(index_key, body))


def decision_key(use_case: str, decision_id: str) -> bytes:
    """The key under which a decision is found by its caller's id."""
    return blind_index(key_store().index_key, _DECISION, use_case, decision_id)


def _digest(index_key: bytes, raw: bytes) -> bytes:
    # JSON never begins with the zero byte that a framed blind index begins with, so the two uses of
    # the key cannot meet.
    return keyed_digest(index_key, raw)


def find(keys: Iterable[bytes]) -> dict[bytes, Taken]:
    """The claims among ``keys`` that exist, in one query."""
    wanted = list(keys)
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        # The join prunes to one partition per key; ANY(array) would probe every partition for all.
        cursor.execute(
            "SELECT c.key, c.entry_id, c.digest FROM unnest(%s::bytea[]) AS w(key)"
            " JOIN audit_claim c ON c.key = w.key",
            [wanted],
        )
        return {bytes(key): Taken(entry, bytes(digest)) for key, entry, digest in cursor}


def take_free(claims: Sequence[tuple[Claim, UUID]]) -> set[bytes]:
    """Write those of the claims that nobody has; the keys of the others.

    Waits for writers of the same keys to end. Dearer than ``take_many``, and never to be repeated.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_claim (key, entry_id, digest) SELECT * FROM"
            " unnest(%s::bytea[], %s::uuid[], %s::bytea[]) AS c (key, entry_id, digest)"
            " ORDER BY key ON CONFLICT (key) DO NOTHING RETURNING key",
            [
                [claim.key for claim, _ in claims],
                [entry for _, entry in claims],
                [claim.digest for claim, _ in claims],
            ],
        )
        taken = {bytes(key) for (key,) in cursor}
    return {claim.key for claim, _ in claims} - taken


def take_many(claims: Sequence[tuple[Claim, UUID]]) -> None:
    """Write claims that are believed new, for their entries, by COPY.

    Raises Contended when one exists. Must run inside the transaction that writes the entries: a
    claim without its entry would promise a line that is not in the log.
    """
    # In order of keys, so that two bulks with the same ids wait in line and not in a circle.
    rows = sorted(
        _ROW(3, 32, claim.key, 16, entry.bytes, 32, claim.digest) for claim, entry in claims
    )
    copy_in(_COPY, [b"".join(rows)])
