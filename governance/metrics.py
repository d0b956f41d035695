"""Counters of the web processes, summed over all of them (prometheus_client's multiprocess files).

Each process writes its own files in one folder and any of them can tell the sum. What the database
knows is not counted here but asked for: governance/gauges.py.
"""

import fcntl
import os
from functools import cache
from pathlib import Path

from django.conf import settings
from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector

METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
INGEST = {
    "api/v1/decisions": "decision",
    "api/v1/decisions/bulk": "decisions_bulk",
    "api/v1/decisions/<str:decision_id>/outcomes": "outcome",
    "api/v1/outcomes/bulk": "outcomes_bulk",
}


def _claim(folder: Path) -> int:
    """Hold the folder while this process lives; the first of a new start sweeps out the old files.

    A file of a dead process must stay while others live, or their sum would go down. When nobody
    holds the folder, all counting is over and a fresh start from zero is what Prometheus expects.
    """
    folder.mkdir(parents=True, exist_ok=True)
    # Kept open for as long as the process lives; the kernel lets go of it even after kill -9.
    handle = os.open(folder / ".in-use", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        fcntl.flock(handle, fcntl.LOCK_SH)
        return handle
    for old in folder.glob("*.db"):
        old.unlink(missing_ok=True)
    fcntl.flock(handle, fcntl.LOCK_SH)
    return handle


_IN_USE = _claim(settings.METRICS_FOLDER)

REQUESTS = Counter(
    "rationale_http_requests", "Requests answered.", ["route", "method", "status"], registry=None
)
SECONDS = Histogram(
    "rationale_http_request_seconds",
    "From the first middleware to the answer.",
    ["route", "method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
    registry=None,
)
INGESTED = Counter(
    "rationale_ingest_requests",
    "Requests that bring decisions or outcomes.",
    ["act", "status"],
    registry=None,
)


def count_request(*, route: str, method: str, status: int, seconds: float) -> None:
    """Count one answer. ``route`` is the pattern that matched, so that no id becomes a label."""
    method = method if method in METHODS else "other"
    _requests(route, method, status).inc()
    _seconds(route, method).observe(seconds)
    if method == "POST" and (act := INGEST.get(route)):
        _ingested(act, status).inc()


# Finding a counter among its labels costs three times as much as counting.
@cache
def _requests(route: str, method: str, status: int) -> Counter:
    return REQUESTS.labels(route, method, str(status))


@cache
def _seconds(route: str, method: str) -> Histogram:
    return SECONDS.labels(route, method)


@cache
def _ingested(act: str, status: int) -> Counter:
    return INGESTED.labels(act, str(status))


def registry() -> CollectorRegistry:
    """A registry that reads the counters of every process, afresh at each scrape."""
    found = CollectorRegistry()
    MultiProcessCollector(found, path=str(settings.METRICS_FOLDER))  # type: ignore[no-untyped-call]
    return found


def generate(found: CollectorRegistry) -> str:
    """The figures of a registry in Prometheus' text format."""
    return generate_latest(found).decode()
