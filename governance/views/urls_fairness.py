"""Addresses of the fairness pages."""

from django.urls import path

from governance.views.fairness import board, case, segment

urlpatterns = [
    path("fairness/", board.board, name="fairness-board"),
    path("fairness/<slug:slug>/", case.case, name="fairness"),
    path("fairness/<slug:slug>/runs/", case.ordered_runs, name="fairness-runs"),
    path("fairness/<slug:slug>/tables/<str:name>", case.sheet, name="fairness-sheet"),
    path("fairness/<slug:slug>/segments/<str:name>/", segment.segment, name="fairness-segment"),
    path(
        "fairness/<slug:slug>/segments/<str:name>/tables/<str:table>",
        segment.sheet,
        name="fairness-segment-sheet",
    ),
]
