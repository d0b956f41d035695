"""/fairness/<slug>/feedback/: decisions with what turned out true, for training anew."""

from datetime import UTC, datetime, timedelta

from django.http import (
    HttpResponse,
    HttpResponseBase,
    HttpResponseNotAllowed,
    StreamingHttpResponse,
)
from django.shortcuts import redirect, render

from fairness.feedback import Asked
from fairness.tables import Window
from governance.comparing.feedback import (
    EXAMINE,
    EXPORT,
    earlier_exports,
    export,
    foresee_export,
    must_export,
)
from governance.forms.feedback import FeedbackForm
from governance.pages.fairness.feedback import SetPart, feedback_page, set_part
from governance.people.directory import names
from governance.registry import queries as registry
from governance.views.access import PersonRequest, is_fragment, page

PARQUET = "application/vnd.apache.parquet"


@page(EXPORT)
def feedback(request: PersonRequest, slug: str) -> HttpResponse:
    """The page; for htmx what the choice in the address would hold."""
    must_export(request.voice, slug)
    form = _form(request, slug, request.GET.dict())
    part = _part(request, slug, form)
    if is_fragment(request):
        return render(request, "fairness/_feedback_set.html", {"set": part, "slug": slug})
    exports = earlier_exports(request.voice, slug)
    shown = feedback_page(
        registry.use_case(request.voice, slug),
        exports,
        names(one.actor for one in exports),
        may_verify=request.voice.allows("log:read", use_case=slug),
    )
    context = {"page": shown, "form": form, "set": part, "slug": slug}
    return render(request, "fairness/feedback.html", context)


@page(EXPORT)
def feedback_set(request: PersonRequest, slug: str) -> HttpResponseBase:
    """POST: the set itself, streamed. Every decision in it is noted as an access."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    must_export(request.voice, slug)
    asked = _asked(slug, _form(request, slug, request.POST.dict()))
    if asked is None:
        return redirect("feedback", slug)
    name = f"{slug}-{asked.window.since}-{asked.window.until}.parquet"
    return StreamingHttpResponse(
        export(request.voice, asked),
        content_type=PARQUET,
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )


def _form(request: PersonRequest, slug: str, asked: dict[str, str]) -> FeedbackForm:
    return FeedbackForm(
        asked,
        versions=[
            row.model_ref for row in registry.versions(request.voice) if row.use_case == slug
        ],
        examines=request.voice.allows(EXAMINE, use_case=slug),
        today=datetime.now(UTC).date(),
    )


def _part(request: PersonRequest, slug: str, form: FeedbackForm) -> SetPart:
    asked = _asked(slug, form)
    foreseen = foresee_export(request.voice, asked) if asked else None
    fields = {name: form[name].value() for name in form.fields}
    wrong = [
        f"{form[name].label}: {' '.join(map(str, said))}" for name, said in form.errors.items()
    ]
    return set_part(asked, foreseen, fields, wrong)


def _asked(slug: str, form: FeedbackForm) -> Asked | None:
    """What the form asks for; None while it cannot be read."""
    if not form.is_valid():
        return None
    said = form.cleaned_data
    until = said["last"] + timedelta(days=1)
    return Asked(
        Window(slug, said["since"], until, said["version"]),
        labelled=said["labelled"] == "yes",
        overrides=said["overrides"] == "yes",
        segments=said["segments"] == "yes",
    )
