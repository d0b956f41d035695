"""Signs what is committed and publishes it: in the store outside the database, then in a table.

Before each signature the store is asked what was published last. A database that knows less, or
knows otherwise, was restored or rewritten, and gets no signature: two signed trees that differ are
the end of a log's word. What to do then: docs/drills.md.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

from django.conf import settings
from django.db import connection

from audit import tree
from audit.checkpoint import Checkpoint, NoteError, open_note, sign_note
from audit.checkpoints import CheckpointStore, Conflict, StoreFault, checkpoint_store
from audit.crashpoint import crash_point
from audit.keys import KeyFault, key_store
from audit.tree import TreeFault, TreeState

DRILLS: Final = "docs/drills.md"
_ATTEMPTS: Final = 3


class Refused(RuntimeError):
    """Nothing may be signed until a human has looked; ``code`` names the drill."""

    def __init__(self, code: str, sentence: str) -> None:
        super().__init__(f"{sentence} What to do: {DRILLS}#{code}.")
        self.code = code
        self.sentence = sentence


@dataclass(frozen=True, slots=True)
class PublisherState:
    """What a health check or a page says about publication.

    ``status``: ``published`` (all that has a place is in a checkpoint), ``pending`` (the next
    checkpoint will cover it), ``unreachable`` (the store, for the moment), ``refused`` (a human is
    needed: ``code`` names the drill, ``problem`` says why).
    """

    status: Literal["published", "pending", "unreachable", "refused"]
    size: int
    published_size: int | None
    problem: str = ""
    code: str = ""
    drill: str = ""


def publish(*, begin: bool = False) -> str | None:
    """Sign and publish the tree as committed; the note, or None when that is published already.

    ``begin`` lets an empty store stand beside a database that knows of checkpoints: only for
    audit.mending, which has asked what the refusal would ask. Raises Refused after a rollback or a
    fork, StoreFault when the store cannot be used (nothing is lost; the next checkpoint covers it),
    TreeFault when stored rows are missing.
    """
    if connection.in_atomic_block:
        raise RuntimeError("A checkpoint is signed after a commit, never inside a transaction.")
    store = checkpoint_store()
    for attempt in range(_ATTEMPTS):
        try:
            return _publish(store, begin=begin)
        except Conflict:
            # Somebody else was quicker; what they published is what we must agree with now.
            if attempt + 1 == _ATTEMPTS:
                raise StoreFault("Other processes keep publishing to this store.") from None
    return None


def _publish(store: CheckpointStore, *, begin: bool) -> str | None:
    held = store.latest()
    # Read after the store: what is published was committed before, so the database cannot rightly
    # be behind it. The other way round a publisher that is overtaken would cry rollback.
    state = tree.state()
    published = _examine(held, state) if held is not None or not begin else None
    if published is not None and held is not None:
        # Repairs the table after a crash between store and table.
        _record(published, held)
        if published.size == state.size:
            return None
    checkpoint = Checkpoint(settings.AUDIT_ORIGIN, state.size, state.root)
    keys = key_store()
    note = sign_note(checkpoint.text(), checkpoint.origin, keys.sign, keys.public)
    # A crash here: a signature nobody has seen, over a tree that is committed.
    crash_point("after-sign")
    store.put(held, note)
    # A crash here: published outside, missing in the table; the next call puts it there.
    crash_point("after-publish")
    _record(checkpoint, note)
    return note


def check() -> None:
    """Return when the database agrees with what was published last; raises as ``publish`` does."""
    held = checkpoint_store().latest()
    _examine(held, tree.state())


def state() -> PublisherState:
    """Where publication stands, found out afresh: never raises for a fault it can name."""
    stored = tree.state()
    try:
        held = checkpoint_store().latest()
    except StoreFault as fault:
        return PublisherState("unreachable", stored.size, None, str(fault))
    stored = tree.state()
    try:
        published = _examine(held, stored)
        tree.verified_frontier(stored)
    except Refused as refused:
        return _refused(stored, refused.sentence, refused.code)
    except TreeFault as fault:
        return _refused(stored, str(fault), "damaged-tree")
    except KeyFault as fault:
        return _refused(stored, str(fault), "lost-key")
    if published is None or published.size < stored.size:
        return PublisherState("pending", stored.size, published.size if published else None)
    return PublisherState("published", stored.size, published.size)


def _refused(stored: TreeState, sentence: str, code: str) -> PublisherState:
    return PublisherState("refused", stored.size, None, sentence, code, f"{DRILLS}#{code}")


def examine(note: str, stored: TreeState) -> Checkpoint:
    """A published checkpoint, after it was found signed by us and true of the database.

    Raises Refused.
    """
    published = _opened(note)
    if stored.size < published.size:
        raise Refused(
            "restored-backup",
            f"The database holds {stored.size} leaves, but a checkpoint over {published.size} was "
            "published: this is an older copy of the log, or its end was cut off.",
        )
    if tree.root_at(published.size) != published.root:
        raise Refused(
            "fork",
            f"The first {published.size} leaves are not those over which a checkpoint was "
            "published: the log was rewritten, or an older copy has grown on.",
        )
    return published


def _examine(held: str | None, stored: TreeState) -> Checkpoint | None:
    if held is not None:
        return examine(held, stored)
    if _has_published():
        raise Refused(
            "lost-store",
            "The checkpoint store is empty, but the database knows of published checkpoints.",
        )
    return None


def _opened(note: str) -> Checkpoint:
    key = key_store().verifier_key
    try:
        published = Checkpoint.parse(_text(note))
        if published.origin != key.name:
            raise Refused(
                "another-log",
                f"The checkpoint store belongs to the log {published.origin}, not to {key.name}.",
            )
        open_note(note, [key])
    except NoteError as error:
        raise Refused(
            "lost-key",
            f"The published checkpoint was not signed by the key of this service: {error}",
        ) from error
    return published


def _text(note: str) -> str:
    return note.partition("\n\n")[0] + "\n"


def _has_published() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT EXISTS (SELECT FROM audit_checkpoint)")
        return bool(cursor.fetchone() == (True,))


def _record(checkpoint: Checkpoint, note: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_checkpoint (size, root, note) VALUES (%s, %s, %s) "
            "ON CONFLICT (size) DO NOTHING",
            [checkpoint.size, checkpoint.root, note],
        )
