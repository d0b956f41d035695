"""Rates before their limits: where the band lies, and what stands in place of what may not be shown."""

import pytest

from fairness.figures import Axis, Figure, Group
from fairness.policy import Limits
from governance.pages.fairness.rates import band, compared, rate_part


def figure(metric="selection_rate", value=0.4, compared=0.5, **more) -> Figure:
    said = {"low": 0.3, "high": 0.5, "method": "Wilson score", "state": "breach", "p": 0.0004}
    return Figure(metric, 120, 120, value, compared=compared, **{**said, **more})


def axis(*groups: Group) -> dict[str, Axis]:
    return {"machine": Axis(("sex",), groups, (), sum(group.hidden for group in groups))}


def group(name: str, *figures: Figure, hidden: bool = False) -> Group:
    return Group((name,), None if hidden else 120, None if hidden else 60, figures, (), hidden)


def test_the_band_is_four_fifths_of_the_top_rate_or_around_everybody_elses():
    limits = Limits()
    assert band(figure(), limits) == pytest.approx((0.64, 0.8))
    assert band(figure("recall", 0.4, -0.3), limits) == pytest.approx((0.6, 0.8))
    assert band(figure("recall", 0.05, 0.0), limits) == pytest.approx((0.0, 0.15))
    assert (
        band(figure(compared=None), limits) is band(figure(value=0.0, compared=0.0), limits) is None
    )


def test_what_may_not_be_shown_is_named_and_nothing_else_is_told():
    unseen = Figure("selection_rate", None, None, None, None, None, "", hidden=True)
    shown = axis(group("f", figure()), group("m", unseen), group("x", hidden=True))
    part = rate_part("selection_rate", shown, Limits(), "/csv")
    assert part.chart is not None
    assert [row.gone for row in part.chart.rows] == ["", *["Too few to be shown"] * 2]
    assert [row.detail for row in part.chart.rows] == ["n 120", "", ""]
    assert [(side.text, side.note) for side in part.sides] == [
        ("40.0\u202f%", "p < 0.001"), ("", ""), ("", ""),
    ]  # fmt: skip
    for row in part.sheet.rows[1:]:
        assert row[2:] == (*[None] * 8, "Too few to be shown", None)


def test_a_metric_that_nobody_has_says_why():
    nothing = figure("recall", None, None, low=None, high=None, state="")
    part = rate_part("recall", axis(group("f", nothing)), Limits(), "/csv")
    assert (part.chart, part.missing) == (
        None, "No group has decisions that this rate could be a share of.",
    )  # fmt: skip


def test_comparisons_are_told_with_their_bounds():
    told = figure(compared_low=0.4, compared_high=0.62)
    assert compared(told) == "0.50 of the most selected group’s rate (0.40 to 0.62)"
    points = figure("recall", 0.4, -0.3, compared_low=-0.4, compared_high=-0.2)
    assert compared(points) == "−30.0 points from everybody else’s (−40.0 to −20.0)"
