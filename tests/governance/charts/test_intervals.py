"""The interval chart: where figures, intervals and bands lie, two of a row apart, nothing beyond a share's ends."""

import pytest

from governance.charts import Estimate, Subject, interval_chart
from governance.charts.intervals import APART, ROW


def subject(*estimates, band=None, **more):
    return Subject("female", "n 120", estimates, band, **more)


def test_a_figure_lies_in_its_interval_and_the_band_where_it_begins_and_ends():
    chart = interval_chart(
        [subject(Estimate(0.5, 0.4, 0.6, "tip"), band=(0.32, 0.4)), subject(gone="None")],
        title="Rates",
    )
    row, gone = chart.rows
    mark = row.marks[0]
    assert mark.low_x is not None and mark.high_x is not None and row.band_x is not None
    assert mark.low_x < mark.x < mark.high_x
    assert row.band_x + row.band_width == pytest.approx(mark.low_x, abs=0.02)
    assert (row.y, gone.top, chart.bottom) == (ROW / 2, ROW, 2 * ROW)
    assert (gone.marks, gone.band_x, gone.gone) == ((), None, "None")
    assert all(tick.text.endswith("\u202f%") for tick in chart.ticks)
    assert chart.summary == "female 50.0\u202f%; female: None"


def test_two_figures_of_a_row_lie_apart_and_the_second_is_told_from_the_first():
    two = subject(Estimate(0.5, None, None, "a"), Estimate(0.7, 0.6, 0.8, "b", second=True))
    first, second = interval_chart([two], title="Rates").rows[0].marks
    assert (first.y, second.y) == (ROW / 2 - APART, ROW / 2 + APART)
    assert (first.second, second.second) == (False, True)
    assert (first.low_x, first.high_x) == (None, None)


def test_the_axis_of_shares_ends_where_shares_do_and_that_of_errors_does_not():
    wide = [subject(Estimate(0.5, 0.0, 1.0, ""))]
    texts = [tick.text for tick in interval_chart(wide, title="").ticks]
    assert (texts[0], texts[-1]) == ("0\u202f%", "100\u202f%")
    errors = [subject(Estimate(-3.0, -5.0, 4.0, ""))]
    texts = [
        tick.text for tick in interval_chart(errors, title="", percent=False, bounds=False).ticks
    ]
    assert (texts[0], texts[-1]) == ("−4", "4")


def test_half_an_interval_is_refused():
    with pytest.raises(ValueError, match="two bounds"):
        interval_chart([subject(Estimate(0.5, 0.4, None, ""))], title="")
