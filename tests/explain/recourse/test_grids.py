"""What a feature may become, starting from what was recorded."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from explain.recourse.grids import grid
from explain.recourse.policy import Rule

AMOUNT = Rule("amount", direction="decrease", lower=100, upper=900, step=250, cost_per_unit=0.01)
TENTHS = Rule("r", direction="increase", lower=0, upper=0.5, step=0.1)
SAVINGS = Rule("savings", direction="increase", allowed=("low", "some", "much"), cost_per_unit=2)


@pytest.mark.parametrize(
    ("rule", "recorded", "values", "costs"),
    [
        (None, 7, (7,), (0,)),
        (AMOUNT, 800, (800, 550, 300), (0, 3.5, 6)),
        # From outside the bounds the first value inside them is the nearest.
        (AMOUNT, 1400, (1400, 900, 650, 400, 150), (0, 6, 8.5, 11, 13.5)),
        (AMOUNT, 120, (120,), (0,)),
        (AMOUNT, None, (None,), (0,)),
        (AMOUNT, True, (True,), (0,)),
        (replace(AMOUNT, direction="any"), 400, (400, 150, 650, 900), (0, 3.5, 3.5, 6)),
        (TENTHS, 0.1, (0.1, 0.2, 0.3, 0.4, 0.5), (0, 1, 1, 1, 1)),
        (SAVINGS, "low", ("low", "some", "much"), (0, 3, 5)),
        (SAVINGS, "much", ("much",), (0,)),
        (SAVINGS, "unknown", ("unknown",), (0,)),
        (replace(SAVINGS, direction="any"), "unknown", ("unknown", "low", "some", "much"), (0, 3, 3, 3)),
        (replace(SAVINGS, direction="decrease"), "much", ("much", "some", "low"), (0, 3, 5)),
    ],
)  # fmt: skip
def test_values_and_costs(
    rule: Rule | None, recorded: Any, values: tuple[Any, ...], costs: tuple[float, ...]
) -> None:
    found = grid(rule, recorded)
    assert found.values == values
    assert found.costs == pytest.approx(costs)


def test_whole_numbers_stay_whole() -> None:
    assert [type(value) for value in grid(AMOUNT, 800).values] == [int] * 3
    assert [type(value) for value in grid(AMOUNT, 800.0).values] == [float] * 3


def test_a_walk_ends_even_where_one_side_is_open() -> None:
    found = grid(Rule("x", direction="decrease", lower=0, step=1), 10**12)
    assert len(found.values) == 1001
