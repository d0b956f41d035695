"""/monitoring/alerts/<id>/: one alert, with its evidence and what may be done about it."""

from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from fairness.alerts import AlertView
from governance.comparing.alerts import (
    EXAMINE,
    HANDLE,
    alert_by_id,
    batches_of_alert,
    how_many_behind,
    requests_of_alert,
)
from governance.comparing.evidence import evidence
from governance.comparing.policies import WRITE
from governance.forms.alerts import BatchForm, FindingForm, OwnerForm, ResultForm
from governance.pages.alerts.alert import Looked, May, alert_page
from governance.pages.pieces import Banner
from governance.people.directory import names, who_may
from governance.registry import queries as registry
from governance.views.access import PersonRequest, page


@dataclass
class Forms:
    """Those that were sent and refused; the page makes the others."""

    owner: OwnerForm | None = None
    finding: FindingForm | None = None
    batch: BatchForm | None = None
    result: ResultForm | None = None


@page()
def alert(request: PersonRequest, alert_id: UUID) -> HttpResponse:
    return shown(request, alert_by_id(request.voice, alert_id), Forms())


def shown(
    request: PersonRequest,
    found: AlertView,
    forms: Forms,
    *,
    banner: Banner | None = None,
    status: int = 200,
) -> HttpResponse:
    """The page of an alert that the reader may see, with what was refused at its fields."""
    slug = found.use_case
    may = May(
        handle=request.voice.allows(HANDLE, use_case=slug),
        examine=request.voice.allows(EXAMINE, use_case=slug),
        link=request.voice.allows(WRITE, use_case=slug),
        verify=request.voice.allows("log:read", use_case=slug),
    )
    named = batches_of_alert(request.voice, found)
    refs = _versions(request, slug)
    looked = Looked(
        alert=found,
        case=registry.use_case(request.voice, slug),
        evidence=evidence(request.voice, found),
        behind=how_many_behind(request.voice, found),
        registered=found.subject.get("version") in refs,
        batches=named,
        requests=requests_of_alert(found),
        names=names(
            [found.owner, *(one.actor for one in found.story), *(one.actor for one in named)]
        ),
    )
    drawn = alert_page(looked, may, actor=request.voice.actor, now=datetime.now(UTC), banner=banner)
    context = {
        "page": drawn,
        "owner": forms.owner or (owner_form(found) if may.handle else None),
        "finding": forms.finding or FindingForm(),
        "batch": forms.batch or BatchForm(),
        "result": forms.result or (ResultForm(versions=refs) if drawn.requests else None),
        "me": request.voice.actor,
    }
    return render(request, "alerts/alert.html", context, status=status)


def owner_form(found: AlertView, data: object = None) -> OwnerForm:
    return OwnerForm(data, people=who_may(HANDLE, found.use_case), current=found.owner)


def result_form(request: PersonRequest, slug: str, data: object = None) -> ResultForm:
    return ResultForm(data, versions=_versions(request, slug))


def _versions(request: PersonRequest, slug: str) -> list[str]:
    return [row.model_ref for row in registry.versions(request.voice) if row.use_case == slug]
