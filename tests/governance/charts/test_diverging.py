import pytest

from governance.charts.diverging import diverging
from governance.charts.scale import FOOT, ROW, Part


def test_rows_keep_their_order_and_zero_its_place():
    chart = diverging([Part("a", "1", 0.2), Part("b", "2", -0.1)], title="t")
    # From −0.1 to 0.2 with 3 % air on each side: zero stands at (0.1 + 0.009) / 0.318.
    assert chart.zero == pytest.approx(34.28)
    assert [(r.label, r.direction, r.text, r.anchor) for r in chart.rows] == [
        ("a", "up", "+0.200", "start"),
        ("b", "down", "−0.100", "end"),
    ]
    assert (chart.rows[0].x, chart.rows[1].x) == (chart.zero, chart.rows[1].at)
    assert (chart.bottom, chart.height) == (2 * ROW, 2 * ROW + FOOT)


@pytest.mark.parametrize(
    ("low", "high", "direction"),
    [(0.05, 0.3, "up"), (-0.05, 0.3, "unsure"), (0.0, 0.3, "unsure"), (None, None, "up")],
)
def test_a_sign_is_settled_only_when_the_interval_leaves_zero_out(low, high, direction):
    assert diverging([Part("a", "", 0.1, low, high)], title="t").rows[0].direction == direction


def test_the_text_stands_beyond_the_interval():
    rows = diverging(
        [Part("a", "", 0.1, -0.1, 0.3), Part("b", "", -0.1, -0.3, 0.1)], title="t"
    ).rows
    assert [(r.text_x, r.anchor) for r in rows] == [
        (rows[0].high_x, "start"),
        (rows[1].low_x, "end"),
    ]
    assert [r.interval for r in rows] == ["−0.100 to +0.300", "−0.300 to +0.100"]


def test_summary_says_every_row():
    chart = diverging([Part("a", "", 0.1, 0.0, 0.2), Part("b", "", -0.1)], title="t", digits=1)
    assert chart.summary == "a +0.1 (0.0 to +0.2); b −0.1"


@pytest.mark.parametrize(("low", "high"), [(0.2, 0.3), (0.0, 0.05), (None, 0.2), (0.0, None)])
def test_bounds_that_do_not_hold_the_value_are_refused(low, high):
    with pytest.raises(ValueError, match="a: "):
        diverging([Part("a", "", 0.1, low, high)], title="t")


def test_nothing_to_show():
    chart = diverging([], title="t")
    assert (chart.rows, chart.height, chart.zero) == ((), FOOT, 50.0)
