"""The chart of a monitor's capital."""

from __future__ import annotations

import math

import pytest

from governance.charts import Seen, capital_chart, times
from governance.charts.capital import PLOT

NEEDED = math.log(100)


def seen(*points: tuple[int, float]) -> list[Seen]:
    return [Seen(decisions, capital, f"after {decisions}") for decisions, capital in points]


def test_a_line_from_one_to_the_alarm() -> None:
    chart = capital_chart(seen((50, 0.0), (100, NEEDED + 1)), needed=NEEDED, alarm=1, title="t")
    places = [tuple(map(float, point.split(","))) for point in chart.line.split()]
    assert [x for x, _ in places] == [0.0, 50.0, 100.0]
    assert places[0][1] == places[1][1] > chart.needed.y > places[2][1] >= 0
    marks = [(mark.x, mark.y, mark.tip) for mark in chart.marks]
    assert marks == [(*places[1], "after 50"), (*places[2], "after 100")]
    one = next(level for level in chart.levels if level.text == "1")
    assert one.y == places[0][1]
    assert next(level.y for level in chart.levels if level.text == "100") == chart.needed.y
    (spot,) = chart.spots
    assert (spot.x, spot.y, spot.anchor, spot.text) == (*places[2], "end", "alert at 272")
    assert all(0 <= level.y <= PLOT for level in chart.levels)
    assert chart.summary.startswith("From 1 to 272 after 100 decisions")


def test_a_capital_that_was_lost_and_a_long_way() -> None:
    chart = capital_chart(seen((10, -7.0), (9000, 80.0)), needed=NEEDED, alarm=None, title="t")
    assert chart.spots == () and 3 <= len(chart.levels) <= 7
    assert "1" in {level.text for level in chart.levels}
    early = capital_chart(seen((5, NEEDED), (100, 9.0)), needed=NEEDED, alarm=0, title="t")
    assert early.spots[0].anchor == "start"


def test_the_texts_stand_where_the_course_is_not() -> None:
    slow = capital_chart(seen((80, 0.0), (100, NEEDED + 1)), needed=NEEDED, alarm=1, title="t")
    assert (slow.needed.x, slow.needed.anchor) == (0.0, "start")
    steep = capital_chart(seen((50, 30.0)), needed=NEEDED, alarm=0, title="t")
    assert (steep.needed.x, steep.needed.dx, steep.needed.anchor) == (100.0, -4, "end")
    # The highest point has room for its text above it, and the line comes from below.
    assert steep.spots[0].y > 20 and steep.spots[0].dy < 0
    both = capital_chart(seen((10, 30.0), (100, 4.8)), needed=NEEDED, alarm=0, title="t")
    assert both.needed.anchor == "start"


def test_nothing_seen_yet_and_what_is_no_number() -> None:
    empty = capital_chart([], needed=NEEDED, alarm=None, title="t")
    assert empty.line.count(",") == 1
    with pytest.raises(ValueError, match="finite"):
        capital_chart(seen((1, math.nan)), needed=NEEDED, alarm=None, title="t")


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (0.354, "0.354"),
        (40.0, "40"),
        (171.2, "171"),
        (9345.6, "9,346"),
        (12345.6, "12,300"),
        (3e9, "3.0×10⁹"),
        (2e-7, "2.0×10⁻⁷"),
    ],
)
def test_a_capital_in_a_few_digits(value: float, text: str) -> None:
    assert times(math.log(value)) == text
