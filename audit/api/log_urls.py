"""Paths of the log's public doors, below /api/v1/. The prefix for C2SP clients is /api/v1/log."""

from django.urls import path

from audit.api import log

log_urls = [
    path("log/checkpoint", log.CheckpointView.as_view()),
    path("log/checkpoints/<str:size>", log.CheckpointAtView.as_view()),
    path("log/tile/entries/<path:tile>", log.EntriesTileView.as_view()),
    path("log/tile/<path:tile>", log.TileView.as_view()),
    path("log/proofs/inclusion", log.InclusionProofView.as_view()),
    path("log/proofs/consistency", log.ConsistencyProofView.as_view()),
    path("log/keys", log.KeysView.as_view()),
]
