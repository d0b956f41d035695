"""/log/: how the log stands, and its lines."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from audit import guards, publisher
from audit.door import Voice
from audit.keys import key_store
from audit.queries import (
    BadCursor,
    EntryRow,
    PoisonedEntry,
    all_places,
    checkpoints,
    last_full_run,
    last_run,
    log_state,
    poisoned,
)
from governance.pages import actors
from governance.pages.entries import EntriesPart, Line, covered, entries_part
from governance.pages.log import Looked, log_page
from governance.people import directory
from governance.views.access import PersonRequest, is_fragment, page
from governance.views.house.entries import ACT, Reach, listed

SHOWN: Final = 6  # checkpoints


@page(ACT)
def log(request: PersonRequest) -> HttpResponse:
    try:
        entries = _entries(request)
    except BadCursor:
        return redirect("log")
    if is_fragment(request):
        return render(request, "log/_entries.html", {"entries": entries})
    looked = Looked(
        state=log_state(),
        publication=publisher.state(),
        guards=guards.state(),
        places=all_places(),
        poison=poisoned(),
        checkpoints=checkpoints(limit=SHOWN + 1).results,
        last_full_run=last_full_run(),
        last_run=last_run(),
        now=datetime.now(UTC),
    )
    shown = log_page(
        looked,
        shown=SHOWN,
        origin=settings.AUDIT_ORIGIN,
        verifier_key=str(key_store().verifier_key),
        verify_urls=_of_poison(request.voice, looked.poison),
    )
    return render(request, "log/log.html", {"page": shown, "entries": entries})


def _entries(request: PersonRequest) -> EntriesPart:
    asked = request.GET
    kind = asked.get("kind", "")[:32]
    reach = Reach.of(request.voice, kind)
    found = listed(reach, asked.get("newer") or asked.get("older"))
    names = directory.names(row.header.actor for row in found.rows if row.header)
    return entries_part(
        [_line(request.voice, row, names) for row in found.rows],
        kind=kind,
        said=covered(
            found.newest,
            found.oldest,
            shown=len(found.rows),
            hidden=found.hidden,
            kind=kind,
            everywhere=reach.use_cases is None,
        ),
        newer=found.newer,
        older=found.older,
    )


def _line(voice: Voice, row: EntryRow, names: dict[str, str]) -> Line:
    if row.header is None:
        return Line(row, "", "")
    actor = row.header.actor
    verifiable = may_verify(voice, row.header.use_case)
    url = reverse("log-verify", args=[row.header.id]) if verifiable else ""
    return Line(row, actors.cell(actor, names), url)


def may_verify(voice: Voice, use_case: str) -> bool:
    """As the proofs' own door has it: lines about the installation are for who reads everywhere."""
    return voice.allows(ACT, use_case=use_case) if use_case else voice.use_cases(ACT) is None


def _of_poison(voice: Voice, entries: Sequence[PoisonedEntry]) -> dict[UUID, str]:
    if voice.use_cases(ACT) is not None:
        return {}
    return {entry.entry_id: reverse("log-verify", args=[entry.entry_id]) for entry in entries}
