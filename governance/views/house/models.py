"""Models and versions, to look at: registering and retiring them is the API's."""

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from explain.overview import Dependence, dependence, overview, swarm
from explain.policies import policy
from explain.queries import Coverage, coverage, profile
from governance.pages.explanations import explanations_page
from governance.pages.models import model_page, models_page
from governance.pages.policies import policy_part
from governance.pages.versions import version_page
from governance.registry import queries as registry
from governance.registry.queries import READ
from governance.views.access import PersonRequest, page
from governance.views.house.replays import section

WHY, EXAMINE = "why:read", "why:examiner"


@page(READ)
def models(request: PersonRequest) -> HttpResponse:
    versions = registry.versions(request.voice)
    shown = models_page(
        registry.models(request.voice),
        versions,
        coverage([version.model_ref for version in versions]),
        {row.slug: row for row in registry.use_cases(request.voice)},
    )
    return render(request, "models/list.html", {"page": shown})


@page(READ)
def model(request: PersonRequest, slug: str) -> HttpResponse:
    row = registry.model(request.voice, slug)
    versions = registry.versions(request.voice, model=slug)
    covered = coverage([version.model_ref for version in versions])
    home = registry.use_case(request.voice, row.use_case)
    return render(request, "models/model.html", {"page": model_page(row, versions, covered, home)})


@page(READ)
def version(request: PersonRequest, slug: str, number: str) -> HttpResponse:
    row = registry.version(request.voice, f"{slug}@{number}")
    known = profile(row.model_ref)
    named = [row.entry_id, known.entry_id if known else None]
    verifiable = request.voice.allows("log:read", use_case=row.use_case)
    shown = version_page(
        row,
        registry.model(request.voice, slug),
        known,
        coverage([row.model_ref]).get(row.model_ref, Coverage()),
        verify_urls={
            entry: reverse("log-verify", args=[entry]) for entry in named if entry and verifiable
        },
    )
    context = {
        "page": shown,
        "replays": section(request, row),
        "policy": policy_part(known) if known else None,
    }
    return render(request, "models/version.html", context)


@page(READ)
def version_explanations(request: PersonRequest, slug: str, number: str) -> HttpResponse:
    """What the version's explanations say together, and one feature's dependence."""
    row = registry.version(request.voice, f"{slug}@{number}")
    shown = explanations_page(
        row,
        registry.model(request.voice, slug),
        profile(row.model_ref),
        coverage([row.model_ref]).get(row.model_ref, Coverage()),
        policy(row.use_case),
        overview(row.model_ref),
        _chosen(row.model_ref, request.GET.get("feature", "")),
        swarm(row.model_ref),
        reads=request.voice.allows(WHY, use_case=row.use_case),
        examines=request.voice.allows(EXAMINE, use_case=row.use_case),
    )
    return render(request, "models/explanations.html", {"page": shown})


def _chosen(model_ref: str, feature: str) -> Dependence | None:
    """The feature asked for, or the heaviest."""
    found = dependence(model_ref, feature) if feature else None
    if found is not None:
        return found
    heaviest = overview(model_ref)
    return dependence(model_ref, heaviest.importance[0].feature) if heaviest else None
