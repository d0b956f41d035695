"""Receipts the log gives at once: "accepted" means durable in the database, not yet in the tree.

The signature is the log's promise to include exactly this leaf; an ``included`` receipt
(audit.proofs) later shows that it kept it. Byte layout: docs/log-format.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Protocol
from uuid import UUID

from django.conf import settings

from audit import merkle
from audit.keys import key_store

# A zero byte cannot stand in a signed note, so no receipt can be passed off as a checkpoint, nor
# one kind of receipt as the other, although one key signs all three.
_ACCEPTED: Final = b"rationale/accepted/v1\x00"
_BATCH: Final = b"rationale/batch/v1\x00"


class Line(Protocol):
    """An entry as far as a receipt names it."""

    @property
    def id(self) -> UUID: ...
    @property
    def leaf_hash(self) -> bytes: ...
    @property
    def recorded_at(self) -> str: ...


@dataclass(frozen=True, slots=True)
class AcceptedReceipt:
    entry_id: UUID
    leaf_hash: bytes
    recorded_at: str
    signature: bytes
    key_id: str


@dataclass(frozen=True, slots=True)
class BatchReceipt:
    """One signature for all lines of a bulk: over the root of their leaf hashes, in order."""

    count: int
    root: bytes
    signature: bytes
    key_id: str


def accepted(line: Line) -> AcceptedReceipt:
    """The receipt of one entry; the same entry gives the same bytes (Ed25519 is deterministic)."""
    keys = key_store()
    signature = keys.sign(accepted_message(settings.AUDIT_ORIGIN, line))
    return AcceptedReceipt(line.id, line.leaf_hash, line.recorded_at, signature, keys.key_id)


def batch(leaf_hashes: Sequence[bytes]) -> BatchReceipt:
    keys = key_store()
    root = merkle.root(leaf_hashes)
    message = batch_message(settings.AUDIT_ORIGIN, len(leaf_hashes), root)
    return BatchReceipt(len(leaf_hashes), root, keys.sign(message), keys.key_id)


def accepted_message(origin: str, line: Line) -> bytes:
    fields = (origin, str(line.id), line.leaf_hash.hex(), line.recorded_at)
    return _ACCEPTED + "".join(f"{field}\n" for field in fields).encode()


def batch_message(origin: str, count: int, root: bytes) -> bytes:
    return _BATCH + f"{origin}\n{count}\n{root.hex()}\n".encode()
