"""The pages' addresses."""

from django.urls import include, path

from governance.views.decisions import decisions
from governance.views.overview import overview
from governance.views.why import explained, why

urlpatterns = [
    path("", overview, name="overview"),
    path("decisions/", decisions, name="decisions"),
    path("decisions/<uuid:entry_id>/explained", explained, name="explained"),
    path("decisions/<str:key>", why, name="why"),
    path("", include("governance.views.urls_house")),
]
