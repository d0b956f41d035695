"""Strict reading against a plain reference; canonical writing against rfc8785 and jcs-admit."""

import datetime
import enum
import hashlib
import json
import math
import re
import struct
import time
import uuid
from typing import Any

import jcs_admit
import pytest
import rfc8785
from hypothesis import example, given, settings
from hypothesis import strategies as st

from audit.canonical import Flaw, NotStrict, canonical, check_strict, restricted, strict_loads
from tests.audit import vectors

CODES = {
    "malformed", "invalid_utf8", "byte_order_mark", "duplicate_key", "number_range",
    "integer_range", "lone_surrogate", "control_character", "too_deep",
}  # fmt: skip


def flaws(raw: bytes, **limits: int) -> list[tuple[str, str]]:
    with pytest.raises(NotStrict) as refusal:
        strict_loads(raw, **limits)
    return [(flaw.pointer, flaw.code) for flaw in refusal.value.problems]


# ------------------------------------------------------------------------------- reading: examples


@pytest.mark.parametrize(
    ("raw", "value"),
    [
        (b' {"a" : [1, 2.5, true, null]}\n', {"a": [1, 2.5, True, None]}),
        (b"9007199254740991", 2**53 - 1),
        (b"-9007199254740991", 1 - 2**53),
        (b"9007199254740993.0", 9007199254740992.0),
        (b"1e17", 1e17),
        (b"[1E+2,1e-0000000000000000001,0.1234567890123456789]", [100, 0.1, 0.1234567890123456789]),
        (b"1e308", 1e308),
        (b"1e-999", 0.0),
        (b"-0", 0),
        (b'"\\u00e9\\t\\n\\r\\u0009\\u000A\\\\u0000\\/"', "é\t\n\r\t\n\\u0000/"),
        (b'"\\ud83d\\ude00 \xf0\x9f\x98\x80 \xee\x80\x80 \xc2\x80"', "😀 😀 \ue000 \x80"),
        (b'["9007199254740993", "1e999", "\\"[[\\\\"]', ["9007199254740993", "1e999", '"[[\\']),
        (b'{"a":{"a":1},"b":{"a":1}}', {"a": {"a": 1}, "b": {"a": 1}}),
        (b"[" * 64 + b"]" * 64, eval("[" * 64 + "]" * 64)),  # noqa: S307
    ],
    ids=range(14),
)  # fmt: skip
def test_what_is_accepted(raw, value):
    assert strict_loads(raw) == value
    check_strict(raw)


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        (b"", [("", "malformed")]),
        (b"  \n ", [("", "malformed")]),
        (b"{} {}", [("", "malformed")]),
        (b"[1,]", [("/1", "malformed")]),
        (b'{"a":1,}', [("/a", "malformed")]),
        (b"{'a':1}", [("/", "malformed")]),
        (b'{"a" 1}', [("/a", "malformed")]),
        (b'{"a":[0,{"b":tru}]}', [("/a/1/b", "malformed")]),
        (b"[01]", [("/0", "malformed")]),
        (b"[.5]", [("/0", "malformed")]),
        (b"[1.]", [("/0", "malformed")]),
        (b"[+1]", [("/0", "malformed")]),
        (b"[-]", [("/0", "malformed")]),
        (b"[1", [("/0", "malformed")]),
        (b'["x', [("/0", "malformed")]),
        (b'["\\x"]', [("/0", "malformed")]),
        (b'["\\u12"]', [("/0", "malformed")]),
        (b"\x0c1", [("", "malformed")]),
        (b"/**/1", [("", "malformed")]),
        (b'{"a":"\xff"}', [("", "invalid_utf8")]),
        (b'"\xed\xa0\x80"', [("", "invalid_utf8")]),
        (b"\xff\xfe1\x00", [("", "invalid_utf8")]),
        (b"\xef\xbb\xbf{}", [("", "byte_order_mark")]),
        (b"\xef\xbb\xbf[1,NaN]", [("", "byte_order_mark"), ("/1", "number_range")]),
        (b'{"a":1,"\\u0061":2,"a":3}', [("/a", "duplicate_key"), ("/a", "duplicate_key")]),
        (b'{"a":{"b":1,"b":[{"":0,"":0}]}}',
         [("/a/b", "duplicate_key"), ("/a/b/0/", "duplicate_key")]),
        (b"[NaN,Infinity,-Infinity,1e999,-1e999,0]", [(f"/{n}", "number_range") for n in range(5)]),
        (b"1" + b"0" * 400 + b".0", [("", "number_range")]),
        (b"[9007199254740992,-9007199254740992]",
         [("/0", "integer_range"), ("/1", "integer_range")]),
        (b"[ \n9007199254740993 ]", [("/0", "integer_range")]),
        (b"-99999999999999999999", [("", "integer_range")]),
        (b"1" * 100_000, [("", "integer_range")]),
        (b'["\\ud800","\\udc00","\\ud800\\ud800","\\ud800\\u0041","\\udc00\\ud800"]',
         [(f"/{n}", "lone_surrogate") for n in range(5)]),
        (b'{"\\ud800":1}', [("/\ufffd", "lone_surrogate")]),
        (b'["\\u0000","\\b","\\f","\\u001F","\\u007f","\x7f"]',
         [(f"/{n}", "control_character") for n in range(6)]),
        (b'["a\tb","a\nb","a\x00b"]', [(f"/{n}", "control_character") for n in range(3)]),
        (b'{"\\u0001":{"\x7f":0}}',
         [("/\x01", "control_character"), ("/\x01/\x7f", "control_character")]),
        (b'"\\\\\\u0000"', [("", "control_character")]),
        (b'{"a/b":{"c~d":[1e999]}}', [("/a~1b/c~0d/0", "number_range")]),
        (b"[" * 65 + b"]" * 65, [("/0" * 64, "too_deep")]),
        (b"[" * 65 + b'"]]"' + b"]" * 65, [("/0" * 64, "too_deep")]),
    ],
    ids=range(41),
)  # fmt: skip
def test_what_is_refused(raw, found):
    assert flaws(raw) == found
    with pytest.raises(NotStrict):
        check_strict(raw)


def test_every_flaw_of_a_document_is_named():
    raw = b"""{
      "applicant": {"age": 1e999, "name": "A\\u0000", "name": "B"},
      "income": [71408, 9007199254740993, NaN],
      "note": "half \\ud83d",
      "deep": [[[[1]]]],
      "after": Infinity
    }"""
    assert flaws(raw, max_depth=3) == [
        ("/applicant/age", "number_range"),
        ("/applicant/name", "control_character"),
        ("/applicant/name", "duplicate_key"),
        ("/income/1", "integer_range"),
        ("/income/2", "number_range"),
        ("/note", "lone_surrogate"),
        ("/deep/0/0", "too_deep"),
        ("/after", "number_range"),
    ]


def test_a_refusal_says_where_the_document_broke_and_repeats_no_value():
    with pytest.raises(NotStrict) as refusal:
        strict_loads('{"né": "secret-1",\n  "b": "secret-2" "c": 1}'.encode())
    assert refusal.value.problems == [
        Flaw("/b", "malformed", "line 2, column 19: expected a comma or }")
    ]
    assert str(refusal.value) == "at '/b': line 2, column 19: expected a comma or }"


def test_a_flood_of_flaws_is_cut_short():
    assert len(flaws(b"[" + b"NaN," * 5000 + b"1]")) == 100
    key = b"k" * 30_000
    assert len(flaws(b'{"' + key + b'":[' + b"NaN," * 5000 + b"1]}")) == 3


@pytest.mark.parametrize("depth", [0, 1, 2, 64, 128])
def test_depth_counts_arrays_and_objects(depth):
    for opening, closing in [(b"[", b"]"), (b'{"a":', b"}")]:
        middle = b"1"
        check_strict(opening * depth + middle + closing * depth, max_depth=depth)
        assert flaws(opening * (depth + 1) + middle + closing * (depth + 1), max_depth=depth)[0][
            1
        ] == ("too_deep")
    wide = b"[" + b"[]," * 300 + b"[]]"
    check_strict(wide, max_depth=2)


@pytest.mark.parametrize("depth", [-1, 129])
def test_a_depth_that_cannot_be_kept_is_refused(depth):
    with pytest.raises(ValueError, match="at most 128 levels"):
        check_strict(b"1", max_depth=depth)


BOMBS = {
    "arrays": b"[" * 100_000 + b"]" * 100_000,
    "unclosed": b"[" * 1_000_000,
    "objects": b'{"a":' * 100_000,
    "digits": b"[" + b"9" * 1_000_000 + b"]",
    "fraction": b"[" + b"9" * 1_000_000 + b".5]",
    "exponent": b"[1e" + b"9" * 1_000_000 + b"]",
    "escapes": b'["' + b"\\u0000" * 200_000 + b'"]',
    "backslashes": b'["' + b"\\" * 1_000_001 + b'"]',
    "quotes": b'["' + b'\\"' * 500_000,
    "surrogates": b'["' + b"\\ud800" * 200_000 + b'"]',
    "duplicates": b"{" + b'"a":1,' * 100_000 + b'"a":1}',
    "spaces": b" " * 1_000_000 + b"x",
    "lines": b"\n" * 1_000_000 + b"[1,]",
    "strings in depth": b"[" * 70 + b'"\\"]",' * 100_000,
    "nested pairs": b"[" + b"[[]]," * 50_000 + b"NaN]",
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_a_bomb_is_refused_soon(bomb):
    began = time.process_time()
    assert flaws(bomb)[0][1] in CODES
    assert time.process_time() - began < 2


# ----------------------------------------------------------------------------- reading: a reference


class RefusedError(Exception):
    pass


def refuse(*_: object) -> Any:
    raise RefusedError


def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    return dict(pairs) if len({key for key, _ in pairs}) == len(pairs) else refuse()


def exact(digits: str) -> int:
    return int(digits) if len(digits) < 20 and abs(int(digits)) < 2**53 else refuse()


def finite(number: str) -> float:
    return refuse() if math.isinf(float(number)) else float(number)


def all_strings_are_clean(value: Any) -> bool:
    match value:
        case str():
            return not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]", value)
        case list():
            return all(map(all_strings_are_clean, value))
        case dict():
            return all(all_strings_are_clean(part) for pair in value.items() for part in pair)
    return True


def depth_of(value: Any) -> int:
    match value:
        case list():
            return 1 + max(map(depth_of, value), default=0)
        case dict():
            return 1 + max(map(depth_of, value.values()), default=0)
    return 0


def by_reference(raw: bytes, max_depth: int) -> Any:
    """The standard library with every hook it has, and a walk over the result."""
    try:
        value = json.loads(
            raw.decode(),
            object_pairs_hook=unique,
            parse_int=exact,
            parse_float=finite,
            parse_constant=refuse,
        )
    except (ValueError, RecursionError, RefusedError):
        return RefusedError
    if not all_strings_are_clean(value) or depth_of(value) > max_depth:
        return RefusedError
    return value


def by_product(raw: bytes, max_depth: int) -> Any:
    try:
        return strict_loads(raw, max_depth=max_depth)
    except NotStrict as refusal:
        return refusal.problems


def agree(raw: bytes, max_depth: int = 4) -> None:
    expected, found = by_reference(raw, max_depth), by_product(raw, max_depth)
    if expected is not RefusedError:
        assert repr(found) == repr(expected)
        return
    assert found
    assert {type(flaw) for flaw in found} == {Flaw}
    assert {flaw.code for flaw in found} <= CODES
    # The walk itself found what is malformed; it did not have to fall back on the parser's word.
    assert all(flaw.detail.startswith("line ") for flaw in found if flaw.code == "malformed")


TRICKY = [
    *"[]{},:", " ", "\n", '"', "\\", "0", "1", "-", ".", "e", "E", "+", "a", "é", "\x7f", "\x01",
    "true", "false", "null", "NaN", "Infinity", "-Infinity", "tru", '"a"', '"b"', '"\\u0061"',
    '""', '"\\\\"', '"\\""', '"\\\\\\""', '"[["', '"]"', '"{"', '"1e999,"', '"\\u0000"', '"\\t"',
    '"\\b"', '"\\\\u0000"', '"\\u007F"', '"\x7f"', '"\t"', '"\\ud83d\\ude00"', '"\\ud83d"',
    '"\\ude00"', '"\\ud83d\\\\ude00"', '"\U0001f600"', '"\ue000"', '"\\x"', '"\\u00"', "1e999",
    "-1e999", "1e308", "1e+309", "1e-999", "1E5", "0.1234567890123456789", "71408.0", "-0", "-0.0",
    "9007199254740991", "9007199254740992", "-9007199254740992", "12345678901234567890",
    "9007199254740993.0", "1" * 16, "1" * 17, "1" * 309, "1" * 310 + ".5", "1" * 310 + "e-5", "01",
    "1.", "1e", "e1", "0e5", "1e0000000000000000001", '{"a":1}', '{"a":1,"a":2}', "[[[[[]]]]]",
    "[[[[]]]]", '{"a":[{"b":[]}]}', "[1,2]", "[]", "{}",
]  # fmt: skip
TOKENS = st.lists(st.sampled_from(TRICKY), max_size=12).map("".join)
TRICKY_VALUES = st.recursive(
    st.sampled_from(TRICKY),
    lambda inner: st.one_of(
        st.lists(inner, max_size=4).map(lambda items: f"[{','.join(items)}]"),
        st.lists(
            st.tuples(st.sampled_from(['"a"', '"b"', '"\\u0061"', '""', '"\\ud800"', "1"]), inner),
            max_size=4,
        ).map(lambda items: "{" + ", ".join(f"{key}: {item}" for key, item in items) + "}"),
    ),
    max_leaves=12,
)


@given(TOKENS | TRICKY_VALUES)
@settings(max_examples=600, deadline=None)
@example('["\\\\",1e999]')
@example('["\\\\\\"",9007199254740993]')
def test_reading_agrees_with_the_reference_on_tricky_text(text):
    agree(text.encode())


@given(TRICKY_VALUES, st.data())
@settings(max_examples=300, deadline=None)
def test_reading_agrees_with_the_reference_on_broken_bytes(text, data):
    raw = bytearray(text.encode())
    at = data.draw(st.integers(0, len(raw)))
    raw[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
    agree(bytes(raw))


JSON_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(1 - 2**53, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(st.text(), inner, max_size=5),
    max_leaves=20,
)


@given(JSON_VALUES, st.booleans())
@settings(max_examples=150, deadline=None)
def test_reading_agrees_with_the_reference_on_ordinary_values(value, ascii_only):
    agree(json.dumps(value, ensure_ascii=ascii_only).encode("utf-8", "surrogatepass"), max_depth=64)


# ------------------------------------------------------------------------------- canonical: vectors


JCS = ["arrays", "french", "structures", "unicode", "values", "weird"]


@vectors.needs_vectors
@pytest.mark.parametrize("name", JCS)
def test_the_documents_of_rfc_8785(name):
    folder = vectors.ROOT / "jcs" / "testdata"
    assert sorted(path.stem for path in (folder / "input").iterdir()) == JCS
    value = json.loads((folder / "input" / f"{name}.json").read_bytes())
    assert canonical(value) == (folder / "output" / f"{name}.json").read_bytes()
    assert canonical(value) == bytes.fromhex((folder / "outhex" / f"{name}.txt").read_text())


def es6_numbers(readme: str):
    """The README's sequence: listed values, 2,000 in a row, then hashes of hashes."""
    listed = readme.partition("staticU64s = ")[2].partition("])")[0]
    yield from (int(bits, 16) for bits in re.findall(r"0x([0-9a-f]{16})n", listed))
    yield from (0x0010_0000_0000_0000 + n for n in range(2000))
    block = bytes(32)
    while True:
        block = hashlib.sha256(block).digest()
        for (bits,) in struct.iter_unpack("<Q", block):
            number = struct.unpack("<d", struct.pack("<Q", bits))[0]
            if number != 0 and math.isfinite(number):
                yield bits


@vectors.needs_vectors
def test_the_es6_number_file():
    readme = (vectors.ROOT / "jcs" / "testdata" / "README.md").read_text()
    expected = {int(n): digest for digest, n in re.findall(r"\| ([0-9a-f]{64}) \| (\d+) ", readme)}
    found, rolling = {}, hashlib.sha256()
    for count, bits in zip(range(1, 100_001), es6_numbers(readme), strict=False):
        number = struct.unpack("<d", struct.pack("<Q", bits))[0]
        rolling.update(b"%x,%b\n" % (bits, canonical(number)))
        if count in (1_000, 10_000, 100_000):
            found[count] = rolling.hexdigest()
    assert found == {count: expected[count] for count in (1_000, 10_000, 100_000)}


# ------------------------------------------------------------------------------- canonical: oracles


class Colour(enum.Enum):
    RED = "red"


AWKWARD_TEXTS = ["1.0", ",1.0,", '"', "\\", '\\",1e5,"', "\x00", "\x7f", "\ue000", "\U0001f600"]
FOREIGN = [uuid.UUID(int=7), datetime.date(2026, 1, 1), Colour.RED, b"x", {1}, 10**30]
KEYS = st.text(max_size=3) | st.sampled_from(["\uffff", "\U00010000", "a\U0001f600", "\ud800"])
ANY_VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**54), 2**54)
    | st.floats()
    | st.floats(-1e17, 1e17).map(round).map(float)
    | st.text(max_size=8)
    | st.sampled_from(["\ud800", *AWKWARD_TEXTS])
    | st.sampled_from(FOREIGN),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(KEYS, inner, max_size=5)
        | st.dictionaries(st.integers(0, 3), inner, max_size=1)
    ),
    max_leaves=12,
)


def outcome(write: Any, value: Any) -> bytes | type:
    try:
        return write(value)
    except ValueError:
        return ValueError


@given(ANY_VALUES)
@settings(max_examples=600, deadline=None)
@example([1.0, "\\", '1.0,"', -0.0, 1e21, 1e-7, 123e-8])
@example({"\ue000": 1, "\U0001f600": 2})
@example({"a": float("nan")})
@example(uuid.UUID(int=7))
def test_writing_agrees_with_rfc8785(value):
    assert outcome(canonical, value) == outcome(rfc8785.dumps, value)


@given(JSON_VALUES | TRICKY_VALUES)
@settings(max_examples=300, deadline=None)
def test_reading_and_writing_agree_with_jcs_admit(value):
    text = value if isinstance(value, str) else json.dumps(value)
    raw = text.encode("utf-8", "surrogatepass")
    try:
        accepted = strict_loads(raw)
    except NotStrict:
        return
    # By default jcs-admit rounds integers beyond 2^53; strict reading let none through.
    assert canonical(accepted) == jcs_admit.admit(raw)


@given(JSON_VALUES)
@settings(deadline=None)
def test_canonical_text_is_its_own_canonical_form(value):
    # JCS writes the float 1e17 as 100000000000000000: such digits must be read as floats again.
    written = outcome(canonical, value)
    assert written is ValueError or canonical(json.loads(written, parse_int=float)) == written


def test_nesting_beyond_python_is_a_refusal():
    value: list[Any] = []
    for _ in range(100_000):
        value = [value]
    with pytest.raises(ValueError, match="too deep"):
        canonical(value)


# --------------------------------------------------------------------------------------- restricted


RESTRICTED = st.recursive(
    st.text(st.characters(codec="utf-8")) | st.booleans() | st.integers(1 - 2**53, 2**53 - 1),
    lambda inner: st.dictionaries(st.text(st.characters(max_codepoint=127)), inner, max_size=6),
    max_leaves=15,
)


@given(st.dictionaries(st.text(st.characters(max_codepoint=127)), RESTRICTED, max_size=6))
@settings(max_examples=60, deadline=None)
@example({"b": 'é"\\\n\x00\x1f\x7f\u2028😀', "a": {"z": True, "B": -1}})
def test_the_header_profile_is_rfc_8785(value):
    assert restricted(value) == rfc8785.dumps(value)


@pytest.mark.parametrize(
    "value",
    [
        {"a": 1.0}, {"a": None}, {"a": [1]}, {"a": 2**53}, {"a": -(2**53)}, {"é": 1}, {1: 1},
        {"a": {"b": {"c": 0.5}}}, {"a": "\ud800"}, {"a": b"x"}, {"a": uuid.UUID(int=7)},
    ],
    ids=range(11),
)  # fmt: skip
def test_what_has_no_place_in_a_header(value):
    with pytest.raises(ValueError, match=r"header"):
        restricted(value)
