"""Deriving a use case's facts anew after its policy changed: a walk whose place stands in a row."""

from __future__ import annotations

from typing import Final

from fairness.facts import held, refresh
from fairness.models import Decided, Redo, Version

PAGE: Final = 2000


def step() -> int:
    """Move one walk a page on; how many decisions it passed. 0 when there is none left to do.

    Page and place are one commit; a worker killed before it leaves the page to be walked again.
    """
    if not Redo.objects.exists():
        return 0
    with held():
        row = Redo.objects.select_for_update().order_by("begun_at").first()
        if row is None:
            return 0
        versions = Version.objects.filter(use_case=row.use_case).values_list("id", flat=True)
        page = Decided.objects.filter(version__in=list(versions)).order_by("entry_id")
        if row.next_entry is not None:
            page = page.filter(entry_id__gt=row.next_entry)
        entries = list(page.values_list("entry_id", flat=True)[:PAGE])
        refresh(entries)
        if len(entries) < PAGE:
            row.delete()
            return max(1, len(entries))
        Redo.objects.filter(use_case=row.use_case).update(next_entry=entries[-1])
        return len(entries)


def walk() -> int:
    """Walk until nothing is left; how many decisions were derived."""
    passed = 0
    while now := step():
        passed += now
    return passed
