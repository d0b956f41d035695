"""Features week by week against a reference: counted once, forgotten with their people, exact."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO
from typing import Any

import numpy as np
import pytest
from django.core.management import CommandError, call_command
from scipy import stats

from audit.door import Conflict, Invalid
from fairness import drifting, facts, features, references
from fairness.models import Coded, FeatureCell
from tests.audit.ledger import CASE, START, decide, decision_body, destroy_key, rows, subject_of
from tests.fairness.speaking import VOICE, follow

REF = "credit-risk@1.0.0"
DRAWN = np.random.default_rng(3)
ROWS = [
    {"age": float(age), "job": job}
    for age, job in zip(
        DRAWN.normal(40, 10, 300).round(1), DRAWN.choice(["a", "b"], 300), strict=True
    )
]
KINDS = {"age": "number", "job": "category"}
SINCE, UNTIL = START.date() - timedelta(days=14), START.date() + timedelta(days=7)


def refer(**changed: Any) -> references.ReferenceView:
    said: dict[str, Any] = {"kinds": KINDS, "rows": ROWS, **changed}
    return references.set_reference(actor="system:t", use_case=CASE, model_ref=REF, **said)


def send(rows_: list[dict[str, Any]], first: int = 0) -> list[Any]:
    return decide((decision_body(first + at, features=row) for at, row in enumerate(rows_)), VOICE)


def weeks() -> dict[str, drifting.FeatureWeek]:
    found = drifting.drift(CASE, REF, since=SINCE, until=UNTIL)
    return {one.feature: one for one in found}


def moved() -> list[dict[str, Any]]:
    ages = DRAWN.normal(55, 10, 80).round(1).tolist()
    said: list[dict[str, Any]] = [{"age": age, "job": "a"} for age in ages]
    said[0]["age"] = None
    del said[1]["age"]
    said[2]["age"] = 400
    said[3]["job"] = "wizard"
    said[4]["job"] = ""
    return said


def test_what_moved_is_told_and_what_did_not_is_not(db: None) -> None:
    refer()
    said = moved()
    send(said)
    follow()
    assert drifting.walk() == 80
    assert drifting.walk() == 0
    age, job = weeks()["age"], weeks()["job"]
    assert (age.decisions, age.week.isoweekday()) == (80, 1)
    assert age.drifted and job.drifted
    values = [float(row["age"]) for row in said if row.get("age") is not None]
    exact = stats.ks_2samp([row["age"] for row in ROWS], values).statistic
    assert age.ks is not None and age.ks_at_most is not None
    assert age.ks - 1e-12 <= exact <= age.ks_at_most + 1e-12
    moved_by = stats.wasserstein_distance([row["age"] for row in ROWS], values)
    assert age.wasserstein is not None and age.wasserstein_error is not None
    # What lies beyond the reference stands at its mean, which the bound leaves out: here one value.
    assert abs(age.wasserstein - moved_by) <= age.wasserstein_error + 1e-9
    assert age.missing.value == 2 / 80
    assert age.beyond is not None and age.beyond.value is not None
    assert age.beyond.value >= 1 / 78
    assert (job.missing.value, job.unseen_names) == (1 / 80, (("wizard", 1.0),))
    assert job.unseen is not None and job.unseen.value == 1 / 79


def test_history_is_coded_when_a_reference_comes_later_and_once_only(db: None) -> None:
    send(ROWS[:50])
    follow()
    assert drifting.walk() == 0
    refer()
    assert drifting.walk() == 50
    assert not weeks()["age"].drifted
    before = features.content()
    drifting.restart(REF)
    assert drifting.walk() == 50
    assert features.content() == before
    assert drifting.drift(CASE, "other@1", since=SINCE, until=UNTIL) == []


def test_erased_people_are_taken_out(db: None) -> None:
    refer()
    one, *_ = send([{"age": 30.5, "job": "sailor"}, {"age": 41.25, "job": "a"}])
    follow()
    drifting.walk()
    destroy_key(subject_of(one))
    follow()
    assert Coded.objects.count() == 1
    assert "sailor" not in set(FeatureCell.objects.values_list("name", flat=True))
    before = features.content()
    facts.rebuild(lambda done, total: None)
    drifting.restart(REF)
    drifting.walk()
    assert features.content() == before


def test_pages_of_any_size_count_the_same(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    refer()
    send(moved())
    follow()
    drifting.walk()
    before = features.content()
    monkeypatch.setattr(features, "PAGE", 7)
    drifting.restart(REF)
    drifting.walk()
    assert features.content() == before


def test_the_command_counts_anew_what_a_fault_spoilt(db: None) -> None:
    refer()
    lines = send(moved())
    follow()
    drifting.walk()
    before = features.content()
    destroy_key(subject_of(lines[7]))
    follow()
    without = features.content()
    assert without != before
    FeatureCell.objects.filter(feature=0).delete()
    FeatureCell.objects.update(decisions=5)
    for asked in ({"versions": [REF]}, {"all": True}):
        said = StringIO()
        call_command("recountfeatures", *asked.get("versions", []), all="all" in asked, stdout=said)
        assert said.getvalue() == f"{REF}: 79 decisions counted anew.\n"
        assert features.content() == without
    for refused in ([], ["other@1"]):
        with pytest.raises(CommandError):
            call_command("recountfeatures", *refused)
    assert features.content() == without


def test_a_reference_is_frozen_and_stands_in_the_log(db: None) -> None:
    first = refer()
    assert refer() == first
    assert references.reference(CASE, REF) == first
    assert (first.features, first.number) == (("age", "job"), 300)
    assert rows("SELECT count(*) FROM audit_entry WHERE id = %s", first.entry_id) == [(1,)]
    with pytest.raises(Conflict):
        refer(rows=ROWS[:100])


@pytest.mark.parametrize(
    "changed",
    [
        {"rows": []},
        {"kinds": {}},
        {"kinds": {"job": "number"}},
        {"rows": [{"job": f"j{n}"} for n in range(1001)], "kinds": {"job": "category"}},
    ],
)
def test_what_makes_no_reference(db: None, changed: dict[str, Any]) -> None:
    with pytest.raises(Invalid):
        refer(**changed)


def test_what_the_version_says_is_held_against_its_first_weeks(db: None) -> None:
    def week(back: int, label: str, score: float, first: int) -> None:
        decided_at = (START - timedelta(days=7 * back)).isoformat()
        decide(
            (
                decision_body(
                    first + at,
                    output={"label": label, "score": score + at / 100},
                    decided_at=decided_at,
                )
                for at in range(30)
            ),
            VOICE,
        )

    for back in range(1, 5):
        week(back, "approve", 0.5, 100 * back)
    week(0, "deny", 0.0, 900)
    follow()
    label, score = drifting.drift(CASE, REF, since=SINCE, until=UNTIL)
    assert (label.feature, score.feature) == ("output.label", "output.score")
    assert (label.week, label.decisions, score.decisions) == (score.week, 30, 30)
    assert label.drifted and score.drifted
    assert label.unseen_names == (("deny", 30.0),)
    assert score.ks == 1.0
    assert score.wasserstein == pytest.approx(0.5)
