"""Lines as they lie in the database: header, leaf and body agree, and all of a line is there or nothing."""

import uuid
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import IntegrityError, connection, transaction

from audit import header, log, statements, subjects
from audit.claims import Claim
from audit.envelope import open_sealed
from audit.keys import key_store
from audit.log import ClaimTaken, Draft, SubjectKnown
from audit.merkle import leaf_hash
from audit.subjects import Erased, SubjectKey

CASE = "consumer-credit"
BODY = b'{"a": 1}'


def subject(ref: str | None = None) -> SubjectKey:
    with transaction.atomic():
        return subjects.for_references(CASE, [ref])[0]


def draft(**changes: Any) -> Draft:
    return Draft(
        **{"kind": "alert", "use_case": CASE, "actor": "system:t", "body": BODY, **changes}
    )


def stored(entry: uuid.UUID) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT e.header, e.leaf_hash, e.recorded_at, b.sha256, b.body"
            " FROM audit_entry e JOIN audit_entry_body b USING (id) WHERE id = %s",
            [entry],
        )
        (row,) = cursor.fetchall()
    return (bytes(row[0]), bytes(row[1]), row[2], bytes(row[3]), bytes(row[4]))


def count(table: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608
        return int(cursor.fetchone()[0])


@pytest.mark.django_db
def test_a_plain_line_is_kept_as_it_is() -> None:
    line = log.append(draft(ref=(about := uuid.uuid4()), model_ref="m@1"))
    raw, leaf, recorded_at, digest, body = stored(line.id)
    said = header.parse(raw)
    assert (raw, leaf) == (line.header, line.leaf_hash) == (raw, leaf_hash(raw))
    assert (body, digest) == (BODY, sha256(BODY).digest())
    assert header.rfc3339(recorded_at) == said.recorded_at == line.recorded_at
    assert (said.body_alg, said.body_len, said.body_sha256) == ("none", len(BODY), digest.hex())
    assert (said.log, said.kind, said.use_case, said.actor) == (
        settings.AUDIT_ORIGIN,
        "alert",
        CASE,
        "system:t",
    )
    assert (said.ref, said.model_ref, said.subject, said.commit) == (about, "m@1", None, None)


@pytest.mark.django_db
def test_a_sealed_line_opens_under_its_subjects_key_only() -> None:
    key, other = subject(), subject()
    line = log.append(draft(subject=key))
    raw, _, _, digest, body = stored(line.id)
    said = header.parse(raw)
    assert BODY not in body
    assert (said.body_alg, said.subject) == ("A256GCM", key.id)
    assert (said.body_len, said.body_sha256) == (len(body), digest.hex())
    assert open_sealed(key.dek, line.id.bytes, body, bytes.fromhex(said.commit or "")) == BODY
    with pytest.raises(ValueError, match="does not open"):
        open_sealed(other.dek, line.id.bytes, body)


@pytest.mark.django_db
def test_equal_bodies_have_nothing_in_common_in_the_log() -> None:
    key = subject()
    first, second = (header.parse(log.append(draft(subject=key)).header) for _ in range(2))
    assert first.body_sha256 != second.body_sha256
    assert first.commit != second.commit


@pytest.mark.django_db
def test_many_lines_are_as_one_by_one() -> None:
    key = subject()
    at = datetime(2026, 11, 22, 10, 0, 0, 123456, tzinfo=UTC)
    drafts = [
        draft(),
        draft(subject=key, occurred_at=at, model_ref="m@1"),
        draft(id=(given := header.uuid7()), pseudonym=key.id, body=b""),
    ]
    lines = log.append_many(drafts)
    assert lines[2].id == given
    for line, was in zip(lines, drafts, strict=True):
        raw, leaf, recorded_at, digest, body = stored(line.id)
        said = header.parse(raw)
        assert (raw, leaf, said.id) == (line.header, leaf_hash(raw), line.id)
        assert said.recorded_at == header.rfc3339(recorded_at)
        assert said.body_sha256 == digest.hex() == sha256(body).hexdigest()
        assert said.model_ref == was.model_ref
    assert header.parse(lines[1].header).occurred_at == "2026-11-22T10:00:00.123456Z"
    assert header.parse(lines[2].header).subject == key.id
    sealed = stored(lines[1].id)[4]
    assert open_sealed(key.dek, lines[1].id.bytes, sealed) == BODY


@pytest.mark.django_db
def test_more_lines_than_a_chunk_keep_their_order() -> None:
    drafts = [draft(body=b"%d" % number) for number in range(log.CHUNK * 2 + 1)]
    lines = log.append_many(drafts)
    assert len({line.id for line in lines}) == len(drafts)
    assert [stored(lines[n].id)[4] for n in (0, log.CHUNK, log.CHUNK * 2)] == [
        b"0",
        b"%d" % log.CHUNK,
        b"%d" % (log.CHUNK * 2),
    ]
    assert sorted(lines, key=lambda line: line.id) == lines


@pytest.mark.django_db
def test_nothing_is_written_for_an_erased_subject() -> None:
    key = subject("gone")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE audit_subject SET wrapped_key = NULL, ref_index = NULL, erased_at = now()"
        )
    with pytest.raises(Erased):
        log.append(draft(subject=key))
    with pytest.raises(Erased):
        log.append_many([draft(), draft(subject=key)])
    with pytest.raises(Erased):
        log.append_claimed(draft(subject=key), Claim(bytes(32), bytes(32)))
    assert (count("audit_entry"), count("audit_entry_body"), count("audit_claim")) == (0, 0, 0)


@pytest.mark.django_db
def test_a_claim_is_taken_once() -> None:
    key = subject()
    claim = Claim(b"k" * 32, b"d" * 32)
    line = log.append_claimed(draft(subject=key), claim)
    with pytest.raises(ClaimTaken) as caught:
        log.append_claimed(draft(subject=key), Claim(claim.key, b"e" * 32))
    assert caught.value.taken is not None
    assert (caught.value.taken.entry_id, caught.value.taken.digest) == (line.id, claim.digest)
    assert count("audit_entry") == count("audit_entry_body") == count("audit_claim") == 1


@pytest.mark.django_db
def test_a_new_subject_comes_with_its_line_and_a_known_one_is_told() -> None:
    keys = key_store()
    new = subjects.fresh(CASE, b"i" * 32, keys)
    log.append_claimed(draft(subject=new.key), Claim(b"1" * 32, bytes(32)), new)
    assert subjects.key(new.key.id) == new.key
    again = subjects.fresh(CASE, b"i" * 32, keys)
    with pytest.raises(SubjectKnown) as caught:
        log.append_claimed(draft(subject=again.key), Claim(b"2" * 32, bytes(32)), again)
    assert caught.value.key == new.key
    assert count("audit_entry") == count("audit_claim") == count("audit_subject") == 1


@pytest.mark.django_db
def test_a_repeat_leaves_no_nameless_subject_behind() -> None:
    keys = key_store()
    claim = Claim(b"1" * 32, bytes(32))
    for _ in range(3):
        new = subjects.fresh(CASE, None, keys)
        try:
            log.append_claimed(draft(subject=new.key), claim, new)
        except ClaimTaken:
            continue
    assert count("audit_subject") == count("audit_entry") == 1


@pytest.mark.django_db
def test_lines_are_found_again_as_they_were_written() -> None:
    lines = log.append_many([draft(), draft()])
    assert log.find([line.id for line in lines] + [uuid.uuid4()]) == {
        line.id: line for line in lines
    }
    assert log.find([]) == {}


@pytest.mark.django_db
def test_no_line_enters_before_its_partition_or_with_a_leaf_not_its_own() -> None:
    ancient = header.uuid7_at(0)
    with pytest.raises(IntegrityError), transaction.atomic():
        log.append(draft(id=ancient))
    with pytest.raises(IntegrityError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO audit_entry (id, header, leaf_hash) VALUES (%s, %s, %s)",
            [header.uuid7(), b"{}", bytes(32)],
        )


def test_many_lines_need_a_transaction(fresh_db: str) -> None:
    with pytest.raises(RuntimeError, match="transaction"):
        log.append_many([draft()])


def test_a_rolled_back_transaction_leaves_nothing(fresh_db: str) -> None:
    with transaction.atomic():
        log.append(draft())
        log.append_many([draft()])
        transaction.set_rollback(True)
    assert (count("audit_entry"), count("audit_entry_body")) == (0, 0)


def test_a_lone_line_is_committed_when_the_call_returns(fresh_db: str) -> None:
    line = log.append(draft())
    with psycopg.connect(fresh_db) as other:
        seen = other.execute("SELECT header FROM audit_entry").fetchall()
    assert seen == [(line.header,)]


def heard(listener: psycopg.Connection[tuple[object, ...]]) -> list[psycopg.Notify]:
    """The first, which may take its time on a busy machine, and what comes close behind it."""
    first = list(listener.notifies(timeout=30, stop_after=1))
    return first + list(listener.notifies(timeout=0.2))


def test_the_sequencer_is_woken_by_commits_but_not_by_each(
    fresh_db: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(statements, "_bell", statements._Bell())
    with psycopg.connect(fresh_db, autocommit=True) as listener:
        listener.execute("LISTEN audit_appended")
        for _ in range(5):
            log.append(draft())
        assert 1 <= len(heard(listener)) < 5
        with transaction.atomic():
            log.append_many([draft(), draft()])
        assert len(heard(listener)) == 1


def test_the_statement_is_planned_once_for_a_connection(fresh_db: str) -> None:
    for _ in range(6):
        log.append(draft())
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_prepared_statements WHERE statement ~ 'audit_entry'"
        )
        assert cursor.fetchone() == (1,)


@pytest.mark.django_db
def test_times_far_from_ours_keep_their_microseconds() -> None:
    at = datetime.now(UTC) - timedelta(days=365, microseconds=1)
    line = log.append(draft(occurred_at=at))
    assert header.parse(line.header).occurred_at == header.rfc3339(at)
