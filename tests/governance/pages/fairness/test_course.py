"""A rate over time: who is drawn, what is hidden, and the table that tells all the rest."""

from datetime import date, timedelta

import pytest

from fairness.series import Line, Marker, Point, Series
from governance.pages.fairness.course import course_part, kinds
from governance.pages.fairness.links import Asked

WEEK = date(2026, 3, 2)


def point(at: int, number: float | None, value: float | None, *, hidden: bool = False) -> Point:
    bounds = (None, None) if value is None else (max(value - 0.1, 0), min(value + 0.1, 1))
    return Point(WEEK + timedelta(days=7 * at), number, value, *bounds, hidden)


def series(basis="machine", **lines: list[Point]) -> Series:
    drawn = [Line("" if name == "all" else name, tuple(points)) for name, points in lines.items()]
    markers = (Marker(WEEK, "version", "m@1"), Marker(WEEK + timedelta(days=9), "policy", "2"))
    return Series("selection_rate", "sex", basis, tuple(drawn), markers)


FOUND = series(
    all=[point(0, 110, 0.5), point(1, 120, 0.6)],
    f=[point(0, 60, 0.4), point(1, None, None, hidden=True)],
    m=[point(0, 45, 0.6), point(1, 60, 0.7)],
    x=[point(0, 5, 0.0), point(1, 5, 1.0)],
)
COLOURS = kinds(["m", "f", "x"])


def test_colours_go_by_name_and_there_are_six():
    assert COLOURS == {"f": 1, "m": 2, "x": 3}
    assert kinds(list("hgfedcba")) == {"c": 1, "d": 2, "e": 3, "f": 4, "g": 5, "h": 6}


def test_groups_of_few_decisions_a_week_are_in_the_table_alone():
    part = course_part({"machine": FOUND}, Asked("loans"), COLOURS, least=30)
    chart = part.charts[0].chart
    assert [(line.label, line.kind) for line in chart.lines] == [
        ("Everybody", 0),
        ("f", 1),
        ("m", 2),
    ]
    assert "1 group with too few decisions a week only in the table." in part.note
    assert "A cross at the foot" in part.note and chart.hidden == 1
    assert [flag.text for flag in chart.flags] == ["m@1", "policy 2"]
    rows = {(row[1], row[0]): row[3:] for row in part.sheet.rows}
    assert rows["x", WEEK] == (5, 0.0, 0, 0.1, "")
    gone = (None, None, None, None, "Too few to be shown")
    assert rows["f", WEEK + timedelta(days=7)] == gone
    tip = chart.lines[1].dots[1].tip
    assert tip == "f\nWeek of 9 March 2026\nToo few to be shown"


def test_both_labels_share_one_scale():
    after = series("effective", all=[point(0, 110, 0.9)], f=[point(0, 60, 0.1)])
    part = course_part({"machine": FOUND, "effective": after}, Asked("loans"), COLOURS, least=30)
    first, second = (one.chart for one in part.charts)
    assert [rung.text for rung in first.rungs] == [rung.text for rung in second.rungs]
    assert [one.by for one in part.charts] == ["Machine’s label", "After review"]


@pytest.mark.parametrize(
    ("metric", "title"),
    [("selection_rate", "No decisions in these weeks"), ("recall", "No true label in these weeks")],
)
def test_nothing_to_draw_is_said(metric, title):
    empty = series(all=[point(0, None, None)])
    part = course_part({"machine": empty}, Asked("loans", metric=metric), COLOURS, least=30)
    assert part.charts == () and part.state is not None and part.state.title == title
