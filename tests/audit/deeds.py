"""Every deed, what it is called in docs/tampering.md, and what verifylog must find."""

import shutil

from psycopg.sql import SQL, Identifier

from audit.header import uuid7
from tests.audit.tampering import (
    BACKUP,
    ERASED,
    OLDER,
    Ruler,
    cut,
    damage,
    deed,
    drop_checks,
    edit_header,
    exchange,
    exchange_leaves,
    flip,
    hash_leaf_again,
    id_at,
    people_at,
    rebuild_tree,
    remove,
    sign_again,
    slip_in,
    store,
)


@deed("Nothing is touched")
def nothing(ruler: Ruler) -> None:
    ruler.execute("SELECT 1")


# ------------------------------------------------------------------------------------------ edits


@deed("One bit of a header", ("header-changed", 100), ("header-unreadable", 100))
def header_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip(ruler, "audit_entry", "header", "id", id_at(ruler, 100), 2)


@deed("A header, and the hash beside it", ("header-changed", 100))
def header_and_hash(ruler: Ruler) -> None:
    edit_header(ruler, 100)


@deed(
    "A header at the right edge of the tree, and the hash beside it",
    ("header-or-leaf-changed", 690),
    ("checkpoint-contradicted", (640, 699)),
    ("state-differs", None),
)
def header_at_edge(ruler: Ruler) -> None:
    edit_header(ruler, 690)


@deed("One bit of the hash beside a header", ("entry-hash-changed", 100))
def entry_hash_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip(ruler, "audit_entry", "leaf_hash", "id", id_at(ruler, 100))


@deed("One bit of a sealed body, and the digest beside it", ("body-changed", 5))
def sealed_body_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip(ruler, "audit_entry_body", "body", "id", id_at(ruler, 5), 60)
    ruler.execute("UPDATE audit_entry_body SET sha256 = sha256(body)")


@deed("One bit of an unsealed body", ("body-changed", 400))
def plain_body_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip(ruler, "audit_entry_body", "body", "id", id_at(ruler, 400), 3)


@deed("One bit of the digest beside a body", ("body-digest-changed", 400))
def body_digest_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip(ruler, "audit_entry_body", "sha256", "id", id_at(ruler, 400))


@deed("The stored body of an erased person", ("body-changed", ERASED))
def erased_body_bit(ruler: Ruler) -> None:
    drop_checks(ruler)
    flip(ruler, "audit_entry_body", "body", "id", id_at(ruler, ERASED), 60)


@deed("Two bodies exchanged", ("body-changed", (400, 401)))
def bodies_exchanged(ruler: Ruler) -> None:
    first, second = id_at(ruler, 400), id_at(ruler, 401)
    ruler.execute(
        "UPDATE audit_entry_body a SET sha256 = b.sha256, body = b.body FROM audit_entry_body b "
        "WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))",
        [first, second, second, first],
    )


@deed("The time of recording in a row", ("time-differs", 100))
def recorded_at(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_entry SET recorded_at = recorded_at - interval '1 day' WHERE id = %s",
        [id_at(ruler, 100)],
    )


@deed("The keys of two people exchanged", ("body-unreadable", (5, 6)))
def keys_exchanged(ruler: Ruler) -> None:
    subjects = "SELECT subject_id FROM audit_decision WHERE leaf_index IN (5, 6)"
    first, second = (row[0] for row in ruler.execute(subjects).fetchall())
    ruler.execute(
        "UPDATE audit_subject a SET wrapped_key = b.wrapped_key FROM audit_subject b "
        "WHERE (a.id, b.id) IN ((%s, %s), (%s, %s))",
        [first, second, second, first],
    )


@deed("One bit of a leaf under a full tile", ("leaf-changed", 100))
def leaf_bit(ruler: Ruler) -> None:
    flip(ruler, "audit_entry_leaf", "leaf_hash", "leaf_index", 100)


@deed("One bit of a leaf at the right edge", ("header-or-leaf-changed", 690))
def leaf_bit_at_edge(ruler: Ruler) -> None:
    flip(ruler, "audit_entry_leaf", "leaf_hash", "leaf_index", 690)


@deed("One bit of a tile", ("tile-changed", 256))
def tile_bit(ruler: Ruler) -> None:
    flip(ruler, "audit_tile", "hashes", "index", 1)


@deed("One bit of the root beside a tile", ("tile-root-changed", 256))
def tile_root_bit(ruler: Ruler) -> None:
    flip(ruler, "audit_tile", "root", "index", 1)


@deed("One bit of the root in the state of the tree", ("state-differs", None))
def state_root_bit(ruler: Ruler) -> None:
    flip(ruler, "audit_tree_state", "root", "id", 1)


@deed("One bit of the root in a checkpoint's row", ("checkpoint-row-changed", None))
def checkpoint_root_bit(ruler: Ruler) -> None:
    flip(ruler, "audit_checkpoint", "root", "size", 300)


@deed("One letter of a checkpoint's signature", ("checkpoint-unsigned", None))
def checkpoint_signature(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_checkpoint SET note = overlay(note PLACING CASE substr(note, length(note) "
        "- 20, 1) WHEN 'A' THEN 'B' ELSE 'A' END FROM length(note) - 20 FOR 1) WHERE size = 300"
    )


@deed("The bodies of two people exchanged", ("body-changed", (5, 6)))
def peoples_bodies_exchanged(ruler: Ruler) -> None:
    pair = [id_at(ruler, 5), id_at(ruler, 6)]
    exchange(ruler, "audit_entry_body", ("sha256", "body"), "id", pair)


@deed(
    "An entry's id in its row",
    ("entry-missing", 100),
    ("entry-without-leaf", None),
    ("body-without-entry", None),
)
def entry_id(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_entry SET id = %s, recorded_at = recorded_at - interval '1 hour' "
        "WHERE id = %s",
        [uuid7(), id_at(ruler, 100)],
    )


@deed("A body's id", ("body-missing", 100), ("body-without-entry", None))
def body_id(ruler: Ruler) -> None:
    ruler.execute("UPDATE audit_entry_body SET id = %s WHERE id = %s", [uuid7(), id_at(ruler, 100)])


@deed("One bit of a person's wrapped key", ("key-unreadable", 5))
def wrapped_key_bit(ruler: Ruler) -> None:
    flip(ruler, "audit_subject", "wrapped_key", "id", *people_at(ruler, 5))


@deed("The name of the key that wraps a person's key", ("key-unreadable", 5))
def wrapped_under(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_subject SET kek_id = reverse(kek_id) WHERE id = %s", people_at(ruler, 5)
    )


@deed("The use case of a person", ("subject-differs", 5))
def persons_use_case(ruler: Ruler) -> None:
    ruler.execute("UPDATE audit_subject SET use_case = 'hiring' WHERE id = %s", people_at(ruler, 5))


@deed("One bit of the index of a person's reference", ("subject-differs", 5))
def reference_bit(ruler: Ruler) -> None:
    flip(ruler, "audit_subject", "ref_index", "id", *people_at(ruler, 5))


@deed("The references of two people exchanged", ("subject-differs", (5, 6)))
def references_exchanged(ruler: Ruler) -> None:
    exchange(ruler, "audit_subject", ("ref_index",), "id", people_at(ruler, 5, 6))


@deed("One bit of the index of a caller's id", ("claim-missing", 5))
def claim_key_bit(ruler: Ruler) -> None:
    flip(ruler, "audit_claim", "key", "entry_id", id_at(ruler, 5))


@deed("One bit of the digest beside a caller's id", ("claim-changed", 5))
def claim_digest_bit(ruler: Ruler) -> None:
    flip(ruler, "audit_claim", "digest", "entry_id", id_at(ruler, 5))


@deed("Two callers' ids exchanged", ("claim-changed", (5, 6)))
def claims_exchanged(ruler: Ruler) -> None:
    first, second = id_at(ruler, 5), id_at(ruler, 6)
    ruler.execute(
        "UPDATE audit_claim SET entry_id = CASE entry_id WHEN %(a)s THEN %(b)s ELSE %(a)s END "
        "WHERE entry_id IN (%(a)s, %(b)s)",
        {"a": first, "b": second},
    )


@deed("A caller's id of an outcome, exchanged for another", ("claim-changed", 30))
def outcomes_claim(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_claim SET entry_id = %s WHERE entry_id = %s",
        [id_at(ruler, 5), id_at(ruler, 30)],
    )


@deed(
    "The size in the state of the tree, made smaller",
    ("leaf-beyond-tree", 699),
    ("checkpoint-beyond-tree", 699),
    ("older-copy", 699),
    ("state-differs", None),
)
def state_size_smaller(ruler: Ruler) -> None:
    ruler.execute("UPDATE audit_tree_state SET size = 699")


@deed(
    "The size in the state of the tree, made larger",
    ("leaf-missing", (700, 701)),
    ("state-differs", None),
)
def state_size_larger(ruler: Ruler) -> None:
    ruler.execute("UPDATE audit_tree_state SET size = 702")


@deed(
    "The size beside a checkpoint", ("checkpoint-row-changed", None), ("checkpoint-missing", None)
)
def checkpoint_size(ruler: Ruler) -> None:
    ruler.execute("UPDATE audit_checkpoint SET size = 301 WHERE size = 300")


@deed("The note of a checkpoint exchanged for an older one", ("checkpoint-row-changed", None))
def checkpoint_note(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_checkpoint SET note = (SELECT note FROM audit_checkpoint WHERE size = 256) "
        "WHERE size = 300"
    )


# ------------------------------------------------------------------------- the checkpoint store


@deed("One letter of the newest checkpoint in the store", ("checkpoint-unsigned", None))
def store_letter(ruler: Ruler) -> None:
    damage(store() / "checkpoint")


@deed("One letter of an older checkpoint in the store", ("checkpoint-unsigned", None))
def history_letter(ruler: Ruler) -> None:
    damage(next((store() / "history").iterdir()))


@deed("An older checkpoint put in the store's place", ("store-behind", None))
def older_store(ruler: Ruler) -> None:
    history = next((store() / "history").iterdir())
    *_, last, _ = history.read_text().split("\n.\n")
    (store() / "checkpoint").write_text(last + "\n")


@deed("The checkpoint store emptied", ("store-empty", None))
def store_emptied(ruler: Ruler) -> None:
    shutil.rmtree(store())


# ---------------------------------------------------------------------------------------- removals


@deed("An entry deleted", ("entry-missing", 100), ("body-without-entry", None))
def no_entry(ruler: Ruler) -> None:
    remove(ruler, "audit_entry", "id", id_at(ruler, 100))


@deed("A decision deleted with its body", ("entry-missing", 5), ("claim-without-entry", None))
def no_decision(ruler: Ruler) -> None:
    id_ = id_at(ruler, 5)
    remove(ruler, "audit_entry", "id", id_)
    remove(ruler, "audit_entry_body", "id", id_)


@deed(
    "A decision deleted with body, claim and leaf",
    ("leaf-missing", 5),
    ("decision-without-entry", None),
)
def no_trace(ruler: Ruler) -> None:
    id_ = id_at(ruler, 5)
    remove(ruler, "audit_entry", "id", id_)
    remove(ruler, "audit_entry_body", "id", id_)
    remove(ruler, "audit_claim", "entry_id", id_)
    remove(ruler, "audit_entry_leaf", "entry_id", id_)


@deed("A body deleted", ("body-missing", 400))
def no_body(ruler: Ruler) -> None:
    remove(ruler, "audit_entry_body", "id", id_at(ruler, 400))


@deed("A leaf deleted under a full tile", ("leaf-missing", 100), ("entry-without-leaf", None))
def no_leaf(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_entry SET recorded_at = recorded_at - interval '1 hour' WHERE id = %s",
        [id_at(ruler, 100)],
    )
    remove(ruler, "audit_entry_leaf", "leaf_index", 100)


@deed("A tile deleted", ("tile-missing", 256))
def no_tile(ruler: Ruler) -> None:
    remove(ruler, "audit_tile", "index", 1)


@deed("A checkpoint deleted", ("checkpoint-missing", None))
def no_checkpoint(ruler: Ruler) -> None:
    remove(ruler, "audit_checkpoint", "size", 300)


@deed("A person's key destroyed without an erasure", ("erased-without-entry", None))
def key_destroyed(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_subject SET wrapped_key = NULL, ref_index = NULL, "
        "erased_at = now() - interval '1 hour' "
        "WHERE id = (SELECT subject_id FROM audit_decision WHERE leaf_index = 5)"
    )


@deed("A person's row deleted", ("key-missing", 5))
def no_subject(ruler: Ruler) -> None:
    (subject,) = ruler.execute(
        "SELECT subject_id FROM audit_decision WHERE leaf_index = 5"
    ).fetchone()
    remove(ruler, "audit_subject", "id", subject)


@deed(
    "A month of entries detached",
    ("entry-missing", (0, 699)),
    ("body-without-entry", None),
    ("claim-without-entry", None),
    ("partition-detached", None),
)
def detached(ruler: Ruler) -> None:
    (month,) = ruler.execute(
        "SELECT tableoid::regclass::text FROM audit_entry WHERE id = %s", [id_at(ruler, 5)]
    ).fetchone()
    ruler.execute(SQL("ALTER TABLE audit_entry DETACH PARTITION {}").format(Identifier(month)))


@deed("A caller's id deleted", ("claim-missing", 5))
def no_claim(ruler: Ruler) -> None:
    remove(ruler, "audit_claim", "entry_id", id_at(ruler, 5))


@deed("An erasure undone: the key put back from a backup", ("erasure-undone", None))
def erasure_undone(ruler: Ruler) -> None:
    ruler.execute(
        "UPDATE audit_subject SET wrapped_key = %(wrapped_key)s, ref_index = %(ref_index)s, "
        "erased_at = NULL WHERE id = %(id)s",
        BACKUP,
    )


@deed(
    "A month of entries and bodies dropped",
    ("entry-missing", (0, 699)),
    ("claim-without-entry", None),
)
def dropped(ruler: Ruler) -> None:
    for table in ("audit_entry", "audit_entry_body"):
        query = SQL("SELECT tableoid::regclass::text FROM {} WHERE id = %s").format(
            Identifier(table)
        )
        (month,) = ruler.execute(query, [id_at(ruler, 5)]).fetchone()
        ruler.execute(SQL("DROP TABLE {}").format(Identifier(month)))


# ------------------------------------------------------------------------ exchanges and additions


@deed(
    "Two leaves exchanged",
    ("tile-changed", (100, 101)),
    ("tile-root-changed", 0),
    ("checkpoint-contradicted", (100, 255)),
    ("state-differs", None),
)
def leaves_exchanged(ruler: Ruler) -> None:
    exchange_leaves(ruler, 100, 101)


@deed("An entry deleted and another inserted under its id", ("header-changed", 100))
def reinserted(ruler: Ruler) -> None:
    id_ = id_at(ruler, 100)
    edit_header(ruler, 100)
    ruler.execute("CREATE TEMP TABLE kept AS SELECT * FROM audit_entry WHERE id = %s", [id_])
    remove(ruler, "audit_entry", "id", id_)
    ruler.execute(
        "INSERT INTO audit_entry (id, recorded_at, header, leaf_hash) "
        "SELECT id, recorded_at, header, leaf_hash FROM kept"
    )


@deed("An entry slipped in below the sequencer's window", ("entry-without-leaf", None))
def slipped_in(ruler: Ruler) -> None:
    ruler.execute(
        "INSERT INTO audit_entry (id, recorded_at, xid, header, leaf_hash) "
        "SELECT %s, recorded_at - interval '1 hour', '1', header, leaf_hash FROM audit_entry "
        "WHERE id = %s",
        [uuid7(), id_at(ruler, 100)],
    )


@deed("Two entries at one place of the tree", ("row-doubled", 100))
def two_at_one_place(ruler: Ruler) -> None:
    made = slip_in(ruler)
    ruler.execute("ALTER TABLE audit_entry_leaf DROP CONSTRAINT audit_entry_leaf_pkey")
    ruler.execute(
        "INSERT INTO audit_entry_leaf SELECT 100, id, leaf_hash FROM audit_entry WHERE id = %s",
        [made],
    )
    # The true one is read last.
    ruler.execute(
        "WITH gone AS (DELETE FROM audit_entry_leaf WHERE leaf_index = 100 AND entry_id <> %s "
        "RETURNING *) INSERT INTO audit_entry_leaf SELECT * FROM gone",
        [made],
    )


@deed(
    "A leaf moved to another place",
    ("leaf-missing", 100),
    ("leaf-beyond-tree", 700),
)
def leaf_moved(ruler: Ruler) -> None:
    ruler.execute("UPDATE audit_entry_leaf SET leaf_index = 900 WHERE leaf_index = 100")


@deed("The window moved past entries that wait for their place", ("entry-without-leaf", None))
def window_moved(ruler: Ruler) -> None:
    ruler.execute("UPDATE audit_tree_state SET low_xid = '999999999'")
    made = slip_in(ruler)
    ruler.execute(
        "UPDATE audit_entry SET recorded_at = recorded_at - interval '1 hour' WHERE id = %s", [made]
    )


@deed("A leaf put behind the end by hand", ("leaf-beyond-tree", 700))
def leaf_beyond(ruler: Ruler) -> None:
    ruler.execute("INSERT INTO audit_entry_leaf VALUES (900, %s, sha256('x'))", [uuid7()])


@deed("A tile put behind the end by hand", ("tile-beyond-tree", 768))
def tile_beyond(ruler: Ruler) -> None:
    ruler.execute("INSERT INTO audit_tile SELECT 0, 3, hashes, root FROM audit_tile LIMIT 1")


@deed("A checkpoint put behind the end by hand", ("checkpoint-beyond-tree", 700))
def checkpoint_beyond(ruler: Ruler) -> None:
    ruler.execute(
        "INSERT INTO audit_checkpoint SELECT 900, root, note FROM audit_checkpoint LIMIT 1"
    )


@deed("A decision listed that was never recorded", ("decision-without-entry", None))
def listed_only(ruler: Ruler) -> None:
    ruler.execute(
        "INSERT INTO audit_decision SELECT (jsonb_populate_record(d, jsonb_build_object("
        "'entry_id', %s::text))).* FROM audit_decision d WHERE leaf_index = 5",
        [str(uuid7())],
    )


# ------------------------------------------------------------------------------- rewritten history


@deed(
    "A header edited, and leaf, tiles and state recomputed to fit",
    ("checkpoint-contradicted", (300, 511)),
)
def rewritten(ruler: Ruler) -> None:
    edit_header(ruler, 400)
    hash_leaf_again(ruler, 400)
    rebuild_tree(ruler)


@deed(
    "The same, and every checkpoint in the database signed anew with the stolen key",
    ("checkpoint-contradicted", (300, 511)),
)
def rewritten_and_signed(ruler: Ruler) -> None:
    rewritten(ruler)
    sign_again(ruler)


@deed(
    "Two leaves exchanged, and tiles and state recomputed to fit",
    ("checkpoint-contradicted", (100, 255)),
)
def order_rewritten(ruler: Ruler) -> None:
    exchange_leaves(ruler, 100, 101)
    rebuild_tree(ruler)


@deed(
    "An entry inserted into the middle, and the tree recomputed",
    ("checkpoint-contradicted", (300, 511)),
)
def inserted(ruler: Ruler) -> None:
    last = id_at(ruler, 699)
    ruler.execute(
        "CREATE TEMP TABLE moved AS SELECT CASE entry_id WHEN %s THEN 400 ELSE leaf_index + 1 END,"
        " entry_id, leaf_hash FROM audit_entry_leaf WHERE leaf_index >= 400",
        [last],
    )
    ruler.execute("DELETE FROM audit_entry_leaf WHERE leaf_index >= 400")
    ruler.execute("INSERT INTO audit_entry_leaf SELECT * FROM moved")
    rebuild_tree(ruler)


@deed(
    "The end cut off: leaves, entries, bodies and checkpoints, and the state recomputed",
    ("older-copy", (650, 699)),
)
def end_cut_off(ruler: Ruler) -> None:
    for table in ("audit_entry_body", "audit_entry"):
        ruler.execute(
            SQL(
                "DELETE FROM {} WHERE id IN "
                "(SELECT entry_id FROM audit_entry_leaf WHERE leaf_index >= 650)"
            ).format(Identifier(table))
        )
    cut(ruler, 650)


@deed("An older copy of the whole database put in its place", ("older-copy", (512, 699)), on=OLDER)
def older_copy(ruler: Ruler) -> None:
    ruler.execute("SELECT 1")


@deed(
    "An older copy, grown on with other entries past the published size",
    ("checkpoint-contradicted", (512, 639)),
    ("checkpoint-missing", None),
    on=OLDER,
)
def older_copy_regrown(ruler: Ruler) -> None:
    ruler.execute(
        "CREATE TEMP TABLE grown AS SELECT leaf_index + 412 AS leaf_index, new_id, recorded_at, "
        "convert_to(replace(convert_from(header, 'UTF8'), e.id::text, new_id::text), 'UTF8') AS h, "
        "b.sha256, b.body FROM audit_entry e JOIN audit_entry_body b USING (id), "
        "audit_entry_leaf l, LATERAL (SELECT overlay(e.id::text PLACING "
        "lpad(to_hex(leaf_index), 12, '0') FROM 25)::uuid AS new_id) AS made "
        "WHERE l.entry_id = e.id AND leaf_index BETWEEN 100 AND 299"
    )
    ruler.execute(
        "INSERT INTO audit_entry (id, recorded_at, header, leaf_hash) "
        "SELECT new_id, recorded_at, h, sha256('\\x00'::bytea || h) FROM grown"
    )
    ruler.execute("INSERT INTO audit_entry_body SELECT new_id, sha256, body FROM grown")
    ruler.execute(
        "INSERT INTO audit_entry_leaf "
        "SELECT leaf_index, new_id, sha256('\\x00'::bytea || h) FROM grown"
    )
    rebuild_tree(ruler)
