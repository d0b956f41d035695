"""Callers' ids and people's references: their keyed indexes in the database against the bodies that state them.

Neither is in the tree, so only a body that still opens can tell that one was changed: a retry would
then be recorded twice, or a person not be found when they are to be erased.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final, NamedTuple
from uuid import UUID

import msgspec

from audit import binary, claims, subjects
from audit.claims import Claim
from audit.header import Header
from audit.keys import key_store
from audit.verification.findings import Finding, finding
from audit.verification.plans import by_the_indexes

STATED: Final = frozenset({"decision", "outcome", "segments"})
# The join prunes to one partition for each key.
_TAKEN: Final = (
    "SELECT c.key, c.entry_id, c.digest FROM unnest(%b::bytea[]) AS w (key) "
    "JOIN audit_claim c ON c.key = w.key"
)


class Stated(NamedTuple):
    """The claim that a body calls for, and the entry it must stand for."""

    leaf: int
    entry_id: UUID
    claim: Claim


class _Said(msgspec.Struct):
    id: str
    subject: str | None = None


_read: Final = msgspec.json.Decoder(_Said).decode


def claim_of(header: Header, body: bytes) -> tuple[Claim | None, str | None]:
    """The claim for this body, None for a kind that has none; and the reference it states.

    Raises ValueError for a body that states no id of its caller's.
    """
    if header.kind == "erasure" and header.subject is not None:
        return claims.of_erasure(header.subject, body, key_store()), None
    if header.kind not in STATED:
        return None, None
    said, keys = _read(body), key_store()
    if header.kind == "decision":
        return claims.of_decision(header.use_case, said.id, body, keys), said.subject
    if header.kind == "segments":
        return claims.of_segments(header.use_case, said.id, body, keys), said.subject
    if header.ref is None:
        raise ValueError("An outcome is about a decision.")
    return claims.of_outcome(header.ref, said.id, body, keys), None


def names_another(header: Header, reference: str | None, ref_index: bytes | None) -> bool:
    """Whether the person's row is found by another reference than the body states."""
    if header.kind != "decision" and reference is None:
        return False
    stated = (
        subjects.reference_index(header.use_case, reference, key_store()) if reference else None
    )
    return stated != ref_index


def faults(stated: Sequence[Stated]) -> Iterator[Finding]:
    """Claims that are gone, or stand for another entry or another body."""
    if not stated:
        return
    with by_the_indexes():
        rows = binary.rows(_TAKEN, [[one.claim.key for one in stated]])
    taken = {key: (entry_id, digest) for key, entry_id, digest in rows}
    for one in stated:
        found = taken.get(one.claim.key)
        if found is None:
            said = "The caller's id is not held: the same decision could be recorded again."
            yield finding("claim-missing", said, one.leaf, one.entry_id)
        elif found != (one.entry_id, one.claim.digest):
            said = "The caller's id stands for another entry, or for another body."
            yield finding("claim-changed", said, one.leaf, one.entry_id)
