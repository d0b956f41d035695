"""What each rule would have explained of the newest decisions: the same as the follower would."""

from __future__ import annotations

from audit.queries import DecisionFilter, decisions
from explain.foresight import foresee
from explain.policies import drawn
from governance.demo.decisions import MODEL_REF, USE_CASE
from tests.factories import HIRING, World, world

__all__ = ["world"]


def test_counts_are_those_of_the_rules(world: World) -> None:
    rows = [
        row
        for row in decisions(DecisionFilter([USE_CASE]), None, 200).results
        if row.model_ref == MODEL_REF
    ]
    found = foresee(USE_CASE, rate=0.4, seed=3)
    assert found.explained == {
        "all": len(rows),
        "adverse": sum(row.label == "deny" for row in rows),
        "sample": sum(drawn(row.entry_id, rate=0.4, seed=3) for row in rows),
        "on_demand": 0,
    }
    assert 0 < found.explained["sample"] < len(rows)
    assert (found.n, found.unprofiled, found.all_there_are) == (len(rows), 1, True)
    # Another seed draws others, though perhaps as many: the ids are random.
    others = [drawn(row.entry_id, rate=0.4, seed=4) for row in rows]
    assert foresee(USE_CASE, rate=0.4, seed=4).explained["sample"] == sum(others)
    assert others != [drawn(row.entry_id, rate=0.4, seed=3) for row in rows]


def test_it_looks_at_the_newest_only(world: World) -> None:
    found = foresee(USE_CASE, rate=0.1, seed=0, most=5)
    newest = decisions(DecisionFilter([USE_CASE]), None, 5).results
    assert found.n + found.unprofiled == 5
    assert (found.since, found.all_there_are) == (newest[-1].decided_at, False)


def test_a_use_case_without_profiles_or_decisions(world: World) -> None:
    hiring = foresee(HIRING, rate=0.1, seed=0)
    assert (hiring.n, hiring.unprofiled, set(hiring.explained.values())) == (0, 2, {0})
    empty = foresee("nobody-decides-here", rate=0.1, seed=0)
    assert (empty.n, empty.unprofiled, empty.since) == (0, 0, None)
