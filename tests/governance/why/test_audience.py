"""The person concerned, a reviewer and an examiner are told what is theirs to know."""

from __future__ import annotations

from governance.demo.decisions import USE_CASE
from governance.why import Why, for_audience, why
from tests.factories import World


def full(world: World) -> Why:
    answer = why(key=world.denied, use_cases=(USE_CASE,))
    assert answer is not None
    return answer


def test_the_person_concerned_gets_reasons_and_no_figures(world: World) -> None:
    told = for_audience(full(world), "subject")

    assert told.reasons.items == full(world).reasons.items
    assert told.decision.features == full(world).decision.features
    assert (told.decision.score, told.decision.threshold, told.decision.probabilities) == (
        None,
        None,
        None,
    )
    assert (told.decision.segments, told.decision.actor) == (None, "")
    assert told.explanation.attributions == ()
    assert (told.explanation.base, told.explanation.threshold) == (None, None)
    assert (told.lime.state, told.quality.state) == ("withheld", "withheld")
    assert told.role_of_ai == "decisive"


def test_a_reviewer_sees_all_but_segments(world: World) -> None:
    told = for_audience(full(world), "reviewer")

    assert told.decision.segments is None
    assert told.explanation == full(world).explanation
    assert told.quality == full(world).quality


def test_an_examiner_sees_everything(world: World) -> None:
    assert for_audience(full(world), "examiner") == full(world)
    assert full(world).decision.segments is not None
