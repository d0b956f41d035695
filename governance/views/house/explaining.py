"""/use-cases/<slug>/explanations/: which decisions are explained, said by who may, and back-fills."""

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse

from audit.door import Invalid
from explain.policies import PolicyView
from explain.queries import Coverage, coverage
from governance.forms.explaining import USUAL_PERCENT, BackfillForm, PolicyForm
from governance.forms.refusals import tell
from governance.pages import actors
from governance.pages.explaining import Meaning, Walks, explaining_page, meaning_of, walks_of
from governance.people.directory import names
from governance.registry import explaining
from governance.registry import queries as registry
from governance.registry.explaining import WRITE
from governance.registry.queries import READ
from governance.views.access import PersonRequest, is_fragment, page


@page(READ)
def policy(request: PersonRequest, slug: str) -> HttpResponse:
    """The page; POST sets the policy, or says at the fields why not."""
    found = explaining.explain_policy(request.voice, slug)
    if request.method != "POST":
        return _page(request, slug, found, PolicyForm.of(found))
    form = PolicyForm(request.POST)
    if form.is_valid() and _set(request, slug, form):
        messages.success(request, "Set. It holds for decisions recorded from now on.")
        return redirect("explaining", slug)
    return _page(request, slug, found, form)


@page(READ)
def meaning(request: PersonRequest, slug: str) -> HttpResponse:
    """What the form would mean, as it stands: counted while one chooses."""
    if not is_fragment(request):
        return redirect("explaining", slug)
    found = explaining.explain_policy(request.voice, slug)
    drawn = _meaning(request, slug, found, PolicyForm(request.GET))
    return render(request, "explaining/_meaning.html", {"meaning": drawn})


@page(READ)
def backfills(request: PersonRequest, slug: str) -> HttpResponse:
    """GET: the list as it stands, for who waits. POST: start one."""
    if request.method == "POST":
        form = _backfill_form(request, slug, request.POST)
        if form.is_valid():
            explaining.start_backfill(voice=request.voice, use_case=slug, **form.said())
            return redirect(f"{reverse('explaining', args=[slug])}#backfills")
        found = explaining.explain_policy(request.voice, slug)
        return _page(request, slug, found, PolicyForm.of(found), form)
    if not is_fragment(request):
        return redirect(f"{reverse('explaining', args=[slug])}#backfills")
    return render(request, "explaining/_walks.html", {"walks": _walks(request, slug)})


@page(READ)
def cancel(request: PersonRequest, slug: str, backfill: UUID) -> HttpResponse:
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    explaining.cancel_backfill(voice=request.voice, use_case=slug, backfill_id=backfill)
    if not is_fragment(request):
        return redirect(f"{reverse('explaining', args=[slug])}#backfills")
    return render(request, "explaining/_walks.html", {"walks": _walks(request, slug)})


def _set(request: PersonRequest, slug: str, form: PolicyForm) -> bool:
    try:
        explaining.set_explain_policy(voice=request.voice, use_case=slug, **form.said())
    except Invalid as problem:
        tell(form, problem)
        return False
    return True


def _page(
    request: PersonRequest,
    slug: str,
    found: PolicyView,
    form: PolicyForm,
    backfill_form: BackfillForm | None = None,
) -> HttpResponse:
    shown = explaining_page(
        registry.use_case(request.voice, slug),
        found,
        _covered(request, slug),
        _meaning(request, slug, found, form),
        _walks(request, slug),
        set_by=actors.called(found.actor, names([found.actor])) if found.set_at else "",
        may=request.voice.allows(WRITE, use_case=slug),
    )
    context: dict[str, Any] = {
        "page": shown,
        "form": form,
        "backfill": backfill_form or _backfill_form(request, slug),
    }
    return render(request, "explaining/page.html", context)


def _meaning(request: PersonRequest, slug: str, found: PolicyView, form: PolicyForm) -> Meaning:
    """Of what the form says as far as it is right, else of what holds."""
    said = form.initial
    if form.is_bound:
        form.full_clean()
        said = form.cleaned_data
    percent = said.get("rate") or USUAL_PERCENT
    foreseen = explaining.foresee_policy(
        request.voice, slug, rate=float(percent) / 100, seed=said.get("seed") or 0
    )
    chosen = said.get("rule") or found.rule
    return meaning_of(
        found, foreseen, _covered(request, slug), chosen=chosen, percent=f"{float(percent):.5g}"
    )


def _covered(request: PersonRequest, slug: str) -> Coverage:
    """Of all the use case's versions together."""
    refs = [row.model_ref for row in registry.versions(request.voice) if row.use_case == slug]
    counted = coverage(refs).values()
    return Coverage(
        **{
            name: sum(getattr(one, name) for one in counted)
            for name in Coverage.__dataclass_fields__
        }
    )


def _walks(request: PersonRequest, slug: str) -> Walks:
    may = request.voice.allows(WRITE, use_case=slug)
    return walks_of(slug, explaining.backfills(request.voice, slug), may=may)


def _backfill_form(request: PersonRequest, slug: str, data: Any = None) -> BackfillForm:
    refs = [row.model_ref for row in registry.versions(request.voice) if row.use_case == slug]
    return BackfillForm(data, versions=refs)
