from __future__ import annotations

import pytest

from governance.charts.bars import bars
from governance.charts.scale import FOOT, ROW, Part


def test_bars_begin_at_zero_and_keep_their_order() -> None:
    chart = bars([Part("a", "", 2.0), Part("b", "x", 4.0), Part("c", "", 0.0)], title="t", digits=1)
    # From 0 to 4 with 3 % air on each side: zero stands at 0.12 / 4.24.
    assert chart.zero == pytest.approx(2.83)
    assert [(row.label, row.text, row.x) for row in chart.rows] == [
        ("a", "2.0", chart.zero),
        ("b", "4.0", chart.zero),
        ("c", "0.0", chart.zero),
    ]
    assert chart.rows[1].width == pytest.approx(2 * chart.rows[0].width, abs=0.02)
    assert chart.rows[2].width == 0
    assert (chart.bottom, chart.height) == (3 * ROW, 3 * ROW + FOOT)
    assert all(tick.x >= chart.zero for tick in chart.ticks)
    assert chart.summary == "a 2.0; b 4.0; c 0.0"


def test_the_text_stands_beyond_the_interval_and_no_bound_below_zero() -> None:
    row = bars([Part("a", "", 0.1, -0.2, 0.4)], title="t").rows[0]
    assert row.low_x == row.x
    assert row.text_x == row.high_x
    assert row.interval == "−0.200 to 0.400"


@pytest.mark.parametrize(
    "part", [Part("a", "", -0.1), Part("a", "", 0.1, 0.0, None), Part("a", "", float("nan"))]
)
def test_what_is_no_size_is_refused(part: Part) -> None:
    with pytest.raises(ValueError, match=r"size|finite"):
        bars([part], title="t")
