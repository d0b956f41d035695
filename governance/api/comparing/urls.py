"""Paths below /api/v1/use-cases/{slug}/."""

from django.urls import path

from governance.api.comparing.alerts import (
    AlertActs,
    AlertBatches,
    AlertDecisions,
    Alerts,
    Batches,
    OneAlert,
    RetrainedVersion,
    Retrainings,
)
from governance.api.comparing.drift import Drift, DriftChanges, FeatureDistribution
from governance.api.comparing.feedback import FeedbackSet
from governance.api.comparing.figures import (
    BiasAuditView,
    CoverageView,
    FiguresView,
    ScoresView,
    SeriesView,
    Watches,
)
from governance.api.comparing.policies import FairnessPolicies, FairnessPolicy
from governance.api.comparing.runs import OneRun, Runs

urlpatterns = [
    path("fairness/policy", FairnessPolicy.as_view(), name="api-fairness-policy"),
    path("fairness/policies", FairnessPolicies.as_view(), name="api-fairness-policies"),
    path("fairness/figures", FiguresView.as_view(), name="api-fairness-figures"),
    path("fairness/scores", ScoresView.as_view(), name="api-fairness-scores"),
    path("fairness/coverage", CoverageView.as_view(), name="api-fairness-coverage"),
    path("fairness/local-law-144", BiasAuditView.as_view(), name="api-local-law-144"),
    path("fairness/series", SeriesView.as_view(), name="api-fairness-series"),
    path("fairness/drift", Drift.as_view(), name="api-fairness-drift"),
    path("fairness/drift/changes", DriftChanges.as_view(), name="api-drift-changes"),
    path(
        "fairness/drift/distribution", FeatureDistribution.as_view(), name="api-drift-distribution"
    ),
    path("fairness/watches", Watches.as_view(), name="api-fairness-watches"),
    path("fairness/runs", Runs.as_view(), name="api-fairness-runs"),
    path("fairness/runs/<uuid:run_id>", OneRun.as_view(), name="api-fairness-run"),
    path("fairness/feedback", FeedbackSet.as_view(), name="api-feedback-set"),
    path("alerts", Alerts.as_view(), name="api-alerts"),
    path("alerts/<uuid:alert_id>", OneAlert.as_view(), name="api-alert"),
    path("alerts/<uuid:alert_id>/acts", AlertActs.as_view(), name="api-alert-acts"),
    path("alerts/<uuid:alert_id>/decisions", AlertDecisions.as_view(), name="api-alert-decisions"),
    path("alerts/<uuid:alert_id>/batches", AlertBatches.as_view(), name="api-alert-batches"),
    path("batches", Batches.as_view(), name="api-batches"),
    path("retrainings", Retrainings.as_view(), name="api-retrainings"),
    path(
        "retrainings/<uuid:retraining>/version",
        RetrainedVersion.as_view(),
        name="api-retrained-version",
    ),
]
