"""/monitoring/batches/ and /monitoring/retrainings/."""

from django.http import HttpResponse
from django.shortcuts import render

from governance.comparing.inbox import all_batches, all_requests, readable
from governance.comparing.policies import READ
from governance.pages.alerts.lists import batches_page, requests_page
from governance.people.directory import names
from governance.views.access import PersonRequest, page


@page(READ)
def batches(request: PersonRequest) -> HttpResponse:
    found, alerts = all_batches(request.voice)
    named = names(one.actor for one in found)
    shown = batches_page(found, alerts, _homes(request), named, _verifiable(request))
    return render(request, "alerts/list.html", {"page": shown})


@page(READ)
def retrainings(request: PersonRequest) -> HttpResponse:
    found, alerts = all_requests(request.voice)
    shown = requests_page(found, alerts, _homes(request), _verifiable(request))
    return render(request, "alerts/list.html", {"page": shown})


def _homes(request: PersonRequest) -> dict[str, str]:
    return {case.slug: case.name for case in readable(request.voice)}


def _verifiable(request: PersonRequest) -> frozenset[str]:
    cases = readable(request.voice)
    return frozenset(
        case.slug for case in cases if request.voice.allows("log:read", use_case=case.slug)
    )
