"""The only way a line enters the log: header, leaf hash and body, written together or not at all.

Neither way gives a place in the tree: that is the sequencer's work, after the commit.
"""

from __future__ import annotations

import struct
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import Any, Final, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import connection

from audit import claims, envelope, heading, joint, statements, subjects
from audit.binary_copy import copy_in, length, timestamp
from audit.claims import Claim, Taken
from audit.header import leaf_hash, parse, rfc3339, uuid7
from audit.heading import Common, Own
from audit.statements import Subject
from audit.subjects import Erased, NewSubject, SubjectKey

CHUNK: Final = 1000  # lines framed in memory at a time; a COPY of fewer wastes round trips
_PIECE: Final = 50  # lines sealed before their bodies are sent; some 75 kB of decisions

_COPY_ENTRIES: Final = (
    "COPY audit_entry (id, recorded_at, header, leaf_hash) FROM STDIN (FORMAT BINARY)"
)
_COPY_BODIES: Final = "COPY audit_entry_body (id, sha256, body) FROM STDIN (FORMAT BINARY)"
_ENTRY_ROW: Final = struct.Struct(">hi16siqi").pack
_BODY_ROW: Final = struct.Struct(">hi16si32si").pack
_LEAF: Final = length(32)


class Draft(NamedTuple):
    """A line to be written.

    ``body`` is kept byte for byte: sealed under ``subject`` when there is one, plain otherwise.
    ``pseudonym`` names a subject whose key is not used: the line about its erasure.
    """

    kind: str
    use_case: str
    actor: str
    body: bytes
    model_ref: str | None = None
    occurred_at: datetime | None = None
    subject: SubjectKey | None = None
    ref: UUID | None = None
    id: UUID | None = None
    pseudonym: UUID | None = None


class Appended(NamedTuple):
    """A line as it was written. ``recorded_at`` is the RFC 3339 text of the header."""

    id: UUID
    leaf_hash: bytes
    recorded_at: str
    header: bytes


class ClaimTaken(Exception):
    """The caller's id stands for an entry already (``taken``); nothing was written."""

    def __init__(self, taken: Taken) -> None:
        super().__init__("The caller's id is taken.")
        self.taken = taken


class SubjectKnown(Exception):
    """The reference has a subject already (``key``); nothing was written."""

    def __init__(self, key: SubjectKey | None) -> None:
        super().__init__("The reference has a subject.")
        self.key = key


def append(draft: Draft) -> Appended:
    """Write one line in one statement: durable on return, unless a transaction is open around it.

    Raises Erased when the draft's subject is erased.
    """
    at = datetime.now(UTC)
    sealed = _seal(draft, rfc3339(at), settings.AUDIT_ORIGIN)
    kind = Subject.NONE if draft.subject is None else Subject.LIVE
    if not statements.run(kind, claim=False, values=_values(draft, at, *sealed)).written:
        raise Erased("The subject of this line is erased.")
    return sealed[0]


def append_claimed(draft: Draft, claim: Claim, new: NewSubject | None = None) -> Appended:
    """As ``append``, with the caller's id, and with the draft's subject if that is a new one.

    Raises ClaimTaken when the id exists, SubjectKnown when the new subject's reference has one
    already, Erased when the subject is erased. Then nothing is written; only a race of two callers
    for one id may leave a subject without entries.

    A connection lost here leaves open whether the line is written. The caller's id settles it: the
    retry finds the claim, or writes the line.
    """
    line, at = Claimed(draft, claim, new), datetime.now(UTC)
    kind, sealed = _kind(line), _seal(draft, rfc3339(at), settings.AUDIT_ORIGIN)
    done = joint.run(kind, values=_values(draft, at, *sealed) | _claim_values(line))
    if not done.written:
        raise _obstacle(done, kind, claim)
    return sealed[0]


class Claimed(NamedTuple):
    """A line with its caller's id, and its subject if that is a new one."""

    draft: Draft
    claim: Claim
    new: NewSubject | None


def append_each(lines: Sequence[Claimed]) -> list[Appended | None]:
    """Write each of these lines that can be written at once, durably; None stands for the others.

    For those ``append_claimed`` settles what is in the way. Must not be called in a transaction.
    """
    at = datetime.now(UTC)
    recorded_at, origin = rfc3339(at), settings.AUDIT_ORIGIN
    sealed = [_seal(line.draft, recorded_at, origin) for line in lines]
    written = joint.write(
        [
            joint.Line(_kind(line), _values(line.draft, at, *its) | _claim_values(line))
            for line, its in zip(lines, sealed, strict=True)
        ]
    )
    return [line if line.id in written else None for line, _, _ in sealed]


def append_many(drafts: Sequence[Draft]) -> list[Appended]:
    """Write these lines, in order, by COPY. Needs a transaction around it (else RuntimeError).

    Raises Erased when the subject of one is erased. Durable when the transaction has committed.
    """
    if not connection.in_atomic_block:
        raise RuntimeError("Many lines are written in a transaction, and there is none.")
    subjects.hold({draft.subject.id for draft in drafts if draft.subject is not None})
    return append_held(drafts)


def append_held(
    drafts: Sequence[Draft], meanwhile: Callable[[], None] | None = None
) -> list[Appended]:
    """``append_many`` for subjects that this transaction holds already (subjects.held, subjects.for_people).

    ``meanwhile`` is called once, while the database takes in the last of them: it may not ask the database.
    """
    written: list[Appended] = []
    for start in range(0, len(drafts), CHUNK):
        last = start + CHUNK >= len(drafts)
        written += _copy(drafts[start : start + CHUNK], meanwhile if last else None)
    if written:
        statements.ring()
    return written


def find(ids: Iterable[UUID]) -> dict[UUID, Appended]:
    """The lines with these ids, as they were written; unknown ids are absent."""
    wanted = list(set(ids))
    if not wanted:
        return {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT id, header, leaf_hash FROM audit_entry WHERE id = ANY(%s)", [wanted])
        rows = [(row[0], bytes(row[1]), bytes(row[2])) for row in cursor]
    return {
        name: Appended(name, leaf, parse(header).recorded_at, header) for name, header, leaf in rows
    }


def _values(
    draft: Draft, at: datetime, line: Appended, stored: bytes, digest: bytes
) -> dict[str, Any]:
    return {
        "id": line.id,
        "recorded_at": at,
        "header": line.header,
        "leaf_hash": line.leaf_hash,
        "sha256": digest,
        "body": stored,
        "subject": draft.subject.id if draft.subject else None,
    }


def _kind(line: Claimed) -> Subject:
    if line.new is None:
        return Subject.LIVE
    return Subject.NAMELESS if line.new.ref_index is None else Subject.NAMED


def _claim_values(line: Claimed) -> dict[str, Any]:
    values: dict[str, Any] = {"key": line.claim.key, "digest": line.claim.digest}
    if line.new is not None:
        values |= {
            "use_case": line.new.use_case,
            "ref_index": line.new.ref_index,
            "wrapped": line.new.wrapped,
            "kek_id": line.new.kek_id,
        }
    return values


def _obstacle(done: statements.Outcome, kind: Subject, claim: Claim) -> Exception:
    """Why nothing was written. By a new query: a claim of a moment ago is seen by that only."""
    taken = claims.find([claim.key]).get(claim.key)
    if taken is not None:
        return ClaimTaken(taken)
    if kind is Subject.LIVE:
        return Erased("The subject of this line is erased.")
    if done.known_subject and done.known_kek and done.known_wrapped:
        return SubjectKnown(subjects.opened(done.known_subject, done.known_kek, done.known_wrapped))
    return SubjectKnown(None)  # known since our snapshot: the next attempt sees it


def _seal(draft: Draft, recorded_at: str, origin: str) -> tuple[Appended, bytes, bytes]:
    """The line, its body as stored, and the SHA-256 of that."""
    entry_id = draft.id or uuid7()
    if draft.subject is None:
        stored, commit, pseudonym = draft.body, None, draft.pseudonym
    else:
        stored, commitment = envelope.seal(draft.subject.dek, entry_id.bytes, draft.body)
        commit, pseudonym = commitment.hex(), draft.subject.id
    digest = sha256(stored)
    header = heading.to_bytes(
        Common(draft.kind, draft.use_case, draft.actor, origin, draft.model_ref),
        Own(
            len(stored),
            digest.hexdigest(),
            commit,
            entry_id,
            rfc3339(draft.occurred_at) if draft.occurred_at else None,
            recorded_at,
            draft.ref,
            pseudonym,
        ),
    )
    return Appended(entry_id, leaf_hash(header), recorded_at, header), stored, digest.digest()


def _copy(drafts: Sequence[Draft], meanwhile: Callable[[], None] | None) -> list[Appended]:
    at = datetime.now(UTC)
    recorded_at, moment, origin = rfc3339(at), timestamp(at), settings.AUDIT_ORIGIN
    lines: list[Appended] = []
    entries: list[bytes] = []

    def bodies() -> Iterator[bytes]:
        for start in range(0, len(drafts), _PIECE):
            piece: list[bytes] = []
            for draft in drafts[start : start + _PIECE]:
                line, stored, digest = _seal(draft, recorded_at, origin)
                name = line.id.bytes
                lines.append(line)
                entries.extend((_ENTRY_ROW(4, 16, name, 8, moment, len(line.header)), line.header))
                entries.extend((_LEAF, line.leaf_hash))
                piece += (_BODY_ROW(3, 16, name, 32, digest, len(stored)), stored)
            yield b"".join(piece)

    def headers() -> Iterator[bytes]:
        yield b"".join(entries)
        if meanwhile is not None:
            meanwhile()

    # Bodies first: the database hashes and stores one piece of them while we seal the next.
    copy_in(_COPY_BODIES, bodies())
    copy_in(_COPY_ENTRIES, headers())
    return lines
