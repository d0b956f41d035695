"""Feedback sets: a stream of Parquet with its card, digest and accesses; nobody erased is in it."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from io import BytesIO
from typing import Any

import orjson
import pyarrow.parquet as pq
import pytest

from fairness import feedback
from fairness.feedback import Asked, Counted, how_many, stream
from fairness.tables import Window
from tests.audit.ledger import CASE, START, decide, decision_body, destroy_key, rows, subject_of
from tests.fairness.speaking import VOICE, follow, outcome_of_each, reviewed

WINDOW = Window(CASE, START.date(), START.date() + timedelta(days=1))


def world() -> None:
    lines = decide((decision_body(at, segments={"sex": "fm"[at % 2]}) for at in range(8)), VOICE)
    outcome_of_each(lines[:6], "o")
    reviewed(lines[0], "approve")
    follow()
    destroy_key(subject_of(lines[1]))
    follow()


def read(**asked: Any) -> tuple[bytes, Any]:
    whole = b"".join(stream(Asked(WINDOW, **asked), actor="key:x"))
    return whole, pq.read_table(BytesIO(whole))


def line() -> dict[str, Any]:
    found = rows(
        "SELECT e.header, b.body FROM audit_entry e JOIN audit_entry_body b USING (id) ORDER BY id DESC"
    )
    header, body = next(
        (orjson.loads(bytes(one)), bytes(two)) for one, two in found if b'"export"' in bytes(one)
    )
    assert (header["kind"], header["actor"]) == ("export", "key:x")
    said: dict[str, Any] = orjson.loads(body)
    return said


def test_a_set_with_card_digest_and_accesses(db: None) -> None:
    world()
    whole, table = read()
    assert table.num_rows == 5
    assert set(table.column("truth").to_pylist()) == {"repaid"}
    assert orjson.loads(table.column("features")[0].as_py())["purpose"] == "car"
    assert table.column("effective").to_pylist().count("approve") >= 1
    assert "segments" not in table.column_names
    card = orjson.loads(table.schema.metadata[b"data_card"])
    assert (card["use_case"], card["labelled_only"], card["segments_included"]) == (
        CASE,
        True,
        False,
    )
    said = line()
    assert (said["digest"], said["decisions"]) == (sha256(whole).hexdigest(), 5)
    assert said["export"] == card["export"]
    counts = orjson.loads(pq.ParquetFile(BytesIO(whole)).metadata.metadata[b"counts"])
    assert counts == {"decisions": 5, "labelled": 5, "overridden": 1}
    noted = rows("SELECT actor, purpose, count(*) FROM audit_pending_access GROUP BY 1, 2")
    assert noted == [("key:x", "export:feedback", 5)]


def test_what_a_set_holds(db: None) -> None:
    world()
    assert read(labelled=False)[1].num_rows == 7
    assert read(overrides=False)[1].num_rows == 4
    table = read(segments=True)[1]
    assert {orjson.loads(one)["sex"] for one in table.column("segments").to_pylist()} == {"f", "m"}


def test_pages_are_row_groups_and_an_empty_set_is_a_file(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world()
    monkeypatch.setattr(feedback, "PAGE", 2)
    whole, table = read(labelled=False)
    assert table.num_rows == 7
    assert pq.ParquetFile(BytesIO(whole)).num_row_groups == 4
    empty = Asked(Window(CASE, WINDOW.until, WINDOW.until + timedelta(days=1)))
    nothing = b"".join(stream(empty, actor="key:x"))
    assert pq.read_table(BytesIO(nothing)).num_rows == 0
    assert line()["decisions"] == 0


def test_a_stream_that_is_broken_off_leaves_accesses_and_a_line_that_says_so(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    world()
    monkeypatch.setattr(feedback, "PAGE", 2)
    pieces = stream(Asked(WINDOW), actor="key:x")
    first = next(pieces)
    pieces.close()
    assert rows("SELECT count(*) FROM audit_pending_access") == [(2,)]
    said = line()
    assert (said["act"], said["decisions"], said["bytes"]) == ("feedback_broken_off", 2, len(first))
    assert "digest" not in said


def test_a_stream_that_was_never_begun_leaves_nothing(db: None) -> None:
    world()
    stream(Asked(WINDOW), actor="key:x").close()
    assert rows("SELECT count(*) FROM audit_pending_access") == [(0,)]
    assert not [
        one for (one,) in rows("SELECT header FROM audit_entry") if b'"export"' in bytes(one)
    ]


def test_a_set_is_counted_beforehand(db: None) -> None:
    world()
    assert how_many(Asked(WINDOW, labelled=False)) == Counted(7, 5, 1)
    assert how_many(Asked(WINDOW)) == Counted(5, 5, 1)
    assert how_many(Asked(WINDOW, overrides=False)) == Counted(4, 4, 0)
