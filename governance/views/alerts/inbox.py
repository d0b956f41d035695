"""/monitoring/alerts/: what wants somebody's attention, of every use case the reader may see."""

from datetime import UTC, datetime

from django.http import HttpResponse
from django.shortcuts import render

from governance.comparing.inbox import inbox, readable
from governance.comparing.policies import READ
from governance.pages.alerts.inbox import PER_PAGE, Asked, inbox_page
from governance.people.directory import names
from governance.views.access import PersonRequest, is_fragment, page


@page(READ)
def alerts(request: PersonRequest) -> HttpResponse:
    """The list, whole or (for htmx) its results only."""
    cases = readable(request.voice)
    asked = Asked.of(request.GET.dict(), [case.slug for case in cases])
    found = inbox(request.voice, asked.wanted, limit=PER_PAGE)
    shown = inbox_page(
        asked,
        found,
        cases=cases,
        names=names(one.owner for one in found.alerts),
        now=datetime.now(UTC),
    )
    template = "alerts/_results.html" if is_fragment(request) else "alerts/inbox.html"
    return render(request, template, {"page": shown})
