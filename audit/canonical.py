"""JSON that means one thing only: strict reading, and the canonical writing of RFC 8785.

Reading is two-speed. A fast path decides, exactly, whether a document is acceptable. Only a refused
document pays for the slow path, which walks it again to name every flaw by its JSON pointer.
"""

import contextlib
import itertools
import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, NoReturn

import jiter
import orjson
import rfc8785

MAX_INTEGER: Final = 2**53 - 1
"""Largest integer that every JSON reader holds exactly (RFC 7493 §2.2)."""

MAX_DEPTH: Final = 64


@dataclass(frozen=True, slots=True)
class Flaw:
    """One thing wrong: where (RFC 6901, "" is the whole document), which rule, and in words.

    The words never repeat a value: refused input may be personal, and flaws end up in server logs.
    """

    pointer: str
    code: str
    detail: str


class NotStrict(ValueError):
    """A document that this log does not accept; ``problems`` names the flaws in document order."""

    def __init__(self, problems: list[Flaw]) -> None:
        super().__init__("; ".join(f"at '{flaw.pointer}': {flaw.detail}" for flaw in problems[:3]))
        self.problems = problems


# --------------------------------------------------------------------------------------- reading


def strict_loads(raw: bytes, *, max_depth: int = MAX_DEPTH) -> Any:
    """The value of a JSON document (RFC 8259) that has exactly one meaning.

    Raises NotStrict, naming every flaw (the first hundred of them) by code: ``malformed``,
    ``invalid_utf8``, ``byte_order_mark``, ``duplicate_key``, ``number_range`` (NaN, Infinity,
    1e999), ``integer_range`` (beyond 2^53 - 1), ``lone_surrogate``, ``control_character``
    (U+0000-001F and U+007F, but for escaped tab, newline and return), ``too_deep``.
    ``max_depth`` counts open arrays and objects, and is at most 128.
    """
    if not 0 <= max_depth <= 128:  # the parser itself stops somewhat below 200
        raise ValueError("Nesting can be limited to at most 128 levels.")
    try:
        value = jiter.from_json(raw, allow_inf_nan=False, catch_duplicate_keys=True)
    except ValueError as error:
        raise NotStrict(_flaws(raw, max_depth, str(error))) from None
    if not _acceptable(raw, max_depth):
        raise NotStrict(_flaws(raw, max_depth, "is not acceptable here"))
    return value


def check_strict(raw: bytes, *, max_depth: int = MAX_DEPTH) -> None:
    """The checks of ``strict_loads``, for a caller that decodes the bytes itself."""
    strict_loads(raw, max_depth=max_depth)


_FORBIDDEN_ESCAPE: Final = re.compile(
    rb"\\(?:[bf]|u00(?:0[0-8bBcCeEfF]|1[0-9a-fA-F]|7[fF]))"  # all controls but tab, newline, return
)
_SHAPE: Final = bytes.maketrans(b"123456789E[: \t\n\r", b"000000000e,,,,,,")
_LONG: Final = b"0" * 16
_ENDLESS: Final = b"0" * 300
_INTEGER: Final = re.compile(rb"(?<=[\[,:\s])-?[0-9]{16,}(?![0-9.eE])")
_NUMBER: Final = re.compile(rb"-?[0-9][0-9.]*(?:[eE][-+]?[0-9]+)?")
_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_NOT_BRACKETS: Final = bytes(set(range(256)) - set(b"[]{}"))


def _acceptable(raw: bytes, max_depth: int) -> bool:
    """Whether a document that the parser took is free of what the parser does not look for."""
    if b"\x7f" in raw:
        return False
    plain = raw
    if b"\\\\" in plain:
        plain = plain.replace(b"\\\\", b"")
    if _FORBIDDEN_ESCAPE.search(plain):
        return False
    if b'\\"' in plain:
        plain = plain.replace(b'\\"', b"")
    # The document is well-formed and has no escaped quotes left, so every second piece between
    # quotes lies outside strings; in front a comma, so that every number follows a delimiter.
    outside = b"," + b"".join(plain.split(b'"')[::2])
    return (
        _integers_fit(outside, shape := outside.translate(_SHAPE))
        and _numbers_are_finite(outside, shape)
        and _is_shallow(outside, max_depth)
    )


def _integers_fit(outside: bytes, shape: bytes) -> bool:
    if b"," + _LONG not in shape and b",-" + _LONG not in shape:
        return True
    return all(_integer_fits(digits) for digits in _INTEGER.findall(outside))


def _integer_fits(digits: bytes | str) -> bool:
    # Length first: converting a million digits would take for ever, and Python refuses to.
    return len(digits) <= 17 and abs(int(digits)) <= MAX_INTEGER


def _numbers_are_finite(outside: bytes, shape: bytes) -> bool:
    if b"e0" not in shape and b"e+" not in shape and _ENDLESS not in shape:
        return True
    return not any(math.isinf(float(number)) for number in _NUMBER.findall(outside))


def _is_shallow(outside: bytes, max_depth: int) -> bool:
    if outside.count(b"[") + outside.count(b"{") <= max_depth:
        return True
    nested = outside.translate(_BRACKETS, _NOT_BRACKETS)
    for _ in range(max_depth):  # each pass takes away the innermost pairs, one level of nesting
        nested = nested.replace(b"[]", b"")
    return not nested


# --------------------------------------------------------------------------- explaining a refusal

_MAX_FLAWS: Final = 100
_MAX_POINTERS: Final = 65_536  # characters of all pointers together, against a flood of long keys
_BYTE_ORDER_MARK: Final = "\N{ZERO WIDTH NO-BREAK SPACE}"

# Runs of one character class are possessive, and whatever follows one cannot begin with it: a pattern that
# fails takes back each of its groups once, so time stays linear. Groups are not possessive themselves: Python
# before 3.11.5 (Debian 12 has 3.11.2) takes half of such a group for the whole (cpython gh-106052).
_SPACE: Final = re.compile(r"[ \t\n\r]*+")
_STRING: Final = re.compile(r'"([^"\\]*+(?:\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})[^"\\]*+)*)"')
_SCALAR: Final = re.compile(
    r"(?P<word>true|false|null)|(?P<endless>NaN|-?Infinity)"
    r"|-?(?:0|[1-9][0-9]*+)(?P<fraction>(?:\.[0-9]++)?(?:[eE][-+]?[0-9]++)?)"
)
_STRING_OR_BRACKET: Final = re.compile(r'"[^"\\]*+(?:\\.[^"\\]*+)*"|[\[\]{}]', re.DOTALL)
_RAW_CONTROL: Final = re.compile(r"[\x00-\x1f\x7f]")
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_SURROGATE: Final = re.compile(r"[\ud800-\udfff]")


class _Enough(Exception):
    """Not an error: the walk has nothing more to tell."""


def _flaws(raw: bytes, max_depth: int, parser_says: str) -> list[Flaw]:
    try:
        text = raw.decode()
    except UnicodeDecodeError as error:
        return [Flaw("", "invalid_utf8", f"not UTF-8 from byte {error.start} on")]
    walk = _Walk(text, max_depth)
    with contextlib.suppress(_Enough):
        walk.document()
    # Should the walk ever see nothing wrong, the document stays refused all the same.
    return walk.flaws or [Flaw("", "malformed", parser_says)]


class _Walk:
    """Reads a document once and notes what is wrong with it; recursion ends at ``max_depth``."""

    def __init__(self, text: str, max_depth: int) -> None:
        self.text = text
        self.at = 0
        self.max_depth = max_depth
        self.path: list[str | int] = []
        self.flaws: list[Flaw] = []
        self.pointers = 0

    def document(self) -> None:
        if self.text.startswith(_BYTE_ORDER_MARK):
            self.note("byte_order_mark", "begins with a byte order mark")
            self.at = 1
        self.value()
        if self.peek():
            self.malformed("nothing more after the document")

    def value(self) -> None:
        match self.peek():
            case "{" | "[" if len(self.path) >= self.max_depth:
                self.note("too_deep", f"nested more than {self.max_depth} levels deep")
                self.skip()
            case "{":
                self.members()
            case "[":
                self.elements()
            case '"':
                self.string()
            case _:
                self.scalar()

    def elements(self) -> None:
        self.at += 1
        if self.took("]"):
            return
        self.path.append(0)
        for index in itertools.count():
            self.path[-1] = index
            self.value()
            if self.took("]"):
                break
            self.expect(",", "a comma or ]")
        self.path.pop()

    def members(self) -> None:
        self.at += 1
        if self.took("}"):
            return
        keys: set[str] = set()
        self.path.append("")
        while True:
            self.key(keys)
            self.expect(":", "a colon")
            self.value()
            if self.took("}"):
                break
            self.expect(",", "a comma or }")
        self.path.pop()

    def key(self, keys: set[str]) -> None:
        if self.peek() != '"':
            self.malformed("a key in double quotes")
        key = self.string(is_key=True)
        if key in keys:
            self.note("duplicate_key", "a key that its object already has")
        keys.add(key)

    def string(self, *, is_key: bool = False) -> str:
        found = _STRING.match(self.text, self.at)
        if found is None:
            self.malformed("a string that is closed and has only valid escapes")
        self.at = found.end()
        string: str = json.loads(found[0], strict=False)
        if is_key:
            self.path[-1] = string
        if control := _RAW_CONTROL.search(found[1]) or _CONTROL.search(string):
            self.note("control_character", f"a string with U+{ord(control[0]):04X}")
        if _SURROGATE.search(string):
            self.note("lone_surrogate", "a string with half a surrogate pair")
        return string

    def scalar(self) -> None:
        found = _SCALAR.match(self.text, self.at)
        if found is None:
            self.malformed("a value")
        self.at = found.end()
        if found["endless"] or (found["fraction"] and math.isinf(float(found[0]))):
            self.note("number_range", "not a number that a 64-bit float can hold")
        elif found["fraction"] == "" and not _integer_fits(found[0]):
            self.note("integer_range", "an integer beyond 2^53 - 1, which readers would round")

    def skip(self) -> None:
        depth = 0
        for found in _STRING_OR_BRACKET.finditer(self.text, self.at):
            depth += {"[": 1, "{": 1, "]": -1, "}": -1}.get(found[0], 0)
            if depth == 0:
                self.at = found.end()
                return
        self.at = len(self.text)
        self.malformed("a closing bracket")

    def peek(self) -> str:
        found = _SPACE.match(self.text, self.at)
        self.at = found.end() if found else self.at
        return self.text[self.at : self.at + 1]

    def took(self, symbol: str) -> bool:
        if self.peek() != symbol:
            return False
        self.at += 1
        return True

    def expect(self, symbol: str, name: str) -> None:
        if not self.took(symbol):
            self.malformed(name)

    def malformed(self, expected: str) -> NoReturn:
        line = self.text.count("\n", 0, self.at) + 1
        column = self.at - self.text.rfind("\n", 0, self.at)
        self.note("malformed", f"line {line}, column {column}: expected {expected}")
        raise _Enough

    def note(self, code: str, detail: str) -> None:
        pointer = "".join(f"/{_escaped(token)}" for token in self.path)
        self.flaws.append(Flaw(pointer, code, detail))
        self.pointers += len(pointer)
        if len(self.flaws) >= _MAX_FLAWS or self.pointers > _MAX_POINTERS:
            raise _Enough


def _escaped(token: str | int) -> str:
    # A pointer must itself be text that can be sent, whatever the key was.
    return _SURROGATE.sub("\N{REPLACEMENT CHARACTER}", str(token).replace("~", "~0")).replace(
        "/", "~1"
    )


# --------------------------------------------------------------------------------------- writing

# Ends of numbers that ECMAScript spells otherwise. Each begins with what it is found by.
_WHOLE_FLOAT: Final = re.compile(rb"\.0(?=[,}\]]|$)")
_EXPONENT: Final = re.compile(rb"e[-+]?[0-9]++(?=[,}\]]|$)")
# What stands before such an end in its number, which is no longer than orjson writes one.
_LEAD: Final = re.compile(rb"-?[0-9.]++\Z")
_LONGEST: Final = 32
_QUOTE, _BACKSLASH = b"\x01", b"\x02"  # cannot occur in JSON text


def canonical(value: Any) -> bytes:
    """The bytes of RFC 8785 (JCS) for a value of dict, list, tuple, str, int, float, bool, None.

    Raises ValueError for anything else in it: NaN, infinities, integers beyond 2^53 - 1, lone
    surrogates, keys that are no strings, other types, nesting that Python cannot follow.
    """
    try:
        written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
        # orjson also writes what JCS must refuse (NaN as null, dates, UUIDs); that comes back as
        # something else.
        faithful = bool(orjson.loads(written) == value)
    except (TypeError, ValueError):
        faithful = False
    if not faithful or _keys_may_sort_otherwise(written):
        return _reference(value)
    return _respelled(written)


def _reference(value: Any) -> bytes:
    try:
        return rfc8785.dumps(value)
    except RecursionError as error:
        raise ValueError("Nested too deep to be written.") from error


def _keys_may_sort_otherwise(written: bytes) -> bool:
    # JCS sorts by UTF-16 units, orjson by code points: they part only where characters from
    # U+E000 to U+FFFF (UTF-8 EE, EF) meet characters beyond U+FFFF (UTF-8 F0 to F4).
    if written.isascii():
        return False
    lead = set(written)
    return bool(lead & {0xEE, 0xEF}) and bool(lead & {0xF0, 0xF1, 0xF2, 0xF3, 0xF4})


def _respelled(written: bytes) -> bytes:
    """Spell floats as ECMAScript does: 1.0 as 1, 1e16 as 10000000000000000, 1e-6 as 0.000001."""
    escapes = b"\\" in written
    if escapes:
        written = written.replace(b"\\\\", _BACKSLASH).replace(b'\\"', _QUOTE)
    pieces = written.split(b'"')
    outside = b'"'.join(pieces[::2])
    if b"0e" in outside.translate(_SHAPE) or _WHOLE_FLOAT.search(outside):
        outside = _numbers_respelled(outside)
        pieces[::2] = outside.split(b'"')
        written = b'"'.join(pieces)
    if escapes:
        written = written.replace(_QUOTE, b'\\"').replace(_BACKSLASH, b"\\\\")
    return written


def _numbers_respelled(outside: bytes) -> bytes:
    # Found by their ends: few numbers want it, and a pattern that begins as numbers do would be tried
    # at every digit of the others.
    ends = [*_WHOLE_FLOAT.finditer(outside), *_EXPONENT.finditer(outside)]
    parts: list[bytes] = []
    done = 0
    for found in sorted(ends, key=re.Match.start):
        at = found.start()
        lead = _LEAD.search(outside, max(done, at - _LONGEST), at)
        start = lead.start() if lead else at
        parts += (outside[done:start], rfc8785.dumps(float(outside[start : found.end()])))
        done = found.end()
    return b"".join((*parts, outside[done:]))


def restricted(value: Mapping[str, Any]) -> bytes:
    """RFC 8785 for the header profile: ASCII keys; strings, booleans, integers, nested mappings.

    Integers lie within 2^53 - 1. Raises ValueError for anything else, floats and null included, so
    that no reader's idea of a number can change what a leaf says.
    """
    try:
        return orjson.dumps(_plain(value), option=orjson.OPT_SORT_KEYS | orjson.OPT_STRICT_INTEGER)
    except TypeError as error:
        raise ValueError(f"This cannot stand in a header: {error}.") from error


def _plain(value: Mapping[str, Any]) -> dict[str, Any]:
    plain = {}
    for key, item in value.items():
        if not isinstance(key, str) or not key.isascii():
            raise ValueError("A key in a header is ASCII text.")
        if isinstance(item, Mapping):
            item = _plain(item)
        elif not isinstance(item, str | bool | int):
            raise ValueError(f"A header has no place for a value of type {type(item).__name__}.")
        plain[key] = item
    return plain
