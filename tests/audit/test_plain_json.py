"""The short cut takes and refuses exactly what the general strict reading does."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from audit import plain_json
from audit.canonical import NotStrict, strict_loads

SCRAPS = [
    *(b'"', b"\\", b"{", b"}", b"[", b"]", b",", b":", b" ", b"\t", b"\x01", b"\x7f", b"\xff"),
    *(b"1e999", b"NaN", b"Infinity", b"-0", b"1E5", b"00", b"1.", b"0.30000000000000004"),
    *(b"9007199254740991", b"9007199254740992", b"-9007199254740993", b"18446744073709551616"),
    *(b"1234567890123456", b"-1234567890123456.5", b" 12345678901234567890", b"1" * 400),
    *(b'"a":1,', b'"a"', b"\\u0000", b"\\ud800", b'\\"', b"\xed\xa0\x80", b"\xef\xbb\xbf"),
    "é€😀\u2028".encode(),
]
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**64), 2**64)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=3), inner),
    max_leaves=12,
)


def outcome(read: Any, raw: bytes) -> tuple[str, str]:
    try:
        return "value", repr(read(raw))
    except NotStrict as error:
        return "refused", repr(error.problems)


@settings(max_examples=600, deadline=None)
@given(VALUES, st.lists(st.tuples(st.integers(0, 400), st.sampled_from(SCRAPS)), max_size=3))
def test_the_short_cut_changes_nothing(value: Any, scraps: list[tuple[int, bytes]]) -> None:
    raw = bytearray(json.dumps(value, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    for at, scrap in scraps:
        raw[at % (len(raw) + 1) : at % (len(raw) + 1)] = scrap
    assert outcome(plain_json.loads, bytes(raw)) == outcome(strict_loads, bytes(raw))


@pytest.mark.parametrize("scrap", SCRAPS)
@pytest.mark.parametrize(
    "around", [b"%s", b'{"a":%s}', b'{"a":1,"b":[%s]}', b'{"a":"%s"}', b'{"a":1,%s}', b'[1,"x"%s]']
)
def test_the_hard_cases_one_by_one(around: bytes, scrap: bytes) -> None:
    raw = around % scrap
    assert outcome(plain_json.loads, raw) == outcome(strict_loads, raw)


def test_a_doubled_key_is_seen_without_help() -> None:
    for raw in (b'{"a":1,"a":1}', b'{"a":{"b":1,"b":2}}', b'[{"x":"y","x":"y"}]'):
        with pytest.raises(NotStrict) as caught:
            plain_json.loads(raw)
        assert [flaw.code for flaw in caught.value.problems] == ["duplicate_key"]


def test_ordinary_records_take_the_short_cut() -> None:
    assert plain_json._is_plain(b'{"id":"app-1795395027263001248-0","score":0.30000000000000004}')
    assert not plain_json._is_plain(b'{"n":9007199254740993}')
