"""Courses: gaps stay gaps, hidden points are marked and not placed, labels do not cover each other."""

import pytest

from governance.charts import Course, Flag, Spot, lines_chart
from governance.charts.lines import FOOT, LANE, TOP


def spot(x, value, hidden=False, low=None, high=None):
    return Spot(float(x), value, low, high, f"tip {x}", hidden)


def drawn(*courses, **more):
    said = {"title": "T", "summary": "S", "ticks": [(0.0, "a"), (4.0, "b")], "over": (0.0, 4.0)}
    return lines_chart(courses, **{**said, **more})


def test_a_missing_figure_is_a_gap_and_a_hidden_one_tells_nothing_of_itself():
    course = Course(
        "f",
        1,
        (spot(0, 0.2), spot(1, 0.4), spot(2, None), spot(3, None, hidden=True), spot(4, 0.6)),
    )
    chart = drawn(course, within=(0.0, 1.0))
    line = chart.lines[0]
    assert [len(run.split()) for run in line.runs] == [2]
    assert [dot.hidden for dot in line.dots] == [False, False, True, False]
    # At the foot, wherever its figure would be.
    assert (line.dots[2].y, chart.hidden) == (chart.bottom - 6, 1)
    assert line.dots[0].y > line.dots[1].y > line.dots[3].y
    assert chart.height == chart.bottom + FOOT


def test_bands_are_drawn_where_every_point_of_a_run_has_bounds():
    bounded = Course("f", 1, tuple(spot(x, 0.5, low=0.4, high=0.6) for x in range(3)))
    bare = Course("m", 2, (spot(0, 0.5, low=0.4, high=0.6), spot(1, 0.5)))
    first, second = drawn(bounded, bare).lines
    assert [len(band.split()) for band in first.bands] == [6]
    assert second.bands == ()


def test_labels_keep_apart_and_lines_their_order():
    same = [Course(name, at, (spot(0, 0.5), spot(4, 0.5))) for at, name in enumerate("abc")]
    chart = drawn(*same)
    heights = [line.label_y for line in chart.lines]
    assert [line.label for line in chart.lines] == ["a", "b", "c"]
    assert heights == [heights[0], heights[0] + LANE, heights[0] + 2 * LANE]


def test_flags_stand_in_two_rows_in_turn_and_inside_the_plot():
    flags = [Flag(x, f"v{x}", "tip", "version") for x in (9.0, -3.0, 2.0)]
    first, second, third = drawn(Course("f", 1, (spot(0, 0.5),)), flags=flags).flags
    assert (first.x, first.anchor, third.x, third.anchor) == (0.0, "start", 100.0, "end")
    assert (first.y, second.y, third.y) == (24, 10, 24) and first.y < TOP


def test_the_diagonal_is_where_both_axes_are_equal():
    chart = drawn(
        Course("f", 1, (spot(0, 0.5),)), over=(0.0, 1.0), within=(0.0, 1.0), diagonal=True
    )
    (x1, y1), (x2, y2) = ([float(n) for n in point.split(",")] for point in chart.diagonal.split())
    assert x1 < x2 and (y1, y2) == (chart.bottom, TOP)


@pytest.mark.parametrize(
    ("course", "more", "why"),
    [
        (Course("f", 7, ()), {}, "kinds"),
        (Course("f", 1, (spot(0, float("nan")),)), {}, "finite"),
        (Course("f", 1, ()), {"over": (4.0, 0.0)}, "two finite ends"),
    ],
)
def test_what_cannot_be_drawn_is_refused(course, more, why):
    with pytest.raises(ValueError, match=why):
        drawn(course, **more)
