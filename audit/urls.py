"""The log's paths, below /api/v1/."""

from django.urls import path

from audit.api.decisions import Decision, Decisions, Receipt
from audit.api.ingest import (
    RecordDecisions,
    RecordManySegments,
    RecordOutcome,
    RecordOutcomes,
    RecordSegments,
)
from audit.api.log_urls import log_urls

urlpatterns = [
    path("decisions", Decisions.as_view(), name="api-decisions"),
    path("decisions/bulk", RecordDecisions.as_view(), name="api-decisions-bulk"),
    path("decisions/<str:decision_id>", Decision.as_view(), name="api-decision"),
    path("decisions/<str:decision_id>/receipt", Receipt.as_view(), name="api-receipt"),
    path("decisions/<str:decision_id>/outcomes", RecordOutcome.as_view(), name="api-outcomes"),
    path("outcomes/bulk", RecordOutcomes.as_view(), name="api-outcomes-bulk"),
    path("segments", RecordSegments.as_view(), name="api-segments"),
    path("segments/bulk", RecordManySegments.as_view(), name="api-segments-bulk"),
    *log_urls,
]
