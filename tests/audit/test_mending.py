import shutil
from io import StringIO
from pathlib import Path

import orjson
import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection

from audit import mending, proofs, publisher, tree
from audit.checkpoint import Checkpoint
from audit.checkpoints import checkpoint_store
from audit.header import parse
from audit.mending import NotMended
from audit.sequencer import Sequencer, sequence_once
from audit.verification import Verification
from tests.audit.lines import ruler_of, write


def grow(count: int) -> None:
    write(count)
    Sequencer().step()


@pytest.fixture
def published(fresh_db: str) -> list[str]:
    grow(3)
    publisher.publish()
    grow(4)
    publisher.publish()
    return list(checkpoint_store().history())


def mendlog(*arguments: object) -> str:
    out = StringIO()
    call_command("mendlog", *map(str, arguments), stdout=out)
    return out.getvalue()


def test_a_lost_store_is_put_back_from_the_database(published: list[str]) -> None:
    shutil.rmtree(settings.AUDIT_PUBLIC)
    with pytest.raises(publisher.Refused):
        sequence_once()
    assert mendlog("adopt") == "The checkpoint over 7 leaves stands in the store again.\n"
    assert checkpoint_store().latest() == published[-1]
    grow(1)
    assert publisher.publish() is not None


def test_a_lost_store_is_put_back_from_what_somebody_kept(
    published: list[str], tmp_path: Path
) -> None:
    shutil.rmtree(settings.AUDIT_PUBLIC)
    (tmp_path / "kept").write_text(published[0])
    assert mending.adopt((tmp_path / "kept").read_text()).size == 3
    assert publisher.publish() is not None


def test_what_is_kept_elsewhere_convicts_a_database_that_was_set_back(
    published: list[str], fresh_db: str, cluster: object
) -> None:
    with ruler_of(fresh_db, cluster) as ruler:
        ruler.execute("DELETE FROM audit_entry_leaf WHERE leaf_index >= 5")
        ruler.execute("DELETE FROM audit_checkpoint WHERE size > 5")
        rows = ruler.execute("SELECT leaf_hash FROM audit_entry_leaf ORDER BY leaf_index")
        root = tree.merkle.root([bytes(row[0]) for row in rows])
        ruler.execute("UPDATE audit_tree_state SET size = 5, root = %s", [root])
    shutil.rmtree(settings.AUDIT_PUBLIC)
    with pytest.raises(publisher.Refused, match="older copy"):
        mending.adopt(published[-1])
    assert checkpoint_store().latest() is None


def test_a_store_that_holds_something_is_left_alone(published: list[str]) -> None:
    with pytest.raises(NotMended, match="not empty"):
        mending.adopt()
    with pytest.raises(NotMended, match="not empty"):
        mending.open_epoch(before=published[-1], because="A test.")


def test_nothing_is_put_back_where_nothing_was(fresh_db: str) -> None:
    with pytest.raises(NotMended, match="no checkpoint"):
        mending.adopt()


def test_a_new_epoch_says_what_it_follows_and_why(
    published: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "AUDIT_ORIGIN", "example.org/log-2")
    monkeypatch.setattr(settings, "AUDIT_PUBLIC", tmp_path / "second")
    with pytest.raises(publisher.Refused):
        publisher.publish()
    (tmp_path / "last").write_text(published[-1])
    said = mendlog("epoch", tmp_path / "last", "--because", "The disk of March was lost.")
    note = checkpoint_store().latest()
    assert said == f"Published:\n{note}"
    assert Checkpoint.parse(note.partition("\n\n")[0] + "\n").origin == "example.org/log-2"
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.header, b.body FROM audit_entry_leaf l JOIN audit_entry e ON e.id = l.entry_id "
            "JOIN audit_entry_body b ON b.id = e.id WHERE l.leaf_index = 7"
        )
        header, body = cursor.fetchone()
    assert (parse(bytes(header)).kind, parse(bytes(header)).log) == ("key", "example.org/log-2")
    told = orjson.loads(bytes(body))
    assert told["before"]["checkpoint"] == published[-1]
    assert told["database"] == {"size": 7, "root": told["before"]["root"]}
    assert told["because"] == "The disk of March was lost."
    grow(2)
    assert publisher.publish() is not None
    assert proofs.latest_checkpoint().size == 10
    report = Verification().run(lambda leaves: True)
    assert report.intact, report.findings
    assert report.checkpoints.sentence.startswith("4 of 4")


@pytest.mark.parametrize(
    ("origin", "before", "because", "sentence"),
    [
        (None, None, "A reason.", "new name"),
        ("example.org/2", "no note", "A reason.", "not the last checkpoint"),
        ("example.org/2", None, "  ", "Say why"),
    ],
)
def test_an_epoch_without_its_reasons_is_refused(
    published: list[str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    origin: str | None,
    before: str | None,
    because: str,
    sentence: str,
) -> None:
    monkeypatch.setattr(settings, "AUDIT_ORIGIN", origin or settings.AUDIT_ORIGIN)
    monkeypatch.setattr(settings, "AUDIT_PUBLIC", tmp_path / "second")
    with pytest.raises(NotMended, match=sentence):
        mending.open_epoch(before=before or published[-1], because=because)
    assert tree.state().size == 7


def test_the_command_says_what_stands_in_the_way(published: list[str], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="not empty"):
        call_command("mendlog", "adopt")
    with pytest.raises(CommandError, match="No such file"):
        call_command("mendlog", "adopt", str(tmp_path / "none"))
