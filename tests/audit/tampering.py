"""The log that gets tampered with, and the tools of somebody who rules its database.

The base log has 700 leaves under six checkpoints, two full tiles and a right edge. Leaves 0 to 29
are decisions, 30 is an outcome, 31 the erasure of the person behind leaf 3; the rest are plain.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from uuid import UUID

import psycopg
from django.conf import settings
from psycopg.sql import SQL, Composed, Identifier

from audit import merkle, projections, publisher
from audit.checkpoint import Checkpoint, sign_note
from audit.header import uuid7
from audit.keys import key_store
from audit.sequencer import Sequencer
from tests.audit.ledger import decide_some, destroy_key, report, rows, subject_of
from tests.audit.lines import write

Ruler = psycopg.Connection[Any]
Place = int | tuple[int, int] | None
Found = tuple[str, Place]

FIRST: Final = (100, 256, 300, 512)
THEN: Final = (640, 700)
SIZES: Final = (*FIRST, *THEN)
ERASED: Final = 3
BASE: Final = "the whole log"
OLDER: Final = "a copy of the database made at 512 leaves"


@dataclass(frozen=True)
class Deed:
    """``found``: the codes and places that verifylog must name, no more and no fewer."""

    name: str
    act: Callable[[Ruler], None]
    found: tuple[Found, ...]
    on: str = BASE


DEEDS: list[Deed] = []
BACKUP: dict[str, Any] = {}
"""What a backup from before the erasure holds of the person behind leaf 3."""


def deed(
    name: str, *found: Found, on: str = BASE
) -> Callable[[Callable[[Ruler], None]], Callable[[Ruler], None]]:
    def keep(act: Callable[[Ruler], None]) -> Callable[[Ruler], None]:
        DEEDS.append(Deed(name, act, found, on))
        return act

    return keep


def begin() -> None:
    """The base log up to 512 leaves, through the log's own verbs."""
    decisions = decide_some(30)
    report(decisions[0])
    erased = subject_of(decisions[ERASED])
    ((ref_index, wrapped),) = rows(
        "SELECT ref_index, wrapped_key FROM audit_subject WHERE id = %s", erased
    )
    BACKUP.update(id=erased, ref_index=bytes(ref_index), wrapped_key=bytes(wrapped))
    destroy_key(erased)
    _grow(32, FIRST)


def go_on() -> None:
    """The rest, after the copy was made."""
    _grow(FIRST[-1], THEN)


def _grow(size: int, targets: tuple[int, ...]) -> None:
    sequencer = Sequencer()
    for target in targets:
        write(target - size)
        sequencer.step()
        publisher.publish()
        size = target
    while projections.project():
        pass


# ------------------------------------------------------------------------------------------ tools


def id_at(ruler: Ruler, leaf: int) -> UUID:
    query = "SELECT entry_id FROM audit_entry_leaf WHERE leaf_index = %s"
    (id_,) = ruler.execute(query, [leaf]).fetchone()
    return id_


def drop_checks(ruler: Ruler) -> None:
    ruler.execute("ALTER TABLE audit_entry DROP CONSTRAINT audit_entry_leaf_is_of_header")
    ruler.execute("ALTER TABLE audit_entry_body DROP CONSTRAINT audit_entry_body_is_digested")


def flip(ruler: Ruler, table: str, column: str, key: str, value: object, at: int = 9) -> None:
    """Turn one bit over in one row."""
    statement = SQL("UPDATE {t} SET {c} = set_byte({c}, {at}, get_byte({c}, {at}) # 1) ").format(
        t=Identifier(table), c=Identifier(column), at=at
    )
    changed = ruler.execute(statement + where(key), [value])
    assert changed.rowcount == 1


def remove(ruler: Ruler, table: str, key: str, value: object) -> None:
    removed = ruler.execute(SQL("DELETE FROM {} ").format(Identifier(table)) + where(key), [value])
    assert removed.rowcount == 1


def where(key: str) -> Composed:
    return SQL("WHERE {} = %s").format(Identifier(key))


def exchange(ruler: Ruler, table: str, columns: tuple[str, ...], key: str, pair: list[Any]) -> None:
    """Each of two rows gets what the other has in these columns."""
    names = [Identifier(column) for column in columns]
    read = SQL("SELECT {} FROM {} ").format(SQL(", ").join(names), Identifier(table)) + where(key)
    first, second = (ruler.execute(read, [one]).fetchone() for one in pair)
    for row, one in ((None, pair[1]), (second, pair[0]), (first, pair[1])):
        # Emptied between the two where the column is unique.
        values = row or tuple(
            None if column == "ref_index" else first[n] for n, column in enumerate(columns)
        )
        write = SQL("UPDATE {} SET {} ").format(
            Identifier(table), SQL(", ").join(SQL("{} = %s").format(name) for name in names)
        )
        assert ruler.execute(write + where(key), [*values, one]).rowcount == 1


def people_at(ruler: Ruler, *leaves: int) -> list[UUID]:
    query = "SELECT subject_id FROM audit_decision WHERE leaf_index = ANY(%s) ORDER BY leaf_index"
    return [row[0] for row in ruler.execute(query, [list(leaves)])]


def store() -> Path:
    """The copy of the checkpoint store that belongs to this deed."""
    return Path(settings.AUDIT_PUBLIC)


def damage(file: Path) -> None:
    """One letter of the first signature in a file of the store."""
    text = file.read_text()
    at = text.index("\u2014") + 60
    file.write_text(text[:at] + ("B" if text[at] == "A" else "A") + text[at + 1 :])


def slip_in(ruler: Ruler) -> UUID:
    """An entry that is right by itself, put there by hand; it has no leaf."""
    made = uuid7()
    ruler.execute(
        "INSERT INTO audit_entry (id, recorded_at, header, leaf_hash) "
        "SELECT %(made)s, recorded_at, h, sha256('\\x00'::bytea || h) FROM audit_entry e, LATERAL "
        "(SELECT convert_to(replace(convert_from(header, 'UTF8'), e.id::text, %(text)s), 'UTF8') h)"
        " AS own WHERE id = %(like)s",
        {"made": made, "text": str(made), "like": id_at(ruler, 100)},
    )
    ruler.execute(
        "INSERT INTO audit_entry_body SELECT %s, sha256, body FROM audit_entry_body WHERE id = %s",
        [made, id_at(ruler, 100)],
    )
    return made


def edit_header(ruler: Ruler, leaf: int) -> None:
    """Another actor in the header, and the hash beside it made to fit."""
    id_ = id_at(ruler, leaf)
    ruler.execute(
        "UPDATE audit_entry SET header = h, leaf_hash = sha256('\\x00'::bytea || h) FROM (SELECT "
        "convert_to(replace(convert_from(header, 'UTF8'), 'system:test', 'system:fake'), 'UTF8') h "
        "FROM audit_entry WHERE id = %s) edited WHERE id = %s",
        [id_, id_],
    )


def exchange_leaves(ruler: Ruler, low: int, high: int) -> None:
    ruler.execute(
        "CREATE TEMP TABLE pair AS SELECT %s + %s - leaf_index, entry_id, leaf_hash "
        "FROM audit_entry_leaf WHERE leaf_index IN (%s, %s)",
        [low, high, low, high],
    )
    ruler.execute("DELETE FROM audit_entry_leaf WHERE leaf_index IN (%s, %s)", [low, high])
    ruler.execute("INSERT INTO audit_entry_leaf SELECT * FROM pair")


def rebuild_tree(ruler: Ruler) -> None:
    """Make tiles and state agree again with what the leaves now are."""
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


def hash_leaf_again(ruler: Ruler, leaf: int) -> None:
    ruler.execute(
        "UPDATE audit_entry_leaf l SET leaf_hash = e.leaf_hash FROM audit_entry e "
        "WHERE e.id = l.entry_id AND l.leaf_index = %s",
        [leaf],
    )


def sign_again(ruler: Ruler) -> None:
    """What a thief of the signing key can do: new checkpoints for the rewritten tree."""
    rows = ruler.execute("SELECT leaf_hash FROM audit_entry_leaf ORDER BY leaf_index").fetchall()
    hashes, keys = [bytes(row[0]) for row in rows], key_store()
    for size in SIZES:
        head = Checkpoint(keys.verifier_key.name, size, merkle.root(hashes[:size]))
        note = sign_note(head.text(), head.origin, keys.sign, keys.public)
        ruler.execute(
            "UPDATE audit_checkpoint SET root = %s, note = %s WHERE size = %s",
            [head.root, note, size],
        )


def cut(ruler: Ruler, size: int) -> None:
    """Take leaves off the end, with the checkpoints that speak of them."""
    ruler.execute("DELETE FROM audit_entry_leaf WHERE leaf_index >= %s", [size])
    ruler.execute("DELETE FROM audit_checkpoint WHERE size > %s", [size])
    rebuild_tree(ruler)
