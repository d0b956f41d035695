"""Drift of features over HTTP."""

from __future__ import annotations

from datetime import timedelta

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.parameters import bad_parameter, taken
from audit.door import NotFound
from fairness.distributions import Distribution, FeatureChange
from fairness.drifting import FeatureWeek
from governance.api.answers import answer_schema, plain
from governance.api.comparing import parameters as asked
from governance.api.comparing.lists import many
from governance.auth import caller
from governance.comparing.drift import changes_of, distribution_of, drift_of

VERSION = OpenApiParameter("version", OpenApiTypes.STR, required=True, description="slug@number.")
FEATURE = OpenApiParameter(
    "feature", OpenApiTypes.STR, required=True, description="Or output.label, output.score."
)
WEEK = OpenApiParameter(
    "week", OpenApiTypes.DATE, required=True, description="Any day of the week (UTC)."
)


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


class DriftChanges(APIView):
    parameters = taken([asked.SINCE, asked.UNTIL, VERSION])

    @extend_schema(
        operation_id="drift_changes",
        tags=["fairness"],
        parameters=[asked.SINCE, asked.UNTIL, VERSION],
        responses={200: many(FeatureChange)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """With which weeks a version's features changed, the largest change first. A false one among all
        features and weeks asked for has a chance of at most 1 %."""
        voice = caller(request)
        window = asked.window(request, voice, slug)
        found = changes_of(
            voice, slug, version=window.model_ref, since=window.weeks[0], until=window.until
        )
        return Response({"results": [plain(one) for one in found]})


class FeatureDistribution(APIView):
    parameters = taken([VERSION, FEATURE, WEEK])

    @extend_schema(
        operation_id="feature_distribution",
        tags=["fairness"],
        parameters=[VERSION, FEATURE, WEEK],
        responses={200: answer_schema(Distribution)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """A feature's values in a week beside the reference: tenths or categories, what is outside them
        apart. What tells of few people is null for who may not see that."""
        day = asked.day(request, "week")
        if day is None:
            raise bad_parameter("week", "week is a day, such as 2026-01-31.")
        found = distribution_of(
            caller(request),
            slug,
            version=asked.text(request, "version"),
            feature=asked.text(request, "feature"),
            week=day - timedelta(days=day.weekday()),
        )
        if found is None:
            raise NotFound("No decision with such a feature was counted in that week.")
        return Response(plain(found))
