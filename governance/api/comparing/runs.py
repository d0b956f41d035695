"""Stored assessments over HTTP."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from django.urls import reverse
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from fairness.runs import RunView
from governance.api.answers import answer_schema, plain
from governance.api.comparing.lists import many
from governance.auth import caller
from governance.comparing.runs import list_runs, order_run, run
from governance.serializers import RunIn

ONE: Final = answer_schema(RunView)


class Runs(APIView):
    @extend_schema(operation_id="fairness_runs", tags=["fairness"], responses={200: many(RunView)})
    def get(self, request: Request, slug: str) -> Response:
        """The newest fifty runs, without their figures."""
        return Response({"results": [plain(one) for one in list_runs(caller(request), slug)]})

    @extend_schema(
        operation_id="order_fairness_run",
        tags=["fairness"],
        request=RunIn,
        responses={202: OpenApiResponse(ONE, "A worker computes it.")},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have a window assessed by Fairlearn on the cells, and kept. A repeat finds the one that waits."""
        given = RunIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = order_run(voice=caller(request), use_case=slug, **given.validated_data)
        place = reverse("api-fairness-run", args=[slug, row.id])
        return Response(plain(row), status=202, headers={"Location": place})


class OneRun(APIView):
    @extend_schema(operation_id="fairness_run", tags=["fairness"], responses={200: ONE})
    def get(self, request: Request, slug: str, run_id: UUID) -> Response:
        """One run with its figures, by the machine's label and by the one after review."""
        return Response(plain(run(caller(request), slug, run_id)))
