"""Drift of features over HTTP."""

from __future__ import annotations

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.parameters import taken
from fairness.drifting import FeatureWeek
from governance.api.answers import plain
from governance.api.comparing import parameters as asked
from governance.api.comparing.lists import many
from governance.auth import caller
from governance.comparing.drift import drift_of

VERSION = OpenApiParameter("version", OpenApiTypes.STR, required=True, description="slug@number.")


class Drift(APIView):
    parameters = taken([asked.SINCE, asked.UNTIL, VERSION])

    @extend_schema(
        operation_id="drift",
        tags=["fairness"],
        parameters=[asked.SINCE, asked.UNTIL, VERSION],
        responses={200: many(FeatureWeek)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Each feature of a version week by week against its reference; empty without one."""
        voice = caller(request)
        window = asked.window(request, voice, slug)
        found = drift_of(
            voice, slug, version=window.model_ref, since=window.weeks[0], until=window.until
        )
        return Response({"results": [plain(one) for one in found]})
