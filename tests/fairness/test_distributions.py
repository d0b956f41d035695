"""A week's values beside the reference, what of them may be shown, and weeks from which features changed."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np
import pytest

from fairness import distributions, drifting
from fairness.distributions import Bar, Distribution, distribution, feature_changes, without_small
from fairness.drifting import FeatureWeek, Rate
from tests.audit.ledger import CASE, START, decide, decision_body
from tests.fairness.speaking import VOICE, follow
from tests.fairness.test_drifting import REF, ROWS, moved, refer, send

MONDAY = START.date() - timedelta(days=START.weekday())


def names(found: Distribution) -> list[tuple[str, str]]:
    return [(bar.kind, bar.name) for bar in found.bars]


def shown(feature: str) -> Distribution:
    # The eighty of the moved sample are minutes apart, and may lie on both sides of a Monday.
    found = [distribution(CASE, REF, feature, MONDAY + timedelta(weeks=at)) for at in (0, 1)]
    return next(one for one in found if one is not None)


def test_bars_are_tenths_and_categories_with_what_is_strange_apart(db: None) -> None:
    refer()
    said = moved()
    send(said)
    follow()
    drifting.walk()
    age, job = shown("age"), shown("job")
    values = np.array([row["age"] for row in said if row.get("age") is not None])
    old = np.array([row["age"] for row in ROWS])
    assert (age.number, age.missing, age.reference_number) == (78, 2, 300)
    assert sum(bar.week or 0 for bar in age.bars) == 78
    parts = [bar for bar in age.bars if bar.kind == "part"]
    assert len(parts) == 10
    for bar in parts:
        assert bar.low is not None and bar.high is not None
        assert bar.reference == ((old >= bar.low) & (old <= bar.high)).sum()
        assert (
            bar.week is not None and bar.week >= ((values >= bar.low) & (values <= bar.high)).sum()
        )
    above = age.bars[-1]
    assert (above.kind, above.low, above.week) == ("above", old.max(), (values > old.max()).sum())
    assert names(job)[-1] == ("unseen", "wizard")
    assert {bar.name for bar in job.bars[:-1]} == {"a", "b"}
    assert (job.missing, job.number) == (1, 79)
    assert distribution(CASE, REF, "shoe", MONDAY) is None
    assert distribution(CASE, REF, "age", MONDAY - timedelta(weeks=9)) is None


def test_many_categories_are_counted_together(db: None) -> None:
    rows = [{"job": f"j{at:02d}"} for at in range(20) for _ in range(20 - at)]
    refer(kinds={"job": "category"}, rows=rows)
    send([{"job": f"j{at:02d}"} for at in range(20)])
    follow()
    drifting.walk()
    found = shown("job")
    assert len(found.bars) == distributions.MOST + 1
    assert (found.bars[-1].kind, found.bars[-1].name) == ("others", "5")
    assert sum(bar.week or 0 for bar in found.bars) == 20


def bar(kind: Any, reference: float, week: float, name: str = "") -> Bar:
    return Bar(kind, name, None, None, reference, week)


def test_few_people_are_hidden_with_what_would_tell_of_them() -> None:
    bars = (
        bar("category", 200, 60, "a"),
        bar("category", 90, 30, "b"),
        bar("unseen", 0, 2, "the king"),
    )
    whole = Distribution("job", "category", MONDAY, bars, 92, 290, 0, 0)
    part = without_small(whole, 10)
    assert [one.week for one in part.bars] == [60, None, None]
    assert [one.reference for one in part.bars] == [200, 90, 0]
    assert (part.bars[2].name, part.hidden, part.missing) == ("", 2, 0)
    assert without_small(whole, 1) == whole
    # How many lack a value may not be shown either: then all decisions are counted together.
    lacking = without_small(replace(whole, bars=bars[:2], number=90, missing=4), 10)
    assert (lacking.missing, lacking.number) == (None, 94)


def week(decisions: float, **rates: float) -> FeatureWeek:
    def rate(name: str) -> Rate:
        return Rate(rates.get(name, 0.0), 0.0, 0.1, 0.0, 0.01)

    return FeatureWeek(
        "job", "category", MONDAY, decisions, 0.02, 0.3, 0.1, 9.0, 0.01, 0.2, 0.1, None, None, None, None, None,
        rate("missing"), None, rate("unseen"), (("clerk", 30.0), ("cook", 12.0), ("king", 1.0)),
    )  # fmt: skip


def test_rates_of_few_are_not_told_and_nothing_is_of_a_week_of_few() -> None:
    part = drifting.without_small(week(100, missing=0.05, unseen=0.43), 10)
    assert (part.missing.value, part.missing.reference) == (None, 0.0)
    assert part.unseen is not None and part.unseen.value == 0.43
    # Beside the cook, the rate of all would tell of the king.
    assert part.unseen_names == (("clerk", 30.0),)
    assert part.psi == 0.3
    few = drifting.without_small(week(9, missing=1.0), 10)
    assert few.p is None
    assert (few.psi, few.chi_square_p, few.missing.value, few.unseen_names) == (
        None,
        None,
        None,
        (),
    )


def test_changes_are_found_and_the_newest_week_that_can_be_judged(db: None) -> None:
    refer()
    drawn = np.random.default_rng(8)
    said = [
        decision_body(
            at,
            decided_at=(START - timedelta(weeks=6 - at // 50)).isoformat(),
            features={"age": float(drawn.normal(40 if at < 150 else 52, 10)), "job": "ab"[at % 2]},
        )
        for at in range(250)
    ]
    late = decision_body(999, decided_at=START.isoformat(), features={"age": 41.0, "job": "a"})
    decide([*said, late], VOICE)
    follow()
    drifting.walk()
    weeks = {"since": MONDAY - timedelta(weeks=9), "until": MONDAY + timedelta(weeks=1)}
    (found,) = feature_changes(CASE, REF, **weeks)
    assert (found.feature, found.week) == ("age", MONDAY - timedelta(weeks=3))
    assert found.p < 0.01 and 0.2 < found.size < 1
    ref = (CASE, REF)
    newest = drifting.latest([ref], **weeks, least=1)[ref]
    judged = drifting.latest([ref], **weeks, least=30)[ref]
    assert {one.week for one in newest} == {MONDAY}
    assert {one.week for one in judged} == {MONDAY - timedelta(weeks=2)}
    assert drifting.latest([(CASE, "none@1")], **weeks, least=1) == {}


@pytest.mark.parametrize("least", [1, 30])
def test_without_weeks_there_is_none(db: None, least: float) -> None:
    refer()
    assert drifting.latest([(CASE, REF)], since=date.min, until=date.max, least=least) == {
        (CASE, REF): []
    }
