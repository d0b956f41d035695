"""Headers of lines that have most in common, written by filling in what differs.

A header is written for every line, and those of one application differ in ids, digests and times only.
The frame comes from ``Header.to_bytes`` itself, with marks where the differing values go; so there is one
place that says what a leaf looks like.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Final, NamedTuple
from uuid import UUID

import orjson

from audit.header import MAX_INTEGER, Header

# Values that a line can have, and that nothing else in a header is likely to spell.
_MARKS: Final = Header(
    id=UUID("ffffffff-ffff-7fff-bfff-ffffffffff01"),
    kind="",
    use_case="",
    actor="",
    recorded_at="9999-12-31T23:59:59.999991Z",
    body_alg="",
    body_len=MAX_INTEGER,
    body_sha256="f" * 63 + "1",
    log="",
    occurred_at="9999-12-31T23:59:59.999992Z",
    subject=UUID("ffffffff-ffff-7fff-bfff-ffffffffff02"),
    commit="f" * 63 + "2",
    ref=UUID("ffffffff-ffff-7fff-bfff-ffffffffff03"),
)


class Common(NamedTuple):
    """What lines have in common; see ``Header``."""

    kind: str
    use_case: str
    actor: str
    log: str
    model_ref: str | None


class Own(NamedTuple):
    """What is a line's own, in the order of the header.

    Digests are lower-case hex of a SHA-256, times as ``header.rfc3339`` gives them: they are not looked at
    again, and what enters the tree can never be taken back. ``commit`` is that of a sealed body.
    """

    body_len: int
    body_sha256: str
    commit: str | None
    id: UUID
    occurred_at: str | None
    recorded_at: str
    ref: UUID | None
    subject: UUID | None


def to_bytes(common: Common, own: Own) -> bytes:
    """The leaf, as ``Header.to_bytes`` writes it. Raises HeaderError for a text that no header may hold."""
    told = [value for value in own if value is not None]
    frame = _frame(
        common,
        own.commit is not None,
        own.occurred_at is not None,
        own.ref is not None,
        own.subject is not None,
    )
    if frame is None:
        return _header(common, own).to_bytes()
    # None of these values holds a comma, so what orjson wrote comes apart at its own.
    return frame % tuple(orjson.dumps(told)[1:-1].split(b","))


@lru_cache(maxsize=512)
def _frame(common: Common, commit: bool, occurred: bool, ref: bool, subject: bool) -> bytes | None:
    """The header with ``%b`` for each value that is a line's own; None where it spells a mark itself."""
    marks = Own(
        _MARKS.body_len,
        _MARKS.body_sha256,
        _MARKS.commit if commit else None,
        _MARKS.id,
        _MARKS.occurred_at if occurred else None,
        _MARKS.recorded_at,
        _MARKS.ref if ref else None,
        _MARKS.subject if subject else None,
    )
    frame = _header(common, marks).to_bytes().replace(b"%", b"%%")
    for mark in marks:
        if mark is not None:
            spelled = orjson.dumps(mark)
            if frame.count(spelled) != 1:
                return None
            frame = frame.replace(spelled, b"%b")
    return frame


def _header(common: Common, own: Own) -> Header:
    return Header(
        id=own.id,
        kind=common.kind,
        use_case=common.use_case,
        actor=common.actor,
        recorded_at=own.recorded_at,
        body_alg="none" if own.commit is None else "A256GCM",
        body_len=own.body_len,
        body_sha256=own.body_sha256,
        log=common.log,
        model_ref=common.model_ref,
        occurred_at=own.occurred_at,
        subject=own.subject,
        commit=own.commit,
        ref=own.ref,
    )
