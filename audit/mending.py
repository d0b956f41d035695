"""What an operator may do after a refusal to sign, once a human has looked (docs/drills.md).

Both acts are on record: one puts back a checkpoint that still holds, the other admits in the log
itself that an earlier log has ended.
"""

from __future__ import annotations

import orjson
from django.conf import settings
from django.db import transaction

from audit import proofs, publisher, tree
from audit.checkpoint import Checkpoint, NoteError
from audit.checkpoints import checkpoint_store
from audit.log import Draft, append
from audit.sequencer import Sequencer

ACTOR = "system:operator"


class NotMended(ValueError):
    """The act does not fit the state of things; one sentence says why."""


def adopt(note: str | None = None) -> Checkpoint:
    """Put a checkpoint into the store that was lost: ``note``, or the newest the database has.

    It must be signed by this service and true of this database (else publisher.Refused). Whoever
    gives none trusts the database not to have been set back since: give the newest to be found
    anywhere. Raises NotMended when the store holds something or there is nothing to put there.
    """
    store = checkpoint_store()
    _must_be_empty(store.latest())
    if note is None:
        newest = proofs.latest_checkpoint()
        if newest is None:
            raise NotMended("The database knows of no checkpoint; there is nothing to put back.")
        note = newest.note
    adopted = publisher.examine(note, tree.state())
    store.put(None, note)
    return adopted


def open_epoch(*, before: str, because: str) -> str:
    """Go on under a new name after the log ``before`` (its last published note) has ended.

    Needs the new name in settings.AUDIT_ORIGIN and an empty store. The first entry of the new
    epoch names the old checkpoint, the size and root of this database, and the reason; then the
    first checkpoint of the new name is published over it. Returns that note.

    A crash between entry and checkpoint leaves the entry; repeating adds another, and that is true
    too. Raises NotMended when the name is not new, the store is not empty or a text is missing.
    """
    _must_be_empty(checkpoint_store().latest())
    try:
        ended = Checkpoint.parse(before.partition("\n\n")[0] + "\n")
    except NoteError as error:
        raise NotMended(f"The file is not the last checkpoint of the old log: {error}") from error
    if ended.origin == settings.AUDIT_ORIGIN:
        raise NotMended(f"The log {ended.origin} has ended: set RATIONALE_ORIGIN to a new name.")
    if not because.strip():
        raise NotMended("Say why, in a sentence that everybody may read for ever.")
    state = tree.state()
    body = {
        "epoch": settings.AUDIT_ORIGIN,
        "before": {"checkpoint": before, "size": ended.size, "root": ended.root.hex()},
        "database": {"size": state.size, "root": state.root.hex()},
        "because": because,
    }
    with transaction.atomic():
        append(Draft("key", "", ACTOR, orjson.dumps(body)))
    sequencer = Sequencer()
    while sequencer.step().sequenced:
        pass
    note = publisher.publish(begin=True)
    if note is None:
        raise NotMended("Another process has published meanwhile.")
    return note


def _must_be_empty(held: str | None) -> None:
    if held is not None:
        raise NotMended(
            "The checkpoint store is not empty; move its folder away first, and keep it."
        )
