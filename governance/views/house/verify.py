"""/log/verify/<entry>/: one entry, checked by the reader's own browser."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from audit import proofs
from audit.door import Voice
from audit.header import Header, HeaderError, parse
from audit.proofs import Place
from audit.queries.content import stored_bodies
from governance.pages import actors
from governance.pages.verify import verify_page
from governance.people import directory
from governance.roles import nothing_here
from governance.views.access import PersonRequest, page
from governance.views.house.entries import ACT
from governance.views.house.log import may_verify


@page(ACT)
def verify(request: PersonRequest, entry_id: UUID) -> HttpResponse:
    place, header = _place(request.voice, entry_id)
    names = directory.names([header.actor])
    shown = verify_page(
        header,
        place.header,
        place.leaf_hash,
        place.leaf_index,
        actor=actors.cell(header.actor, names),
        body=_may_have_body(request.voice, header),
    )
    return render(request, "log/verify.html", {"page": shown})


@page(ACT)
def body(request: PersonRequest, entry_id: UUID) -> HttpResponse:
    """The stored bytes, for a browser to hash: sealed as they lie there, so nobody reads in them.

    410 when they are gone from the database although the header names them.
    """
    _, header = _place(request.voice, entry_id)
    if not _may_have_body(request.voice, header):
        raise nothing_here()
    stored = stored_bodies([entry_id]).get(entry_id)
    if stored is None:
        return HttpResponse(status=410)
    return HttpResponse(
        stored,
        content_type="application/octet-stream",
        headers={"Content-Disposition": f'attachment; filename="{entry_id}.body"'},
    )


def _place(voice: Voice, entry_id: UUID) -> tuple[Place, Header]:
    place = proofs.place_of(entry_id)
    if place is None:
        raise nothing_here()
    try:
        header = parse(place.header)
    except HeaderError:
        # Somebody changed the stored header: there is nothing left to judge permission by.
        raise nothing_here() from None
    if not may_verify(voice, header.use_case):
        raise nothing_here()
    return place, header


def _may_have_body(voice: Voice, header: Header) -> bool:
    """Bodies that are not sealed hold nothing personal: whoever may read the line may have them.

    Only that of an access tells who read about whom, in ids: it is for readers of decisions.
    """
    plain = header.body_alg == "none" and header.kind != "access"
    return plain or voice.allows("decisions:read", use_case=header.use_case)
