from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from hypothesis import given, settings
from hypothesis import strategies as st

from fairness.truth import Line, Review, after_review, derive

DECIDED = datetime(2026, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def line(
    leaf: int, source: str, observed: int, label: str | None = "repaid", **more: object
) -> Line:
    at = DECIDED + observed * DAY
    return replace(Line(leaf, source, at, at + DAY, label), **more)


LINES = st.lists(
    st.builds(
        line,
        st.integers(0, 99),
        st.sampled_from(["court", "bank", "bureau", "clerk"]),
        st.integers(-2, 4),
        st.sampled_from([None, "repaid", "default"]),
        value=st.sampled_from([None, 0.0, 12.5]),
    ),
    max_size=12,
    unique_by=lambda one: one.leaf,
)
PRECEDENCE = st.permutations(["court", "bank"]).flatmap(
    lambda one: st.sampled_from([one, one[:1], []])
)


@settings(max_examples=200, deadline=None)
@given(LINES, PRECEDENCE, st.randoms(use_true_random=False))
def test_the_outcome_does_not_depend_on_order_or_repetition(
    lines: list[Line], precedence: list[str], chance: random.Random
) -> None:
    told = derive(lines, decided_at=DECIDED, precedence=precedence)
    again = lines + chance.choices(lines, k=3) if lines else []
    chance.shuffle(again)
    assert derive(again, decided_at=DECIDED, precedence=precedence) == told


@settings(max_examples=200, deadline=None)
@given(LINES, PRECEDENCE)
def test_the_outcome_is_what_the_rule_says(lines: list[Line], precedence: list[str]) -> None:
    """The rule once more, by elimination."""
    found = derive(lines, decided_at=DECIDED, precedence=precedence).label
    left = [one for one in lines if one.label is not None and one.observed_at >= DECIDED]
    if not left:
        assert found is None
        return
    assert found is not None
    first = next((one for one in precedence if any(x.source == one for x in left)), None)
    if first:
        left = [one for one in left if one.source == first]
    newest = max(one.observed_at for one in left)
    best = max((one for one in left if one.observed_at == newest), key=lambda one: one.leaf)
    assert (found.answer, found.source, found.leaf) == (best.label, best.source, best.leaf)
    assert found.source not in found.contradicted and found.lag == best.observed_at - DECIDED


@settings(max_examples=100, deadline=None)
@given(LINES, st.integers(0, 6))
def test_a_look_at_the_past_equals_what_was_said_then(lines: list[Line], day: int) -> None:
    then = DECIDED + day * DAY
    early = [one for one in lines if one.recorded_at <= then]
    assert derive(lines, decided_at=DECIDED, known_by=then) == derive(early, decided_at=DECIDED)


def test_a_source_corrects_itself_and_another_contradicts_it() -> None:
    lines = [
        line(1, "bank", 30, "default"),
        line(2, "bank", 30, "repaid"),
        line(3, "bureau", 40, "default"),
        line(4, "court", 35, None, value=2.0),
    ]
    told = derive(lines, decided_at=DECIDED, precedence=["bank"])
    assert told.label is not None and told.value is not None
    assert (told.label.answer, told.label.earlier, told.label.contradicted) == (
        "repaid",
        1,
        ("bureau",),
    )
    assert told.label.lag == 30 * DAY
    assert (told.value.answer, told.value.source) == (2.0, "court")
    unranked = derive(lines, decided_at=DECIDED).label
    assert (
        unranked is not None and unranked.source == "bureau" and unranked.contradicted == ("bank",)
    )


def test_a_late_line_does_not_overrule_a_newer_observation() -> None:
    told = derive(
        [line(1, "bank", 60, "repaid"), line(9, "bank", 30, "default")], decided_at=DECIDED
    )
    assert told.label is not None and told.label.answer == "repaid"
    assert derive([line(1, "bank", -1)], decided_at=DECIDED).label is None


def test_the_last_review_takes_effect() -> None:
    first, second = Review(5, DECIDED, "deny"), Review(7, DECIDED, "grant")
    assert after_review("deny", []).review is None
    for reviews in ([first, second], [second, first]):
        found = after_review("deny", reviews)
        assert (found.label, found.review, found.overridden) == ("grant", 7, True)
    upheld = after_review("deny", [first, Review(8, DECIDED + DAY, "deny")])
    assert upheld.review == 8 and not upheld.overridden
