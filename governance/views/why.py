"""/decisions/<key>: why a decision was made."""

import json
from dataclasses import replace
from typing import Any
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse

from audit.queries import Ambiguous
from explain.likeness import SPACES, Space
from explain.standing import standing
from governance.pages.pieces import Tab
from governance.pages.why import Known, WhyPage, why_page
from governance.pages.why.reader import EXAMINE, READ, known_to
from governance.registry.lookups import use_case_named
from governance.roles import nothing_here
from governance.views.access import PersonRequest, is_fragment, page, visible
from governance.why import AUDIENCES, Why
from governance.why.asking import recourse_again, replay_again
from governance.why.reading import read_why
from governance.why.similar import SimilarPart, read_similar


@page(READ)
def why(request: PersonRequest, key: str) -> HttpResponse:
    """The page, or a choice when several use cases know the id."""
    try:
        drawn = _drawn(request, key, wait_seconds=settings.EXPLAIN_WAIT_SECONDS)
    except Ambiguous as several:
        return render(request, "why/choose.html", {"id": key, "tabs": _choices(several, request)})
    return render(request, "why/page.html", {"page": drawn})


@page(READ)
def explained(request: PersonRequest, entry_id: UUID) -> HttpResponse:
    """What a pending page asks for: 204 while there is nothing new, then the finished answer.

    Nothing personal is read until then, so no access is noted every two seconds.
    """
    if not is_fragment(request):
        query = request.META.get("QUERY_STRING", "")
        return redirect(f"{reverse('why', args=[str(entry_id)])}?{query}")
    if standing([entry_id]).get(entry_id, "pending") == "pending":
        return HttpResponse(status=204)
    answer = render(request, "why/answer.html", {"page": _drawn(request, str(entry_id))})
    said = {"toast": {"tone": "good", "text": "The explanation is here."}}
    answer["HX-Trigger"] = json.dumps(said)
    return answer


def _drawn(request: PersonRequest, key: str, wait_seconds: float = 0.0) -> WhyPage:
    audience = asked_audience(request)
    wanted = request.GET.get("use_case", "")
    cases = visible(request, EXAMINE if audience == "examiner" else READ)
    answer = read_why(
        key=key,
        use_cases=cases & {wanted} if wanted else cases,
        audience=audience,
        actor=request.voice.actor,
        lang=_language(request),
        wait_seconds=wait_seconds,
    )
    if answer is None:
        raise nothing_here()
    return why_page(with_asked(request, known(request, answer)))


def known(request: PersonRequest, answer: Why) -> Known:
    own = request.path.endswith(f"/{answer.decision.id}")
    return known_to(
        request.voice,
        answer,
        path=request.path if own else "",
        use_case_asked=request.GET.get("use_case", ""),
    )


def with_asked(request: PersonRequest, page: Known) -> Known:
    """The page with the answers to questions its address names: so it works without scripts."""
    answer = page.answer
    if answer.decision.erased is not None:
        return page
    who: dict[str, Any] = {
        "key": str(answer.decision.entry_id),
        "use_cases": frozenset({answer.decision.use_case}),
        "audience": answer.audience,
        "actor": request.voice.actor,
    }
    found = page
    if (question := _named(request, "recourse")) is not None:
        part = recourse_again(question=question, **who)
        found = replace(found, answer=replace(answer, recourse=part))
    if (question := _named(request, "replay")) is not None:
        found = replace(found, replayed=replay_again(question=question, **who))
    if (space := asked_space(request)) is not None:
        found = replace(found, alike=similar_to(request, found, space))
    return found


def asked_space(request: PersonRequest) -> Space | None:
    """The kind of likeness that the address names."""
    asked = request.GET.get("similar", "")
    return next((space for space in SPACES if space == asked), None)


def similar_to(request: PersonRequest, page: Known, space: Space) -> SimilarPart | None:
    """Decisions like the page's, for who may be shown them; None for who may not."""
    if page.for_subject or not page.compares:
        return None
    decision = page.answer.decision
    return read_similar(
        key=str(decision.entry_id),
        use_cases=frozenset({decision.use_case}),
        space=space,
        actor=request.voice.actor,
        wait_seconds=settings.EXPLAIN_WAIT_SECONDS,
    )


def _named(request: PersonRequest, name: str) -> UUID | None:
    try:
        return UUID(request.GET.get(name, ""))
    except ValueError:
        return None


def asked_audience(request: PersonRequest) -> str:
    """Asked for, or the reviewer's: what it takes to judge, without segments."""
    asked = request.GET.get("audience", "")
    return asked if asked in AUDIENCES else "reviewer"


def _language(request: PersonRequest) -> str:
    asked = request.GET.get("lang", "")
    plain = asked.replace("-", "")
    return asked if plain.isascii() and plain.isalpha() and len(asked) <= 12 else "en"


def _choices(several: Ambiguous, request: PersonRequest) -> tuple[Tab, ...]:
    found = [(slug, use_case_named(slug)) for slug in several.use_cases]
    return tuple(
        Tab(case.name if case else slug, f"{request.path}?use_case={slug}") for slug, case in found
    )
