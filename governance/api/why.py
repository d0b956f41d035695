"""GET /api/v1/decisions/{id}/why: the answer to "why was this decided?"."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.parameters import bad_parameter
from audit.door import Forbidden, NotFound, Voice
from governance.api.answers import answer_schema, plain
from governance.auth import caller
from governance.registry.lookups import use_case_slugs
from governance.why import AUDIENCES, Why
from governance.why.reading import read_why

# After this many seconds a caller who was told "pending" may ask again.
RETRY_AFTER = 2
LANGUAGE = OpenApiParameter(
    "lang", OpenApiTypes.STR, description="Language of the reasons, such as en or de."
)


class WhyView(APIView):
    """One decision, why it was made, how far the explanation can be trusted, and its proof."""

    parameters = frozenset({"audience", "lang", "use_case"})

    @extend_schema(
        operation_id="why",
        tags=["why"],
        parameters=[
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
        ],
        responses={200: answer_schema(Why)},
    )
    def get(self, request: Request, decision_id: str) -> Response:
        voice = caller(request)
        audience = asked_audience(request, voice)
        cases = readable_use_cases(request, voice)
        answer = read_why(
            key=decision_id,
            use_cases=cases,
            audience=audience,
            lang=asked_language(request),
            actor=voice.actor,
            wait_seconds=settings.EXPLAIN_WAIT_SECONDS,
        )
        if answer is None:
            raise NotFound(f"There is no decision {decision_id!r} that you may read.")
        headers = {"Retry-After": str(RETRY_AFTER)} if answer.explanation.state == "pending" else {}
        return Response(plain(answer), headers=headers)


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
