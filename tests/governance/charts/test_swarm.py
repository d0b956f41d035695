"""The beeswarm's geometry: where dots lie, apart and inside their row, the same each time."""

import re

import pytest

from governance.charts import Case, swarm_chart
from governance.charts.scale import ROW


def drawn(*rows):
    return swarm_chart(rows, title="Dots", summary="Some dots")


def places(path: str) -> list[tuple[float, float]]:
    return [(float(x), float(y)) for x, y in re.findall(r"M(\S+) (\S+?)h0", path)]


def test_a_lone_dot_lies_in_the_middle_of_its_row_at_its_value():
    chart = drawn(("Income", [Case(1.0, "fifth-5")]), ("Age", [Case(-1.0, "fifth-1")]))
    first, second = (row.dots[0] for row in chart.rows)
    (right, y1), (left, y2) = places(first.path)[0], places(second.path)[0]
    assert (y1, y2) == (ROW / 2, ROW * 1.5)
    assert left < 10 * chart.zero < right
    assert (first.kind, second.kind) == ("fifth-5", "fifth-1")
    assert (chart.bottom, len(chart.ticks) > 3) == (2 * ROW, True)


def test_dots_of_one_place_are_moved_apart():
    chart = drawn(("Income", [Case(1.0, "category")] * 5))
    heights = [y - ROW / 2 for _, y in places(chart.rows[0].dots[0].path)]
    assert heights == [0.0, 3.0, -3.0, 6.0, -6.0]


@pytest.mark.parametrize("many", [1, 2, 9, 300])
def test_however_many_they_stay_in_their_row(many):
    chart = drawn(("Income", [Case(0.5, "category")] * many))
    heights = [y for _, y in places(chart.rows[0].dots[0].path)]
    assert len(heights) == many
    assert min(heights) > 0 and max(heights) < ROW


def test_the_same_cases_give_the_same_picture():
    cases = [Case((at * 37 % 100) / 10, f"fifth-{at % 5 + 1}") for at in range(200)]
    assert drawn(("A", cases)) == drawn(("A", cases))
    assert [one.kind for one in drawn(("A", cases)).rows[0].dots] == [
        f"fifth-{n}" for n in range(1, 6)
    ]


def test_a_value_that_is_no_number_is_refused():
    with pytest.raises(ValueError, match="finite"):
        drawn(("A", [Case(float("nan"), "category")]))
