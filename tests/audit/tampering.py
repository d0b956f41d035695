"""What somebody who rules the database can do to a log, and how each deed is found.

Each deed is done to a copy of one base log by a superuser with every guard taken down. The log has
700 leaves under six checkpoints (100, 256, 300, 512, 640, 700), two full tiles and a right edge.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import psycopg
from psycopg.sql import SQL, Identifier

from audit import merkle, projections, publisher
from audit.checkpoint import Checkpoint, sign_note
from audit.header import uuid7
from audit.keys import key_store
from audit.sequencer import Sequencer
from tests.audit.ledger import decide_some, destroy_key, report, subject_of
from tests.audit.lines import write

Ruler = psycopg.Connection[Any]
SIZES = (100, 256, 300, 512, 640, 700)
ERASED = 3


@dataclass(frozen=True)
class Deed:
    """``found`` are the codes and places verifylog must name, no more and no fewer."""

    name: str
    act: Callable[[Ruler], None]
    found: frozenset[tuple[str, str]]


DEEDS: list[Deed] = []


def deed(name: str, *found: tuple[str, str]) -> Callable[[Callable[[Ruler], None]], None]:
    def keep(act: Callable[[Ruler], None]) -> None:
        DEEDS.append(Deed(name, act, frozenset(found)))

    return keep


def build() -> None:
    """The base log, through the log's own verbs."""
    decisions = decide_some(30)
    report(decisions[0])
    destroy_key(subject_of(decisions[ERASED]))
    size = 32
    sequencer = Sequencer()
    for target in SIZES:
        write(target - size)
        sequencer.step()
        publisher.publish()
        size = target
    while projections.project():
        pass


# ------------------------------------------------------------------------------------------ tools


def id_at(ruler: Ruler, leaf: int) -> UUID:
    row = ruler.execute(
        "SELECT entry_id FROM audit_entry_leaf WHERE leaf_index = %s", [leaf]
    ).fetchone()
    assert row is not None
    return row[0]


def drop_checks(ruler: Ruler) -> None:
    ruler.execute("ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_leaf_is_of_header")
    ruler.execute("ALTER TABLE audit_entry_body DROP CONSTRAINT audit_entry_body_is_digested")


def flip(column: str, at: int) -> SQL:
    """One bit of a bytea column turned over."""
    return SQL(
        f"set_byte({column}, {at}, get_byte({column}, {at}) # 1)"  # type: ignore[arg-type]
    )


def flip_bit(ruler: Ruler, table: str, column: str, where: str, at: int = 9) -> None:
    changed = ruler.execute(
        SQL("UPDATE {} SET {} = {} WHERE " + where).format(  # type: ignore[operator]
            Identifier(table), Identifier(column), flip(column, at)
        )
    )
    assert changed.rowcount == 1


def edit_header(ruler: Ruler, leaf: int) -> bytes:
    """Another actor in the header, with the hash beside it made to fit; the new hash."""
    id_ = id_at(ruler, leaf)
    ruler.execute(
        "UPDATE audit_entry SET header = h, leaf_hash = sha256('\\x00'::bytea || h) FROM ("
        "  SELECT convert_to(replace(convert_from(header, 'UTF8'), 'system:test', 'system:fake'),"
        "  'UTF8') AS h FROM audit_entry WHERE id = %s) AS changed WHERE id = %s",
        [id_, id_],
    )
    row = ruler.execute("SELECT leaf_hash FROM audit_entry WHERE id = %s", [id_]).fetchone()
    assert row is not None
    return bytes(row[0])


def rebuild_tree(ruler: Ruler) -> None:
    """Make leaves, tiles and state agree again with what the leaves now are."""
    rows = ruler.execute("SELECT leaf_hash FROM audit_entry_leaf ORDER BY leaf_index").fetchall()
    frontier = merkle.Frontier()
    tiles = frontier.extend([bytes(row[0]) for row in rows])
    ruler.execute("DELETE FROM audit_tile")
    for tile in tiles:
        ruler.execute(
            "INSERT INTO audit_tile VALUES (%s, %s, %s, %s)",
            [tile.level, tile.index, tile.hashes, tile.root],
        )
    ruler.execute("UPDATE audit_tree_state SET size = %s, root = %s", [len(rows), frontier.root()])


def sign_again(ruler: Ruler) -> None:
    """What only a thief of the signing key can do: new checkpoints for the rewritten tree."""
    rows = ruler.execute("SELECT leaf_hash FROM audit_entry_leaf ORDER BY leaf_index").fetchall()
    hashes, keys = [bytes(row[0]) for row in rows], key_store()
    for size in SIZES:
        head = Checkpoint(keys.verifier_key.name, size, merkle.root(hashes[:size]))
        note = sign_note(head.text(), head.origin, keys.sign, keys.public)
        ruler.execute(
            "UPDATE audit_checkpoint SET root = %s, note = %s WHERE size = %s",
            [head.root, note, size],
        )


def remove(ruler: Ruler, leaf: int, *tables: str) -> None:
    id_ = id_at(ruler, leaf)
    columns = {"audit_entry_leaf": "entry_id", "audit_claim": "entry_id"}
    for table in tables:
        ruler.execute(
            SQL("DELETE FROM {} WHERE {} = %s").format(
                Identifier(table), Identifier(columns.get(table, "id"))
            ),
            [id_],
        )


# ------------------------------------------------------------------------------------------ edits


@deed("nothing at all")
def untouched(ruler: Ruler) -> None:
    ruler.execute("SELECT 1")


@deed("one bit of a header", ("header-changed", "leaf 100"), ("header-unreadable", "leaf 100"))
def header_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip_bit(ruler, "audit_entry", "header", f"id = '{id_at(ruler, 100)}'", 2)


@deed("a header, with the hash beside it", ("header-changed", "leaf 100"))
def header_and_hash(ruler: Ruler) -> None:
    edit_header(ruler, 100)


@deed(
    "a header at the right edge of the tree, with the hash beside it",
    ("header-or-leaf-changed", "leaf 690"),
    ("state-differs", "the tree"),
    ("checkpoint-contradicted", "leaves 640 to 699"),
)
def header_at_edge(ruler: Ruler) -> None:
    edit_header(ruler, 690)


@deed("one bit of the hash beside a header", ("entry-hash-changed", "leaf 100"))
def entry_hash_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip_bit(ruler, "audit_entry", "leaf_hash", f"id = '{id_at(ruler, 100)}'")


@deed("one bit of a sealed body, with the digest beside it", ("body-changed", "leaf 5"))
def body_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip_bit(ruler, "audit_entry_body", "body", f"id = '{id_at(ruler, 5)}'", 60)
    ruler.execute(
        "UPDATE audit_entry_body SET sha256 = sha256(body) WHERE id = %s", [id_at(ruler, 5)]
    )


@deed("one bit of an unsealed body", ("body-changed", "leaf 400"))
def plain_body_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip_bit(ruler, "audit_entry_body", "body", f"id = '{id_at(ruler, 400)}'", 3)


@deed("one bit of the digest beside a body", ("body-digest-changed", "leaf 400"))
def body_digest_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip_bit(ruler, "audit_entry_body", "sha256", f"id = '{id_at(ruler, 400)}'")


@deed("the body of an erased person", ("body-changed", f"leaf {ERASED}"))
def erased_body(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip_bit(ruler, "audit_entry_body", "body", f"id = '{id_at(ruler, ERASED)}'", 60)


@deed("two bodies exchanged", ("body-changed", "leaves 400 to 401"))
def bodies_exchanged(ruler: Ruler) -> None:
    first, second = id_at(ruler, 400), id_at(ruler, 401)
    ruler.execute(
        "UPDATE audit_entry_body a SET sha256 = b.sha256, body = b.body FROM audit_entry_body b "
        "WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))",
        [first, second, second, first],
    )


@deed("the time of recording in a row", ("time-differs", "leaf 100"))
def recorded_at(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_entry SET recorded_at = recorded_at - interval '1 day' WHERE id = %s",
        [id_at(ruler, 100)],
    )


@deed("one bit of a leaf under a full tile", ("leaf-changed", "leaf 100"))
def leaf_bit(ruler: Ruler) -> None:
    flip_bit(ruler, "audit_entry_leaf", "leaf_hash", "leaf_index = 100")


@deed("one bit of a leaf at the right edge", ("header-or-leaf-changed", "leaf 690"))
def leaf_bit_at_edge(ruler: Ruler) -> None:
    flip_bit(ruler, "audit_entry_leaf", "leaf_hash", "leaf_index = 690")


@deed("one bit of a tile", ("tile-changed", "leaf 256"))
def tile_bit(ruler: Ruler) -> None:
    flip_bit(ruler, "audit_tile", "hashes", "level = 0 AND index = 1")


@deed("the root beside a tile", ("tile-root-changed", "leaf 256"))
def tile_root(ruler: Ruler) -> None:
    flip_bit(ruler, "audit_tile", "root", "level = 0 AND index = 1")


@deed("the root in the state of the tree", ("state-differs", "the tree"))
def state_root(ruler: Ruler) -> None:
    flip_bit(ruler, "audit_tree_state", "root", "id = 1")


@deed("the root in the row of a checkpoint", ("checkpoint-row-changed", "checkpoint 300"))
def checkpoint_root(ruler: Ruler) -> None:
    flip_bit(ruler, "audit_checkpoint", "root", "size = 300")


@deed("one letter of a checkpoint's signature", ("checkpoint-unsigned", "checkpoint 300"))
def checkpoint_signature(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_checkpoint SET note = overlay(note PLACING "
        "CASE WHEN substr(note, length(note) - 20, 1) = 'A' THEN 'B' ELSE 'A' END "
        "FROM length(note) - 20 FOR 1) WHERE size = 300"
    )


# ---------------------------------------------------------------------------------------- removals


@deed("an entry", ("entry-missing", "leaf 100"), ("body-without-entry", "one entry"))
def no_entry(ruler: Ruler) -> None:
    remove(ruler, 100, "audit_entry")


@deed(
    "a decision with its body, its claim left",
    ("entry-missing", "leaf 5"),
    ("claim-without-entry", "one entry"),
)
def no_decision(ruler: Ruler) -> None:
    remove(ruler, 5, "audit_entry", "audit_entry_body")


@deed("a body", ("body-missing", "leaf 400"))
def no_body(ruler: Ruler) -> None:
    remove(ruler, 400, "audit_entry_body")


@deed("a leaf under a full tile", ("leaf-missing", "leaf 100"))
def no_leaf(ruler: Ruler) -> None:
    ruler.execute("UPDATE audit_entry SET recorded_at = recorded_at")
    remove(ruler, 100, "audit_entry_leaf")


@deed("a decision with all that belongs to it", ("leaf-missing", "leaf 5"))
def no_trace(ruler: Ruler) -> None:
    remove(ruler, 5, "audit_entry", "audit_entry_body", "audit_claim", "audit_entry_leaf")


@deed("a tile", ("tile-missing", "leaf 256"))
def no_tile(ruler: Ruler) -> None:
    ruler.execute("DELETE FROM audit_tile WHERE level = 0 AND index = 1")


@deed("a checkpoint", ("checkpoint-missing", "checkpoint 300"))
def no_checkpoint(ruler: Ruler) -> None:
    ruler.execute("DELETE FROM audit_checkpoint WHERE size = 300")


@deed("a subject's key, without an erasure", ("erased-without-entry", "a subject"))
def key_destroyed(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_subject SET wrapped_key = NULL, ref_index = NULL, "
        "erased_at = now() - interval '1 hour' WHERE id = (SELECT subject_id FROM audit_decision "
        "WHERE entry_id = %s)",
        [id_at(ruler, 5)],
    )


@deed("a subject", ("key-missing", "leaf 5"))
def no_subject(ruler: Ruler) -> None:
    ruler.execute(
        "DELETE FROM audit_subject WHERE id = "
        "(SELECT subject_id FROM audit_decision WHERE entry_id = %s)",
        [id_at(ruler, 5)],
    )


@deed("a month of entries, detached", ("partition-detached", "a table"))
def detached(ruler: Ruler) -> None:
    month = ruler.execute(
        "SELECT tableoid::regclass::text FROM audit_entry WHERE id = %s", [id_at(ruler, 5)]
    ).fetchone()
    assert month is not None
    ruler.execute(
        SQL("ALTER TABLE audit_entry DETACH PARTITION {}").format(Identifier(month[0]))
    )


# ------------------------------------------------------------------------- exchanges and additions


@deed("two leaves exchanged", ("tile-changed", "leaves 100 to 101"))
def leaves_exchanged(ruler: Ruler) -> None:
    first, second = id_at(ruler, 100), id_at(ruler, 101)
    ruler.execute("CREATE TEMP TABLE both_of AS SELECT * FROM audit_entry_leaf "
                  "WHERE leaf_index IN (100, 101)")
    ruler.execute("DELETE FROM audit_entry_leaf WHERE leaf_index IN (100, 101)")
    ruler.execute("INSERT INTO audit_entry_leaf SELECT 201 - leaf_index, entry_id, leaf_hash "
                  "FROM both_of")
    assert (id_at(ruler, 100), id_at(ruler, 101)) == (second, first)


@deed(
    "two leaves exchanged, and the tree above them recomputed",
    ("checkpoint-contradicted", "leaves 100 to 255"),
)
def order_rewritten(ruler: Ruler) -> None:
    leaves_exchanged_in(ruler)
    rebuild_tree(ruler)


def leaves_exchanged_in(ruler: Ruler) -> None:
    ruler.execute("CREATE TEMP TABLE both_of AS SELECT * FROM audit_entry_leaf "
                  "WHERE leaf_index IN (100, 101)")
    ruler.execute("DELETE FROM audit_entry_leaf WHERE leaf_index IN (100, 101)")
    ruler.execute("INSERT INTO audit_entry_leaf SELECT 201 - leaf_index, entry_id, leaf_hash "
                  "FROM both_of")


@deed("an entry replaced by another of the same id", ("header-changed", "leaf 100"))
def reinserted(ruler: Ruler) -> None:
    columns = "id, recorded_at, header, leaf_hash"
    ruler.execute(SQL(f"CREATE TEMP TABLE kept AS SELECT {columns} FROM audit_entry WHERE id = %s"),
                  [id_at(ruler, 100)])
    edit_header(ruler, 100)


@deed("an entry slipped in below the window", ("entry-without-leaf", "one entry"))
def slipped_in(ruler: Ruler) -> None:
    ruler.execute(
        "INSERT INTO audit_entry (id, recorded_at, xid, header, leaf_hash) "
        "SELECT %s, recorded_at - interval '1 hour', '1', header, leaf_hash FROM audit_entry "
        "WHERE id = %s",
        [uuid7(), id_at(ruler, 100)],
    )
