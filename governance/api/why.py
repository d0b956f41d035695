"""GET /api/v1/decisions/{id}/why: the answer to "why was this decided?"."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.parameters import bad_parameter, taken
from audit.door import Forbidden, NotFound, Voice
from governance.api.answers import answer_schema, plain
from governance.auth import caller
from governance.pages.why.reader import known_to
from governance.paper.sheet import why_pdf
from governance.registry.lookups import use_case_slugs
from governance.why import AUDIENCES, Why
from governance.why.reading import read_why

# After this many seconds a caller who was told "pending" may ask again.
RETRY_AFTER = 2
PDF = "application/pdf"
LANGUAGE = OpenApiParameter(
    "lang", OpenApiTypes.STR, description="Language of the reasons, such as en or de."
)


PARAMETERS = [
    OpenApiParameter(
        "audience",
        enum=AUDIENCES,
        default="subject",
        description="Who is told: the person concerned, a reviewer, or an examiner.",
    ),
    LANGUAGE,
    OpenApiParameter(
        "use_case",
        OpenApiTypes.STR,
        description="Needed when two use cases use the same id.",
    ),
]
TAKEN = taken(PARAMETERS)


class WhyView(APIView):
    """One decision, why it was made, how far the explanation can be trusted, and its proof."""

    parameters = TAKEN

    @extend_schema(
        operation_id="why",
        tags=["why"],
        parameters=PARAMETERS,
        responses={200: answer_schema(Why)},
    )
    def get(self, request: Request, decision_id: str) -> Response:
        answer = _read(request, decision_id)
        return Response(plain(answer), headers=_again(answer))


class WhyPaper(APIView):
    """The same answer as a document to print, send or keep."""

    parameters = TAKEN

    @extend_schema(
        operation_id="why_pdf",
        tags=["why"],
        parameters=PARAMETERS,
        responses={(200, PDF): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, decision_id: str) -> HttpResponse:
        """What the audience is told, on paper (PDF), with what it takes to verify it.

        The same answer gives the same bytes; it changes when the record, or the checkpoint above it, does. A
        download is noted as an access of its own kind.
        """
        answer = _read(request, decision_id, form="pdf")
        made = why_pdf(known_to(caller(request), answer))
        name = f"why-{answer.decision.entry_id}-{answer.audience}.pdf"
        headers = {"Content-Disposition": f'attachment; filename="{name}"', **_again(answer)}
        return HttpResponse(made, content_type=PDF, headers=headers)


def _read(request: Request, decision_id: str, form: str = "") -> Why:
    voice = caller(request)
    answer = read_why(
        key=decision_id,
        audience=asked_audience(request, voice),
        use_cases=readable_use_cases(request, voice),
        lang=asked_language(request),
        actor=voice.actor,
        wait_seconds=settings.EXPLAIN_WAIT_SECONDS,
        form=form,
    )
    if answer is None:
        raise NotFound(f"There is no decision {decision_id!r} that you may read.")
    return answer


def _again(answer: Why) -> dict[str, str]:
    return {"Retry-After": str(RETRY_AFTER)} if answer.explanation.state == "pending" else {}


def asked_audience(request: Request, voice: Voice) -> str:
    audience: Any = request.query_params.get("audience", "subject")
    if audience not in AUDIENCES:
        raise bad_parameter("audience", f"audience is one of {', '.join(AUDIENCES)}.")
    return str(audience)


def asked_language(request: Request) -> str:
    lang = str(request.query_params.get("lang", "en"))
    if not (lang.replace("-", "").isalpha() and lang.isascii() and 2 <= len(lang) <= 12):
        raise bad_parameter("lang", "lang is a language tag such as en or de.")
    return lang


def readable_use_cases(request: Request, voice: Voice) -> frozenset[str]:
    """The use cases whose decisions this voice may explain to the audience it asks for."""
    act = "why:examiner" if request.query_params.get("audience") == "examiner" else "why:read"
    allowed = voice.use_cases(act)
    known = use_case_slugs() if allowed is None else allowed
    if not known:
        raise Forbidden(f"This key or role does not include {act}.")
    wanted = request.query_params.get("use_case")
    return known & {wanted} if wanted else known
