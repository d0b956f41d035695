"""A figure per week, with its bound."""

from __future__ import annotations

import pytest

from governance.charts.columns import HEAD, PLOT, Week, columns


def test_columns_stand_on_one_line_and_bounds_lie_across_them() -> None:
    drawn = columns(
        [Week("2 Nov", 0.1, 0.05, "a"), Week("9 Nov", 0.2, 0.05, "b", beyond=True), Week("16 Nov", None, None, "c")],
        title="T",
    )  # fmt: skip
    one, two, three = drawn.columns
    assert one.y is not None and two.y is not None
    assert one.y + one.height == pytest.approx(drawn.bottom) == two.y + two.height
    assert two.height == pytest.approx(2 * one.height, abs=0.2)
    assert one.bound_y == two.bound_y and one.bound_y is not None and one.bound_y > one.y
    assert (three.y, three.bound_y, three.height) == (None, None, 0.0)
    assert one.bound_end == pytest.approx(one.x + one.width)
    assert HEAD < two.y < HEAD + PLOT
    assert drawn.summary == "2 Nov: 0.100; 9 Nov: 0.200; 16 Nov: none"


def test_of_many_weeks_some_are_named_the_newest_among_them() -> None:
    drawn = columns([Week(str(at), 0.1, None, "") for at in range(52)], title="T")
    named = [one.label for one in drawn.columns if one.label]
    assert named == [str(at) for at in range(3, 52, 4)]


def test_shares_are_told_in_per_cent_and_nothing_but_zeros_has_a_scale() -> None:
    drawn = columns([Week("a", 0.5, None, "")], title="T", percent=True)
    assert all(rung.text.endswith("\u202f%") for rung in drawn.rungs)
    nothing, little = columns(
        [Week("a", 0.0, None, ""), Week("b", 1e-9, 1.0, "")], title="T"
    ).columns
    assert (nothing.height, little.height) == (0.0, 1.5)
    assert columns([Week("a", 0.0, None, "")], title="T").rungs[0].text == "0.04"


@pytest.mark.parametrize("bad", [-1.0, float("inf")])
def test_no_weeks_and_no_nonsense(bad: float) -> None:
    for weeks in ([], [Week("a", bad, None, "")]):
        with pytest.raises(ValueError, match="columns need weeks"):
            columns(weeks, title="T")
