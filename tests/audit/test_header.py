"""The leaf: one spelling of each header, and no header that cannot be read again."""

import json
from datetime import UTC, datetime, timedelta, timezone
from uuid import UUID

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from audit import header
from audit.canonical import restricted
from audit.header import Header, HeaderError
from audit.merkle import leaf_hash

FULL = Header(
    id=UUID("019a0b5c-7d00-7000-8000-000000000001"),
    kind="decision",
    use_case="personal-loans",
    actor="key:ab12cd34",
    recorded_at="2026-11-22T10:00:00.000001Z",
    body_alg="A256GCM",
    body_len=1561,
    body_sha256="ab" * 32,
    log="log.example.org/main",
    model_ref="credit-risk@3",
    occurred_at="2026-11-21T10:00:00.000000Z",
    subject=UUID("019a0b5c-7d00-7000-8000-000000000002"),
    commit="cd" * 32,
    ref=UUID("019a0b5c-7d00-7000-8000-000000000003"),
)
BARE = FULL._replace(
    body_alg="none", model_ref=None, occurred_at=None, subject=None, commit=None, ref=None
)


def as_document(value: Header) -> dict[str, object]:
    """What the log format says a header is, written apart from the product."""
    optional = {
        "model_ref": value.model_ref,
        "occurred_at": value.occurred_at,
        "subject": None if value.subject is None else str(value.subject),
        "commit": value.commit,
        "ref": None if value.ref is None else str(value.ref),
    }
    return {
        "v": value.v,
        "log": value.log,
        "id": str(value.id),
        "kind": value.kind,
        "use_case": value.use_case,
        "actor": value.actor,
        "recorded_at": value.recorded_at,
        "body": {"alg": value.body_alg, "len": value.body_len, "sha256": value.body_sha256},
    } | {key: item for key, item in optional.items() if item is not None}


def test_the_bytes_of_a_leaf():
    assert BARE.to_bytes() == (
        b'{"actor":"key:ab12cd34","body":{"alg":"none","len":1561,"sha256":"' + b"ab" * 32 + b'"},'
        b'"id":"019a0b5c-7d00-7000-8000-000000000001","kind":"decision",'
        b'"log":"log.example.org/main","recorded_at":"2026-11-22T10:00:00.000001Z",'
        b'"use_case":"personal-loans","v":1}'
    )
    assert header.leaf_hash(BARE.to_bytes()) == leaf_hash(BARE.to_bytes())


NAMES = st.text(
    st.characters(min_codepoint=0x20, exclude_characters="\x7f", exclude_categories=["Cs"]),
    min_size=1,
    max_size=header.MAX_NAME,
)
TIMES = st.datetimes(timezones=st.just(UTC)).map(header.rfc3339)
DIGESTS = st.binary(min_size=32, max_size=32).map(bytes.hex)


@st.composite
def headers(draw):
    value = Header(
        id=draw(st.uuids()),
        kind=draw(st.from_regex(r"[a-z][a-z_]{0,31}", fullmatch=True)),
        use_case=draw(NAMES | st.just("")),
        actor=draw(NAMES),
        recorded_at=draw(TIMES),
        body_alg=draw(st.sampled_from(["A256GCM", "none"])),
        body_len=draw(st.integers(0, header.MAX_INTEGER)),
        body_sha256=draw(DIGESTS),
        log=draw(NAMES),
        model_ref=draw(st.none() | NAMES),
        occurred_at=draw(st.none() | TIMES),
        subject=draw(st.none() | st.uuids()),
        ref=draw(st.none() | st.uuids()),
    )
    commit = draw(st.none() | DIGESTS) if value.body_alg == "A256GCM" else None
    return value._replace(commit=commit)


@given(headers())
def test_a_leaf_is_canonical_and_survives_reading(value):
    raw = value.to_bytes()
    assert raw == rfc8785.dumps(as_document(value)) == restricted(as_document(value))
    assert header.parse(raw) == value
    assert len(raw) <= 65_535


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("kind", ""),
        ("kind", "Decision"),
        ("kind", "a" * 33),
        ("use_case", "x" * 256),
        ("use_case", None),
        ("actor", ""),
        ("actor", "a\nb"),
        ("log", ""),
        ("log", "a\x7fb"),
        ("log", "\ud800"),
        ("model_ref", ""),
        ("model_ref", 3),
        ("body_alg", "rot13"),
        ("body_len", -1),
        ("body_len", 2**53),
        ("body_len", True),
        ("body_len", 1.0),
        ("body_sha256", "AB" * 32),
        ("body_sha256", "ab" * 31),
        ("commit", "cd"),
        ("recorded_at", "2026-11-22T10:00:00Z"),
        ("recorded_at", "2026-11-22T10:00:00.000000+00:00"),
        ("recorded_at", "2026-11-22 10:00:00.000000Z"),
        ("recorded_at", "2026-02-30T10:00:00.000000Z"),
        ("recorded_at", "2026-11-22T24:00:00.000000Z"),
        ("recorded_at", "٢٠٢٦-11-22T10:00:00.000000Z"),
        ("occurred_at", "2026-13-01T10:00:00.000000Z"),
        ("occurred_at", "yesterday"),
        ("v", 2),
        ("v", True),
    ],
)
def test_a_header_that_could_not_be_read_is_not_written(field, value):
    with pytest.raises(HeaderError):
        FULL._replace(**{field: value}).to_bytes()


def test_the_refusal_names_the_field():
    for field, name in [("kind", "kind"), ("body_sha256", "body.sha256"), ("actor", "actor")]:
        with pytest.raises(HeaderError, match=f"In the header, {name} has no valid form."):
            FULL._replace(**{field: "\n"}).to_bytes()
    with pytest.raises(HeaderError, match="has no commitment"):
        FULL._replace(body_alg="none").to_bytes()


def respelt(**changes: object) -> bytes:
    document = as_document(FULL) | changes
    return rfc8785.dumps({key: item for key, item in document.items() if item is not ...})


@pytest.mark.parametrize(
    "raw",
    [
        b"",
        b"[]",
        b"null",
        b'"x"',
        b"{}",
        FULL.to_bytes() + b"\n",
        b" " + FULL.to_bytes(),
        b"\xef\xbb\xbf" + FULL.to_bytes(),
        FULL.to_bytes()[:-1],
        FULL.to_bytes().replace(b'"v":1', b'"v":1.0'),
        FULL.to_bytes().replace(b'"v":1', b'"v":1,"v":1'),
        FULL.to_bytes().replace(b'"v":1', b'"v":true'),
        FULL.to_bytes().replace(b'"len":1561', b'"len":1561.0'),
        FULL.to_bytes().replace(b'"len":1561', b'"len":"1561"'),
        FULL.to_bytes().replace(b"credit", b"\\u0063redit"),
        FULL.to_bytes().replace(b"019a0b5c", b"019A0B5C"),
        FULL.to_bytes().replace(b"019a0b5c-7d00", b"019a0b5c7d00"),
        json.dumps(as_document(FULL), sort_keys=True).encode(),
        json.dumps(as_document(FULL), separators=(",", ":")).encode(),
        respelt(extra="x"),
        respelt(kind=...),
        respelt(body=...),
        respelt(body=1),
        respelt(body={"alg": "none", "len": 1}),
        respelt(body={"alg": "none", "len": 1, "sha256": "ab" * 32, "x": 1}),
        respelt(id=1),
        respelt(id="x"),
        respelt(id=None),
        respelt(subject=None),
        respelt(ref=None),
        respelt(model_ref=None),
        respelt(model_ref=""),
        respelt(occurred_at=None),
        respelt(commit=None),
        respelt(kind=["decision"]),
        respelt(v=2),
    ],
    ids=range(36),
)
def test_no_other_spelling_is_read(raw):
    with pytest.raises(HeaderError):
        header.parse(raw)


def test_a_refusal_lists_the_keys():
    with pytest.raises(HeaderError, match=r"unknown in it: actor, extra, kind\.$"):
        header.parse(respelt(extra="x", kind=..., actor=...))


def test_times_are_utc_with_microseconds():
    east = timezone(timedelta(hours=5, minutes=30))
    assert header.rfc3339(datetime(2026, 11, 22, 3, 0, tzinfo=east)) == (
        "2026-11-21T21:30:00.000000Z"
    )
    assert (
        header.rfc3339(datetime(7, 1, 2, 3, 4, 5, 6, tzinfo=UTC)) == "0007-01-02T03:04:05.000006Z"
    )
    with pytest.raises(ValueError, match="needs a zone"):
        header.rfc3339(datetime(2026, 11, 22))  # noqa: DTZ001  the very mistake


def test_ids_carry_the_time_and_rise():
    before = int(datetime.now(UTC).timestamp() * 1000)
    ids = [header.uuid7() for _ in range(2000)]
    after = int(datetime.now(UTC).timestamp() * 1000)

    assert {(type(id_), id_.version, id_.variant) for id_ in ids} == {
        (UUID, 7, "specified in RFC 4122")
    }
    assert ids == sorted(set(ids))
    assert header.uuid7_at(before) <= ids[0]
    assert ids[-1] < header.uuid7_at(after + 2)


def test_the_lowest_id_of_a_millisecond():
    assert header.uuid7_at(0) == UUID("00000000-0000-7000-8000-000000000000")
    assert header.uuid7_at(0x019A0B5C7D00) == UUID("019a0b5c-7d00-7000-8000-000000000000")
    for ms in (-1, 1 << 48):
        with pytest.raises(ValueError, match="48 bits"):
            header.uuid7_at(ms)
