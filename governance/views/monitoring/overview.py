"""/monitoring/: every version one may see the figures of, at a glance."""

from datetime import UTC, datetime, timedelta

from django.http import HttpResponse
from django.shortcuts import render

from explain.queries import profiles
from governance.comparing.drift import watched
from governance.comparing.policies import READ
from governance.pages.monitoring.overview import overview_page
from governance.pages.monitoring.place import WEEKS, Place
from governance.registry import queries as registry
from governance.views.access import PersonRequest, page


@page(READ)
def overview(request: PersonRequest) -> HttpResponse:
    today = datetime.now(UTC).date()
    until = today + timedelta(days=7 - today.weekday())
    since = until - timedelta(weeks=WEEKS[0])
    found = watched(request.voice, since=since, until=until)
    cases = {case.slug: case for case in registry.use_cases(request.voice)}
    models = {row.slug: row for row in registry.models(request.voice)}
    known = profiles([one.version.model_ref for one in found])
    places = {
        one.version.model_ref: Place.of(
            cases[one.version.use_case],
            models[one.version.model],
            one.version,
            known.get(one.version.model_ref),
        )
        for one in found
    }
    shown = overview_page(found, cases, places, since=since, today=today)
    return render(request, "monitoring/overview.html", {"page": shown})
