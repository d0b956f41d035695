import pytest
from hypothesis import given
from hypothesis import strategies as st

from governance.charts.small import meter, sparkline


def test_sparkline():
    line = sparkline([1, 3, 2], what="Open")
    assert line.lines == ("0,27 50,3 100,15",)
    assert line.areas == ("0,30 0,27 50,3 100,15 100,30",)
    assert (line.last_x, line.last_y) == (100.0, 15.0)
    assert line.summary == "Open: 1 at first, 2 now, between 1 and 3"


def test_a_gap_stays_a_gap():
    line = sparkline([1, 2, None, 2, None, 1], what="x")
    assert line.lines == ("0,27 20,3", "60,3 60,3", "100,27 100,27")


def test_a_flat_series_runs_through_the_middle():
    assert sparkline([7, 7], what="x").lines == ("0,15 100,15",)


@pytest.mark.parametrize("values", [[], [None, None]])
def test_no_values(values):
    line = sparkline(values, what="Open")
    assert (line.lines, line.last_x, line.summary) == ((), None, "Open: no values yet")


@given(st.lists(st.none() | st.floats(-1e6, 1e6), max_size=50))
def test_points_stay_in_the_box(values):
    for points in sparkline(values, what="x").lines:
        for point in points.split():
            x, y = map(float, point.split(","))
            assert 0 <= x <= 100
            assert 3 <= y <= 27


def test_meter():
    shown = meter(0.62, mark=0.55)
    assert (shown.width, shown.mark, shown.text) == (62.0, 55.0, "0.62")
    assert shown.summary == "0.62 on a scale of 0 to 1, threshold 0.55"


@pytest.mark.parametrize(("value", "width"), [(-1, 0.0), (0, 0.0), (1, 100.0), (7, 100.0)])
def test_a_meter_ends_at_its_edges(value, width):
    assert meter(value).width == width


@pytest.mark.parametrize("bad", [{"value": float("nan")}, {"value": 1, "low": 1, "high": 1}])
def test_a_meter_without_a_scale_is_refused(bad):
    with pytest.raises(ValueError, match="scale"):
        meter(**bad)


def test_not_finite_is_refused():
    with pytest.raises(ValueError, match="finite"):
        sparkline([1, float("inf")], what="x")
