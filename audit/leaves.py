"""Entries out of the tree, in its order, each header held against the hash of its leaf."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final
from uuid import UUID

import msgspec

from audit.binary import rows
from audit.header import Header
from audit.poison import Unfit


@dataclass(frozen=True, slots=True)
class Leaf:
    """A place in the tree, taken."""

    index: int
    entry_id: UUID
    hash: bytes


@dataclass(frozen=True, slots=True)
class LoggedEntry:
    """A line of the log with its place in the tree."""

    leaf_index: int
    id: UUID
    header: Header


class _Body(msgspec.Struct):
    alg: str
    len: int
    sha256: str


class _Fields(msgspec.Struct):
    id: UUID
    kind: str
    use_case: str
    actor: str
    recorded_at: str
    body: _Body
    log: str
    v: int
    model_ref: str | None = None
    occurred_at: str | None = None
    subject: UUID | None = None
    commit: str | None = None
    ref: UUID | None = None


_decode: Final = msgspec.json.Decoder(_Fields).decode


def leaves_from(first: int, limit: int) -> list[Leaf]:
    """The leaves from ``first`` on, at most ``limit``. All are below the tree's size: leaves and size
    are committed together."""
    found = rows(
        "SELECT leaf_index, entry_id, leaf_hash FROM audit_entry_leaf "
        "WHERE leaf_index >= %b AND leaf_index < %b ORDER BY leaf_index",
        [first, first + limit],
    )
    return [Leaf(*row) for row in found]


def entries_at(leaves: Sequence[Leaf]) -> list[LoggedEntry | Unfit]:
    """The entries of these leaves, in their order; in place of one that is gone or changed, why."""
    headers = _headers([leaf.entry_id for leaf in leaves])
    return [_entry(leaf, headers.get(leaf.entry_id)) for leaf in leaves]


def _headers(ids: Collection[UUID]) -> dict[UUID, bytes]:
    # The bounds prune partitions: ids of neighbouring leaves lie close together in time.
    return dict(
        rows(
            "SELECT id, header FROM audit_entry WHERE id = ANY(%b) AND id BETWEEN %b AND %b",
            [list(ids), min(ids), max(ids)],
        )
    )


def _entry(leaf: Leaf, raw: bytes | None) -> LoggedEntry | Unfit:
    if raw is None:
        return Unfit("The entry of this leaf is gone from the database.")
    if sha256(b"\x00" + raw).digest() != leaf.hash:
        return Unfit("The header of this entry is not the one whose hash is in the tree.")
    # These are the bytes that were checked when they were written, so header.parse, which checks
    # them all again and takes four times as long, would say nothing new.
    said = _decode(raw)
    body = said.body
    header = Header(
        id=said.id,
        kind=said.kind,
        use_case=said.use_case,
        actor=said.actor,
        recorded_at=said.recorded_at,
        body_alg=body.alg,
        body_len=body.len,
        body_sha256=body.sha256,
        log=said.log,
        model_ref=said.model_ref,
        occurred_at=said.occurred_at,
        subject=said.subject,
        commit=said.commit,
        ref=said.ref,
        v=said.v,
    )
    return LoggedEntry(leaf.index, leaf.entry_id, header)
