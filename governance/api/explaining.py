"""Which decisions of a use case are explained, and back-fills, over HTTP."""

from typing import Any
from uuid import UUID

from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework.generics import GenericAPIView
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from governance.auth import caller
from governance.registry import explaining
from governance.serializers import (
    BackfillIn,
    BackfillOut,
    ExplainPolicyIn,
    ExplainPolicyOut,
)


class ExplainPolicy(APIView):
    """Not a generic view: of one with a PUT, OPTIONS would look for an object and its query set."""

    @extend_schema(operation_id="explain_policy", tags=["explanations"], responses=ExplainPolicyOut)
    def get(self, request: Request, slug: str) -> Response:
        """Which decisions of this use case are explained without being asked for."""
        return Response(ExplainPolicyOut(explaining.explain_policy(caller(request), slug)).data)

    @extend_schema(
        operation_id="set_explain_policy",
        tags=["explanations"],
        request=ExplainPolicyIn,
        responses=ExplainPolicyOut,
    )
    def put(self, request: Request, slug: str) -> Response:
        """Set it, for decisions recorded from now on; the log notes who did. A repeat changes nothing."""
        given = ExplainPolicyIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = explaining.set_explain_policy(
            voice=caller(request), use_case=slug, **given.validated_data
        )
        return Response(ExplainPolicyOut(row).data)


class Backfills(GenericAPIView[Any]):
    serializer_class = BackfillOut
    pagination_class = None

    @extend_schema(
        operation_id="explain_backfills", tags=["explanations"], responses=BackfillOut(many=True)
    )
    def get(self, request: Request, slug: str) -> Response:
        """The newest twenty back-fills of this use case, with how far each is."""
        rows = explaining.backfills(caller(request), slug)
        return Response(BackfillOut(rows, many=True).data)

    @extend_schema(
        operation_id="start_explain_backfill",
        tags=["explanations"],
        request=BackfillIn,
        responses={202: OpenApiResponse(BackfillOut, "Workers are at it.")},
    )
    def post(self, request: Request, slug: str) -> Response:
        """Have decisions explained that were made already. A repeat finds the one under way."""
        given = BackfillIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = explaining.start_backfill(
            voice=caller(request), use_case=slug, **given.validated_data
        )
        return Response(BackfillOut(row).data, status=202)


class BackfillEnd(GenericAPIView[Any]):
    serializer_class = BackfillOut

    @extend_schema(
        operation_id="cancel_explain_backfill",
        tags=["explanations"],
        request=None,
        responses=BackfillOut,
    )
    def post(self, request: Request, slug: str, backfill_id: UUID) -> Response:
        """End a back-fill where it is; at most 2,000 decisions it has queued are still explained."""
        row = explaining.cancel_backfill(
            voice=caller(request), use_case=slug, backfill_id=backfill_id
        )
        return Response(BackfillOut(row).data)
