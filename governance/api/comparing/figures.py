"""Figures of a window over HTTP: at once, from the cells."""

from __future__ import annotations

from typing import cast

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.parameters import taken
from audit.door import NotFound
from fairness.audits import TOOLS, BiasAudit, Tool
from fairness.coverage import MonthCovered
from fairness.figures import BASES, Basis, Figures, Scores
from fairness.policy import METRICS
from fairness.series import Series
from fairness.watching import WatchView
from governance.api.answers import answer_schema, plain
from governance.api.comparing import parameters as asked
from governance.api.comparing.lists import many
from governance.auth import caller
from governance.comparing import figures

SEX = OpenApiParameter("sex", OpenApiTypes.STR, default="sex", description="The segment of it.")
RACE = OpenApiParameter("race", OpenApiTypes.STR, default="race", description="The segment of it.")
METRIC = OpenApiParameter("metric", enum=list(METRICS), default=METRICS[0])
SEGMENT = OpenApiParameter("segment", OpenApiTypes.STR, required=True)
EXACT = OpenApiParameter(
    "exact",
    OpenApiTypes.BOOL,
    default=False,
    description="From single decisions of these days, and not from bins of whole weeks.",
)
TOOL = OpenApiParameter("tool", enum=list(TOOLS), default="selects")


class FiguresView(APIView):
    parameters = taken([*asked.WINDOW, asked.BASIS, asked.BY, asked.WHERE])

    @extend_schema(
        operation_id="fairness_figures",
        tags=["fairness"],
        parameters=[*asked.WINDOW, asked.BASIS, asked.BY, asked.WHERE],
        responses={200: answer_schema(Figures)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """Rates and gaps of groups with intervals, adjusted p-values and states.

        Of the last 90 days unless told. Groups too small to be shown, and those that would tell of
        them, are left out for callers without fairness:small; only they may narrow with where.
        """
        voice = caller(request)
        found = figures.slice_of(
            voice,
            asked.window(request, voice, slug),
            basis=cast("Basis", asked.choice(request, "basis", BASES)),
            by=asked.axes(request),
            where=asked.wanted(request),
        )
        return Response(plain(found))


class ScoresView(APIView):
    parameters = taken([*asked.WINDOW, EXACT])

    @extend_schema(
        operation_id="fairness_scores",
        tags=["fairness"],
        parameters=[*asked.WINDOW, EXACT],
        responses={200: answer_schema(Scores)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """How scores of groups rank, calibrate and spread, of the whole weeks that hold the window.

        With exact=true of the window's own days, from single decisions (200,000 at most).
        """
        voice = caller(request)
        exact = asked.switch(request, "exact", default=False)
        found = figures.scores_of(voice, asked.window(request, voice, slug), exact=exact)
        if found is None:
            raise NotFound("No decision of this window has a score on the policy's scale.")
        return Response(plain(found))


class CoverageView(APIView):
    parameters = taken(asked.WINDOW)

    @extend_schema(
        operation_id="fairness_coverage",
        tags=["fairness"],
        parameters=asked.WINDOW,
        responses={200: many(MonthCovered)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """By month: how many decisions have a true label, how late it came, where sources differ."""
        voice = caller(request)
        found = figures.coverage_of(voice, asked.window(request, voice, slug))
        return Response({"results": [plain(one) for one in found]})


class BiasAuditView(APIView):
    parameters = taken([*asked.WINDOW, TOOL, SEX, RACE])

    @extend_schema(
        operation_id="local_law_144",
        tags=["fairness"],
        parameters=[*asked.WINDOW, TOOL, SEX, RACE],
        responses={200: answer_schema(BiasAudit)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """New York City's bias audit (6 RCNY 5-301): selection or scoring rates and impact ratios."""
        voice = caller(request)
        found = figures.bias_audit(
            voice,
            asked.window(request, voice, slug),
            tool=cast("Tool", asked.choice(request, "tool", TOOLS)),
            sex=asked.text(request, "sex", "sex"),
            race=asked.text(request, "race", "race"),
        )
        return Response(plain(found))


class SeriesView(APIView):
    parameters = taken([*asked.WINDOW, asked.BASIS, METRIC, SEGMENT])

    @extend_schema(
        operation_id="fairness_series",
        tags=["fairness"],
        parameters=[*asked.WINDOW, asked.BASIS, METRIC, SEGMENT],
        responses={200: answer_schema(Series)},
    )
    def get(self, request: Request, slug: str) -> Response:
        """A rate per group of a segment, week by week, with the versions and policies that came."""
        voice = caller(request)
        found = figures.series_of(
            voice,
            asked.window(request, voice, slug),
            metric=asked.choice(request, "metric", METRICS),
            segment=asked.text(request, "segment"),
            basis=cast("Basis", asked.choice(request, "basis", BASES)),
        )
        return Response(plain(found))


class Watches(APIView):
    @extend_schema(
        operation_id="fairness_watches", tags=["fairness"], responses={200: many(WatchView)}
    )
    def get(self, request: Request, slug: str) -> Response:
        """The sequential tests: how much evidence each group has gathered against the others."""
        found = figures.watches(caller(request), slug)
        return Response({"results": [plain(one) for one in found]})
