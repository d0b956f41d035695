"""Seven weeks of one version with a drift in its last three: what the tests of monitoring look at."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import orjson
import pytest

from audit import decisions, projections, sequencer, subjects
from fairness import drifting, facts, policies, references
from governance.registry.model import add_model
from governance.registry.versions import add_version, retire_version
from governance.voices import SystemVoice
from runtime.testing import TestCluster
from tests.governance.conftest import Cast, add_credit_model, everybody
from tests.staging import Stage, on, stage

VOICE = SystemVoice("tests")
REF = "credit-risk@1.0.0"
VERSION = "/monitoring/credit/credit-risk/1.0.0"
WEEKS, EACH = 7, 40
KINDS = {"income": "number", "job": "category", "region": "category"}
POLICY: dict[str, Any] = {
    "favourable": ["approve"],
    "segments": {"sex": {"purpose": "monitoring"}, "race": {"purpose": "monitoring"}},
}


def monday(weeks_ago: int) -> date:
    today = datetime.now(UTC).date()
    return today - timedelta(days=today.weekday(), weeks=weeks_ago)


def refer(ref: str = REF, use_case: str = "credit") -> None:
    drawn = np.random.default_rng(1)
    rows = [
        {"income": float(income), "job": "ab"[at % 2], "region": "ns"[at % 2]}
        for at, income in enumerate(drawn.normal(100, 20, 300).round(1))
    ]
    references.set_reference(
        actor="system:t", use_case=use_case, model_ref=ref, kinds=KINDS, rows=rows
    )


def features(at: int, week: int, income: float) -> dict[str, Any]:
    """From the third last week incomes rise; in the last one a quarter is missing, and jobs are new."""
    drifts = week >= WEEKS - 3
    said: dict[str, Any] = {
        "income": round(income + (25 if drifts else 0), 1),
        "job": "ab"[at % 2],
        "region": "ns"[at % 2],
    }
    if week == WEEKS - 1:
        if at % 4 == 0:
            said["income"] = None
        if at < 12:
            said["job"] = "pilot"
        elif at < 14:
            said["job"] = "=HYPERLINK(1)"
    return said


def send(
    model: str = "credit-risk", version: str = "1.0.0", suffix: str = "", without: str = ""
) -> None:
    drawn = np.random.default_rng(2)
    lines = []
    for week in range(WEEKS):
        start = datetime.combine(monday(WEEKS - week), datetime.min.time(), UTC)
        for at, income in enumerate(drawn.normal(100, 20, EACH)):
            name = f"{model}-{version}-{week}-{at}{suffix}"
            body = {
                "id": name,
                "use_case": "credit",
                "model": model,
                "version": version,
                "decided_at": (start + timedelta(hours=at)).isoformat(),
                "subject": f"p-{name}",
                "features": {
                    **features(at, week, float(income)),
                    **({without: None} if without else {}),
                },
                "output": {"label": "approve" if at % 3 else "deny", "score": at / EACH},
                "segments": {"sex": "fm"[at % 2], "race": "abc"[at % 3] if at % 5 else "=d"},
            }
            lines.append(orjson.dumps(body))
    decisions.record_many(voice=VOICE, lines=lines, on_error="fail")


def follow() -> None:
    sequencer.Sequencer().step()
    projections.catch_up()
    while facts.follow():
        continue
    drifting.walk()


def watch() -> None:
    subjects.forget_all()
    add_credit_model(everybody())
    policies.set_policy(actor="system:t", use_case="credit", content=POLICY)
    refer()
    send()
    follow()


@pytest.fixture(scope="module")
def staged_watch(
    cluster: TestCluster, staged_cast: Stage, django_db_blocker: Any
) -> Iterator[Stage]:
    with stage(cluster, staged_cast.left(), django_db_blocker, watch) as staged:
        yield staged


@pytest.fixture
def watched(cast: Cast, staged_watch: Stage) -> Iterator[Cast]:
    """The cast where its version was watched for seven weeks."""
    with on(staged_watch):
        yield cast


def further(many: int) -> None:
    """So many further versions with decisions of their own."""
    for at in range(many):
        add_model(voice=VOICE, use_case="credit", slug=f"more-{at}", name=f"More {at}")
        add_version(voice=VOICE, model=f"more-{at}", number="1")
        refer(f"more-{at}@1")
        send(f"more-{at}", "1")
    follow()


def retire() -> None:
    retire_version(voice=VOICE, model="credit-risk", number="1.0.0")
