"""Figures that stand in the database and the broker, read afresh for each scrape."""

from collections.abc import Iterator

from django.conf import settings
from django.db import DatabaseError
from kombu.connection import Connection
from kombu.exceptions import OperationalError
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from audit.queries import all_places, last_full_run, log_state
from explain import questions
from explain.queries import states
from explain.replay import sweeps
from governance.celery import app


class Gauges(Collector):
    """What cannot be read is absent, and its ``…_up`` says 0: a guess would look like a figure."""

    def collect(self) -> Iterator[Metric]:
        try:
            found = [*_log(), *_verified(), *_followers(), *_explanations(), *_asked()]
        except DatabaseError:
            found = []
        yield _gauge("rationale_database_up", "Whether the database answers.", len(found) > 0)
        yield from found
        lengths = queue_lengths()
        yield _gauge("rationale_broker_up", "Whether the broker answers.", lengths is not None)
        queue = GaugeMetricFamily(
            "rationale_broker_queue_length", "Messages waiting.", labels=["queue"]
        )
        for name, length in (lengths or {}).items():
            queue.add_metric([name], length)
        yield queue


def queue_lengths() -> dict[str, int] | None:
    """Messages waiting in each of our queues; None when the broker is away."""
    routed = {route["queue"] for route in settings.CELERY_TASK_ROUTES.values()}
    connection = app.connection_for_read()
    try:
        connection.ensure_connection(max_retries=0)
        return {name: _length(connection, name) for name in {"celery", *routed}}
    except OperationalError:
        return None
    finally:
        connection.release()


def _length(connection: Connection, queue: str) -> int:
    # A channel each: asking AMQP for a queue that nobody has declared closes the channel.
    with connection.channel() as channel:  # type: ignore[no-untyped-call]
        try:
            return int(channel.queue_declare(queue=queue, passive=True).message_count)
        except connection.channel_errors:
            return 0


def _log() -> Iterator[Metric]:
    state = log_state()
    yield _counter("rationale_log_entries", "Entries with a place in the tree.", state.size)
    yield _gauge(
        "rationale_log_checkpoint_size",
        "Entries under the newest signed checkpoint.",
        state.checkpoint_size or 0,
    )
    yield _gauge(
        "rationale_log_unsequenced", "Durable entries without a place yet.", state.unsequenced
    )
    yield _gauge(
        "rationale_log_oldest_unsequenced_seconds",
        "How long the oldest of them waits.",
        state.oldest_unsequenced_seconds or 0,
    )
    yield _counter("rationale_subjects_erased", "Persons erased.", state.subjects_erased)
    yield _gauge("rationale_accesses_pending", "Reads not yet in the log.", state.pending_accesses)


def _verified() -> Iterator[Metric]:
    """The last full run of verifylog; absent when there never was one."""
    run = last_full_run()
    if run is None:
        return
    yield _gauge(
        "rationale_log_verified_timestamp_seconds",
        "When the last full run of verifylog ended, in Unix time.",
        run.at.timestamp(),
    )
    yield _gauge("rationale_log_verified_intact", "Whether it found the log intact.", run.intact)
    yield _gauge("rationale_log_verified_entries", "Entries it looked at.", run.checked)
    yield _gauge("rationale_log_verified_findings", "What it found amiss.", run.findings)


def _followers() -> Iterator[Metric]:
    lag = GaugeMetricFamily(
        "rationale_follower_lag", "Entries a follower has not handled.", labels=["follower"]
    )
    poisoned = GaugeMetricFamily(
        "rationale_follower_poisoned", "Entries it stepped over.", labels=["follower"]
    )
    for place in all_places():
        lag.add_metric([place.name], place.lag)
        poisoned.add_metric([place.name], place.poisoned)
    yield from (lag, poisoned)


def _explanations() -> Iterator[Metric]:
    by_state = GaugeMetricFamily("rationale_explanations", "Explanations.", labels=["state"])
    for state, count in states().items():
        by_state.add_metric([state], count)
    yield by_state


def _gauge(name: str, text: str, value: float) -> Metric:
    return GaugeMetricFamily(name, text, value=float(value))


def _counter(name: str, text: str, value: float) -> Metric:
    return CounterMetricFamily(name, text, value=float(value))


def _asked() -> Iterator[Metric]:
    yield _gauge(
        "rationale_questions_pending",
        "Recourses and replays not yet answered.",
        questions.pending(),
    )
    yield _gauge("rationale_replays_running", "Versions being replayed.", sweeps.running())
