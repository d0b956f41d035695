"""Local Law 144 from single decisions, with what is only inferred counted as unknown; and coverage."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fairness.audits import bias_audit, without_small
from fairness.coverage import coverage, covered
from fairness.policy import Content, read
from fairness.tables import Window
from tests.audit.ledger import CASE, START, decide, decision_body
from tests.fairness.speaking import POLICY, VOICE, follow, outcome

WINDOW = Window(CASE, START.date(), START.date() + timedelta(days=1))
CONTENT: Content = read(POLICY)
SURE = {"distribution": {"f": 1.0}, "source": "inferred", "method": "m"}
UNSURE = {"distribution": {"f": 0.5, "m": 0.5}, "source": "inferred", "method": "m"}


def people(*said: tuple[Any, Any, str, float]) -> None:
    decide(
        (
            decision_body(
                at,
                segments={"sex": sex, "race": race},
                output={"label": label, "score": score},
            )
            for at, (sex, race, label, score) in enumerate(said)
        ),
        VOICE,
    )
    follow()


def test_selection_rates_and_scoring_rates(db: None) -> None:
    people(
        ("f", "a", "approve", 0.9),
        ("f", "b", "deny", 0.2),
        ("m", "a", "approve", 0.8),
        ("m", "b", "approve", 0.3),
        ("m", None, "deny", 0.5),
        (UNSURE, "a", "deny", 0.6),
        (SURE, "a", "approve", 0.1),
    )
    selects = bias_audit(WINDOW, CONTENT, tool="selects", sex="sex", race="race")
    assert (selects.total, selects.unknown, selects.median) == (7, 3, None)
    assert [(one.name, one.number, one.favoured, one.ratio) for one in selects.sex.categories] == [
        (("f",), 2, 1, 0.5),
        (("m",), 2, 2, 1.0),
    ]
    assert [one.name for one in selects.intersections.categories] == [
        ("f", "a"),
        ("f", "b"),
        ("m", "a"),
        ("m", "b"),
    ]
    scores = bias_audit(WINDOW, CONTENT, tool="scores", sex="sex", race="race")
    assert scores.median == pytest.approx(0.5)
    assert [(one.name, one.favoured) for one in scores.race.categories] == [
        (("a",), 2),
        (("b",), 0),
    ]


def test_small_categories_are_left_out_with_those_that_would_tell_of_them(db: None) -> None:
    people(
        *[("f", "a", "approve", 0.9)] * 2,
        *[("m", "a", "approve", 0.8)] * 4,
        *[("m", "b", "deny", 0.3)] * 5,
        *[("f", "b", "deny", 0.2)] * 6,
    )
    whole = bias_audit(WINDOW, CONTENT, tool="selects", sex="sex", race="race")
    part = without_small(whole, 3)
    assert {one.name for one in part.intersections.categories} == set()
    assert part.sex == whole.sex
    assert without_small(whole, 1) == whole


def test_an_audit_of_nobody(db: None) -> None:
    found = bias_audit(WINDOW, CONTENT, tool="scores", sex="sex", race="race")
    assert (found.total, found.median, found.sex.categories) == (0, None, ())


def test_coverage_lag_and_contradiction(db: None) -> None:
    lines = decide([decision_body(at, output={"label": "ok"}) for at in range(4)], VOICE)
    for line, hours in zip(lines, (1, 2, 3), strict=False):
        outcome(line, "a", observed_at=(START + timedelta(hours=hours)).isoformat())
    outcome(lines[0], "b", label="lost", source="bureau")
    follow()
    (found,) = coverage(WINDOW)
    assert (found.decisions, found.labelled, found.share, found.contradicted) == (4, 3, 0.75, 1)
    assert found.lags[1] == pytest.approx(2 * 3600 - 60)
    ref = (CASE, "credit-risk@1.0.0")
    days = (WINDOW.since, WINDOW.until)
    assert covered([ref, (CASE, "none@1")], *days) == {ref: (4, 3)}
    assert covered([], *days) == covered([ref], WINDOW.until, WINDOW.until) == {}
    assert coverage(Window(CASE, WINDOW.until, WINDOW.until + timedelta(days=9))) == []
