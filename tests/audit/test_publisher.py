import shutil
from pathlib import Path

import psycopg
import pytest
from django.conf import settings
from django.db import connection, transaction

from audit import merkle, publisher, sequencer, tree
from audit.checkpoint import Checkpoint, open_note
from audit.checkpoints import FileStore, StoreFault, checkpoint_store
from audit.keys import FileKeys, key_store
from audit.publisher import Refused, publish
from audit.sequencer import Sequencer
from tests.audit.lines import in_child, leaves, ruler_of, write


def head(note: str) -> Checkpoint:
    return Checkpoint.parse(open_note(note, [key_store().verifier_key]).text)


def grow(count: int) -> None:
    write(count)
    Sequencer().step()


def table() -> list[tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, note FROM audit_checkpoint ORDER BY size")
        return list(cursor.fetchall())


def refused() -> str:
    with pytest.raises(Refused) as caught:
        publish()
    with pytest.raises(Refused):
        publisher.check()
    with pytest.raises(Refused):
        sequencer.sequence_once()
    assert publisher.state().status == "refused"
    assert publisher.state().code == caught.value.code
    assert caught.value.code in publisher.state().drill
    return caught.value.code


def test_an_empty_tree_is_published_too(fresh_db: str) -> None:
    assert head(publish()) == Checkpoint(settings.AUDIT_ORIGIN, 0, merkle.EMPTY_ROOT)


def test_what_is_committed_is_signed_kept_outside_and_in_the_table(fresh_db: str) -> None:
    grow(3)
    note = publish()
    root = merkle.root([leaf_hash for _, _, leaf_hash in leaves()])
    assert head(note) == Checkpoint(settings.AUDIT_ORIGIN, 3, root)
    assert (settings.AUDIT_PUBLIC / "checkpoint").read_text() == note
    assert table() == [(3, note)]


def test_what_is_published_is_not_published_again(fresh_db: str) -> None:
    grow(3)
    note = publish()
    assert publish() is None
    grow(2)
    second = publish()
    assert list(checkpoint_store().history()) == [note, second]
    assert table() == [(3, note), (5, second)]


def test_states_on_the_way(fresh_db: str) -> None:
    assert publisher.state().status == "pending"
    publish()
    assert publisher.state().status == "published"
    grow(2)
    state = publisher.state()
    assert (state.status, state.size, state.published_size) == ("pending", 2, 0)
    publish()
    assert publisher.state().status == "published"


def test_nothing_is_signed_inside_a_transaction(fresh_db: str) -> None:
    write(1)
    with transaction.atomic():
        Sequencer().step()
        with pytest.raises(RuntimeError, match="after a commit"):
            publish()


def test_an_older_copy_is_refused(fresh_db: str, cluster: object) -> None:
    """A backup of 3 leaves restored, after 5 were published."""
    grow(3)
    publish()
    older = cluster.unique("rationale_fresh_older")
    connection.close()
    cluster.clone(fresh_db.rpartition("/")[2].partition("?")[0], older)
    grow(2)
    publish()
    connection.close()
    assert in_child(lambda: restored(cluster.dsn(older, "rationale_app"), "restored-backup")) == 0
    assert in_child(lambda: regrown(cluster.dsn(older, "rationale_app"))) == 0
    cluster.drop(older)
    assert publisher.state().status == "published"


def restored(url: str, code: str) -> None:
    from tests.conftest import speaking_to

    with speaking_to(url):
        before = tree.state()
        assert refused() == code
        assert tree.state() == before


def regrown(url: str) -> None:
    """The same, but somebody stepped past the refusal until the size was right again."""
    from tests.conftest import speaking_to

    with speaking_to(url):
        grow(4)
        assert tree.state().size == 7
        assert refused() == "fork"


def test_a_rewritten_history_is_refused(fresh_db: str, cluster: object) -> None:
    grow(300)
    publish()
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute("UPDATE audit_entry_leaf SET leaf_hash = sha256('x') WHERE leaf_index = 280")
        rewrite_state(ruler)
    assert refused() == "fork"


def rewrite_state(ruler: psycopg.Connection) -> None:
    rows = ruler.execute("SELECT leaf_hash FROM audit_entry_leaf ORDER BY leaf_index")
    root = merkle.root([bytes(row[0]) for row in rows])
    ruler.execute("UPDATE audit_tree_state SET root = %s", [root])


def test_a_lost_store_is_refused(fresh_db: str) -> None:
    grow(2)
    publish()
    shutil.rmtree(settings.AUDIT_PUBLIC)
    assert refused() == "lost-store"


def test_another_key_is_refused(
    fresh_db: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(2)
    publish()
    other = tmp_path / "other-keys"
    shutil.copytree(settings.AUDIT_KEYS, other)
    (other / "signing-key").write_text("11" * 32)
    (other / "signing-key").chmod(0o600)
    keys = FileKeys(other, settings.AUDIT_ORIGIN)
    monkeypatch.setattr(publisher, "key_store", lambda: keys)
    assert refused() == "lost-key"


def test_the_store_of_another_log_is_refused(
    fresh_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(2)
    publish()
    monkeypatch.setattr(settings, "AUDIT_ORIGIN", "example.org/another")
    assert refused() == "another-log"


def test_a_store_full_of_nonsense_is_refused(fresh_db: str) -> None:
    grow(2)
    publish()
    (settings.AUDIT_PUBLIC / "checkpoint").write_text("this was a checkpoint")
    assert refused() == "lost-key"


def test_the_table_is_mended_after_a_crash_between_store_and_table(fresh_db: str) -> None:
    grow(2)
    environment = {"RATIONALE_CRASH_AT": "after-publish", "RATIONALE_ALLOW_CRASH": "1"}
    assert in_child(publish, **environment) == -9
    assert table() == []
    grow(2)
    publish()
    assert [size for size, _ in table()] == [2, 4]


def test_of_two_publishers_the_slower_agrees_with_the_quicker(
    fresh_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(2)
    publish()
    grow(1)
    put, overtaken = FileStore.put, []

    def overtake(store: FileStore, expected: str | None, new: str) -> None:
        if not overtaken:
            overtaken.append(new)
            grow(3)
            assert publish() is not None
        put(store, expected, new)

    monkeypatch.setattr(FileStore, "put", overtake)
    assert publish() is None  # six leaves were published meanwhile, and there are no more
    assert [head(note).size for note in checkpoint_store().history()] == [2, 6]
    assert [size for size, _ in table()] == [2, 6]


def test_being_overtaken_while_looking_is_no_rollback(
    fresh_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    grow(2)
    publish()
    latest, asked = FileStore.latest, []

    def overtaken(store: FileStore) -> str | None:
        asked.append(store)
        if len(asked) == 1:
            grow(3)
            publish()
        return latest(store)

    monkeypatch.setattr(FileStore, "latest", overtaken)
    assert publish() is None
    asked.clear()
    publisher.check()
    asked.clear()
    assert publisher.state().status == "published"


def test_a_store_that_cannot_be_written_is_named_and_nothing_is_lost(fresh_db: str) -> None:
    grow(2)
    publish()
    history = settings.AUDIT_PUBLIC / "history"
    history.rmdir()
    history.write_text("in the way")
    grow(2)
    with pytest.raises(StoreFault, match="cannot be written"):
        publish()
    assert [size for size, _ in table()] == [2]
    history.unlink()
    publish()
    assert [size for size, _ in table()] == [2, 4]


def test_a_store_that_cannot_be_read_is_unreachable(fresh_db: str) -> None:
    grow(1)
    publish()
    (settings.AUDIT_PUBLIC / "checkpoint").unlink()
    (settings.AUDIT_PUBLIC / "checkpoint").mkdir()
    state = publisher.state()
    assert (state.status, state.published_size) == ("unreachable", None)
    assert "cannot be read" in state.problem
