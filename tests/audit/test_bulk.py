"""Judging lines and settling them: numbers, limits, and what is told of which line."""

from typing import Any

import pytest
from django.db import connection

from audit.bulk import (
    Item,
    Judged,
    Judging,
    Later,
    conflict,
    judge,
    judging,
    settle,
    stream,
    streaming,
)
from audit.claims import Claim, Taken
from audit.door import Conflict, Forbidden, Invalid, Malformed, TooLarge
from audit.header import uuid7
from audit.log import Draft


def item(number: int, raw: bytes) -> Item:
    if raw == b"bad":
        raise Invalid(
            "no", errors=[{"pointer": f"/{n}", "code": "x", "detail": "d"} for n in range(9)]
        )
    if raw == b"worse":
        raise Malformed("no")
    if raw == b"forbidden":
        raise Forbidden("no")
    key, _, body = raw.partition(b"=")
    return Item(number, key.decode(), raw, Claim(key.ljust(32), body.ljust(32)), None)


def drafts(items: Any) -> list[Draft]:
    return [Draft("alert", "case", "system:t", item.raw, id=item.entry_id) for item in items]


def judged(*lines: bytes) -> Judged:
    return judge(lines, item)


def entries() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_entry")
        return int(cursor.fetchone()[0])


def test_lines_keep_their_numbers_and_blank_ones_do_not_count() -> None:
    found = judged(b"", b"a=1", b"  ", b"\r", b"b=2\r", b"bad")
    assert found.lines == 3
    assert [(one.line, one.raw) for one in found.items] == [(2, b"a=1"), (5, b"b=2")]
    assert [line for line, _ in found.refused] == [6]


def test_too_many_lines_are_refused_before_all_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(judging, "MAX_LINES", 3)
    read: list[int] = []

    def lines() -> Any:
        for number in range(100):
            read.append(number)
            yield b"a=%d" % number

    with pytest.raises(TooLarge, match="3 lines"):
        judge(lines(), item)
    assert len(read) == 4


def test_no_lines_at_all() -> None:
    for lines in ([], [b""], [b" ", b"\r"]):
        with pytest.raises(Invalid) as caught:
            judge(lines, item)
        assert caught.value.code == "empty"


def test_the_first_bad_line_gives_the_status() -> None:
    for lines, kind in (
        ([b"worse", b"bad"], Malformed),
        ([b"bad", b"worse"], Invalid),
        ([b"a=1", b"forbidden", b"bad"], Forbidden),
    ):
        with pytest.raises(kind) as caught:
            settle(judged(*lines), drafts, "fail")
        assert "refused" in caught.value.detail


def test_a_line_tells_at_most_five_flaws_and_a_bulk_a_thousand() -> None:
    with pytest.raises(Invalid) as caught:
        settle(judged(*[b"bad"] * 300), drafts, "fail")
    assert len(caught.value.errors) == 1000
    assert [error["line"] for error in caught.value.errors[:6]] == [1, 1, 1, 1, 1, 2]


@pytest.mark.django_db
def test_ids_are_sorted_into_new_repeated_and_contradicting() -> None:
    first = settle(judged(b"a=1", b"b=1"), drafts, "fail")
    lines = judged(b"a=1", b"c=1", b"b=2", b"c=1", b"c=2", b"bad")
    result = settle(lines, drafts, "skip")
    assert [(one.line, one.id, one.repeated) for one in result.receipts] == [
        (1, "a", True),
        (2, "c", False),
        (4, "c", True),
    ]
    assert result.receipts[0].entry == first.receipts[0].entry
    assert result.receipts[1].entry == result.receipts[2].entry
    assert [(e["line"], e["code"]) for e in result.problems if e["pointer"] in {"/id", "/0"}] == [
        (3, "other_body"),
        (5, "other_body"),
        (6, "x"),
    ]
    assert (result.lines, result.recorded, entries()) == (6, 1, 3)


@pytest.mark.django_db
def test_nothing_new_writes_nothing() -> None:
    settle(judged(b"a=1"), drafts, "fail")
    again = settle(judged(b"a=1"), drafts, "fail")
    assert (again.recorded, len(again.receipts), entries()) == (0, 1, 1)
    assert again.batch.count == 1


@pytest.mark.django_db
def test_all_lines_in_conflict_are_refused_even_when_skipping() -> None:
    settle(judged(b"a=1"), drafts, "fail")
    with pytest.raises(Conflict):
        settle(judged(b"a=2"), drafts, "skip")


@pytest.mark.django_db
def test_further_lines_are_written_with_the_items() -> None:
    def with_marks(items: Any) -> list[Draft]:
        marks = [Draft("alert", "case", "system:t", b"!", ref=one.entry_id) for one in items[:1]]
        return drafts(items) + marks

    result = settle(judged(b"a=1", b"b=1"), with_marks, "fail")
    assert (len(result.receipts), entries()) == (2, 3)


@pytest.mark.django_db
def test_a_writer_that_fails_leaves_nothing() -> None:
    def fails(items: Any) -> list[Draft]:
        return [Draft("alert", "case", "no\nactor", one.raw, id=one.entry_id) for one in items]

    with pytest.raises(ValueError, match="actor"):
        settle(judged(b"a=1"), fails, "fail")
    assert entries() == 0
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit_claim")
        assert cursor.fetchone() == (0,)


def test_a_conflict_shows_both_digests() -> None:
    told = conflict(Claim(b"k", b"\x01"), Taken(uuid7(), b"\x02")).errors
    assert [(e["recorded"], e["submitted"]) for e in told] == [("02", "01")]


# ------------------------------------------------------------------ judged while others are written


@pytest.fixture
def by_twos(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(streaming, "PART", 2)


def asked(number: int, raw: bytes, may_ask: bool) -> Item:
    if raw.startswith(b"later") and not may_ask:
        raise Later
    return item(number, raw)


def streamed(*lines: bytes, on_error: Any = "fail") -> Any:
    return stream(Judging(lines, asked), drafts, on_error)


@pytest.mark.django_db
@pytest.mark.usefixtures("by_twos")
def test_lines_are_recorded_part_by_part_and_told_in_their_order() -> None:
    lines = [b"a=1", b"", b"b=2", b"later=3", b"later-too=4", b"c=5"]
    done = streamed(*lines)
    assert [(one.line, one.id, one.repeated) for one in done.receipts] == [
        (1, "a", False), (3, "b", False), (4, "later", False), (5, "later-too", False), (6, "c", False),
    ]  # fmt: skip
    assert (done.lines, done.recorded, entries()) == (5, 5, 5)
    assert done.batch.count == 5
    alone = settle(judged(*lines), drafts, "fail")
    assert [one.entry.leaf_hash for one in alone.receipts] == [
        one.entry.leaf_hash for one in done.receipts
    ]


@pytest.mark.django_db
@pytest.mark.usefixtures("by_twos")
def test_a_bad_line_of_a_later_part_undoes_the_parts_before_it() -> None:
    with pytest.raises(Invalid) as caught:
        streamed(b"a=1", b"b=2", b"c=3", b"bad", b"d=4", b"e=5", b"worse")
    assert entries() == 0
    assert {error["line"] for error in caught.value.errors} == {4, 7}
    done = streamed(b"a=1", b"b=2", b"c=3", b"bad", b"d=4", b"worse", on_error="skip")
    assert [one.line for one in done.receipts] == [1, 2, 3, 5]
    assert {problem["line"] for problem in done.problems} == {4, 6}
    assert entries() == 4
    with pytest.raises(Invalid):
        streamed(b"bad", b"bad", b"worse", on_error="skip")


@pytest.mark.django_db
@pytest.mark.usefixtures("by_twos")
@pytest.mark.parametrize(
    ("lines", "repeated"),
    [
        ([b"a=1", b"b=2", b"c=3", b"a=1"], [4]),  # in another part
        ([b"a=1", b"a=1", b"b=2", b"later=3", b"c=4"], [2]),  # in the same
        ([b"old=1", b"b=2", b"c=3"], [1]),  # recorded before
        ([b"b=2", b"c=3", b"d=4", b"old=1", b"e=5"], [4]),
    ],
)
def test_an_id_that_exists_sends_the_whole_bulk_the_careful_way(
    lines: list[bytes], repeated: list[int]
) -> None:
    streamed(b"old=1")
    done = streamed(*lines)
    assert [one.line for one in done.receipts] == list(range(1, len(lines) + 1))
    assert [one.line for one in done.receipts if one.repeated] == repeated
    assert entries() == 1 + len(lines) - 1
    with pytest.raises(Conflict):
        streamed(*lines, b"old=9")
    assert entries() == len(lines)


@pytest.mark.django_db
@pytest.mark.usefixtures("by_twos")
def test_what_stops_judging_while_the_database_writes_leaves_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(judging, "MAX_LINES", 3)
    with pytest.raises(TooLarge, match="3 lines"):
        streamed(b"a=1", b"b=2", b"c=3", b"d=4")
    monkeypatch.setattr(judging, "MAX_REFUSED", 2)
    monkeypatch.setattr(judging, "MAX_LINES", 50)
    with pytest.raises(Invalid, match="2 of 4 lines"):
        streamed(b"a=1", b"b=2", b"bad", b"bad", b"bad", on_error="skip")
    assert entries() == 0  # and the connection is as good as before
    assert streamed(b"a=1").recorded == 1


def test_a_bulk_without_lines_is_refused_in_any_way() -> None:
    with pytest.raises(Invalid) as caught:
        Judging([b"", b" "], asked).rest()
    assert caught.value.code == "empty"
