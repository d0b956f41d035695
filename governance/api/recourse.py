"""What would have changed a decision, and whether it comes out again: asked for, and fetched when a worker was slow."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.urls import reverse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.api.answers import answer_schema, plain
from governance.api.why import RETRY_AFTER, asked_audience, readable_use_cases
from governance.auth import caller
from governance.serializers import RecourseIn
from governance.why import AUDIENCES
from governance.why.asking import read_recourse, recourse_again, replay_again, replay_now
from governance.why.parts import RecoursePart, ReplayPart

PARAMETERS: list[OpenApiParameter | type[Any]] = [
    OpenApiParameter(
        "audience",
        enum=AUDIENCES,
        default="subject",
        description="Who is told: the person concerned sees no scores.",
    ),
    OpenApiParameter(
        "use_case", OpenApiTypes.STR, description="Needed when two use cases use the same id."
    ),
]
TAKEN = frozenset({"audience", "use_case"})
RECOURSE: dict[int, Any] = {200: answer_schema(RecoursePart), 202: answer_schema(RecoursePart)}
REPLAY: dict[int, Any] = {200: answer_schema(ReplayPart), 202: answer_schema(ReplayPart)}


class Recourse(APIView):
    """What would have changed the outcome of a decision. Not advice, and not a guarantee."""

    parameters = TAKEN

    @extend_schema(
        operation_id="recourse",
        tags=["why"],
        parameters=PARAMETERS,
        request=RecourseIn,
        responses=RECOURSE,
    )
    def post(self, request: Request, decision_id: str) -> Response:
        """The cheapest changes within the version's policy and your constraints that turn the outcome.

        Computed by a worker; a repeat with the same constraints gives the first answer. 202 with
        Retry-After and a Location when it takes longer than a second.
        """
        given = RecourseIn(data=request.data)
        given.is_valid(raise_exception=True)
        part = read_recourse(
            **_who(request, decision_id),
            wishes=given.wishes(),
            wait_seconds=settings.EXPLAIN_WAIT_SECONDS,
        )
        return _answer(part, "api-recourse-answered", decision_id)


class RecourseAnswered(APIView):
    parameters = TAKEN

    @extend_schema(
        operation_id="recourse_answered", tags=["why"], parameters=PARAMETERS, responses=RECOURSE
    )
    def get(self, request: Request, decision_id: str, question: UUID) -> Response:
        """The answer to a recourse asked for before."""
        part = recourse_again(question=question, **_who(request, decision_id))
        return _answer(part, "api-recourse-answered", decision_id)


class Replay(APIView):
    """Whether the pinned artefact, hashed again, still gives what was recorded."""

    parameters = TAKEN

    @extend_schema(
        operation_id="replay", tags=["why"], parameters=PARAMETERS, request=None, responses=REPLAY
    )
    def post(self, request: Request, decision_id: str) -> Response:
        """Replay a decision: match, drift, or cannot with its cause. Computed anew at each call.

        202 with Retry-After and a Location when it takes longer than a second.
        """
        part = replay_now(**_who(request, decision_id), wait_seconds=settings.EXPLAIN_WAIT_SECONDS)
        return _answer(part, "api-replay-answered", decision_id)


class ReplayAnswered(APIView):
    parameters = TAKEN

    @extend_schema(
        operation_id="replay_answered", tags=["why"], parameters=PARAMETERS, responses=REPLAY
    )
    def get(self, request: Request, decision_id: str, question: UUID) -> Response:
        """The answer to a replay asked for before."""
        part = replay_again(question=question, **_who(request, decision_id))
        return _answer(part, "api-replay-answered", decision_id)


def _who(request: Request, decision_id: str) -> dict[str, Any]:
    voice = caller(request)
    return {
        "audience": asked_audience(request, voice),
        "key": decision_id,
        "use_cases": readable_use_cases(request, voice),
        "actor": voice.actor,
    }


def _answer(part: RecoursePart | ReplayPart, address: str, decision_id: str) -> Response:
    if part.state != "pending":
        return Response(plain(part))
    headers = {
        "Retry-After": str(RETRY_AFTER),
        "Location": reverse(address, args=[decision_id, part.id]),
    }
    return Response(plain(part), status=202, headers=headers)
