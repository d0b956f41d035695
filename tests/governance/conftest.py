"""A small cast: who works where, so that every test says the same of them.

Alice administers the installation. Olu owns the credit models, Rita reviews credit decisions, Carl
is credit's compliance officer, Priya its privacy officer, Eve examines it for a month. Hal owns
hiring's models and may know nothing of credit.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from governance.keys import lookup
from governance.keys.issue import issue_key
from governance.models import Role, User
from governance.people.grant import grant_role
from governance.people.join import create_user
from governance.registry import admission
from governance.registry.model import add_model
from governance.registry.use_cases import add_use_case
from governance.registry.versions import add_version
from governance.voices import PersonVoice, SystemVoice, voice_of
from runtime.testing import TestCluster
from tests.staging import Stage, on, stage

PASSWORD = "seven-storks-over-lisbon"
DIGEST = "5c" * 32


@dataclass(frozen=True)
class Cast:
    alice: User
    olu: User
    rita: User
    carl: User
    priya: User
    eve: User
    hal: User

    def voice(self, name: str) -> PersonVoice:
        return voice_of(getattr(self, name))

    def client(self, name: str) -> Client:
        """A browser in which this person is signed in."""
        client = Client(enforce_csrf_checks=False)
        client.force_login(
            getattr(self, name), "allauth.account.auth_backends.AuthenticationBackend"
        )
        return client


ROLES = {
    "alice": (Role.ADMINISTRATOR, ""),
    "olu": (Role.OWNER, "credit"),
    "rita": (Role.REVIEWER, "credit"),
    "carl": (Role.COMPLIANCE, "credit"),
    "priya": (Role.PRIVACY, "credit"),
    "eve": (Role.EXAMINER, "credit"),
    "hal": (Role.OWNER, "hiring"),
}


@pytest.fixture(autouse=True)
def fresh_memory() -> None:
    """What processes keep for a few seconds must not pass from one test to the next."""
    lookup._known.clear()
    admission._known.clear()


@pytest.fixture
def system() -> SystemVoice:
    return SystemVoice("tests")


# One cheap round of hashing: seven accounts would otherwise take seconds.
QUICKLY = ("django.contrib.auth.hashers.PBKDF2PasswordHasher.iterations", 1)


def bring_in_all() -> None:
    """The places and the people, by the real verbs."""
    voice = SystemVoice("tests")
    add_use_case(voice=voice, slug="credit", name="Consumer credit", adverse_labels=["deny"])
    add_use_case(voice=voice, slug="hiring", name="Hiring shortlist", adverse_labels=["reject"])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(*QUICKLY)
        for name, (role, use_case) in ROLES.items():
            user = create_user(
                voice=voice, email=f"{name}@example.com", name=name.title(), password=PASSWORD
            )
            until = timezone.now() + timedelta(days=30) if role == Role.EXAMINER else None
            grant_role(voice=voice, user=user, role=role, use_case=use_case, until=until)


@pytest.fixture(scope="session")
def staged_cast(
    cluster: TestCluster, template: str, django_db_setup: None, django_db_blocker: Any
) -> Iterator[Stage]:
    """Bringing seven people in takes a tenth of a second, too long for each of some hundred tests."""
    with stage(cluster, template, django_db_blocker, bring_in_all) as staged:
        yield staged


@pytest.fixture
def cast(db: None, staged_cast: Stage, monkeypatch: pytest.MonkeyPatch) -> Iterator[Cast]:
    """The seven, in a transaction of the test's own."""
    monkeypatch.setattr(*QUICKLY)
    with on(staged_cast):
        yield everybody()


def everybody() -> Cast:
    return Cast(**{user.email.partition("@")[0]: user for user in User.objects.all()})


@pytest.fixture
def credit_model(cast: Cast) -> str:
    return add_credit_model(cast)


def add_credit_model(cast: Cast) -> str:
    add_model(voice=cast.voice("olu"), use_case="credit", slug="credit-risk", name="Credit risk")
    add_version(
        voice=cast.voice("olu"), model="credit-risk", number="1.0.0", artefact_digest=DIGEST
    )
    return "credit-risk@1.0.0"


@pytest.fixture
def credit_key(cast: Cast, credit_model: str) -> str:
    """The whole text of a key that records and reads credit's decisions."""
    return issue_key(
        voice=cast.voice("olu"),
        name="scoring engine",
        use_cases=["credit"],
        acts=["decisions:write", "outcomes:write", "decisions:read", "why:read", "registry:read"],
    ).text


def lines() -> list[dict[str, object]]:
    """The log's unsealed lines in the order they were written: header fields, and the body read."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT header, body FROM audit_entry JOIN audit_entry_body USING (id) ORDER BY id"
        )
        found = []
        for raw_header, raw_body in cursor.fetchall():
            header = json.loads(bytes(raw_header))
            line = {key: header.get(key) for key in ("kind", "use_case", "model_ref", "actor")}
            if header["body"]["alg"] == "none":
                found.append({**line, "body": json.loads(bytes(raw_body))})
        return found
