"""The API's doors on this floor; the log's own are in audit/urls.py."""

from django.urls import include, path, register_converter

from governance.api.erasures import Erasures
from governance.api.explaining import BackfillEnd, Backfills, ExplainPolicy
from governance.api.explanations import SimilarView, VersionDependence, VersionExplanations
from governance.api.me import Me
from governance.api.profiles import Profile
from governance.api.recourse import Recourse, RecourseAnswered, Replay, ReplayAnswered
from governance.api.registry import (
    Model,
    Models,
    Retirement,
    UseCase,
    UseCases,
    Version,
    Versions,
)
from governance.api.replays import Cancellation, OneReplay, Replays
from governance.api.why import WhyPaper, WhyView


class Number:
    """A version's number in a path."""

    regex = r"[0-9A-Za-z][0-9A-Za-z.+_-]{0,62}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(Number, "number")

urlpatterns = [
    path("me", Me.as_view(), name="api-me"),
    path("use-cases", UseCases.as_view(), name="api-use-cases"),
    path("use-cases/<slug:slug>", UseCase.as_view(), name="api-use-case"),
    path(
        "use-cases/<slug:slug>/explain-policy", ExplainPolicy.as_view(), name="api-explain-policy"
    ),
    path("use-cases/<slug:slug>/backfills", Backfills.as_view(), name="api-backfills"),
    path(
        "use-cases/<slug:slug>/backfills/<uuid:backfill_id>/cancel",
        BackfillEnd.as_view(),
        name="api-cancel-backfill",
    ),
    path("use-cases/<slug:slug>/", include("governance.api.comparing.urls")),
    path("models", Models.as_view(), name="api-models"),
    path("models/<slug:slug>", Model.as_view(), name="api-model"),
    path("models/<slug:slug>/versions", Versions.as_view(), name="api-versions"),
    path("models/<slug:slug>/versions/<number:number>", Version.as_view(), name="api-version"),
    path(
        "models/<slug:slug>/versions/<number:number>/retire",
        Retirement.as_view(),
        name="api-retire-version",
    ),
    path(
        "models/<slug:slug>/versions/<number:number>/profile", Profile.as_view(), name="api-profile"
    ),
    path(
        "models/<slug:slug>/versions/<number:number>/explanations",
        VersionExplanations.as_view(),
        name="api-version-explanations",
    ),
    path(
        "models/<slug:slug>/versions/<number:number>/explanations/dependence",
        VersionDependence.as_view(),
        name="api-version-dependence",
    ),
    path("erasures", Erasures.as_view(), name="api-erasures"),
    path("decisions/<str:decision_id>/similar", SimilarView.as_view(), name="api-similar"),
    path(
        "models/<slug:slug>/versions/<number:number>/replays",
        Replays.as_view(),
        name="api-replays",
    ),
    path(
        "models/<slug:slug>/versions/<number:number>/replays/<uuid:replay>",
        OneReplay.as_view(),
        name="api-version-replay",
    ),
    path(
        "models/<slug:slug>/versions/<number:number>/replays/<uuid:replay>/cancel",
        Cancellation.as_view(),
        name="api-cancel-replay",
    ),
    path("decisions/<str:decision_id>/why.pdf", WhyPaper.as_view(), name="api-why-pdf"),
    path("decisions/<str:decision_id>/why", WhyView.as_view(), name="api-why"),
    path("decisions/<str:decision_id>/recourse", Recourse.as_view(), name="api-recourse"),
    path(
        "decisions/<str:decision_id>/recourse/<uuid:question>",
        RecourseAnswered.as_view(),
        name="api-recourse-answered",
    ),
    path("decisions/<str:decision_id>/replay", Replay.as_view(), name="api-replay"),
    path(
        "decisions/<str:decision_id>/replay/<uuid:question>",
        ReplayAnswered.as_view(),
        name="api-replay-answered",
    ),
]
