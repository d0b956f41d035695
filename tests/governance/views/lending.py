"""A use case whose groups are compared: decisions over three weeks, outcomes, reviews, a group of four."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson
import pytest
from django.test import Client

from audit import decisions, outcomes, sequencer, subjects
from audit.log import Draft, append
from fairness import facts, redoing
from governance.comparing.policies import set_fairness_policy
from governance.keys import lookup
from governance.models import Role, User
from governance.people.grant import grant_role
from governance.people.join import create_user
from governance.registry import admission
from governance.registry.model import add_model
from governance.registry.use_cases import add_use_case
from governance.registry.versions import add_version
from governance.voices import SystemVoice
from runtime.testing import TestCluster
from tests.factories import BACKEND
from tests.staging import Stage, on, stage

VOICE = SystemVoice("tests")
CASE = "lending"
BASE = f"/fairness/{CASE}/"
POLICY: dict[str, Any] = {
    "favourable": ["yes"],
    "positive": ["good"],
    "segments": {
        "sex": {"purpose": "detecting discrimination"},
        "age": {"purpose": "detecting discrimination"},
    },
    "intersections": [["sex", "age"]],
}
NOW = datetime.now(UTC)
OLD = "=old"  # a value that a spreadsheet would take for a formula


def browser(name: str) -> Client:
    """``officer`` sees and sets all; ``developer`` sees no small groups; ``stranger`` works elsewhere."""
    client = Client()
    client.force_login(User.objects.get(email=f"{name}@lending.example"), BACKEND)
    return client


def person(name: str, role: Role, use_case: str) -> None:
    user = create_user(
        voice=VOICE,
        email=f"{name}@lending.example",
        name=name.title(),
        password="nine-larks-in-may",
    )
    grant_role(voice=VOICE, user=user, role=role, use_case=use_case)


@pytest.fixture
def lending(db: None) -> None:
    """The use case with its people, and no policy yet."""
    set_up()


@pytest.fixture(scope="module")
def staged_apart(cluster: TestCluster, template: str, django_db_blocker: Any) -> Iterator[Stage]:
    def both() -> None:
        set_up()
        groups_apart()

    with stage(cluster, template, django_db_blocker, both) as staged:
        yield staged


@pytest.fixture
def apart(lending: None, staged_apart: Stage) -> Iterator[None]:
    """The use case after ``groups_apart``, which takes a second."""
    with on(staged_apart):
        yield


def set_up() -> None:
    for forget in (subjects.forget_all, lookup._known.clear, admission._known.clear):
        forget()
    for slug, name in ((CASE, "Lending"), ("housing", "Housing")):
        add_use_case(voice=VOICE, slug=slug, name=name)
    add_model(voice=VOICE, use_case=CASE, slug="score", name="Score")
    add_version(voice=VOICE, model="score", number="1")
    with pytest.MonkeyPatch.context() as patch:
        # Nobody signs in with a password here.
        patch.setattr("django.contrib.auth.hashers.PBKDF2PasswordHasher.iterations", 1)
        person("officer", Role.COMPLIANCE, CASE)
        person("developer", Role.DEVELOPER, CASE)
        person("stranger", Role.OWNER, "housing")


def set_policy(**changed: Any) -> None:
    set_fairness_policy(voice=VOICE, use_case=CASE, content={**POLICY, **changed})
    redoing.walk()


def decide(first: int, many: int, *, sex: str, favoured: int, scored: bool = True) -> None:
    """``favoured`` of every ten are decided in favour; spread over three weeks."""
    lines = [
        orjson.dumps(
            {
                "id": f"d-{at}",
                "use_case": CASE,
                "model": "score",
                "version": "1",
                "decided_at": (NOW - timedelta(days=7 * (at % 3), minutes=5)).isoformat(),
                "subject": f"p-{at}",
                "features": {"x": at},
                "output": {
                    "label": "yes" if at % 10 < favoured else "no",
                    **({"score": (at % 10) / 10} if scored else {}),
                },
                "segments": {"sex": sex, "age": ["young", OLD][at % 2]},
            }
        )
        for at in range(first, first + many)
    ]
    decisions.record_many(voice=VOICE, lines=lines, on_error="fail")
    follow()


def tell(first: int, many: int) -> None:
    """True labels; every second one is good."""
    lines = [
        orjson.dumps(
            {
                "decision": f"d-{at}",
                "use_case": CASE,
                "id": "o",
                "label": "good" if at % 2 else "bad",
                "source": "ledger",
                "observed_at": NOW.isoformat(),
            }
        )
        for at in range(first, first + many)
    ]
    outcomes.record_many(voice=VOICE, lines=lines, on_error="fail")
    follow()


def review(entry: Any, label: str, group: str) -> None:
    body = orjson.dumps({"act": "concluded", "label": label, "group": group})
    append(Draft(kind="review", use_case=CASE, actor="user:r", body=body, ref=entry))


def follow() -> None:
    sequencer.Sequencer().step()
    while facts.follow():
        continue
    redoing.walk()


def groups_apart() -> None:
    """180 women of whom 3 in 10 are favoured, 180 men of whom 9 in 10 are, four others; 120 true labels."""
    set_policy()
    decide(0, 180, sex="f", favoured=3)
    decide(180, 180, sex="m", favoured=9)
    decide(360, 4, sex="x", favoured=9)
    tell(120, 120)
