"""/fairness/: how every use case stands that the reader may see."""

from django.http import HttpResponse
from django.shortcuts import render

from governance.comparing.board import courses_of, standing
from governance.comparing.policies import READ, WRITE
from governance.pages.fairness.board import board_page, wanted
from governance.registry import queries as registry
from governance.views.access import PersonRequest, page, visible


@page(READ)
def board(request: PersonRequest) -> HttpResponse:
    cases = []
    for case in registry.use_cases(request.voice, READ):
        stands = standing(request.voice, case.slug)
        cases.append((case, stands, courses_of(stands, wanted(stands))))
    shown = board_page(cases, may_write=visible(request, WRITE))
    return render(request, "fairness/board.html", {"page": shown})
