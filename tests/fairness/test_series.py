"""Rates over time: per group and week, with what changed, and small weeks left out for most."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from fairness import policies
from fairness.series import Series, courses, series
from fairness.tables import Window
from tests.audit.ledger import CASE, START, decide, decision_body
from tests.fairness.speaking import POLICY, VOICE, follow, outcome_of_each, reviewed

WINDOW = Window(
    CASE, START.date() - timedelta(days=30), datetime.now(UTC).date() + timedelta(days=1)
)


def world() -> None:
    policies.set_policy(actor="user:o", use_case=CASE, content=POLICY)
    lines = decide(
        (
            decision_body(
                at,
                segments={"sex": "fm"[at % 2]},
                output={"label": "approve" if at % 4 else "deny"},
                decided_at=(START - timedelta(days=7 * (at // 20))).isoformat(),
                version="1" if at >= 20 else "2",
            )
            for at in range(40)
        ),
        VOICE,
    )
    outcome_of_each(lines[:10], "o")
    reviewed(lines[0], "approve")
    follow()


def asked(metric: str = "selection_rate", **changed: Any) -> Series:
    known = policies.policy(CASE)
    assert known is not None
    said = {"segment": "sex", "basis": "machine", "restricted": False, **changed}
    return series(WINDOW, known.content, metric=metric, **said)


def values(found: Series) -> dict[str, list[tuple[float | None, float | None]]]:
    return {line.group: [(one.number, one.value) for one in line.points] for line in found.lines}


def test_a_rate_per_group_and_week(db: None) -> None:
    world()
    assert values(asked()) == {
        "": [(20, 0.75), (20, 0.75)],
        "f": [(10, 0.5), (10, 0.5)],
        "m": [(10, 1.0), (10, 1.0)],
    }
    point = asked().lines[1].points[0]
    assert point.low is not None and point.high is not None
    assert point.low < 0.5 < point.high
    assert point.week.isoweekday() == 1
    after = asked(basis="effective")
    assert values(after)["f"] == [(10, 0.5), (10, 0.6)]


@pytest.mark.parametrize(
    ("metric", "everybody"),
    [
        ("accuracy", (10, 0.7)),
        ("precision", (7, 1.0)),
        ("recall", (10, 0.7)),
        ("false_negative_rate", (10, 0.3)),
    ],
)
def test_rates_of_true_labels_are_of_what_is_known(
    db: None, metric: str, everybody: tuple[float, float]
) -> None:
    world()
    assert values(asked(metric))[""] == [everybody]
    assert asked("false_positive_rate").lines == ()


def test_weeks_of_too_few_are_not_shown_to_everybody(db: None) -> None:
    world()
    found = {line.group: line.points for line in asked("recall", restricted=True).lines}
    assert [one.hidden for one in found["f"]] == [True]
    assert (found["f"][0].number, found[""][0].number) == (None, 10)


def test_versions_and_policies_are_marked(db: None) -> None:
    world()
    today = datetime.now(UTC).date()
    assert [(one.day, one.kind, one.text) for one in asked().markers] == [
        (START.date() - timedelta(days=7), "version", "credit-risk@1"),
        (START.date(), "version", "credit-risk@2"),
        (today, "policy", "1"),
    ]


def test_several_courses_come_from_one_reading(db: None) -> None:
    world()
    known = policies.policy(CASE)
    assert known is not None
    wanted = [("selection_rate", "sex"), ("recall", "sex"), ("accuracy", "age")]
    with CaptureQueriesContext(connection) as one:
        asked()
    with CaptureQueriesContext(connection) as many:
        made = courses(WINDOW, known.content, wanted, basis="machine", restricted=False)
    assert list(made) == wanted
    for metric, segment in wanted:
        assert made[metric, segment] == asked(metric, segment=segment).lines
    assert len(many) < len(one)
