"""The pages' addresses."""

from django.urls import include, path

from governance.views.decisions import decisions
from governance.views.overview import overview
from governance.views.questions import (
    again,
    recourse,
    recourse_state,
    replay,
    replay_state,
    similar,
)
from governance.views.why import explained, why

urlpatterns = [
    path("", overview, name="overview"),
    path("decisions/", decisions, name="decisions"),
    path("decisions/<uuid:entry_id>/explained", explained, name="explained"),
    path("decisions/<uuid:entry_id>/again", again, name="explain-again"),
    path("decisions/<uuid:entry_id>/recourse", recourse, name="recourse"),
    path(
        "decisions/<uuid:entry_id>/recourse/<uuid:question>", recourse_state, name="recourse-state"
    ),
    path("decisions/<uuid:entry_id>/replay", replay, name="replay"),
    path("decisions/<uuid:entry_id>/replay/<uuid:question>", replay_state, name="replay-state"),
    path("decisions/<uuid:entry_id>/similar", similar, name="similar"),
    path("decisions/<str:key>", why, name="why"),
    path("", include("governance.views.urls_fairness")),
    path("", include("governance.views.urls_house")),
    path("", include("governance.views.urls_alerts")),
    path("", include("governance.views.urls_monitoring")),
]
