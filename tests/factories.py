"""A world to look at: real credit applications, decided, sequenced, signed, explained by the real verbs.

Built once per test session into a database of its own (fixture ``built_world`` of tests/conftest.py); a test that
wants it gets a clone of it (fixture ``world``), in which commits are real.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.db import connection, transaction
from django.test import Client

from audit import decisions, outcomes, projections, publisher, sequencer
from explain import explanations
from explain.artefacts import load
from explain.queries import profile
from governance import frame
from governance.demo import training
from governance.demo.applications import Application, applications
from governance.demo.decisions import MODEL_REF, USE_CASE
from governance.demo.decisions import decisions as as_decisions
from governance.demo.decisions import outcome as as_outcome
from governance.demo.people import add_people
from governance.demo.registering import register_version
from governance.keys import lookup
from governance.models import Role, User
from governance.people.grant import grant_role
from governance.people.join import create_user
from governance.privacy import erase_subject
from governance.registry import admission
from governance.registry.model import add_model
from governance.registry.use_cases import add_use_case
from governance.registry.versions import add_version
from governance.voices import SystemVoice
from runtime.testing import TestCluster
from tests.conftest import clone_of, speaking_to

PASSWORD = "seven-storks-over-lisbon"
VOICE = SystemVoice("tests")
HIRING = "hiring"
SHARED = "shared-1"
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


@dataclass(frozen=True)
class World:
    """Ids of decisions of each kind, as their caller named them. ``hal`` works in hiring alone."""

    ids: tuple[str, ...]
    denied: str
    approved: str
    refused: str
    pending: str
    erased: str
    unregistered: str
    unprofiled: str
    shared: str = SHARED

    def client(self, name: str) -> Client:
        """A browser in which this person (``rita``: first part of the e-mail) is signed in."""
        client = Client()
        client.force_login(User.objects.get(email=f"{name}@demo.example"), BACKEND)
        return client

    def entry(self, decision_id: str) -> str:
        """The entry id behind a caller's id in consumer credit."""
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT entry_id FROM audit_decision WHERE decision_id = %s AND use_case = %s",
                [decision_id, USE_CASE],
            )
            return str(cursor.fetchone()[0])


def credit_world(n: int) -> World:
    """Fill the present, empty database with ``n`` explained decisions and one of each odd kind."""
    rows = list(applications())
    trainees, held_out = (
        [row for row in rows if row.trains],
        [row for row in rows if not row.trains],
    )
    with transaction.atomic():
        register_version(
            voice=VOICE, rows=trainees, artefact=training.artefact(training.train(trainees))
        )
        add_people(voice=VOICE, password=PASSWORD)
        add_hiring()
    sent = decided(held_out[:n])
    record(sent)
    known = [row for row in held_out[:n] if said(sent, row)["output"]["label"] == "approve"]
    decisions_of_other_kinds(sent[0])
    catch_up(explain=True)
    report(known, sent[-1]["decided_at"])
    erase_subject(voice=VOICE, use_case=USE_CASE, subject="person-erased", reason="asked for it")
    # Recorded after the workers stopped: it waits for its explanation.
    record([odd(sent[0], "odd-pending")])
    catch_up(explain=False)
    labels = {row["id"]: row["output"]["label"] for row in sent}
    return World(
        ids=tuple(labels),
        denied=next(one for one, label in labels.items() if label == "deny"),
        approved=next(one for one, label in labels.items() if label == "approve"),
        refused="odd-refused",
        pending="odd-pending",
        erased="odd-erased",
        unregistered="odd-unregistered",
        unprofiled="candidate-1",
    )


def add_hiring() -> None:
    """A second use case, whose version has no profile, and somebody who sees nothing else."""
    add_use_case(voice=VOICE, slug=HIRING, name="Hiring shortlist", adverse_labels=["reject"])
    add_model(voice=VOICE, use_case=HIRING, slug="shortlist", name="Shortlist")
    add_version(voice=VOICE, model="shortlist", number="2.1.0")
    hal = create_user(voice=VOICE, email="hal@demo.example", name="Hal Brooks", password=PASSWORD)
    grant_role(voice=VOICE, user=hal, role=Role.OWNER, use_case=HIRING)
    both = create_user(voice=VOICE, email="bea@demo.example", name="Bea Okonkwo", password=PASSWORD)
    grant_role(voice=VOICE, user=both, role=Role.COMPLIANCE, use_case="")


def decided(rows: Sequence[Application]) -> list[dict[str, Any]]:
    """The demonstration's decisions of these applications, with a call's particulars."""
    known = profile(MODEL_REF)
    assert known is not None
    hours = timedelta(hours=36)
    sent = as_decisions(load(known.artefact_digest), rows, now=datetime.now(UTC), spread=hours)
    for at, row in enumerate(sent):
        row["trace_id"] = f"trace-{at:04d}"
        row["context"] = {"channel": "branch", "officer": {"desk": at % 7}}
    return sent


def said(sent: Sequence[dict[str, Any]], row: Application) -> dict[str, Any]:
    return next(one for one in sent if one["id"] == f"app-{row.number:04d}")


def odd(model: dict[str, Any], name: str, **changed: Any) -> dict[str, Any]:
    moment = datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return {
        **model,
        "id": name,
        "subject": f"person-{name.partition('-')[2]}",
        "decided_at": moment,
        **changed,
    }


def decisions_of_other_kinds(model: dict[str, Any]) -> None:
    output = model["output"]
    record(
        [
            odd(model, "odd-refused", output={**output, "score": 0.123}),
            odd(model, "odd-erased"),
            odd(model, "odd-unregistered", version="9.9.9"),
            odd(model, SHARED),
            candidate(SHARED),
            candidate("candidate-1"),
        ]
    )


def candidate(name: str) -> dict[str, Any]:
    """A decision of the other use case; its score is on no scale of 0 to 1."""
    return {
        "id": name,
        "use_case": HIRING,
        "model": "shortlist",
        "version": "2.1.0",
        "decided_at": (datetime.now(UTC) - timedelta(days=3)).isoformat(timespec="seconds"),
        "subject": f"candidate-of-{name}",
        "features": {"years": 7, "degree": "MSc", "languages": ["en", "pt"]},
        "output": {"label": "reject", "score": 17.5},
        "role_of_ai": "advisory",
    }


def record(rows: Sequence[dict[str, Any]]) -> None:
    decisions.record_many(
        voice=VOICE, lines=[json.dumps(row).encode() for row in rows], on_error="fail"
    )


def report(rows: Sequence[Application], observed_at: str) -> None:
    reports = [as_outcome(row, datetime.fromisoformat(observed_at)) for row in rows]
    outcomes.record_many(
        voice=VOICE, lines=[json.dumps(one).encode() for one in reports], on_error="fail"
    )


def catch_up(*, explain: bool) -> None:
    """Sequence, sign and project all there is; explain it too, or only take note of it."""
    sequencer.catch_up()
    projections.catch_up()
    while explanations.feed() or (explain and explanations.follow()):
        continue
    # The lines that explaining wrote.
    sequencer.catch_up()
    projections.catch_up()
    explanations.feed()
    publisher.publish()


@dataclass(frozen=True)
class Built:
    database: str
    world: World
    public: Path
    artefacts: Path


def build_world(cluster: TestCluster, template: str, folder: Path) -> Built:
    """The database that ``world`` is cloned from; whoever asks for it drops it."""
    name = cluster.unique("rationale_world")
    public, artefacts = folder / "public", folder / "artefacts"
    cluster.clone(template, name)
    with (
        pytest.MonkeyPatch.context() as patch,
        speaking_to(cluster.dsn(name, "rationale_app")),
    ):
        patch.setattr(settings, "AUDIT_PUBLIC", public)
        patch.setattr(settings, "EXPLAIN_ARTEFACTS", artefacts)
        patch.setattr("django.contrib.auth.hashers.PBKDF2PasswordHasher.iterations", 1)
        made = credit_world(30)
    return Built(name, made, public, artefacts)


@pytest.fixture
def world(
    built_world: Built,
    cluster: TestCluster,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    django_db_blocker: Any,
) -> Iterator[World]:
    """A clone of the world, for this test alone; the application's role speaks to it."""
    with opened(built_world, cluster, tmp_path / "public", monkeypatch, django_db_blocker):
        yield built_world.world


@contextmanager
def opened(
    built: Built, cluster: TestCluster, public: Path, monkeypatch: pytest.MonkeyPatch, blocker: Any
) -> Iterator[None]:
    """A clone of such a world, with a copy of what it published in the folder ``public``."""
    point_at(monkeypatch, built, public)
    # Nobody computes here, so nobody is waited for.
    monkeypatch.setattr(settings, "EXPLAIN_WAIT_SECONDS", 0)
    lookup._known.clear()
    admission._known.clear()
    frame.look_again()
    with clone_of(built.database, cluster, blocker):
        yield


def point_at(patch: pytest.MonkeyPatch, built: Built, public: Path) -> None:
    """The settings of a clone: its artefacts, and a copy of what was published."""
    shutil.copytree(built.public, public, dirs_exist_ok=True)
    patch.setattr(settings, "AUDIT_PUBLIC", public)
    patch.setattr(settings, "EXPLAIN_ARTEFACTS", built.artefacts)
