"""How evidence grew: every step summed, and only some of them told."""

from __future__ import annotations

from uuid import UUID, uuid4

import pytest

from fairness import alerts, courses, watching
from fairness.courses import course
from tests.audit.ledger import CASE
from tests.fairness.test_watching import opened, unequal


def test_a_course_sums_the_counts_and_ends_at_the_capital_of_today(db: None) -> None:
    opened()
    alert = next(one for one in alerts.alerts(CASE) if one.subject["group"] == "f")
    watch, step = UUID(alert.evidence["watch"]), alert.evidence["step"]
    found = course(watch, "f", step=step)
    assert found is not None
    assert [
        (one.step, one.hits, one.trials, one.other_hits, one.other_trials) for one in found.points
    ] == [(at, 0, 60 * at, 60 * at, 60 * at) for at in (1, 2, 3)]
    raised = found.upto(step)
    assert raised is not None
    assert f"{raised.capital:.6g}" == alert.evidence["log_capital"]
    (view,) = watching.watches(CASE)
    today = next(group.capital for group in view.groups if group.group == "f")
    assert found.points[-1].capital == pytest.approx(today)
    assert (found.least_ratio, found.active, found.upto(0)) == (1.0, True, None)


def test_a_long_course_is_thinned_with_the_step_asked_for(
    db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(courses, "MOST", 2)
    opened()
    for at in range(3, 9):
        unequal(at * 200, 2)
        watching.step_all()
    (view,) = watching.watches(CASE)
    found = course(view.id, "f", step=2)
    assert found is not None
    assert [one.step for one in found.points] == [1, 2, 4, 8, 9]
    assert found.points[-1].trials == 3 * 60 + 6 * 2


def test_what_is_not_there(db: None) -> None:
    assert course(uuid4(), "f", step=1) is None
    opened()
    (view,) = watching.watches(CASE)
    nobody = course(view.id, "nobody", step=1)
    assert nobody is not None
    assert {one.trials for one in nobody.points} == {0}
