"""What counts of all that was said: corrections, sources, probabilities; by examples and by properties."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fairness.derivation import (
    ABSENT,
    MOST_PARTS,
    WHOLE,
    Stated,
    Told,
    bin_of,
    current,
    outcome,
    parts,
    shares_of,
)
from fairness.policy import Reading
from fairness.truth import Line

START = datetime(2026, 1, 1, tzinfo=UTC)


def told(leaf: int, *, corrects: str = "", source: str = "ledger", hours: int = 0) -> Told:
    at = START + timedelta(hours=hours)
    return Told(f"o-{leaf}", corrects, Line(leaf, source, at, at, f"label-{leaf}"))


def counts(*reports: Told, sources: tuple[str, ...] = ()) -> int | None:
    found = outcome(reports, START, sources).label
    return found.leaf if found else None


def test_what_is_corrected_does_not_count_and_corrections_can_be_corrected() -> None:
    assert counts(told(1, hours=9), told(2, corrects="o-1")) == 2
    assert counts(told(1), told(2, corrects="o-1"), told(3, corrects="o-2")) == 3
    assert counts(told(1, corrects="o-2"), told(2, corrects="o-1")) is None
    assert counts(told(1), told(2, corrects="o-7")) == 2


def test_a_foremost_source_that_was_corrected_leaves_the_word_to_the_next() -> None:
    both = told(1, source="bureau"), told(2, hours=9)
    assert counts(*both, sources=("bureau",)) == 1
    assert counts(*both, told(3, corrects="o-1", source="clerk"), sources=("bureau",)) == 2


@given(st.permutations([told(1, hours=3), told(2, corrects="o-1"), told(3, source="b")]))
def test_the_order_of_telling_leaves_no_trace(said: list[Told]) -> None:
    assert counts(*said, sources=("b",)) == 3
    assert counts(*said) == 3


def test_segments_as_bodies_have_them() -> None:
    assert shares_of(
        {
            "a": "x",
            "b": 37.0,
            "c": 1.5,
            "d": None,
            "e": " ",
            "f": "y" * 101,
            "g": {"value": "z", "source": "observed"},
            "h": {"value": "z", "source": "inferred", "method": "m", "probability": 0.25},
            "i": {"distribution": {"p": 0.5, "q": 0.0}, "source": "inferred", "method": "m"},
        }
    ) == {
        "a": [("x", WHOLE)],
        "b": [("37", WHOLE)],
        "c": [("1.5", WHOLE)],
        "g": [("z", WHOLE)],
        "h": [("z", WHOLE // 4)],
        "i": [("p", WHOLE // 2)],
    }


def test_the_decisions_own_statement_stands_before_the_persons_then_the_latest() -> None:
    own = Stated(1, True, START, {"a": [("own", WHOLE)]})
    later = Stated(2, False, START + timedelta(days=1), {"a": [("x", WHOLE)], "b": [("1", WHOLE)]})
    latest = Stated(3, False, START + timedelta(days=2), {"b": [("2", WHOLE)], "c": [("3", WHOLE)]})
    held = current([latest, own, later], Reading(attributes=frozenset({"a", "b"})))
    assert {name: one.leaf_index for name, one in held.items()} == {"a": 1, "b": 3}


_SPREADS = st.dictionaries(
    st.sampled_from("abcde"),
    st.dictionaries(st.sampled_from("uvwxyz"), st.floats(0.001, 1.0), min_size=1),
)


@given(_SPREADS)
def test_parts_are_whole_together_and_few(spread: dict[str, dict[str, float]]) -> None:
    said = {
        name: {
            "distribution": {
                value: share / sum(shares.values()) for value, share in shares.items()
            },
            "source": "inferred",
            "method": "m",
        }
        for name, shares in spread.items()
    }
    made = parts(shares_of(said))
    assert sum(part.weight for part in made) == WHOLE
    assert 1 <= len(made) <= MOST_PARTS + 1
    assert len({part.segments for part in made}) == len(made)
    assert all(0 < part.square <= part.weight or part.weight < 1000 for part in made)


@pytest.mark.parametrize(
    ("score", "bin_"),
    [
        (None, ABSENT),
        (float("nan"), ABSENT),
        (0.0, 0),
        (0.9999, 999),
        (1.0, 999),
        (1.1, ABSENT),
        (-0.1, ABSENT),
    ],
)
def test_bins_of_scores(score: float | None, bin_: int) -> None:
    assert bin_of(score, Reading()) == bin_
