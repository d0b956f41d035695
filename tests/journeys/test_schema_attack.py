"""Schemathesis attacks every operation of the schema: nothing may break, and no answer may surprise.

The product's own web server answers, on the loopback, with a database in which commits are real. The
seed and the number of examples are fixed, so that a failure today is a failure tomorrow: with a time
limit, which cuts the systematic cases too, a slow machine would test less. --soak draws many more.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from django.conf import settings
from schemathesis import SerializationContext
from schemathesis.config import SchemathesisConfig
from schemathesis.engine import Status, events, from_schema

from audit import decisions, projections, sequencer
from governance import serving
from governance.keys import lookup
from governance.keys.issue import KEY_ACTS, issue_key
from governance.registry import admission
from governance.registry.model import add_model
from governance.registry.use_cases import add_use_case
from governance.registry.versions import add_version
from governance.voices import SystemVoice
from runtime.process import Child
from runtime.services import HOST, free_port

SEED = 20261122
EXAMPLES, MANY = 6, 60
CONFIG: dict[str, Any] = {
    "seed": SEED,
    "cache": {"enabled": False},
    "workers": 1,
    "continue-on-failure": True,
    "generation": {"deterministic": True, "database": "none"},
    "phases": {"stateful": {"enabled": False}},
    "checks": {
        # A schema cannot say that a use case is registered, a clock not far off, an id free, or a
        # number exact in every reader: a body of the right form may be refused for what it says.
        "positive_data_acceptance": {
            "expected-statuses": ["2xx", "400", "401", "403", "404", "409", "410", "422"]
        },
    },
}


@schemathesis.serializer("application/x-ndjson")
def one_line(context: SerializationContext, value: Any) -> bytes:
    """A bulk of one line: the schema of that type is the schema of a line."""
    return value if isinstance(value, bytes) else json.dumps(value, default=str).encode() + b"\n"


@pytest.fixture
def key(fresh_db: str) -> str:
    """A key with every act a key can carry, in an installation that has something to show."""
    lookup._known.clear()
    admission._known.clear()
    system = SystemVoice("tests")
    add_use_case(voice=system, slug="consumer-credit", name="Credit", adverse_labels=["deny"])
    add_model(voice=system, use_case="consumer-credit", slug="credit-risk", name="Credit risk")
    add_version(voice=system, model="credit-risk", number="1.0.0", artefact_digest="5c" * 32)
    for number in range(3):
        decisions.record(voice=system, raw=body(number))
    sequencer.catch_up()
    projections.catch_up()
    return issue_key(
        voice=system, name="attacker", use_cases=["consumer-credit"], acts=sorted(KEY_ACTS)
    ).text


@pytest.fixture
def address(key: str, fresh_db: str, tmp_path: Path) -> Iterator[str]:
    """The web server over the same database, keys and published checkpoints."""
    port = free_port()
    env = {
        **os.environ,
        "DATABASE_URL": fresh_db,
        "CELERY_BROKER_URL": "memory://",
        "RATIONALE_PUBLIC": str(settings.AUDIT_PUBLIC),
        "PROMETHEUS_MULTIPROC_DIR": str(tmp_path / "metrics"),
        "DJANGO_SETTINGS_MODULE": "governance.settings",
        "RATIONALE_LOG_LEVEL": "ERROR",
    }
    made = serving.processes(env, host=HOST, port=port, web=1, workers=1)
    web = Child(next(one for one in made if one.name == "web"), tmp_path)
    web.start()
    yield f"http://{HOST}:{port}"
    web.stop()


def body(number: int) -> bytes:
    return json.dumps(
        {
            "id": f"app-{number}",
            "use_case": "consumer-credit",
            "model": "credit-risk",
            "version": "1.0.0",
            "decided_at": datetime.now(UTC).isoformat(),
            "subject": f"cust-{number}",
            "features": {"duration_months": 24},
            "output": {"label": "deny", "score": 0.6},
        }
    ).encode()


@pytest.fixture(autouse=True)
def no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    """requests looks through the whole environment for proxies, twice for each of some thousand calls."""
    monkeypatch.setattr("requests.sessions.get_environ_proxies", lambda *_, **__: {})


def failures(address: str, key: str, examples: int) -> list[str]:
    """What Schemathesis found, each with the request that shows it."""
    config = {**CONFIG, "generation": {**CONFIG["generation"], "max-examples": examples}}
    schema = schemathesis.openapi.from_url(
        f"{address}/api/schema/?format=json", config=SchemathesisConfig.from_dict(config)
    )
    schema.config.update(headers={"Authorization": f"Bearer {key}"})
    found: list[str] = []
    tested: set[str] = set()
    for event in from_schema(schema).execute():
        if isinstance(event, events.NonFatalError):
            found.append(f"{event.label}: {event.value}")
        elif isinstance(event, events.FatalError):
            found.append(str(event.exception))
        elif isinstance(event, events.ScenarioFinished):
            tested.add(event.label or "")
            found += told(event)
    missing = {operation.ok().label for operation in schema.get_all_operations()} - tested
    return sorted(set(found)) + [f"not tested: {label}" for label in sorted(missing)]


def told(event: events.ScenarioFinished) -> list[str]:
    if event.status not in {Status.FAILURE, Status.ERROR}:
        return []
    return [
        f"{check.name}: {event.label}: {check.failure_info.failure.title}: "
        f"{check.failure_info.failure.message[:300]}\n    {check.failure_info.code_sample[:1500]}"
        for checks in event.recorder.checks.values()
        for check in checks
        if check.failure_info is not None
    ]


def test_the_schema_holds_under_attack(address: str, key: str, pytestconfig: pytest.Config) -> None:
    found = failures(address, key, MANY if pytestconfig.getoption("--soak") else EXAMPLES)
    assert not found, "\n\n".join(found)
