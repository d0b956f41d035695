"""The header of an entry: the small public leaf of the tree, as bytes and as values.

The header is all that the tree commits to, and it stays for ever: nothing personal may stand in it.
Its bytes are RFC 8785 JSON of strings and integers only, so that any language can rebuild them.
"""

import re
from datetime import UTC, datetime
from typing import Any, Final, NamedTuple
from uuid import UUID

import orjson
from uuid_utils.compat import uuid7 as _uuid7

from audit.merkle import leaf_hash

__all__ = ["Header", "HeaderError", "leaf_hash", "parse", "rfc3339", "uuid7", "uuid7_at"]

VERSION: Final = 1
MAX_NAME: Final = 255  # so a leaf stays far below the 65,535 bytes of a C2SP entry
MAX_INTEGER: Final = 2**53 - 1  # beyond it JSON readers disagree about a number

_TEXT: Final = r"[^\x00-\x1f\x7f\ud800-\udfff]"
_NAME: Final = f"{_TEXT}{{1,{MAX_NAME}}}"
_TIME: Final = r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z"
_DIGEST: Final = r"[0-9a-f]{64}"
_FORMS: Final = {
    "kind": r"[a-z][a-z_]{0,31}",
    "use_case": f"{_TEXT}{{0,{MAX_NAME}}}",
    "actor": _NAME,
    "log": _NAME,
    "model_ref": _NAME,
    "body.alg": "A256GCM|none",
    "body.sha256": _DIGEST,
    "commit": _DIGEST,
    "recorded_at": _TIME,
    "occurred_at": _TIME,
}
# All forms in one pattern: a header is written for every entry, and ten matches would cost as much
# as the rest of it. No form admits a newline, so the joined values cannot run into each other.
_SOUND: Final = re.compile("\n".join(f"(?:{form})" for form in _FORMS.values())).fullmatch

_REQUIRED: Final = frozenset({"v", "log", "id", "kind", "use_case", "actor", "recorded_at", "body"})
_OPTIONAL: Final = frozenset({"model_ref", "occurred_at", "subject", "commit", "ref"})
_BODY: Final = frozenset({"alg", "len", "sha256"})


class HeaderError(ValueError):
    """The header is not one this log writes; the message says what is wrong."""


class Header(NamedTuple):
    """One leaf. Times are RFC 3339 UTC with microseconds; digests are lower-case hex.

    ``body_len`` and ``body_sha256`` are of the body as stored, sealed or not. ``commit`` binds the
    plaintext of a sealed body (see audit.envelope). ``subject`` names a data key, not a person.
    ``use_case`` is empty for a line about the log itself.
    """

    id: UUID
    kind: str
    use_case: str
    actor: str
    recorded_at: str
    body_alg: str
    body_len: int
    body_sha256: str
    log: str
    model_ref: str | None = None
    occurred_at: str | None = None
    subject: UUID | None = None
    commit: str | None = None
    ref: UUID | None = None
    v: int = VERSION

    def to_bytes(self) -> bytes:
        """The leaf: canonical JSON, the same bytes for the same values.

        Raises HeaderError for a value that ``parse`` would refuse: what enters the tree can never
        be taken back, so nothing may enter it that cannot be read again.
        """
        self._check_texts()
        self._check_numbers()
        # Keys stand in sorted order, which for ASCII keys is the order of RFC 8785; over strings
        # and integers within 2^53 orjson's output is then the canonical one.
        fields: dict[str, Any] = {
            "actor": self.actor,
            "body": {"alg": self.body_alg, "len": self.body_len, "sha256": self.body_sha256},
        }
        if self.commit is not None:
            fields["commit"] = self.commit
        fields["id"] = self.id
        fields["kind"] = self.kind
        fields["log"] = self.log
        if self.model_ref is not None:
            fields["model_ref"] = self.model_ref
        if self.occurred_at is not None:
            fields["occurred_at"] = self.occurred_at
        fields["recorded_at"] = self.recorded_at
        if self.ref is not None:
            fields["ref"] = self.ref
        if self.subject is not None:
            fields["subject"] = self.subject
        fields["use_case"] = self.use_case
        fields["v"] = self.v
        return orjson.dumps(fields)

    def _check_texts(self) -> None:
        values = (
            self.kind,
            self.use_case,
            self.actor,
            self.log,
            "-" if self.model_ref is None else self.model_ref,
            self.body_alg,
            self.body_sha256,
            self.body_sha256 if self.commit is None else self.commit,
            self.recorded_at,
            self.recorded_at if self.occurred_at is None else self.occurred_at,
        )
        try:
            sound = _SOUND("\n".join(values))
        except TypeError as error:
            raise HeaderError(f"A text in the header is none: {error}.") from error
        if not sound:
            raise HeaderError(f"In the header, {_first_unsound(values)} has no valid form.")
        try:  # the pattern alone would let the 30th of February through
            datetime.fromisoformat(self.recorded_at)
            datetime.fromisoformat(values[-1])
        except ValueError as error:
            raise HeaderError(f"A time in the header is not in the calendar: {error}.") from error

    def _check_numbers(self) -> None:
        if type(self.body_len) is not int or not 0 <= self.body_len <= MAX_INTEGER:
            raise HeaderError("In the header, body.len is not a number of bytes.")
        if type(self.v) is not int or self.v != VERSION:
            raise HeaderError(f"In the header, the version is not {VERSION}.")
        if self.commit is not None and self.body_alg == "none":
            raise HeaderError("In the header, a body that is not sealed has no commitment.")


def _first_unsound(values: tuple[str, ...]) -> str:
    pairs = zip(_FORMS.items(), values, strict=True)
    return next(name for (name, form), value in pairs if not re.fullmatch(form, value))


def parse(raw: bytes) -> Header:
    """Read a leaf; raises HeaderError unless these are exactly the bytes ``to_bytes`` would write.

    Refused are unknown or missing keys, wrong types, other spellings of the same value, and any
    version but 1.
    """
    try:
        fields = orjson.loads(raw)
    except ValueError as error:
        raise HeaderError(f"The header is not JSON: {error}.") from error
    _must_be_object(fields, _REQUIRED, _OPTIONAL)
    _must_be_object(fields["body"], _BODY)
    header = _from_fields(fields)
    # One comparison settles key order, white space, escapes, spellings of numbers and ids, and
    # doubled keys: whatever says the same in other bytes is another leaf, and not ours.
    if header.to_bytes() != raw:
        raise HeaderError("The header is not in canonical form.")
    return header


def _from_fields(fields: dict[str, Any]) -> Header:
    body = fields["body"]
    return Header(
        id=_uuid(fields["id"]),
        kind=fields["kind"],
        use_case=fields["use_case"],
        actor=fields["actor"],
        recorded_at=fields["recorded_at"],
        body_alg=body["alg"],
        body_len=body["len"],
        body_sha256=body["sha256"],
        log=fields["log"],
        model_ref=fields.get("model_ref"),
        occurred_at=fields.get("occurred_at"),
        subject=_uuid(fields["subject"]) if "subject" in fields else None,
        commit=fields.get("commit"),
        ref=_uuid(fields["ref"]) if "ref" in fields else None,
        v=fields["v"],
    )


def _uuid(value: Any) -> UUID:
    try:
        return UUID(value)
    except (TypeError, ValueError, AttributeError) as error:
        raise HeaderError(f"An id in the header is not a UUID: {error}.") from error


def _must_be_object(
    value: Any, required: frozenset[str], optional: frozenset[str] = frozenset()
) -> None:
    if not isinstance(value, dict):
        raise HeaderError("A header, and the body in it, are JSON objects.")
    odd = sorted((required - value.keys()) | (value.keys() - required - optional))
    if odd:
        raise HeaderError(f"Keys missing from the header, or unknown in it: {', '.join(odd)}.")


def rfc3339(moment: datetime) -> str:
    """``2026-11-22T10:00:00.000000Z``; raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("A time in the log needs a zone.")
    at = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return at.isoformat(timespec="microseconds")[:-6] + "Z"


def uuid7() -> UUID:
    """A new UUIDv7 (RFC 9562 §5.7); later ones of this process sort after earlier ones."""
    return _uuid7()


def uuid7_at(ms: int) -> UUID:
    """The lowest UUIDv7 of that millisecond since 1970: a bound for a range of ids."""
    if not 0 <= ms < 1 << 48:
        raise ValueError("A UUIDv7 counts milliseconds in 48 bits.")
    return UUID(int=(ms << 80) | (0x7 << 76) | (0x2 << 62))
