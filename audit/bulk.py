"""Many statements at once: lines read, judged one by one, then recorded together or not at all."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from django.conf import settings
from django.db import transaction

from audit import claims, log, receipts
from audit.binary_copy import Contended
from audit.claims import Claim, Taken
from audit.door import Conflict, Invalid, Problem, TooLarge, Unavailable
from audit.header import uuid7
from audit.log import Appended, Draft
from audit.receipts import BatchReceipt

OnError = Literal["fail", "skip"]

MAX_LINES: Final = 50_000
# Naming the flaws of a line costs a millisecond, so a bulk that is bad all through is not read on.
MAX_REFUSED: Final = 1000
_FLAWS_OF_A_LINE: Final = 5
_MOST_ERRORS: Final = 1000
_ATTEMPTS: Final = 5


@dataclass(slots=True)
class Item:
    """A sound line on its way into the log. ``about`` is whatever the writer of its kind needs."""

    line: int
    id: str
    raw: bytes
    claim: Claim
    about: Any
    violations: tuple[str, ...] = ()
    entry_id: UUID = field(default_factory=uuid7)


class LineReceipt(NamedTuple):
    line: int
    id: str
    entry: Appended
    repeated: bool
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """``problems`` is empty unless bad lines were to be skipped."""

    lines: int
    receipts: list[LineReceipt]
    problems: list[dict[str, Any]]
    batch: BatchReceipt

    @property
    def recorded(self) -> int:
        return sum(not receipt.repeated for receipt in self.receipts)


@dataclass(slots=True)
class Judged:
    """The lines of a bulk, sorted into sound ones and refused ones."""

    lines: int = 0
    items: list[Item] = field(default_factory=list)
    refused: list[tuple[int, Problem]] = field(default_factory=list)


def judge(lines: Iterable[bytes], item: Callable[[int, bytes], Item]) -> Judged:
    """Judge each line by ``item``, which raises a Problem for a bad one. Blank lines do not count.

    Raises Invalid when there is no line at all, TooLarge when there are too many, and what refuses
    the first bad line when MAX_REFUSED of them are bad.
    """
    judged = Judged()
    longest = settings.AUDIT_MAX_BODY
    for number, raw in _numbered(lines):
        judged.lines += 1
        if judged.lines > MAX_LINES:
            raise TooLarge(f"A bulk has at most {MAX_LINES} lines; send the rest in another.")
        try:
            if len(raw) > longest:
                raise TooLarge(f"A line has at most {longest:,} bytes.")
            judged.items.append(item(number, raw))
        except Problem as problem:
            judged.refused.append((number, problem))
            if len(judged.refused) == MAX_REFUSED:
                raise _refusal(judged) from None
    if not judged.lines:
        raise Invalid("The bulk has no lines.", code="empty")
    return judged


Drafter = Callable[[Sequence[Item]], list[Draft]]
"""Items as drafts under their entry ids and in their order, then lines about them (``ref``); holds their
subjects."""


def settle(
    judged: Judged, drafts: Drafter, on_error: OnError, *, look_first: bool = False
) -> BulkResult:
    """Record the sound lines in one transaction.

    With "fail" any bad line refuses all, and nothing is written. With "skip" the bad ones are told
    and the others recorded; if there are no others, it is refused as well.
    """
    _refuse_if(judged, on_error)
    look = look_first or len({item.claim.key for item in judged.items}) < len(judged.items)
    for _ in range(_ATTEMPTS):
        try:
            # Ids are new as a rule, so the first attempt does not look: one that exists stops the
            # COPY, everything is rolled back, and the next attempt goes the careful way.
            return _record(judged, drafts, on_error, carefully=look)
        except Contended:
            look = True
    raise Unavailable("The same ids are being recorded elsewhere. Nothing was recorded here.")


def conflict(claim: Claim, taken: Taken) -> Conflict:
    """The same id with another body. The digests are keyed: they compare, and tell nothing else."""
    said = "Recorded before with another body."
    error = {"pointer": "/id", "code": "other_body", "detail": said}
    digests = {"recorded": taken.digest.hex(), "submitted": claim.digest.hex()}
    return Conflict("This id is recorded with another body.", errors=[{**error, **digests}])


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, from 1; one carriage return before the newline is no part of it."""
    for number, line in enumerate(lines, 1):
        raw = line.removesuffix(b"\r")
        if raw and not raw.isspace():
            yield number, raw


def _refuse_if(judged: Judged, on_error: OnError) -> None:
    if not judged.refused or (on_error == "skip" and judged.items):
        return
    raise _refusal(judged)


def _refusal(judged: Judged) -> Problem:
    judged.refused.sort(key=lambda one: one[0])
    first = judged.refused[0][1]
    return type(first)(
        f"{len(judged.refused)} of {judged.lines} lines are refused, so nothing was recorded; "
        "errors names them. The status is that of the first.",
        code=first.code,
        title=first.title,
        errors=_errors(judged.refused)[:_MOST_ERRORS],
    )


def _errors(refused: Iterable[tuple[int, Problem]]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for line, problem in refused:
        plain = [{"pointer": "", "code": problem.code, "detail": problem.detail}]
        told += ({"line": line, **error} for error in (problem.errors or plain)[:_FLAWS_OF_A_LINE])
    return told


def _record(judged: Judged, drafts: Drafter, on_error: OnError, *, carefully: bool) -> BulkResult:
    with transaction.atomic():
        known = claims.find(item.claim.key for item in judged.items) if carefully else {}
        sorting = _sort(judged, known)
        _refuse_if(sorting.judged, on_error)
        # Subjects before claims, as a lone line has it: two writers then wait in line, not in a
        # circle. The subject of a line that is lost to another in between stays without entries.
        drafted = drafts(sorting.new)
        if lost := _claim(sorting.new, carefully=carefully):
            sorting = _sort(judged, known | claims.find(lost))
            _refuse_if(sorting.judged, on_error)
            ours = {item.entry_id for item in sorting.new}
            drafted = [one for one in drafted if one.id in ours or one.ref in ours]
        written = log.append_held(drafted)
        entries = _entries(sorting, written)
    # Only now, after the commit, is anything promised.
    return _result(sorting, entries)


def _entries(sorting: _Sorting, written: Sequence[Appended]) -> dict[int, Appended]:
    """The entry of each sound line. ``written`` begins with the new ones', in their order."""
    entries = {item.line: entry for item, entry in zip(sorting.new, written, strict=False)}
    if repeats := {line: id_ for line, id_ in sorting.entry_of.items() if line not in entries}:
        known = {entry.id: entry for entry in written}
        known |= log.find(id_ for id_ in repeats.values() if id_ not in known)
        entries |= {line: known[id_] for line, id_ in repeats.items()}
    return entries


def _claim(items: Sequence[Item], *, carefully: bool) -> set[bytes]:
    """Write the claims of these items; the keys of those that others have meanwhile."""
    pairs = [(item.claim, item.entry_id) for item in items]
    if carefully:
        return claims.take_free(pairs)
    claims.take_many(pairs)
    return set()


def _result(sorting: _Sorting, entries: dict[int, Appended]) -> BulkResult:
    first_lines = {item.line for item in sorting.new}
    told = [
        LineReceipt(
            item.line,
            item.id,
            entries[item.line],
            item.line not in first_lines,
            item.violations,
        )
        for item in sorting.judged.items
    ]
    return BulkResult(
        sorting.judged.lines,
        told,
        _errors(sorted(sorting.judged.refused, key=lambda one: one[0])),
        receipts.batch([receipt.entry.leaf_hash for receipt in told]),
    )


@dataclass(slots=True)
class _Sorting:
    """Sound lines, told apart by what their ids stand for already."""

    judged: Judged
    new: list[Item] = field(default_factory=list)
    entry_of: dict[int, UUID] = field(default_factory=dict)


def _sort(judged: Judged, known: dict[bytes, Taken]) -> _Sorting:
    """New ids get an entry id; repeats get the entry they repeat; others are refused.

    An id may also repeat within the bulk: its first line counts.
    """
    taken = dict(known)
    sorting = _Sorting(Judged(judged.lines, refused=list(judged.refused)))
    for item in judged.items:
        first = taken.get(item.claim.key)
        if first is None:
            first = taken[item.claim.key] = Taken(item.entry_id, item.claim.digest)
            sorting.new.append(item)
        elif first.digest != item.claim.digest:
            sorting.judged.refused.append((item.line, conflict(item.claim, first)))
            continue
        sorting.judged.items.append(item)
        sorting.entry_of[item.line] = first.entry_id
    return sorting
