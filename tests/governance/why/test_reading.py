"""Reading a why: what policy left out is asked for, and stated reasons need no profile."""

from __future__ import annotations

from explain.explanations import follow
from explain.models import Explanation
from explain.policies import set_policy
from governance.demo.decisions import USE_CASE
from governance.why.reading import read_why
from tests.factories import HIRING, World, candidate, catch_up, record


def ask(key: str) -> object:
    answer = read_why(
        key=key, use_cases=(USE_CASE, HIRING), audience="reviewer", actor="user:reader"
    )
    assert answer is not None
    return answer


def test_asking_why_queues_what_the_policy_left_out(world: World) -> None:
    set_policy(actor="system:test", use_case=USE_CASE, rule="on_demand")
    entry_id = world.entry(world.approved)
    Explanation.objects.filter(entry_id=entry_id).update(
        state="left_out", policy="on demand only", asked=""
    )
    first = ask(world.approved)
    assert (first.explanation.state, first.explanation.detail) == (
        "pending",
        "Not explained by policy (on demand only); asked for: a worker computes it now.",
    )
    while follow():
        continue
    then = ask(world.approved)
    assert (then.explanation.state, then.explanation.detail) == (
        "ready",
        "Not explained by policy (on demand only); asked for: computed.",
    )


def test_the_rule_that_fired_is_told_without_a_profile(world: World) -> None:
    stated = {"rules": [{"code": "H1", "text": "No work permit"}], "reasons": ["H2"]}
    record([{**candidate("candidate-2"), "context": stated}])
    catch_up(explain=False)
    part = ask("candidate-2").reasons
    assert part.state == "ready"
    assert [(one.code, one.kind, one.text) for one in part.items] == [
        ("H1", "rule", "No work permit"),
        ("H2", "person", "Given by the person who decided: H2"),
    ]
    assert part.warnings == ("The reason 'H2' has no wording in the catalogue or the record.",)
    told = read_why(key="candidate-2", use_cases=(HIRING,), audience="subject", actor="user:reader")
    assert told is not None
    assert (told.reasons.items, told.reasons.warnings) == (part.items, ())
    page = world.client("hal").get("/decisions/candidate-2").content.decode()
    assert "No work permit" in page
    assert "automatic rule" in page
