"""Recording the same decisions with the peers, each durable before the next."""

from __future__ import annotations

import json
import time
from typing import Any

import django

django.setup()

import pghistory  # noqa: E402
from auditlog.models import LogEntry  # noqa: E402 - Django must be set up first
from django.apps import apps  # noqa: E402
from django.core.management import call_command  # noqa: E402

from benchmarks.payload import batches, bodies  # noqa: E402
from benchmarks.peers.ledger.models import Audited, Tracked  # noqa: E402

_ACTOR = "key:benchmarks"
_MODELS = {"auditlog": Audited, "pghistory": Tracked}


def prepare() -> None:
    """Make the tables and triggers."""
    call_command("migrate", run_syncdb=True, verbosity=0)


def singly(peer: str, templates: str, run: str, count: int) -> float:
    """Seconds for so many ``create()``; raises when the peer did not keep a history of them."""
    rows = _rows(templates, run, count)
    model, before = _MODELS[peer], _history(peer)
    begun = time.perf_counter()
    for row in rows:
        model.objects.create(**row)
    seconds = time.perf_counter() - begun
    _must_have_grown(peer, before, count)
    return seconds


def named(templates: str, run: str, count: int) -> float:
    """As ``singly`` by django-pghistory, each under its ``context`` of who does it, as its middleware gives
    to every request. Ours always says who; without a context its events do not."""
    rows, before = _rows(templates, run, count), _history("pghistory")
    begun = time.perf_counter()
    for row in rows:
        with pghistory.context(user=_ACTOR):
            Tracked.objects.create(**row)
    seconds = time.perf_counter() - begun
    _must_have_grown("pghistory", before, count)
    events = apps.get_model("ledger", "TrackedEvent").objects
    if events.filter(pgh_context__metadata__user=_ACTOR).count() < count:
        raise RuntimeError("django-pghistory did not keep who did it.")
    return seconds


def bulk(peer: str, templates: str, run: str, count: int, batch: int) -> float:
    """Seconds for so many by ``bulk_create``. django-auditlog keeps no history of it."""
    rows = _rows(templates, run, count)
    model, before = _MODELS[peer], _history(peer)
    begun = time.perf_counter()
    for some in batches(rows, batch):
        model.objects.bulk_create([model(**row) for row in some])
    seconds = time.perf_counter() - begun
    _must_have_grown(peer, before, count)
    return seconds


def _rows(templates: str, run: str, count: int) -> list[dict[str, Any]]:
    read = [json.loads(line) for line in bodies(templates).many(run, 0, count)]
    return [{"decision_id": row.pop("id"), **row} for row in read]


def _history(peer: str) -> int:
    if peer == "auditlog":
        return int(LogEntry.objects.count())
    return int(apps.get_model("ledger", "TrackedEvent").objects.count())


def _must_have_grown(peer: str, before: int, count: int) -> None:
    if _history(peer) != before + count:
        raise RuntimeError(f"{peer} kept no history of these rows.")
