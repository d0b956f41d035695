"""Watches: each decision is bet on once, when all the rate needs of it is known, and alerts come once."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import orjson
import pytest

from audit.door import Conflict, Invalid, NotFound
from fairness import alerts, policies, watching
from fairness.behind import behind
from fairness.models import Step, Watch
from tests.audit.ledger import CASE, START, decide, decision_body, destroy_key, rows, subject_of
from tests.fairness.speaking import POLICY, VOICE, decided, follow, outcome, outcome_of_each, stated

MONITOR = {"metric": "selection_rate", "segment": "sex", "alpha": 0.05, "owner": "rita"}


def watch(metric: str = "selection_rate", **policy: Any) -> None:
    monitors = [{**MONITOR, "metric": metric}]
    policies.set_policy(
        actor="user:o", use_case=CASE, content={**POLICY, "monitors": monitors, **policy}
    )
    watching.step_all()


def seen() -> list[dict[str, tuple[int, int]]]:
    return [
        {group: (one["hits"], one["trials"]) for group, one in row.seen.items()}
        for row in Step.objects.order_by("number")
    ]


def send(first: int, many: int, sex: str, label: str, **changes: Any) -> None:
    output = {"label": label}
    decide(
        (
            decision_body(at, segments={"sex": sex}, output=output, **changes)
            for at in range(first, first + many)
        ),
        VOICE,
    )


def unequal(first: int = 0, many: int = 60) -> None:
    send(first, many, "f", "deny")
    send(first + many, many, "m", "approve")
    follow()


def test_a_watch_begins_with_what_is_recorded_from_then_on(db: None) -> None:
    unequal()
    watch()
    assert watching.step_all() == 0
    unequal(200, 5)
    assert watching.step_all() == 1
    assert watching.step_all() == 0
    assert seen() == [{"f": (0, 5), "m": (5, 5)}]


def test_a_real_difference_opens_one_alert_with_its_evidence(db: None) -> None:
    watch()
    for at in range(4):
        unequal(at * 200)
        watching.step_all()
    found = alerts.alerts(CASE)
    assert sorted((one.subject["group"], one.subject["direction"]) for one in found) == [
        ("f", "lower"),
        ("m", "higher"),
    ]
    first = found[0]
    assert (first.kind, first.state, first.owner) == ("disparity", "open", "rita")
    assert first.evidence["trials"] == 60
    assert float(first.evidence["p"]) <= float(first.evidence["alpha"])
    assert first.evidence["since"] <= START.date().isoformat() < first.evidence["until"]
    (view,) = watching.watches(CASE)
    assert (view.steps, view.active) == (4, True)
    assert [group.alarmed for group in view.groups] == [True, True]
    assert sum(group.alpha for group in view.groups) < view.alpha
    kinds = rows("SELECT header FROM audit_entry WHERE id = %s", first.entry_id)
    assert orjson.loads(bytes(kinds[0][0]))["kind"] == "alert"
    assert alerts.retrainings(CASE) == []


def test_the_window_of_an_alert_holds_every_decision_bet_on(db: None) -> None:
    watch()
    for days in (9, 8, 7, 6):
        at = (START - timedelta(days=days)).isoformat()
        send(days * 200, 60, "f", "deny", decided_at=at)
        send(days * 200 + 60, 60, "m", "approve", decided_at=at)
        follow()
        watching.step_all()
    found = alerts.alerts(CASE)[0]
    assert found.evidence["step"] > 1
    assert found.evidence["since"] == (START - timedelta(days=9)).date().isoformat()


def test_a_rate_of_true_labels_counts_when_the_last_thing_becomes_known(db: None) -> None:
    watch("recall")
    early = decided(1, segments={"sex": "f"}, output={"label": "approve"}, subject="p")
    late = decided(2, output={"label": "deny"}, subject="q")
    outcome(early, "a")
    follow()
    watching.step_all()
    assert seen() == [{"f": (1, 1)}]
    outcome(late, "a")
    follow()
    watching.step_all()
    stated("s-1", subject="q", segments={"sex": "m"})
    stated("s-2", subject="p", segments={"age": "old"})
    follow()
    watching.step_all()
    assert seen() == [{"f": (1, 1)}, {"f": (0, 0), "m": (0, 1)}]
    observed = (START + timedelta(hours=9)).isoformat()
    outcome(early, "b", label="lost", observed_at=observed)
    stated("s-3", subject="q", segments={"sex": "f"})
    follow()
    assert watching.step_all() == 0


def test_what_is_only_inferred_is_not_bet_on_and_erased_people_are_gone(db: None) -> None:
    watch()
    inferred = {"value": "f", "source": "inferred", "method": "name", "probability": 0.9}
    decided(1, segments={"sex": inferred}, output={"label": "deny"})
    gone = decided(2, segments={"sex": "f"}, output={"label": "deny"})
    decided(3, segments={"sex": "m"}, output={"label": "deny"})
    destroy_key(subject_of(gone))
    follow()
    watching.step_all()
    assert seen() == [{"m": (0, 1)}]


def test_a_watch_ends_when_the_policy_no_longer_names_it(db: None) -> None:
    watch()
    watch("accuracy")
    assert [(row.metric, row.active) for row in Watch.objects.order_by("metric")] == [
        ("accuracy", True),
        ("selection_rate", False),
    ]


def opened(**policy: Any) -> alerts.AlertView:
    watch(**policy)
    for at in range(3):
        unequal(at * 200)
        watching.step_all()
    return alerts.alerts(CASE)[0]


def act(alert: alerts.AlertView, what: str, **said: Any) -> alerts.AlertView:
    return alerts.act(actor="user:r", use_case=CASE, alert=alert.id, what=what, **said)


def test_an_alert_is_taken_through_its_states_by_people(db: None) -> None:
    alert = opened()
    assert act(alert, "acknowledge").state == "acknowledged"
    assert act(alert, "assign", owner="omar").owner == "omar"
    assert (
        act(alert, "explain", text="A campaign for applicants without income.").state == "explained"
    )
    closed = act(alert, "close", text="Ended on Monday.")
    assert (closed.state, [one.act for one in closed.story]) == (
        "closed",
        ["acknowledge", "assign", "explain", "close"],
    )
    assert {one.actor for one in closed.story} == {"user:r"}
    assert alerts.alert(alert.id) == closed
    assert [one.id for one in alerts.alerts(CASE, state="closed")] == [alert.id]
    with pytest.raises(Conflict):
        act(alert, "acknowledge")
    follow()


def test_what_cannot_be_done_with_an_alert(db: None) -> None:
    alert = opened()
    for what, said, pointer in (
        ("explain", {}, "/text"),
        ("close", {"text": " "}, "/text"),
        ("assign", {}, "/owner"),
        ("forget", {}, "/act"),
    ):
        with pytest.raises(Invalid) as refused:
            act(alert, what, **said)
        assert [one["pointer"] for one in refused.value.errors] == [pointer]
    with pytest.raises(NotFound):
        alerts.act(actor="user:r", use_case="hiring", alert=alert.id, what="acknowledge")


def test_retraining_is_asked_for_by_policy_and_linked_to_the_version_that_came_of_it(
    db: None,
) -> None:
    alert = opened(retrain_on_breach=True)
    asked = alerts.retrainings(CASE)
    assert alert.id in {one.alert for one in asked}
    one = asked[0]
    assert (one.model_ref, one.reason.startswith("disparity: direction")) == ("", True)
    assert one.since <= START.date() < one.until

    def link(ref: str) -> alerts.RetrainingView:
        return alerts.link_version(actor="user:o", use_case=CASE, retraining=one.id, model_ref=ref)

    linked = link("credit-risk@2")
    assert (linked.model_ref, link("credit-risk@2").linked_entry) == (
        "credit-risk@2",
        linked.linked_entry,
    )
    with pytest.raises(Conflict):
        link("credit-risk@3")
    lines = rows(
        "SELECT header FROM audit_entry WHERE id = ANY(%s)", [one.entry_id, linked.linked_entry]
    )
    said = [orjson.loads(bytes(header)) for (header,) in lines]
    assert {(line["kind"], line.get("model_ref")) for line in said} == {
        ("retraining", None),
        ("retraining", "credit-risk@2"),
    }


LATER = (START + timedelta(hours=9)).isoformat()
FLOOR = {"metric": "accuracy", "least": 0.8, "alpha": 0.05, "owner": "rita"}


def labelled(first: int, wrong: int, right: int) -> list[Any]:
    """Decisions of which so many turn out wrong; labels come after all of them were decided."""
    half = {"source": "inferred", "method": "m", "distribution": {"f": 0.5, "m": 0.5}}
    lines = decide(
        (
            decision_body(first + at, segments={"sex": half}, output={"label": "approve"})
            for at in range(wrong + right)
        ),
        VOICE,
    )
    follow()
    assert watching.step_all() == 0
    labels = ({"label": "lost" if at < wrong else "repaid"} for at in range(len(lines)))
    outcome_of_each(lines, "o", *labels, observed_at=LATER)
    follow()
    return lines


def test_a_rate_that_falls_below_its_floor_opens_one_alert_as_labels_come(db: None) -> None:
    policies.set_policy(actor="user:o", use_case=CASE, content={**POLICY, "floors": [FLOOR]})
    watching.step_all()
    labelled(0, wrong=3, right=27)
    assert watching.step_all() == 1
    assert alerts.alerts(CASE) == []
    lines = labelled(100, wrong=40, right=10)
    assert watching.step_all() == 1
    # A correction does not count again.
    outcome(lines[0], "p", label="repaid", corrects="o", observed_at=LATER)
    follow()
    assert watching.step_all() == 0
    assert seen() == [{"": (27, 30)}, {"": (10, 50)}]
    (alert,) = alerts.alerts(CASE)
    assert (alert.kind, alert.owner) == ("performance", "rita")
    assert alert.subject == {"metric": "accuracy", "least": "0.8", "direction": "lower"}
    assert (alert.evidence["hits"], alert.evidence["trials"]) == (10, 50)
    assert float(alert.evidence["p"]) <= 0.05
    found = behind(alert, limit=100)
    assert (len(found), {one.truth for one in found}) == (42, {"lost"})
    (view,) = watching.watches(CASE)
    assert (view.segment, view.least_ratio, view.groups[0].alarmed) == ("", 0.8, True)
    labelled(300, wrong=40, right=0)
    watching.step_all()
    assert len(alerts.alerts(CASE)) == 1


@pytest.mark.parametrize(
    ("changed", "pointer"),
    [({"least": 1.0}, "/floors/0/least"), ({"alpha": 0.0}, "/floors/0/alpha")],
)
def test_a_floor_that_cannot_be(db: None, changed: dict[str, Any], pointer: str) -> None:
    with pytest.raises(Invalid) as refused:
        policies.set_policy(
            actor="user:o", use_case=CASE, content={**POLICY, "floors": [{**FLOOR, **changed}]}
        )
    assert [error["pointer"] for error in refused.value.errors] == [pointer]
