"""Probes and metrics."""

import os
import re
import subprocess
import sys
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import call_command
from django.db import connection
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from audit import publisher, sequencer
from governance import gauges, metrics, readiness
from governance.celery import app
from governance.registry.use_cases import add_use_case
from governance.voices import SystemVoice
from tests.governance.conftest import Cast

ROOT = Path(__file__).resolve().parents[2]


def scrape(client: Client | None = None) -> dict[str, float]:
    answer = (client or Client()).get("/metrics")
    assert answer.status_code == 200
    return {
        sample.name + "".join(f"[{value}]" for _, value in sorted(sample.labels.items())): (
            sample.value
        )
        for family in text_string_to_metric_families(answer.content.decode())
        for sample in family.samples
    }


def test_alive_needs_nothing() -> None:
    answer = Client().get("/healthz")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})
    assert Client().post("/healthz").status_code == 405


class TestReadiness:
    def test_a_fresh_installation_is_ready(self, fresh_db: str) -> None:
        found = readiness.readiness()
        names = [condition.name for condition in found.conditions]
        assert names[:5] == ["database", "schema", "sequencer", "publisher", "partitions"]
        assert {c.name for c in found.conditions if c.needed and not c.held} == set()
        assert Client().get("/readyz").status_code == 200

    def test_a_late_sequencer_degrades(
        self, fresh_db: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        add_use_case(voice=SystemVoice("tests"), slug="a", name="A")
        monkeypatch.setattr(readiness, "SEQUENCER_SECONDS", 0)
        answer = Client().get("/readyz")
        assert (answer.status_code, answer.json()["status"]) == (200, "degraded")
        late = [c for c in answer.json()["conditions"] if c["name"] == "sequencer"]
        assert [c["held"] for c in late] == [False]

    def test_an_older_copy_of_the_database_is_not_ready(self, fresh_db: str) -> None:
        system = SystemVoice("tests")
        add_use_case(voice=system, slug="a", name="A")
        sequencer.catch_up()
        publisher.publish()
        assert Client().get("/readyz").json()["status"] != "unready"
        # What was published outside now speaks of more than the database holds.
        with connection.cursor() as cursor:
            cursor.execute("UPDATE audit_tree_state SET size = 0, root = sha256(''::bytea)")
        answer = Client().get("/readyz")
        assert (answer.status_code, answer["Retry-After"]) == (503, "5")
        refused = [c for c in answer.json()["conditions"] if c["name"] == "publisher"]
        assert [c["held"] for c in refused] == [False]

    def test_without_the_database_only_that_is_told(self, fresh_db: str, cluster: object) -> None:
        name = connection.settings_dict["NAME"]
        connection.close()
        connection.close_pool()
        cluster.drop(name)
        answer = Client().get("/readyz")
        assert answer.status_code == 503
        assert answer.json() == {
            "status": "unready",
            "conditions": [
                {
                    "name": "database",
                    "held": False,
                    "needed": True,
                    "detail": "The database does not answer.",
                }
            ],
        }
        assert Client().get("/healthz").status_code == 200
        assert scrape()["rationale_database_up"] == 0

    def test_an_unmigrated_schema_is_not_ready(
        self, fresh_db: str, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        class Behind(readiness.MigrationExecutor):
            def migration_plan(self, targets: object, clean_start: bool = False) -> list[str]:
                return ["one to go"]

        monkeypatch.setattr(readiness, "_migrated", False)
        monkeypatch.setattr(readiness, "MigrationExecutor", Behind)
        answer = Client().get("/readyz")
        assert answer.status_code == 503
        assert [c["name"] for c in answer.json()["conditions"]] == ["database", "schema"]


@pytest.mark.django_db
class TestWhoMayLook:
    def test_this_machine_when_no_token_is_set(self) -> None:
        assert Client().get("/metrics").status_code == 200
        assert Client(REMOTE_ADDR="192.0.2.7").get("/metrics").status_code == 404
        proxied = Client(headers={"x-forwarded-for": "192.0.2.7"})
        assert proxied.get("/metrics").status_code == 404

    def test_the_token_when_one_is_set(self, settings: Settings) -> None:
        settings.METRICS_TOKEN = "t0ken"
        assert Client().get("/metrics").status_code == 404
        far = Client(REMOTE_ADDR="192.0.2.7", headers={"authorization": "Bearer t0ken"})
        assert far.get("/metrics").status_code == 200
        assert Client(headers={"authorization": "Bearer t0kem"}).get("/metrics").status_code == 404

    def test_strangers_learn_no_sentences(self) -> None:
        far = Client(REMOTE_ADDR="192.0.2.7").get("/readyz").json()["conditions"]
        near = Client().get("/readyz").json()["conditions"]
        assert [set(condition) for condition in far] == [{"name", "held"}] * len(near)


class TestFigures:
    def test_the_log_is_told(self, fresh_db: str) -> None:
        before = scrape()
        add_use_case(voice=SystemVoice("tests"), slug="a", name="A")
        waiting = scrape()
        sequencer.catch_up()
        after = scrape()
        figures = [
            (found["rationale_log_entries_total"], found["rationale_log_unsequenced"])
            for found in (before, waiting, after)
        ]
        assert figures == [(0, 0), (0, 1), (1, 0)]
        assert (after["rationale_database_up"], after["rationale_subjects_erased_total"]) == (1, 0)
        assert "rationale_log_oldest_unsequenced_seconds" in after

    def test_the_last_full_verification_is_told_and_absent_before(self, fresh_db: str) -> None:
        name = "rationale_log_verified"
        add_use_case(voice=SystemVoice("tests"), slug="a", name="A")
        sequencer.catch_up()
        publisher.publish()
        assert not [figure for figure in scrape() if figure.startswith(name)]
        begun = time.time()
        call_command("verifylog", jobs=1, stdout=StringIO())
        after = scrape()
        assert (after[f"{name}_intact"], after[f"{name}_entries"]) == (1, 1)
        assert after[f"{name}_findings"] == 0
        assert begun - 1 < after[f"{name}_timestamp_seconds"] < time.time() + 1

    @pytest.mark.django_db
    def test_requests_are_counted_by_route_and_never_by_id(self, cast: Cast) -> None:
        client = cast.client("rita")
        name = "rationale_http_requests_total[GET][api/v1/use-cases/<slug:slug>][404]"
        timed = "rationale_http_request_seconds_count[GET][api/v1/use-cases/<slug:slug>]"
        before = scrape()
        client.get("/api/v1/use-cases/nowhere")
        client.get("/api/v1/use-cases/elsewhere")
        after = scrape()
        assert after[name] - before.get(name, 0) == 2
        assert after[timed] - before.get(timed, 0) == 2
        assert not [key for key in after if "nowhere" in key]

    def test_strange_methods_make_no_labels(self) -> None:
        metrics.count_request(route="r", method="BREW", status=405, seconds=0.1)
        metrics.count_request(route="r", method="COFFEE", status=405, seconds=0.1)
        text = metrics.generate(metrics.registry())
        assert re.findall(r'requests_total\{method="(\w+)",route="r"', text) == ["other"]

    def test_every_ingest_route_exists(self) -> None:
        from django.urls import get_resolver

        routes = {
            f"{parent.pattern}{child.pattern}"
            for parent in get_resolver().url_patterns
            for child in getattr(parent, "url_patterns", ())
        }
        assert set(metrics.INGEST) <= routes


COUNT = """
import django
django.setup()
from governance import metrics
for _ in range(3):
    metrics.count_request(route="multi", method="GET", status=200, seconds=0.01)
"""


def test_processes_add_up_and_a_new_start_begins_at_zero(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env = {
        **os.environ,
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path),
        "DJANGO_SETTINGS_MODULE": "governance.settings",
    }

    def run(count: int) -> None:
        started = [
            subprocess.Popen([sys.executable, "-c", COUNT], env=env, cwd=ROOT) for _ in range(count)
        ]
        assert [process.wait(60) for process in started] == [0] * count

    def counted() -> float:
        found = metrics.registry().get_sample_value(
            "rationale_http_requests_total", {"route": "multi", "method": "GET", "status": "200"}
        )
        return found or 0

    monkeypatch.setattr(metrics.settings, "METRICS_FOLDER", tmp_path)
    holding = metrics._claim(tmp_path)
    run(2)
    assert counted() == 6
    # While one holds the folder, what ended processes counted stays.
    run(1)
    assert counted() == 9
    os.close(holding)
    # Nobody is left: the next start sweeps.
    run(1)
    assert counted() == 3


def test_queue_lengths_by_a_broker_that_is_there_and_one_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from kombu import Connection

    with Connection("memory://") as there:
        monkeypatch.setattr(app, "connection_for_read", lambda: Connection("memory://"))
        assert gauges.queue_lengths() == {"celery": 0, "urgent": 0}
        queue = there.SimpleQueue("urgent")
        queue.put({"a": 1})
        queue.put({"a": 2})
        assert gauges.queue_lengths() == {"celery": 0, "urgent": 2}
        queue.clear()
    monkeypatch.setattr(
        app, "connection_for_read", lambda: Connection("redis+socket:///nowhere/valkey.sock")
    )
    assert gauges.queue_lengths() is None
