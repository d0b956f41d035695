"""/decisions/: search, filter and page through decisions."""

from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from audit import accesses
from audit import queries as log
from audit.queries import Ambiguous, BadCursor, DecisionRow, Page
from explain.standing import profiled, standing
from governance.pages.decisions.asked import URL, Asked
from governance.pages.decisions.page import Decisions, decisions_page
from governance.registry import queries as registry
from governance.views.access import PersonRequest, is_fragment, page, visible

PER_PAGE = 50
# Labels offered to filter by are those of the decisions of so many days.
LABELS_OF_DAYS = 400


@page("decisions:read")
def decisions(request: PersonRequest) -> HttpResponse:
    """The list, whole or (for htmx) its results only; an id that names one decision leads to it."""
    asked = Asked.of(request.GET.dict())
    cases = visible(request, "decisions:read")
    try:
        found = log.decisions(asked.filter(cases), asked.cursor or None, PER_PAGE)
    except BadCursor:
        return redirect(URL)
    if asked.q and not is_fragment(request) and _names_one(asked, found, cases):
        return redirect(reverse("why", args=[asked.q]))
    # The list shows who was decided about.
    accesses.note(
        actor=request.voice.actor,
        purpose="decisions:list",
        entries=[row.entry_id for row in found.results],
    )
    template = "decisions/results.html" if is_fragment(request) else "decisions/page.html"
    return render(request, template, {"page": _drawn(request, asked, found)})


def _drawn(request: PersonRequest, asked: Asked, found: Page[DecisionRow]) -> Decisions:
    cases = registry.use_cases(request.voice, "decisions:read")
    since = datetime.now(UTC).date() - timedelta(days=LABELS_OF_DAYS)
    seen = log.counts_by_label([case.slug for case in cases], since)
    refs = {row.model_ref for row in found.results}
    return decisions_page(
        asked,
        found,
        cases=cases,
        labels=sorted({one.label for one in seen if one.label}),
        versions=registry.versions(request.voice),
        explained=standing([row.entry_id for row in found.results]),
        profiled=profiled(refs),
    )


def _names_one(asked: Asked, found: Page[DecisionRow], cases: frozenset[str]) -> bool:
    """Whether the search is the id of a decision, and nothing else is asked.

    The log is asked too when the list has nothing: it knows a decision at once, and after erasure.
    """
    if asked.use_case or asked.label or asked.model or asked.since or asked.until:
        return False
    if found.results:
        row = found.results[0]
        alone = len(found.results) == 1
        return alone and asked.q in {row.decision_id, str(row.entry_id)}
    try:
        return log.decision(key=asked.q, use_cases=cases) is not None
    except Ambiguous:
        return True
