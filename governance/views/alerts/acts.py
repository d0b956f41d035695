"""What people do about an alert: each a form, a verb and a line of the log."""

from uuid import UUID

from django.contrib import messages
from django.forms import Form
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.urls import reverse

from audit.door import Conflict, Invalid, NotFound
from fairness.alerts import AlertView
from governance.comparing.alerts import HANDLE, alert_by_id, batch, handle, link_retraining
from governance.comparing.inbox import request_by_id
from governance.comparing.policies import WRITE
from governance.forms.alerts import BatchForm, FindingForm
from governance.forms.refusals import tell
from governance.pages import formats
from governance.pages.alerts import words
from governance.pages.pieces import Banner
from governance.roles import require
from governance.views.access import PersonRequest, page
from governance.views.alerts.alert import Forms, owner_form, result_form, shown

DONE = {
    "acknowledge": "Acknowledged. Its owner is now expected to say what was found.",
    "explain": "Explained. Close it when nothing is left to do.",
    "close": "Closed.",
    "assign": "It has another owner now.",
}


@page()
def act(request: PersonRequest, alert_id: UUID) -> HttpResponse:
    """POST ``act``: acknowledge, explain, close or assign; errors stand at the form's fields."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = _may(request, alert_id)
    what, forms = request.POST.get("act", ""), Forms()
    form: Form | None = None
    if what == "assign":
        form = forms.owner = owner_form(found, request.POST)
    elif what in {"explain", "close"}:
        form = forms.finding = FindingForm(request.POST)
    if form is not None and not form.is_valid():
        return shown(request, found, forms)
    said = form.cleaned_data if form is not None else {}
    try:
        handle(
            voice=request.voice,
            use_case=found.use_case,
            alert_id=alert_id,
            act=what,
            seen=_seen(request),
            **said,
        )
    except Conflict as problem:
        return _overtaken(request, alert_id, forms, problem)
    except Invalid as problem:
        return _refused(request, found, forms, form, problem)
    messages.success(request, DONE[what])
    return redirect("alert", alert_id)


@page()
def name_batch(request: PersonRequest, alert_id: UUID) -> HttpResponse:
    """POST: name the decisions behind it as a batch for blind review."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    found = _may(request, alert_id)
    form = BatchForm(request.POST)
    if not form.is_valid():
        return shown(request, found, Forms(batch=form))
    try:
        made = batch(
            voice=request.voice, use_case=found.use_case, alert_id=alert_id, **form.cleaned_data
        )
    except Conflict as problem:
        form.add_error("name", problem.detail)
        return shown(request, found, Forms(batch=form), status=409)
    except Invalid as problem:
        tell(form, problem)
        return shown(request, found, Forms(batch=form))
    many = words.FEW if made.many is None else formats.plural(made.many, "decision")
    messages.success(request, f"Named: {made.name}, {many}.")
    return redirect(f"{reverse('alert', args=[alert_id])}#batches")


@page()
def link(request: PersonRequest, retraining: UUID) -> HttpResponse:
    """POST: say which version came of a request to train anew."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = request_by_id(request.voice, retraining)
    require(request.voice, WRITE, use_case=asked.use_case)
    found = alert_by_id(request.voice, asked.alert)
    form = result_form(request, asked.use_case, request.POST)
    if not form.is_valid():
        return shown(request, found, Forms(result=form))
    version = form.cleaned_data["version"]
    try:
        link_retraining(
            voice=request.voice, use_case=asked.use_case, retraining=retraining, version=version
        )
    except (Conflict, Invalid, NotFound) as problem:
        form.add_error("version", problem.detail)
        return shown(request, found, Forms(result=form), status=problem.status)
    messages.success(request, f"Linked: {version} came of this request.")
    return redirect(f"{reverse('alert', args=[found.id])}#retraining")


def _may(request: PersonRequest, alert_id: UUID) -> AlertView:
    """The alert, for who may handle it. Raises NotFound, Forbidden."""
    found = alert_by_id(request.voice, alert_id)
    require(request.voice, HANDLE, use_case=found.use_case)
    return found


def _seen(request: PersonRequest) -> int | None:
    """How many acts stood on the page that the form came from."""
    text = request.POST.get("seen", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _overtaken(
    request: PersonRequest, alert_id: UUID, forms: Forms, problem: Conflict
) -> HttpResponse:
    text = f"{problem.detail} Nothing of yours was done; this is how it stands now."
    banner = Banner("warn", "Somebody was faster", text)
    found = alert_by_id(request.voice, alert_id)
    return shown(request, found, forms, banner=banner, status=409)


def _refused(
    request: PersonRequest, found: AlertView, forms: Forms, form: Form | None, problem: Invalid
) -> HttpResponse:
    if form is not None:
        tell(form, problem)
        return shown(request, found, forms)
    banner = Banner("bad", "That cannot be done", problem.detail)
    return shown(request, found, forms, banner=banner, status=problem.status)
