"""Spreads: bars as tall as their shares, all groups on one scale, none for an empty step."""

import pytest

from governance.charts import Spread, spread_chart
from governance.charts.spreads import ROW, TALLEST


def test_bars_are_as_tall_as_their_shares_on_one_scale():
    chart = spread_chart(
        [
            Spread("f", "n 4", (0.0, 0.25, 0.75, 0.0), 0.6),
            Spread("m", "n 8", (0.5, 0.5, 0, 0), None),
        ],
        low=0.0,
        high=1.0,
        title="T",
        summary="S",
    )
    first, second = chart.rows
    assert [bar.height for bar in first.bars] == [TALLEST / 3, TALLEST]
    assert [bar.height for bar in second.bars] == [TALLEST * 2 / 3] * 2
    assert [bar.x for bar in first.bars] == [25, 50]
    assert all(
        bar.y + bar.height == pytest.approx(row.foot) for row in chart.rows for bar in row.bars
    )
    assert (first.mean_x, second.mean_x, chart.bottom) == (60, None, 2 * ROW)
    assert first.bars[0].tip == "f\n0.25 to 0.5: 25.0\u202f% of scores"


def test_what_is_no_spread_is_refused():
    with pytest.raises(ValueError, match="scale"):
        spread_chart([], low=1.0, high=1.0, title="", summary="")
    with pytest.raises(ValueError, match="below zero"):
        spread_chart([Spread("f", "", (-0.1,), None)], low=0.0, high=1.0, title="", summary="")
