"""Alerts, batches and requests to train anew, over HTTP."""

from __future__ import annotations

from typing import Final
from uuid import UUID

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from audit.api.parameters import bad_parameter, taken
from fairness.alerts import STATES, AlertView, RetrainingView
from fairness.behind import BatchView, Behind
from governance.api.answers import answer_schema, plain
from governance.api.comparing.lists import many
from governance.api.comparing.parameters import choice, text
from governance.auth import caller
from governance.comparing import alerts
from governance.serializers import AlertActIn, BatchIn, RetrainedIn

ALERT: Final = answer_schema(AlertView)
STATE = OpenApiParameter("state", enum=["", *STATES], default="")
AFTER = OpenApiParameter(
    "after", OpenApiTypes.UUID, description="The last entry of the page before."
)


class Alerts(APIView):
    parameters = taken([STATE])

    @extend_schema(
        operation_id="alerts", tags=["alerts"], parameters=[STATE], responses={200: many(AlertView)}
    )
    def get(self, request: Request, slug: str) -> Response:
        """The newest hundred alerts of a use case."""
        found = alerts.alerts(caller(request), slug, choice(request, "state", ("", *STATES)))
        return Response({"results": [plain(one) for one in found]})


class OneAlert(APIView):
    @extend_schema(operation_id="alert", tags=["alerts"], responses={200: ALERT})
    def get(self, request: Request, slug: str, alert_id: UUID) -> Response:
        """One alert with its evidence and what was done about it."""
        return Response(plain(alerts.alert(caller(request), slug, alert_id)))


class AlertActs(APIView):
    @extend_schema(
        operation_id="handle_alert", tags=["alerts"], request=AlertActIn, responses={200: ALERT}
    )
    def post(self, request: Request, slug: str, alert_id: UUID) -> Response:
        """Acknowledge, explain or close it, or assign it to another owner."""
        given = AlertActIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = alerts.handle(
            voice=caller(request), use_case=slug, alert_id=alert_id, **given.validated_data
        )
        return Response(plain(row))


class AlertDecisions(APIView):
    parameters = taken([AFTER])

    @extend_schema(
        operation_id="alert_decisions",
        tags=["alerts"],
        parameters=[AFTER],
        responses={200: many(Behind)},
    )
    def get(self, request: Request, slug: str, alert_id: UUID) -> Response:
        """The decisions it complains of, fifty at a time; for those who may see protected attributes."""
        found = alerts.decisions_behind(
            caller(request), slug, alert_id, after=_uuid(text(request, "after"))
        )
        return Response({"results": [plain(one) for one in found]})


class AlertBatches(APIView):
    @extend_schema(
        operation_id="name_batch",
        tags=["alerts"],
        request=BatchIn,
        responses={200: answer_schema(BatchView)},
    )
    def post(self, request: Request, slug: str, alert_id: UUID) -> Response:
        """Name the decisions behind it as a batch for blind review. A repeat gives the same batch."""
        given = BatchIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = alerts.batch(
            voice=caller(request), use_case=slug, alert_id=alert_id, **given.validated_data
        )
        return Response(plain(row))


class Batches(APIView):
    @extend_schema(operation_id="batches", tags=["alerts"], responses={200: many(BatchView)})
    def get(self, request: Request, slug: str) -> Response:
        """The batches named so far, the newest first."""
        found = alerts.batches_named(caller(request), slug)
        return Response({"results": [plain(one) for one in found]})


class Retrainings(APIView):
    @extend_schema(
        operation_id="retrainings", tags=["alerts"], responses={200: many(RetrainingView)}
    )
    def get(self, request: Request, slug: str) -> Response:
        """Requests to train anew, and the versions that came of them."""
        found = alerts.retrainings(caller(request), slug)
        return Response({"results": [plain(one) for one in found]})


class RetrainedVersion(APIView):
    @extend_schema(
        operation_id="link_retraining",
        tags=["alerts"],
        request=RetrainedIn,
        responses={200: answer_schema(RetrainingView)},
    )
    def post(self, request: Request, slug: str, retraining: UUID) -> Response:
        """Say which version came of a request."""
        given = RetrainedIn(data=request.data)
        given.is_valid(raise_exception=True)
        row = alerts.link_retraining(
            voice=caller(request), use_case=slug, retraining=retraining, **given.validated_data
        )
        return Response(plain(row))


def _uuid(given: str) -> UUID | None:
    try:
        return UUID(given) if given else None
    except ValueError:
        raise bad_parameter("after", "An entry id.") from None
