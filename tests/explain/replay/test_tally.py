"""The report adds up, batch by batch, to what all decisions at once would give."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from explain.replay.tally import EDGES, Item, Tally, report
from explain.replay.verdicts import Verdict, cannot

DAY = date(2026, 11, 1)


def drift(difference: float, at: int = 0) -> Item:
    state = "drift" if abs(difference) > 1e-6 else "match"
    return Item(f"e{at}", DAY + timedelta(at % 3), Verdict(state, difference=difference))


@given(
    st.lists(st.floats(-1, 1).filter(lambda one: one == 0 or abs(one) > 1e-12), max_size=60),
    st.integers(1, 7),
)
def test_batches_stored_in_between_change_nothing(differences: list[float], size: int) -> None:
    items = [drift(one, at) for at, one in enumerate(differences)]
    whole, parts = Tally(), Tally()
    whole.add(items)
    for start in range(0, len(items), size):
        parts.add(items[start : start + size])
        parts = Tally.from_json(orjson.loads(orjson.dumps(parts.to_json())))
    assert parts == whole
    assert report(parts) == report(whole)


@pytest.mark.parametrize("share", [0.5, 0.9, 0.95, 0.99])
def test_quantiles_are_right_to_a_fortieth(share: float) -> None:
    sizes = np.random.default_rng(3).lognormal(-6, 2, 5000)
    tally = Tally()
    tally.add(drift(float(one), at) for at, one in enumerate(sizes))
    exact = np.quantile(sizes, share, method="inverted_cdf")
    assert tally.quantile(share) == pytest.approx(exact, rel=0.025)
    assert tally.largest == sizes.max()
    assert tally.mean == pytest.approx(sizes.mean())


def test_the_report() -> None:
    tally = Tally()
    tally.add(
        [
            Item("a", DAY, Verdict("match", difference=0.0)),
            Item("b", DAY, Verdict("drift", difference=0.02, flipped=True)),
            Item("c", DAY + timedelta(1), Verdict("drift", difference=-0.3)),
            Item("d", DAY + timedelta(1), cannot("erased", "Gone.")),
        ]
    )
    told = report(tally)
    assert [told[name] for name in ("decisions", "match", "drift", "cannot", "label_flips")] == [
        4, 1, 2, 1, 1,
    ]  # fmt: skip
    assert told["causes"] == {"erased": 1}
    assert told["first"] == {"drift": ["b", "c"], "erased": ["d"]}
    assert [bar["decisions"] for bar in told["differences"]["histogram"]] == [1, 0, 0, 0, 0, 1, 1]
    assert [bar["up_to"] for bar in told["differences"]["histogram"]] == [*EDGES, None]
    assert told["differences"]["above"] == told["differences"]["below"] == 1
    assert told["days"] == [
        {"day": "2026-11-01", "match": 1, "drift": 1, "cannot": 0},
        {"day": "2026-11-02", "match": 0, "drift": 1, "cannot": 1},
    ]


def test_an_empty_sweep_has_no_quantiles() -> None:
    told = report(Tally())["differences"]
    assert told["quantiles"] == {"0.5": None, "0.9": None, "0.95": None, "0.99": None}
    assert told["mean"] is None


def test_examples_are_few() -> None:
    tally = Tally()
    tally.add((drift(0.1, at) for at in range(100)), examples=5)
    assert tally.first == {"drift": [f"e{at}" for at in range(5)]}
