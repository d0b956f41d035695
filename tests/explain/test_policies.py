"""Which decisions are explained unasked, and that what is left out says so and can be asked for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID, uuid4

import pytest
from hypothesis import given
from hypothesis import strategies as st

from audit.door import Invalid
from explain import explanations, policies
from explain.models import Explanation
from explain.policies import adverse, drawn, policy, set_policy
from explain.queries import coverage, explanation
from governance.demo.catalogue import specification
from governance.demo.decisions import MODEL_REF, USE_CASE
from tests.explain.conftest import VOICE, Credit
from tests.explain.test_explanations import lines_about, settle

Record = Callable[[dict[str, Any]], UUID]


def say(**said: Any) -> policies.PolicyView:
    return set_policy(actor=VOICE.actor, use_case=USE_CASE, **said)


def states() -> dict[UUID, str]:
    return dict(Explanation.objects.values_list("entry_id", "state"))


def labelled(credit: Credit, label: str) -> dict[str, Any]:
    found = (credit.body(at) for at in range(len(credit.held_out)))
    return next(body for body in found if body["output"]["label"] == label)


def test_everything_is_explained_while_nobody_says_otherwise(
    credit: Credit, record: Record
) -> None:
    credit.register()
    ids = [record(credit.body(at)) for at in range(3)]
    settle()
    assert states() == dict.fromkeys(ids, "ready")
    assert (policy(USE_CASE).rule, policy(USE_CASE).set_at is None) == ("all", True)


def test_adverse_only_leaves_out_what_went_well_for_the_person(
    credit: Credit, record: Record
) -> None:
    credit.register()
    say(rule="adverse")
    denied, approved = (record(labelled(credit, label)) for label in ("deny", "approve"))
    settle()
    assert states() == {denied: "ready", approved: "left_out"}
    found = explanation(approved, MODEL_REF, content={})
    assert found is not None
    assert found.detail == (
        "Not explained by policy (adverse only): it is computed when somebody asks why."
    )
    assert coverage([MODEL_REF])[MODEL_REF].left_out == 1
    assert coverage([MODEL_REF])[MODEL_REF].total == 1
    assert lines_about(approved) == []


def test_asking_why_computes_what_the_policy_left_out(credit: Credit, record: Record) -> None:
    credit.register()
    say(rule="on_demand")
    entry_id = record(credit.body(0))
    settle()
    assert states() == {entry_id: "left_out"}

    assert policies.ask(entry_id) is True
    waiting = explanation(entry_id, MODEL_REF, content={})
    assert waiting is not None
    assert (waiting.state, waiting.detail) == (
        "pending",
        "Not explained by policy (on demand only); asked for: a worker computes it now.",
    )
    settle()
    found = explanation(entry_id, MODEL_REF, content=credit.body(0))
    assert found is not None
    assert (found.state, found.detail) == (
        "ready",
        "Not explained by policy (on demand only); asked for: computed.",
    )
    assert lines_about(entry_id) == ["explanation"]
    assert policies.ask(entry_id) is False


def test_what_no_follower_has_met_yet_waits_its_turn(credit: Credit, record: Record) -> None:
    credit.register()
    body = credit.body(0)

    found = explanation(record(body), MODEL_REF, content=body)

    assert found is not None
    assert (found.state, found.detail, found.cause) == (
        "pending",
        "A worker computes it in its turn.",
        "",
    )


def test_the_urgent_way_computes_it_too(credit: Credit, record: Record) -> None:
    credit.register()
    say(rule="on_demand")
    entry_id = record(credit.body(0))
    settle()
    assert explanations.explain_one(entry_id)
    assert states() == {entry_id: "ready"}


def test_a_sample_is_drawn_by_the_entrys_id_and_can_be_drawn_again(
    credit: Credit, record: Record
) -> None:
    credit.register()
    say(rule="sample", rate=0.5, seed=7)
    ids = [record(credit.body(at)) for at in range(8)]
    explanations.feed()
    expected = {one: "pending" if drawn(one, rate=0.5, seed=7) else "left_out" for one in ids}
    assert states() == expected
    left = Explanation.objects.filter(state="left_out").first()
    assert left is None or left.policy == "a sample of 50 %"


@given(st.uuids(), st.integers(-100, 100), st.floats(0.01, 0.98), st.floats(0, 0.01))
def test_a_higher_rate_holds_all_that_a_lower_one_does(
    entry_id: UUID, seed: int, rate: float, more: float
) -> None:
    if drawn(entry_id, rate=rate, seed=seed):
        assert drawn(entry_id, rate=rate + more, seed=seed)


def test_a_sample_holds_its_share() -> None:
    ids = [UUID(int=n * 0x9E3779B97F4A7C15F39CC0605CEDC835 % (1 << 128)) for n in range(20_000)]
    held = sum(drawn(one, rate=0.1, seed=3) for one in ids)
    # Five standard deviations of a binomial around 2,000.
    assert abs(held - 2000) < 5 * (20_000 * 0.1 * 0.9) ** 0.5


def test_what_cannot_be_told_to_be_favourable_is_explained(credit: Credit, record: Record) -> None:
    credit.register()
    say(rule="adverse")
    body = credit.body(0)
    body["output"] = {"label": "referred"}
    entry_id = record(body)
    explanations.feed()
    assert states() == {entry_id: "pending"}


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ({"label": "deny", "score": 0.0}, True),
        ({"label": "approve", "score": 1.0}, False),
        ({"label": "other", "score": 1.0}, None),
        ({"score": 0.4}, True),
        ({"score": 0.39}, False),
        ({"score": 0.39, "threshold": 0.3}, True),
        ({}, None),
    ],
)
def test_adverse_by_label_and_else_by_score(output: dict[str, Any], expected: bool | None) -> None:
    assert adverse(specification(), output) is expected


def test_setting_it_is_a_line_of_the_log_and_a_repeat_is_none(fresh_db: str) -> None:
    first = say(rule="sample", rate=0.25, seed=5)
    again = say(rule="sample", rate=0.25, seed=5)
    assert (first.entry_id, first.set_at) == (again.entry_id, again.set_at)
    other = say(rule="all")
    assert other.entry_id != first.entry_id
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT body FROM audit_entry_body ORDER BY id")
        bodies = [bytes(row[0]) for row in cursor]
    assert bodies[0] == (
        b'{"act":"explain_policy_set","before":{"most_reasons":4,"rate":null,"rule":"all","seed":0,'
        b'"thresholds":{}},"most_reasons":4,"rate":0.25,"rule":"sample","seed":5,"thresholds":{}}'
    )
    assert len(bodies) == 2


@pytest.mark.parametrize(
    ("said", "pointers"),
    [
        ({"rule": "some"}, ["/rule"]),
        ({"rule": "sample"}, ["/rate"]),
        ({"rule": "sample", "rate": 0.0}, ["/rate"]),
        ({"rule": "sample", "rate": float("nan")}, ["/rate"]),
        ({"rule": "all", "rate": 0.5}, ["/rate"]),
        ({"rule": "all", "seed": 1 << 60, "most_reasons": 0}, ["/seed", "/most_reasons"]),
        ({"rule": "all", "thresholds": {"stable": 0.5}}, ["/thresholds/stable"]),
        ({"rule": "all", "thresholds": {"lime_r2": 1.5}}, ["/thresholds/lime_r2"]),
        ({"rule": "all", "thresholds": {"stability": float("nan")}}, ["/thresholds/stability"]),
    ],
)
def test_what_is_wrong_is_pointed_at(
    fresh_db: str, said: dict[str, Any], pointers: list[str]
) -> None:
    with pytest.raises(Invalid) as problem:
        say(**said)
    assert [error["pointer"] for error in problem.value.errors] == pointers


def test_a_use_case_asks_more_of_explanations_and_never_less(
    credit: Credit, record: Record
) -> None:
    credit.register()
    entry_id = record(credit.body(0))
    settle()

    def warned(**thresholds: float) -> tuple[float, int]:
        say(rule="all", thresholds=thresholds)
        found = explanation(entry_id, MODEL_REF, content={})
        assert found is not None
        assert found.quality is not None
        return found.quality.thresholds.faithfulness, len(found.quality.warnings)

    usual = warned()
    assert usual[0] == 0.0
    # As far ahead of random orders as the output moves at all: no explanation is.
    assert warned(faithfulness=1.0) == (1.0, usual[1] + 2)
    assert warned(additivity=1.0, lime_r2=0.0, stability=0.0, standard_error=1.0) == usual


def test_a_version_without_profile_is_nobodys_policy(credit: Credit, record: Record) -> None:
    say(rule="adverse")
    record(credit.body(0))
    settle()
    assert states() == {}
    assert policies.ask(uuid4()) is False
