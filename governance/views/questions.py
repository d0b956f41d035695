"""Questions on the why-page: what would have changed the outcome, does it come out again, which were like it?

With htmx the answer replaces its part of the page; without, the form leads back to the page with the question in its
address.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.http import HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse

from audit.door import Invalid
from explain.recourse.policy import Wishes
from governance.forms.recourse import wishes_given
from governance.pages.why import Known
from governance.pages.why.reader import EXAMINE, READ
from governance.pages.why.recourse import recourse as recourse_card
from governance.pages.why.replay import replay as replay_card
from governance.pages.why.similar import similar as similar_card
from governance.roles import nothing_here
from governance.views.access import PersonRequest, is_fragment, page, visible
from governance.views.why import asked_audience, asked_space, known, similar_to
from governance.why import for_audience
from governance.why import why as whole_answer
from governance.why.asking import (
    explain_again,
    read_recourse,
    recourse_again,
    replay_again,
    replay_now,
)
from governance.why.parts import RecoursePart


@page(READ)
def recourse(request: PersonRequest, entry_id: UUID) -> HttpResponse:
    """Ask under the reader's own constraints."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    here = _page(request, entry_id)
    given = wishes_given(request.POST.dict(), here.answer.recourse.actionable)
    problems = given.problems
    part = here.answer.recourse
    if not problems:
        try:
            part = _asked(request, entry_id, given.wishes)
        except Invalid as refused:
            problems = tuple(str(error["detail"]) for error in refused.errors)
    if is_fragment(request):
        return _recourse(request, here, part, problems)
    if problems:
        # Nothing to lead back to: the page is drawn here, with what is wrong.
        return _recourse(request, here, part, problems, whole=True)
    return _back(request, entry_id, recourse=str(part.id or ""))


@page(READ)
def recourse_state(request: PersonRequest, entry_id: UUID, question: UUID) -> HttpResponse:
    """What a pending part asks for until it is there."""
    if not is_fragment(request):
        return _back(request, entry_id, recourse=str(question))
    part = recourse_again(question=question, **_who(request, entry_id))
    return _recourse(request, _page(request, entry_id), part)


@page(READ)
def replay(request: PersonRequest, entry_id: UUID) -> HttpResponse:
    """Replay the decision now."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    part = replay_now(**_who(request, entry_id), wait_seconds=settings.EXPLAIN_WAIT_SECONDS)
    if not is_fragment(request):
        return _back(request, entry_id, replay=str(part.id))
    drawn = replay_card(_page(request, entry_id), part)
    return render(request, "why/_replay_result.html", {"replay": drawn})


@page(READ)
def again(request: PersonRequest, entry_id: UUID) -> HttpResponse:
    """Ask for an explanation again that was refused or failed, and go back to the page."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    asked = explain_again(**_who(request, entry_id), wait_seconds=settings.EXPLAIN_WAIT_SECONDS)
    if not asked:
        messages.info(
            request, "Nothing was asked for: this explanation does not wait for another try."
        )
    return redirect(f"{reverse('why', args=[str(entry_id)])}?{request.GET.urlencode()}")


@page(READ)
def replay_state(request: PersonRequest, entry_id: UUID, question: UUID) -> HttpResponse:
    if not is_fragment(request):
        return _back(request, entry_id, replay=str(question))
    part = replay_again(question=question, **_who(request, entry_id))
    drawn = replay_card(_page(request, entry_id), part)
    return render(request, "why/_replay_result.html", {"replay": drawn})


@page(READ)
def similar(request: PersonRequest, entry_id: UUID) -> HttpResponse:
    """Decisions like this one, by the kind of likeness that the address names."""
    space = asked_space(request)
    if space is None:
        raise nothing_here()
    if not is_fragment(request):
        return _back(request, entry_id, similar=space)
    here = _page(request, entry_id)
    drawn = similar_card(here, similar_to(request, here, space))
    if drawn is None:
        raise nothing_here()
    return render(request, "why/_similar.html", {"similar": drawn})


def _asked(request: PersonRequest, entry_id: UUID, wishes: Wishes) -> RecoursePart:
    return read_recourse(
        **_who(request, entry_id), wishes=wishes, wait_seconds=settings.EXPLAIN_WAIT_SECONDS
    )


def _recourse(
    request: PersonRequest,
    here: Known,
    part: RecoursePart,
    problems: tuple[str, ...] = (),
    *,
    whole: bool = False,
) -> HttpResponse:
    shown = replace(here, answer=replace(here.answer, recourse=part), problems=problems)
    template = "why/recourse.html" if whole else "why/_recourse_answers.html"
    drawn = recourse_card(shown, problems)
    back = reverse("why", args=[str(shown.answer.decision.entry_id)])
    context = {"recourse": drawn, "back": back}
    return render(request, template, context)


def _who(request: PersonRequest, entry_id: UUID) -> dict[str, Any]:
    audience = asked_audience(request)
    return {
        "key": str(entry_id),
        "use_cases": visible(request, EXAMINE if audience == "examiner" else READ),
        "audience": audience,
        "actor": request.voice.actor,
    }


def _page(request: PersonRequest, entry_id: UUID) -> Known:
    """The decision as the page knows it. What it shows of it was noted as an access by the question's own verb."""
    who = _who(request, entry_id)
    answer = whole_answer(key=who["key"], use_cases=who["use_cases"])
    if answer is None:
        raise nothing_here()
    return known(request, for_audience(answer, who["audience"]))


def _back(request: PersonRequest, entry_id: UUID, **named: str) -> HttpResponse:
    query = request.GET.copy()
    for name, value in named.items():
        query[name] = value
    part = next(iter(named))
    return redirect(f"{reverse('why', args=[str(entry_id)])}?{query.urlencode()}#{part}")
