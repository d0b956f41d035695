"""Judges afterwards, from raw rows and public answers, whether every promise was kept.

It uses the log's mathematics and nothing else of the product. Each function gives sentences about
what is wrong; none means the promise held.
"""

from __future__ import annotations

from base64 import b64decode
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from audit.checkpoint import Checkpoint, NoteError, VerifierKey, open_note
from audit.header import Header, parse
from audit.merkle import ProofError, check_consistency, leaf_hash, root
from tests.journeys.world import World
from tests.soak.callers import Given, Records

LEAVES = """
    SELECT l.leaf_index, l.entry_id::text, l.leaf_hash, e.header, e.leaf_hash
      FROM audit_entry_leaf l LEFT JOIN audit_entry e ON e.id = l.entry_id ORDER BY l.leaf_index"""


@dataclass(frozen=True)
class Leaf:
    index: int
    entry_id: str
    hash: bytes
    header: bytes

    @cached_property
    def says(self) -> Header:
        return parse(self.header)


class Evidence:
    """The log as it stands at the end, against what callers and onlookers saw on the way."""

    def __init__(self, world: World, records: Records) -> None:
        self.world, self.records = world, records
        self.rows = world.rows(LEAVES)
        keys = world.get("log/keys").json
        self.origin = keys["origin"]
        self.verifiers = [VerifierKey.parse(key["vkey"]) for key in keys["checkpoint_keys"]]
        self.signer = Ed25519PublicKey.from_public_bytes(
            bytes.fromhex(keys["receipt_keys"][0]["public_key"])
        )

    @cached_property
    def leaves(self) -> list[Leaf]:
        return [Leaf(row[0], row[1], bytes(row[2]), bytes(row[3] or b"")) for row in self.rows]

    def faults(self) -> list[str]:
        return [
            *self.records.odd, *self.misplaced(), *self.lost(), *self.unsigned(), *self.doubled(),
            *self.moved(), *self.inconsistent(), *self.unexplained(), *self.unverified(),
        ]  # fmt: skip

    def misplaced(self) -> Iterator[str]:
        """Leaf n stands at place n, hashes its header, and the entry says the same."""
        for place, (row, leaf) in enumerate(zip(self.rows, self.leaves, strict=True)):
            if (leaf.index, leaf.hash, bytes(row[4] or b"")) != (
                place,
                leaf_hash(leaf.header),
                leaf.hash,
            ):
                yield f"place {place} holds another leaf"

    def lost(self) -> Iterator[str]:
        """Every receipt's entry is in the tree, once, as the receipt says."""
        there = Counter(leaf.entry_id for leaf in self.leaves)
        by_id = {leaf.entry_id: leaf for leaf in self.leaves}
        for given in self.records.given:
            if there[given.entry_id] != 1:
                yield f"lost: {given.id} is in the log {there[given.entry_id]} times"
                continue
            leaf = by_id[given.entry_id]
            if leaf.hash.hex() != given.leaf_hash or leaf.says.recorded_at != given.recorded_at:
                yield f"altered: {given.id}"

    def unsigned(self) -> Iterator[str]:
        """The server signed each receipt it gave."""
        for message, given in {self._signed(given): given for given in self.records.given}.items():
            try:
                self.signer.verify(b64decode(given.signature), message)
            except InvalidSignature:
                yield f"the signature of {given.id} does not hold"

    def _signed(self, given: Given) -> bytes:
        if given.batch:
            over = root([bytes.fromhex(leaf) for leaf in given.batch]).hex()
            return b"rationale/batch/v1\0" + f"{self.origin}\n{len(given.batch)}\n{over}\n".encode()
        fields = (self.origin, given.entry_id, given.leaf_hash, given.recorded_at)
        return b"rationale/accepted/v1\0" + "".join(f"{one}\n" for one in fields).encode()

    def doubled(self) -> Iterator[str]:
        """One id, one entry: however often it was sent, and whatever was lost on the way."""
        entries: dict[str, set[str]] = {}
        for given in self.records.given:
            entries.setdefault(given.id, set()).add(given.entry_id)
        yield from (f"{id_} is several entries" for id_, ids in entries.items() if len(ids) > 1)
        if unanswered := self.records.tried.keys() - entries.keys():
            yield f"{len(unanswered)} calls were never answered, {sorted(unanswered)[:3]} among them"
        recorded = sum(leaf.says.kind == "decision" for leaf in self.leaves)
        if recorded != len(entries):
            yield f"{recorded} decisions are in the log and {len(entries)} were sent"
        [(unplaced,)] = self.world.rows(
            "SELECT count(*) FROM audit_entry e WHERE NOT EXISTS"
            " (SELECT FROM audit_entry_leaf l WHERE l.entry_id = e.id)"
        )
        if unplaced:
            yield f"{unplaced} entries have no place"

    def moved(self) -> Iterator[str]:
        """A place that anybody saw is the place for ever."""
        last = {leaf.entry_id: leaf.index for leaf in self.leaves}
        for entry_id, places in self.records.places.items():
            if places != {last.get(entry_id)}:
                yield f"{entry_id} was seen at {sorted(places)} and is at {last.get(entry_id)}"

    def inconsistent(self) -> Iterator[str]:
        """Every checkpoint ever seen is signed, true of the leaves, and a prefix of the last."""
        latest = self._opened(self.world.get("log/checkpoint").body.decode())
        if latest.size != len(self.leaves):
            yield f"the last checkpoint has {latest.size} of {len(self.leaves)} leaves"
        hashes = [leaf.hash for leaf in self.leaves]
        for size, note in sorted(self.records.checkpoints.items()):
            try:
                seen = self._opened(note)
                if seen.size > len(hashes) or root(hashes[: seen.size]) != seen.root:
                    yield f"the checkpoint of {size} leaves speaks of another tree"
                elif 0 < size < latest.size:
                    asked = self.world.get(f"log/proofs/consistency?from={size}&to={latest.size}")
                    proof = [bytes.fromhex(one) for one in asked.json["hashes"]]
                    check_consistency(size, latest.size, proof, seen.root, latest.root)
            except (NoteError, ProofError) as error:
                yield f"the checkpoint of {size} leaves: {error}"

    def _opened(self, note: str) -> Checkpoint:
        return Checkpoint.parse(open_note(note, self.verifiers).text)

    def unexplained(self) -> Iterator[str]:
        """Each decision has one explanation, in the log once."""
        decisions = {leaf.entry_id for leaf in self.leaves if leaf.says.kind == "decision"}
        # Answers to questions about a decision are lines of the same kind.
        asked = {
            str(row[0])
            for row in self.world.rows(
                "SELECT log_entry FROM explain_question WHERE log_entry IS NOT NULL"
            )
        }
        about = Counter(
            str(leaf.says.ref)
            for leaf in self.leaves
            if leaf.says.kind == "explanation" and leaf.entry_id not in asked
        )
        wrong = {id_: about[id_] for id_ in decisions | about.keys() if about[id_] != 1}
        if wrong:
            yield f"{len(wrong)} decisions are not explained once: {list(wrong.items())[:3]}"
        states = dict(
            self.world.rows("SELECT state, count(*) FROM explain_explanation GROUP BY state")
        )
        if states != {"ready": len(decisions)}:
            yield f"explanations of {len(decisions)} decisions: {states}"

    def unverified(self) -> Iterator[str]:
        done = self.world.manage("verifylog", "--json")
        if done.returncode:
            yield f"verifylog: {done.returncode} {done.stdout[-1500:]} {done.stderr[-500:]}"


def settled(world: World) -> bool:
    """Nothing is left to sequence, publish or explain."""
    figures: dict[str, Any] = dict(
        world.rows(
            "SELECT 'unplaced', (SELECT count(*) FROM audit_entry) - (SELECT size FROM audit_tree_state)"
            " UNION ALL SELECT 'unsigned',"
            " (SELECT size FROM audit_tree_state) - coalesce((SELECT max(size) FROM audit_checkpoint), 0)"
            " UNION ALL SELECT 'unfed', (SELECT size FROM audit_tree_state)"
            # No place, no first step yet: then all is still to be explained.
            "  - coalesce((SELECT next_index FROM audit_place WHERE name = 'explain'), 0)"
            " UNION ALL SELECT 'pending', count(*) FROM explain_explanation WHERE state = 'pending'"
            " UNION ALL SELECT 'asked', count(*) FROM explain_question WHERE state = 'pending'"
        )
    )
    return not any(figures.values())
