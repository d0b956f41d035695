"""/monitoring/<use case>/<model>/<number>/drift/: features by weeks, and one feature's distributions."""

from dataclasses import replace

from django.http import HttpResponse
from django.shortcuts import render

from fairness.outputs import LABEL, SCORE
from governance.comparing import drift as verbs
from governance.comparing.policies import READ
from governance.pages.monitoring.drift import drift_page
from governance.pages.monitoring.feature import feature_page
from governance.pages.monitoring.figures import sheet
from governance.pages.monitoring.words import newest
from governance.roles import nothing_here
from governance.views.access import PersonRequest, page
from governance.views.monitoring.places import as_csv, asked, place


@page(READ)
def drift(request: PersonRequest, slug: str, model: str, number: str) -> HttpResponse:
    """The heat map; ``format=csv`` is every figure behind it."""
    here, restricted = place(request, slug, model, number)
    wanted, ref = asked(request), here.version.model_ref
    since, until = wanted.since, wanted.until
    found = verbs.drift_of(request.voice, slug, version=ref, since=since, until=until)
    if wanted.csv:
        return as_csv(sheet(here, found))
    shown = drift_page(
        here,
        wanted,
        found,
        verbs.changes_of(request.voice, slug, version=ref, since=since, until=until),
        verbs.markers_of(request.voice, slug, since=since, until=until),
        verbs.reference_of(request.voice, slug, version=ref),
        restricted=restricted,
    )
    return render(request, "monitoring/drift.html", {"page": shown})


@page(READ)
def feature(request: PersonRequest, slug: str, model: str, number: str, name: str) -> HttpResponse:
    """A week's distribution, the newest unless one is named; ``format=csv`` is the table behind it."""
    here, _ = place(request, slug, model, number)
    wanted, ref = asked(request), here.version.model_ref
    since, until = wanted.since, wanted.until
    reference = verbs.reference_of(request.voice, slug, version=ref)
    features = reference.features if reference else ()
    if name not in {*features, LABEL, SCORE}:
        raise nothing_here()
    found = verbs.drift_of(request.voice, slug, version=ref, feature=name, since=since, until=until)
    week = wanted.week or newest(found)
    wanted = replace(wanted, week=week)
    distribution = (
        verbs.distribution_of(request.voice, slug, version=ref, feature=name, week=week)
        if week
        else None
    )
    changes = verbs.changes_of(request.voice, slug, version=ref, since=since, until=until)
    shown = feature_page(
        here,
        wanted,
        name,
        found,
        distribution,
        [one for one in changes if one.feature == name],
        verbs.markers_of(request.voice, slug, since=since, until=until),
        among=len(features) if name in features else 2,
    )
    if wanted.csv and shown.sheet:
        return as_csv(shown.sheet)
    return render(request, "monitoring/feature.html", {"page": shown})
