"""Filling in a frame gives the bytes that writing the header whole gives, whatever the texts spell."""

from datetime import UTC
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit import heading
from audit.header import Header, HeaderError, parse, rfc3339
from audit.heading import Common, Own

TEXTS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="\x7f"),
    min_size=1,
    max_size=40,
) | st.sampled_from(
    [
        "%b",
        "100 % of %s, %d",
        'said "so", twice',
        "back\\slash",
        "ffffffff-ffff-7fff-bfff-ffffffffff01",
        "9999-12-31T23:59:59.999991Z",
        "9007199254740991",
        "f" * 63 + "1",
    ]
)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)
TIMES = st.datetimes(timezones=st.just(UTC)).map(rfc3339)
COMMON = st.builds(
    Common,
    kind=st.sampled_from(["decision", "alert", "access_note"]),
    use_case=TEXTS | st.just(""),
    actor=TEXTS,
    log=TEXTS,
    model_ref=st.none() | TEXTS,
)
OWN = st.builds(
    Own,
    body_len=st.integers(0, 2**53 - 1),
    body_sha256=DIGESTS,
    commit=st.none() | DIGESTS,
    id=st.uuids(),
    occurred_at=st.none() | TIMES,
    recorded_at=TIMES,
    ref=st.none() | st.uuids(),
    subject=st.none() | st.uuids(),
)


def whole(common: Common, own: Own) -> Header:
    fields: dict[str, Any] = common._asdict() | own._asdict()
    return Header(**fields, body_alg="none" if own.commit is None else "A256GCM")


@given(COMMON, OWN)
def test_the_bytes_are_those_of_the_header(common: Common, own: Own) -> None:
    written = heading.to_bytes(common, own)
    assert written == whole(common, own).to_bytes()
    assert parse(written) == whole(common, own)


def test_a_line_that_looks_like_a_mark_is_written_right() -> None:
    common = Common("decision", "loans", "key:1", "log.example.org", None)
    own = heading.Own(**{name: getattr(heading._MARKS, name) for name in Own._fields})
    assert heading.to_bytes(common, own) == whole(common, own).to_bytes()


@pytest.mark.parametrize("text", ["", "a\nb", "\x7f", "x" * 256, "\ud800"])
def test_a_text_that_no_header_may_hold_is_refused(text: str) -> None:
    own = Own(1, "0" * 64, None, UUID(int=7), None, "2026-11-22T10:00:00.000001Z", None, None)
    with pytest.raises(HeaderError):
        heading.to_bytes(Common("decision", "loans", text, "log.example.org", None), own)
