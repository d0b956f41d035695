"""Pairs of bars: places in per cent and pixels."""

from __future__ import annotations

import pytest

from governance.charts.histogram import APART, PAIR, Bin, histogram


def test_pairs_share_one_scale_and_stand_below_each_other() -> None:
    drawn = histogram([Bin("a", 0.5, 0.25, "a"), Bin("b", 0.5, 0.75, "b")], title="T", summary="S")
    one, two = drawn.rows
    assert (one.width, one.width_second) == pytest.approx((65.36, 32.68), abs=0.01)
    assert two.width_second == pytest.approx(98.04, abs=0.01)
    assert two.text_y - one.text_y == PAIR
    assert (one.text, two.text_x) == ("25.0\u202f%", two.width_second)
    assert [tick.text for tick in drawn.ticks] == [
        "0\u202f%",
        "20\u202f%",
        "40\u202f%",
        "60\u202f%",
    ]
    assert drawn.bottom == 2 * PAIR


def test_what_is_no_bin_stands_apart_and_last() -> None:
    drawn = histogram(
        [
            Bin("missing", 0, 0.1, "", apart=True),
            Bin("a", 1, 0.9, ""),
            Bin("new", 0, 0.1, "", True),
        ],
        title="T",
        summary="S",
    )
    assert [(row.label, row.gap) for row in drawn.rows] == [
        ("a", False),
        ("missing", True),
        ("new", False),
    ]
    assert drawn.rows[1].text_y - drawn.rows[0].text_y == PAIR + APART
    assert drawn.bottom == 3 * PAIR + APART
    alone = histogram([Bin("missing", 0, 1, "", apart=True)], title="T", summary="S")
    assert (alone.rows[0].gap, alone.bottom) == (False, PAIR)


def test_a_hidden_share_has_no_bar_and_says_so() -> None:
    drawn = histogram([Bin("a", 0.3, None, "")], title="T", summary="S")
    (row,) = drawn.rows
    assert (row.width_second, row.text, row.hidden) == (0.0, "too few to be shown", True)
    # In the place of its bar: after the other one it would run out of the chart.
    assert row.text_x == 0.0
    assert row.y_second < row.text_y < row.y_second + drawn.bar


@pytest.mark.parametrize("bad", [-0.1, 1.1, float("nan")])
def test_only_shares_are_drawn(bad: float) -> None:
    with pytest.raises(ValueError, match="shares"):
        histogram([Bin("a", bad, 0.1, "")], title="T", summary="S")
