"""Decisions per day."""

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from governance.pages.days import HEAD, LEAST, PLOT, days

TODAY = date(2026, 3, 2)


def test_a_day_without_is_zero_and_stays() -> None:
    chart = days({TODAY: 4, TODAY - timedelta(days=2): 8, date(2020, 1, 1): 99}, until=TODAY)
    assert [day.text for day in chart.columns][-3:] == ["8", "", "4"]
    assert [day.height for day in chart.columns][-3:] == [PLOT, 0.0, PLOT / 2]
    assert [day.label for day in chart.columns][-3:] == ["28 Feb", "1 Mar", "2 Mar"]
    assert [day.today for day in chart.columns].count(True) == 1
    assert chart.summary == "12 decisions; most on 28 February 2026: 8; today so far 4."


def test_no_decisions_at_all() -> None:
    chart = days({}, until=TODAY)
    assert chart.summary == "No decisions in these days."
    assert {day.height for day in chart.columns} == {0.0}


@given(st.lists(st.integers(0, 10**9), min_size=14, max_size=14))
def test_columns_stand_on_the_line_and_within_the_plot(values: list[int]) -> None:
    counts = {TODAY - timedelta(days=13 - at): value for at, value in enumerate(values)}
    chart = days(counts, until=TODAY)
    for day, value in zip(chart.columns, values, strict=True):
        assert abs(day.y + day.height - chart.base) < 0.02
        assert day.y >= HEAD
        assert (day.height >= LEAST) is (value > 0)
        assert 0 <= day.x <= day.middle <= day.x + day.width <= 100
