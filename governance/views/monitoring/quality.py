"""/monitoring/<use case>/<model>/<number>/quality/: what is missing, out of range, unseen, or broke a rule."""

from django.http import HttpResponse
from django.shortcuts import render

from governance.comparing import drift as verbs
from governance.comparing.policies import READ
from governance.pages.monitoring.quality import quality_page
from governance.views.access import PersonRequest, page
from governance.views.monitoring.places import as_csv, asked, place


@page(READ)
def quality(request: PersonRequest, slug: str, model: str, number: str) -> HttpResponse:
    """The page; ``format=csv`` is the table behind it."""
    here, restricted = place(request, slug, model, number)
    wanted, ref = asked(request), here.version.model_ref
    since, until = wanted.since, wanted.until
    shown = quality_page(
        here,
        wanted,
        verbs.drift_of(request.voice, slug, version=ref, since=since, until=until),
        verbs.violations_of(request.voice, slug, version=ref, since=since, until=until),
        verbs.reference_of(request.voice, slug, version=ref),
        restricted=restricted,
    )
    if wanted.csv:
        return as_csv(shown.sheet)
    return render(request, "monitoring/quality.html", {"page": shown})
