"""Recording what was judged: in one transaction, each id once."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Final
from uuid import UUID

from django.db import transaction

from audit import claims, log, receipts
from audit.binary_copy import Contended
from audit.bulk.judging import BulkResult, Item, Judged, LineReceipt, OnError, errors, refuse_if
from audit.claims import Claim, Taken
from audit.door import Conflict, Unavailable
from audit.log import Appended, Draft

_ATTEMPTS: Final = 5

Drafter = Callable[[Sequence[Item]], list[Draft]]
"""Items as drafts under their entry ids and in their order, then lines about them (``ref``); holds their
subjects."""


def settle(judged: Judged, drafts: Drafter, on_error: OnError) -> BulkResult:
    """Record the sound lines in one transaction, looking first which of their ids exist.

    With "fail" any bad line refuses all, and nothing is written. With "skip" the bad ones are told
    and the others recorded; if there are no others, it is refused as well.
    """
    refuse_if(judged, on_error)
    for _ in range(_ATTEMPTS):
        with suppress(Contended):
            return _record(judged, drafts, on_error)
    raise Unavailable("The same ids are being recorded elsewhere. Nothing was recorded here.")


def conflict(claim: Claim, taken: Taken) -> Conflict:
    """The same id with another body. The digests are keyed: they compare, and tell nothing else."""
    said = "Recorded before with another body."
    error = {"pointer": "/id", "code": "other_body", "detail": said}
    digests = {"recorded": taken.digest.hex(), "submitted": claim.digest.hex()}
    return Conflict("This id is recorded with another body.", errors=[{**error, **digests}])


def _record(judged: Judged, drafts: Drafter, on_error: OnError) -> BulkResult:
    with transaction.atomic():
        known = claims.find(item.claim.key for item in judged.items)
        sorting = _sort(judged, known)
        refuse_if(sorting.judged, on_error)
        # Subjects before claims, as a lone line has it: two writers then wait in line, not in a
        # circle. The subject of a line that is lost to another in between stays without entries.
        drafted = drafts(sorting.new)
        if lost := claims.take_free([(item.claim, item.entry_id) for item in sorting.new]):
            sorting = _sort(judged, known | claims.find(lost))
            refuse_if(sorting.judged, on_error)
            ours = {item.entry_id for item in sorting.new}
            drafted = [one for one in drafted if one.id in ours or one.ref in ours]
        written = log.append_held(drafted)
        entries = _entries(sorting, written)
    # Only now, after the commit, is anything promised.
    return result(sorting.judged, entries, {item.line for item in sorting.new})


def _entries(sorting: _Sorting, written: Sequence[Appended]) -> dict[int, Appended]:
    """The entry of each sound line. ``written`` begins with the new ones', in their order."""
    entries = {item.line: entry for item, entry in zip(sorting.new, written, strict=False)}
    if repeats := {line: id_ for line, id_ in sorting.entry_of.items() if line not in entries}:
        known = {entry.id: entry for entry in written}
        known |= log.find(id_ for id_ in repeats.values() if id_ not in known)
        entries |= {line: known[id_] for line, id_ in repeats.items()}
    return entries


def result(judged: Judged, entries: Mapping[int, Appended], first_lines: set[int]) -> BulkResult:
    """What is told: ``entries`` by line; all but ``first_lines`` were recorded before."""
    told = [
        LineReceipt(
            item.line, item.id, entries[item.line], item.line not in first_lines, item.violations
        )
        for item in judged.items
    ]
    return BulkResult(
        judged.lines,
        told,
        errors(sorted(judged.refused, key=lambda one: one[0])),
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
