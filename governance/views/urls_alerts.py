"""Addresses of alerts and what comes of them, and of the policy and feedback sets of a use case."""

from django.urls import path

from governance.views.alerts import acts, alert, decisions, inbox, lists
from governance.views.fairness import feedback, policy

urlpatterns = [
    path("monitoring/alerts/", inbox.alerts, name="alerts"),
    path("monitoring/alerts/<uuid:alert_id>/", alert.alert, name="alert"),
    path("monitoring/alerts/<uuid:alert_id>/acts/", acts.act, name="alert-act"),
    path(
        "monitoring/alerts/<uuid:alert_id>/decisions/", decisions.decisions, name="alert-decisions"
    ),
    path("monitoring/alerts/<uuid:alert_id>/batch/", acts.name_batch, name="alert-batch"),
    path("monitoring/batches/", lists.batches, name="batches"),
    path("monitoring/retrainings/", lists.retrainings, name="retrainings"),
    path("monitoring/retrainings/<uuid:retraining>/version/", acts.link, name="retraining-version"),
    path("fairness/<slug:slug>/policy/", policy.policy, name="fairness-policy"),
    path("fairness/<slug:slug>/feedback/", feedback.feedback, name="feedback"),
    path("fairness/<slug:slug>/feedback/set/", feedback.feedback_set, name="feedback-set"),
]
