"""Every address of the service."""

from django.urls import include, path

from governance import accounts, health
from governance.api.docs import SchemaView, docs
from governance.problems import no_such_endpoint

urlpatterns = [
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
    path("metrics", health.metrics, name="metrics"),
    path("api/v1/", include("governance.api.urls")),
    path("api/v1/", include("audit.urls")),
    path("api/schema/", SchemaView.as_view(), name="schema"),
    path("api/docs/", docs, name="api-docs"),
    path("api/", no_such_endpoint),
    path("api/<path:rest>", no_such_endpoint),
    # Before allauth's own patterns: these pages of it are not offered.
    path("accounts/email/", accounts.closed),
    path("accounts/confirm-email/", accounts.closed),
    path("accounts/", include("allauth.urls")),
    path("", include("governance.views.urls")),
]

handler400 = "governance.problems.bad_request"
handler403 = "governance.problems.forbidden"
handler404 = "governance.problems.not_found"
handler500 = "governance.problems.server_error"
