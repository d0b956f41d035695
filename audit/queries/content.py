"""Bodies out of the log, opened and held against their leaves; those of erased people stay shut."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from uuid import UUID

from audit import subjects
from audit.binary import rows
from audit.envelope import EnvelopeError, open_sealed
from audit.header import Header
from audit.subjects import SubjectKey


@dataclass(frozen=True, slots=True)
class Body:
    """What is left of a body: its ``content``; or None because the person behind it is ``erased``, or
    because of ``damage``, a sentence: it is gone, or is not the one its leaf commits to."""

    content: bytes | None = None
    erased: bool = False
    damage: str = ""


def open_bodies(headers: Sequence[Header]) -> dict[UUID, Body]:
    """The bodies behind these leaves, by entry id, in two queries.

    Raises KeyFault when the key-encryption key is not the one of its time.
    """
    if not headers:
        return {}
    return open_stored(headers, stored_bodies([header.id for header in headers]))


def open_stored(headers: Sequence[Header], stored: Mapping[UUID, bytes]) -> dict[UUID, Body]:
    """As ``open_bodies``, for bytes read already."""
    # Read after the entries: a key seen alive here was alive when they were read, so an erasure
    # that came since is a later line of the log, and its follower will purge what we make of this.
    sealed = {h.subject for h in headers if h.body_alg != "none" and h.subject is not None}
    keys = subjects.keys(sealed)
    return {header.id: _open(header, stored.get(header.id), keys) for header in headers}


def stored_bodies(ids: Collection[UUID]) -> dict[UUID, bytes]:
    """The bytes as they lie in the database, by entry; an entry without a body is absent."""
    # The bounds prune partitions: entries asked for together mostly lie close together in time.
    return dict(
        rows(
            "SELECT id, body FROM audit_entry_body WHERE id = ANY(%b) AND id BETWEEN %b AND %b",
            [list(ids), min(ids), max(ids)],
        )
    )


def _open(header: Header, stored: bytes | None, keys: dict[UUID, SubjectKey]) -> Body:
    sealed = header.body_alg != "none"
    key = keys.get(header.subject) if header.subject else None
    if sealed and key is None:
        return Body(erased=True)
    if stored is None:
        return Body(damage="The body is gone from the database.")
    if not sealed or key is None:
        if sha256(stored).hexdigest() == header.body_sha256:
            return Body(stored)
        return Body(damage="The body is not the one whose digest stands in the leaf.")
    try:
        commit = bytes.fromhex(header.commit or "")
        return Body(open_sealed(key.dek, header.id.bytes, stored, commit))
    except EnvelopeError as error:
        return Body(damage=str(error))
