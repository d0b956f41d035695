"""/monitoring/alerts/<id>/decisions/: the decisions behind an alert, a page at a time."""

from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import redirect, render

from audit.door import Invalid
from governance.comparing.alerts import (
    HANDLE,
    alert_by_id,
    decisions_behind,
    how_many_behind,
    more_behind,
)
from governance.forms.alerts import BatchForm
from governance.pages.alerts.decisions import PER_PAGE, decisions_page
from governance.registry import queries as registry
from governance.views.access import PersonRequest, page


@page()
def decisions(request: PersonRequest, alert_id: UUID) -> HttpResponse:
    """For who may see protected attributes; each page is noted as an access."""
    found = alert_by_id(request.voice, alert_id)
    try:
        after = UUID(request.GET["after"]) if "after" in request.GET else None
    except ValueError:
        return redirect("alert-decisions", alert_id)
    try:
        rows = decisions_behind(
            request.voice, found.use_case, alert_id, after=after, limit=PER_PAGE
        )
    except Invalid:
        return redirect("alert", alert_id)
    shown = decisions_page(
        found,
        registry.use_case(request.voice, found.use_case),
        rows,
        total=how_many_behind(request.voice, found) or len(rows),
        more=len(rows) == PER_PAGE and more_behind(found, rows[-1].entry_id),
        after=after,
        may_handle=request.voice.allows(HANDLE, use_case=found.use_case),
        may_ask=request.voice.allows("why:read", use_case=found.use_case),
    )
    return render(request, "alerts/decisions.html", {"page": shown, "batch": BatchForm()})
