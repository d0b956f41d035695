"""Judging and recording side by side: while the database takes in some lines, the next are judged."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from django.db import transaction

from audit import claims, log
from audit.binary_copy import Contended
from audit.bulk.judging import BulkResult, Item, Judging, OnError, refuse_if
from audit.bulk.settling import Drafter, result, settle
from audit.log import Appended

PART: Final = 500
"""Lines written at a time: fewer would spend on round trips what the company saves."""


def stream(judging: Judging, drafts: Drafter, on_error: OnError) -> BulkResult:
    """As ``settle``, which see, for lines that are judged by themselves: half of a bulk's time is judging.

    Ids are new as a rule. One that exists, here or within the bulk, and people whom others are making,
    stop the COPY: all is rolled back, the rest is judged, and ``settle`` goes the careful way.
    """
    try:
        return _stream(judging, drafts, on_error)
    except Contended:
        return settle(judging.rest(), drafts, on_error)


def _stream(judging: Judging, drafts: Drafter, on_error: OnError) -> BulkResult:
    entries: dict[int, Appended] = {}
    part = judging.more(PART)
    with transaction.atomic():
        while part is not None:
            # Once all is to be refused nothing more is written: only the other flaws are looked for.
            if part and not (judging.judged.refused and on_error == "fail"):
                written, part = _write(part, drafts, judging)
                entries |= written
            else:
                part = judging.more(PART)
        # A crash or a refusal before this block ends leaves nothing of the bulk.
        refuse_if(judging.rest(), on_error)
    return result(judging.judged, entries, set(entries))


def _write(
    items: Sequence[Item], drafts: Drafter, judging: Judging
) -> tuple[dict[int, Appended], list[Item] | None]:
    """Write these, and judge as many of the next in the meantime: the entries by line, and those."""
    ahead: list[list[Item] | None] = []
    # Subjects before claims, as settle has it.
    drafted = drafts(items)
    claims.take_many([(item.claim, item.entry_id) for item in items])
    written = log.append_held(drafted, lambda: ahead.append(judging.more(PART, may_ask=False)))
    return {item.line: entry for item, entry in zip(items, written, strict=False)}, ahead[0]
