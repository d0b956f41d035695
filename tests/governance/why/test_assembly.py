"""One answer per decision, in every state it can be in."""

from __future__ import annotations

import math

import pytest

from audit.merkle import verify_inclusion
from audit.queries import Ambiguous
from governance.demo.decisions import USE_CASE
from governance.registry.versions import add_version, retire_version
from governance.why import why
from tests.factories import HIRING, VOICE, World, candidate, catch_up, record

BOTH = (USE_CASE, HIRING)


def test_a_ready_answer_adds_up_and_proves_itself(world: World) -> None:
    answer = why(key=world.denied, use_cases=BOTH)

    assert answer is not None
    part = answer.explanation
    assert part.state == "ready"
    assert part.base is not None and part.output is not None and part.threshold is not None
    assert part.base + math.fsum(row.phi for row in part.attributions) == pytest.approx(
        part.output, abs=1e-9
    )
    assert part.output >= part.threshold
    assert answer.decision.adverse is True
    assert [reason.code for reason in answer.reasons.items] != []
    assert sum(reason.share for reason in answer.reasons.items) <= 1.0 + 1e-9
    proof = answer.proof
    assert proof.state == "included"
    assert proof.leaf_index is not None and proof.tree_size is not None and proof.root is not None
    nodes = [bytes.fromhex(node) for node in proof.inclusion]
    leaf, root = bytes.fromhex(proof.leaf_hash), bytes.fromhex(proof.root)
    assert verify_inclusion(proof.leaf_index, proof.tree_size, leaf, nodes, root)
    assert [item.kind for item in answer.timeline] == ["decision", "explanation"]


def test_values_stand_beside_their_contributions(world: World) -> None:
    answer = why(key=world.denied, use_cases=BOTH)

    assert answer is not None
    shown = {row.feature: row.value for row in answer.explanation.attributions}
    assert shown == answer.decision.features


def test_a_favourable_outcome_owes_no_reasons(world: World) -> None:
    answer = why(key=world.approved, use_cases=BOTH)

    assert answer is not None
    assert (answer.decision.adverse, answer.reasons.state, answer.reasons.items) == (
        False,
        "none",
        (),
    )
    assert answer.outcome.state == "reported"
    assert len(answer.outcome.reports) == 1


def test_reasons_come_in_the_language_asked_for(world: World) -> None:
    english, german, other = (
        why(key=world.denied, use_cases=BOTH, lang=lang) for lang in ("en", "de", "fi")
    )

    assert english is not None and german is not None and other is not None
    assert {one.lang for one in german.reasons.items} == {"de"}
    # Nobody worded them in Finnish: the nearest there is, and the answer says which that is.
    assert other.reasons.items == english.reasons.items
    assert {one.lang for one in other.reasons.items} == {"en"}
    assert [one.code for one in english.reasons.items] == [one.code for one in german.reasons.items]
    assert [one.text for one in english.reasons.items] != [one.text for one in german.reasons.items]


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("refused", "refused"),
        ("pending", "pending"),
        ("erased", "erased"),
        ("unprofiled", "not_available"),
    ],
)
def test_every_other_state_is_named_and_shows_no_figures(
    world: World, kind: str, state: str
) -> None:
    answer = why(key=getattr(world, kind), use_cases=BOTH)

    assert answer is not None
    assert answer.explanation.state == state
    assert answer.explanation.detail != ""
    assert answer.explanation.attributions == ()
    assert answer.reasons.items == ()
    assert answer.lime.weights == ()


def test_what_remains_of_an_erased_person(world: World) -> None:
    answer = why(key=world.erased, use_cases=BOTH)

    assert answer is not None
    decision = answer.decision
    assert decision.state == "erased"
    assert decision.erased is not None
    assert (decision.subject, decision.features, decision.inputs, decision.label) == (
        None,
        None,
        None,
        None,
    )
    assert answer.model.ref == "credit-risk@1.0.0"
    assert answer.proof.state == "included"
    assert "erasure" in [item.kind for item in answer.timeline] or decision.erased.at is not None


def test_an_unregistered_version_is_a_violation_not_a_refusal(world: World) -> None:
    answer = why(key=world.unregistered, use_cases=BOTH)

    assert answer is not None
    assert (answer.model.registered, answer.model.violations) == (False, ("version_unknown",))


def test_violations_are_of_the_moment_it_was_recorded(world: World) -> None:
    add_version(voice=VOICE, model="credit-risk", number="9.9.9")
    retire_version(voice=VOICE, model="shortlist", number="2.1.0")

    late = why(key=world.unregistered, use_cases=BOTH)
    early = why(key=world.unprofiled, use_cases=BOTH)

    assert late is not None and early is not None
    assert (late.model.registered, late.model.violations) == (True, ("version_unknown",))
    assert (early.model.state, early.model.violations) == ("retired", ())


def test_until_the_mark_is_read_the_registry_answers(world: World) -> None:
    retire_version(voice=VOICE, model="shortlist", number="2.1.0")
    record([candidate("just-now")])

    answer = why(key="just-now", use_cases=BOTH)

    assert answer is not None
    assert answer.model.violations == ("version_retired",)
    catch_up(explain=False)
    assert why(key="just-now", use_cases=BOTH).model.violations == ("version_retired",)


def test_an_id_of_two_use_cases_is_ambiguous_only_to_who_sees_both(world: World) -> None:
    with pytest.raises(Ambiguous):
        why(key=world.shared, use_cases=BOTH)

    answer = why(key=world.shared, use_cases=(HIRING,))
    assert answer is not None
    assert answer.decision.use_case == HIRING


def test_the_entry_id_finds_the_same_answer(world: World) -> None:
    by_id = why(key=world.denied, use_cases=BOTH)
    assert by_id is not None

    assert why(key=str(by_id.decision.entry_id), use_cases=BOTH) == by_id


def test_another_use_case_is_not_seen(world: World) -> None:
    assert why(key=world.denied, use_cases=(HIRING,)) is None
    assert why(key="no-such-decision", use_cases=BOTH) is None
