"""Feedback sets over HTTP, streamed."""

from __future__ import annotations

from django.http import StreamingHttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.views import APIView

from audit.api.answers import AlwaysJSON
from audit.api.parameters import taken
from fairness.feedback import Asked
from governance.api.comparing import parameters as asked
from governance.auth import caller
from governance.comparing.feedback import export

LABELLED = OpenApiParameter(
    "labelled", OpenApiTypes.BOOL, default=True, description="Only with a true label."
)
OVERRIDES = OpenApiParameter(
    "overrides", OpenApiTypes.BOOL, default=True, description="With those a review overrode."
)
SEGMENTS = OpenApiParameter(
    "segments", OpenApiTypes.BOOL, default=False, description="With segments (why:examiner)."
)


class FeedbackSet(APIView):
    parameters = taken([*asked.WINDOW, LABELLED, OVERRIDES, SEGMENTS])

    content_negotiation_class = AlwaysJSON

    @extend_schema(
        operation_id="feedback_set",
        tags=["fairness"],
        parameters=[*asked.WINDOW, LABELLED, OVERRIDES, SEGMENTS],
        responses={(200, "application/vnd.apache.parquet"): OpenApiTypes.BINARY},
    )
    def get(self, request: Request, slug: str) -> StreamingHttpResponse:
        """Decisions with what turned out true, as Parquet with a data card; noted as an access."""
        voice = caller(request)
        wanted = Asked(
            asked.window(request, voice, slug),
            labelled=asked.switch(request, "labelled", default=True),
            overrides=asked.switch(request, "overrides", default=True),
            segments=asked.switch(request, "segments", default=False),
        )
        name = f"{slug}-{wanted.window.since}-{wanted.window.until}.parquet"
        return StreamingHttpResponse(
            export(voice, wanted),
            content_type="application/vnd.apache.parquet",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )
