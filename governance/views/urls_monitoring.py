"""Addresses of the pages about drift and data quality, and of New York City's bias audit."""

from django.urls import path

from governance.views.fairness import bias_audit
from governance.views.monitoring import drift, overview, quality

VERSION = "monitoring/<slug:slug>/<slug:model>/<str:number>"

urlpatterns = [
    path("monitoring/", overview.overview, name="monitoring"),
    path(f"{VERSION}/drift/", drift.drift, name="drift"),
    path(f"{VERSION}/drift/<path:name>/", drift.feature, name="drift-feature"),
    path(f"{VERSION}/quality/", quality.quality, name="data-quality"),
    path("fairness/<slug:slug>/local-law-144/", bias_audit.bias_audit, name="local-law-144"),
]
