"""Replays of all of a version: started, looked at, cancelled."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from explain.replay.sweeps import SweepView
from governance.api.answers import answer_schema, plain
from governance.auth import caller
from governance.registry.replays import cancel_replay, replay_of, replays_of, start_replay
from governance.serializers import ReplayIn

ONE: dict[str, Any] = answer_schema(SweepView)
MANY: dict[str, Any] = {
    "type": "object",
    "required": ["results"],
    "properties": {"results": {"type": "array", "items": ONE}},
}


class Replays(APIView):
    """Replays of a version: does its artefact still give what was recorded, decision by decision?"""

    @extend_schema(operation_id="replays", tags=["registry"], responses={200: MANY})
    def get(self, request: Request, slug: str, number: str) -> Response:
        """The newest replays of a version, newest first, each with its report as far as it is."""
        found = replays_of(caller(request), model=slug, number=number)
        return Response({"results": [told(one) for one in found]})

    @extend_schema(
        operation_id="start_replay",
        tags=["registry"],
        request=ReplayIn,
        responses={202: OpenApiResponse(ONE, "Started, or running already: workers are at it.")},
    )
    def post(self, request: Request, slug: str, number: str) -> Response:
        """Replay every decision of a version that is in the log now, or those decided in a window."""
        given = ReplayIn(data=request.data)
        given.is_valid(raise_exception=True)
        one = start_replay(voice=caller(request), model=slug, number=number, **given.validated_data)
        place = reverse("api-version-replay", args=[slug, number, one.id])
        return Response(told(one), status=202, headers={"Location": place})


class OneReplay(APIView):
    @extend_schema(operation_id="version_replay", tags=["registry"], responses={200: ONE})
    def get(self, request: Request, slug: str, number: str, replay: UUID) -> Response:
        """One replay: progress, and its report as far as it is."""
        found = replay_of(caller(request), model=slug, number=number, replay=replay)
        return Response(told(found))


class Cancellation(APIView):
    @extend_schema(
        operation_id="cancel_replay", tags=["registry"], request=None, responses={200: ONE}
    )
    def post(self, request: Request, slug: str, number: str, replay: UUID) -> Response:
        """End a running replay. What was counted stays readable; no report goes into the log."""
        return Response(
            told(cancel_replay(voice=caller(request), model=slug, number=number, replay=replay))
        )


def told(one: SweepView) -> Any:
    return plain(one)
