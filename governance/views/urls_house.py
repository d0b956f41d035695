"""Addresses of the house's own pages: models, log, settings."""

from django.urls import path

from governance.views.house import account, explaining, keys, log, models, people, replays, verify

urlpatterns = [
    path("models/", models.models, name="models"),
    path("models/<slug:slug>/", models.model, name="model"),
    path("models/<slug:slug>/<str:number>/", models.version, name="version"),
    path(
        "models/<slug:slug>/<str:number>/explanations/",
        models.version_explanations,
        name="version-explanations",
    ),
    path(
        "models/<slug:slug>/<str:number>/replays/", replays.version_replays, name="version-replays"
    ),
    path(
        "models/<slug:slug>/<str:number>/replays/<uuid:replay>/cancel/",
        replays.cancel,
        name="version-replay-cancel",
    ),
    path("use-cases/<slug:slug>/explanations/", explaining.policy, name="explaining"),
    path(
        "use-cases/<slug:slug>/explanations/meaning/", explaining.meaning, name="explaining-meaning"
    ),
    path(
        "use-cases/<slug:slug>/explanations/backfills/",
        explaining.backfills,
        name="explaining-backfills",
    ),
    path(
        "use-cases/<slug:slug>/explanations/backfills/<uuid:backfill>/cancel/",
        explaining.cancel,
        name="explaining-cancel",
    ),
    path("log/", log.log, name="log"),
    path("log/verify/<uuid:entry_id>/", verify.verify, name="log-verify"),
    path("log/verify/<uuid:entry_id>/body/", verify.body, name="log-body"),
    path("settings/", account.account, name="settings"),
    path("settings/sessions/end/", account.end_sessions, name="settings-sessions-end"),
    path("settings/about/", account.about, name="settings-about"),
    path("settings/keys/", keys.keys, name="settings-keys"),
    path("settings/keys/new/", keys.new_key, name="settings-key-new"),
    path("settings/keys/<uuid:key_id>/revoke/", keys.revoke, name="settings-key-revoke"),
    path("settings/people/", people.people, name="settings-people"),
    path("settings/people/invite/", people.invite_person, name="settings-invite"),
    path("settings/people/<uuid:user_id>/", people.person, name="settings-person"),
    path("settings/people/<uuid:user_id>/grant/", people.grant, name="settings-grant"),
    path("settings/people/<uuid:user_id>/revoke/", people.revoke, name="settings-revoke"),
    path("settings/people/<uuid:user_id>/close/", people.close, name="settings-close"),
    path("settings/people/<uuid:user_id>/reopen/", people.reopen, name="settings-reopen"),
    path("settings/people/<uuid:user_id>/path/", people.new_path, name="settings-path"),
]
