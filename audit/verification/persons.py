"""The people behind sealed bodies, as their rows stand, and what opens under their keys."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, NamedTuple
from uuid import UUID

from audit import binary
from audit.envelope import EnvelopeError, open_sealed
from audit.header import Header
from audit.keys import KeyFault, KeyStore, key_store

_NAMED: Final = (
    "SELECT id, kek_id, wrapped_key, erased_at IS NOT NULL, use_case, ref_index "
    "FROM audit_subject WHERE id = ANY(%b::uuid[])"
)


class Person(NamedTuple):
    """A subject's row; ``dek`` is None when it does not open, or was destroyed by erasure."""

    dek: bytes | None
    erased: bool
    use_case: str
    ref_index: bytes | None


class Closed(Exception):
    """A body stays closed; ``fault`` is the code and the sentence that say why."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(sentence)
        self.fault = (code, sentence)


def named(subjects: Sequence[UUID]) -> dict[UUID, Person]:
    """The rows of these subjects; one without a row is absent."""
    if not subjects:
        return {}
    store = key_store()
    return {
        id_: Person(
            None if wrapped is None else _unwrapped(store, kek_id, wrapped),
            erased,
            use_case,
            ref_index,
        )
        for id_, kek_id, wrapped, erased, use_case, ref_index in binary.rows(
            _NAMED, [list(set(subjects))]
        )
    }


def _unwrapped(store: KeyStore, kek_id: str, wrapped: bytes) -> bytes | None:
    try:
        return store.unwrap(kek_id, wrapped)
    except (KeyFault, EnvelopeError):
        return None


def opened(entry_id: bytes, stored: bytes, header: Header, person: Person) -> bytes:
    """The plain body of a sealed one; raises Closed."""
    if person.dek is None:
        raise Closed("key-unreadable", "The data key does not open under this service's key.")
    if header.commit is None:
        raise Closed("commit-missing", "The header of a sealed body has no commitment.")
    try:
        return open_sealed(person.dek, entry_id, stored, bytes.fromhex(header.commit))
    except EnvelopeError as error:
        raise Closed("body-unreadable", str(error)) from error
