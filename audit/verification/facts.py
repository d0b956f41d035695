"""Four facts, each said for itself: a log can have every content right and its history rewritten."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from audit.verification.findings import Findings
from audit.verification.known import Agreement
from audit.verification.report import Fact

TREE: Final = frozenset(
    {
        "leaf-missing",
        "tile-missing",
        "tile-changed",
        "tile-root-changed",
        "tile-beyond-tree",
        "leaf-beyond-tree",
        "state-differs",
        "older-copy",
    }
)
CHECKPOINTS: Final = frozenset(
    {
        "checkpoint-row-changed",
        "checkpoint-unsigned",
        "checkpoint-missing",
        "checkpoint-contradicted",
        "checkpoint-beyond-tree",
        "store-behind",
        "store-empty",
        "older-copy",
    }
)


@dataclass(frozen=True, slots=True)
class Counted:
    """What the run has counted when the facts are drawn up."""

    size: int
    checked: int
    verified: int
    erased: int
    agreement: Agreement
    root: bytes

    def settled(self, held: bool) -> bool | None:
        """A fault settles a fact at once; that there is none, only the end."""
        if not held:
            return False
        return True if self.checked >= self.size else None


def content(counted: Counted, findings: Findings) -> Fact:
    """Header, stored bytes and, where the key lives, the opened body of every leaf."""
    others = set(findings.counts) - TREE - CHECKPOINTS
    held = counted.verified == counted.checked and not others
    sentence = (
        f"Content verified: {counted.verified} of {counted.size}; of these {counted.erased} erased "
        "(header and stored bytes verified, the content is unreadable on purpose)."
    )
    return Fact("content", counted.settled(held), sentence)


def tree(counted: Counted, findings: Findings) -> Fact:
    """Leaves, tiles and state make one tree, and it is the one the newest checkpoint signs."""
    newest = counted.agreement.newest
    if newest is None and not findings.any_of(TREE):
        return Fact("tree", None, "No checkpoint is known: there is nothing to compare with.")
    held = not findings.any_of(TREE) and counted.agreement.agreed == newest
    sentence = f"The tree of {counted.size} leaves " + (
        f"equals the newest checkpoint (at {newest} leaves); root {counted.root.hex()}."
        if held
        else "does not equal the newest checkpoint, or its stored parts differ."
    )
    if counted.checked < counted.size and held:
        sentence = f"Compared up to leaf {counted.checked} of {counted.size}."
    return Fact("tree", counted.settled(held), sentence)


def checkpoints(counted: Counted, findings: Findings) -> Fact:
    """Every checkpoint ever published, in the table and outside, is of this tree and signed."""
    agreement = counted.agreement
    held = not findings.any_of(CHECKPOINTS)
    sentence = (
        f"{agreement.seen - agreement.contradicted} of {agreement.seen} checkpoints (table and "
        "outside store) are consistent with the leaves."
    )
    if agreement.seen == 0 and held:
        return Fact("checkpoints", None, "No checkpoint is known.")
    return Fact("checkpoints", counted.settled(held), sentence)


def witnesses() -> Fact:
    """Neither held nor failed while none is configured."""
    return Fact("witnesses", None, "Witnesses: 0 of 0, none configured.")
