"""The heat map: a cell for each place, none that may not be shown coloured, levels that exist."""

import pytest
from django.template.loader import render_to_string

from governance.charts import HeatCell, HeatKey, heat_chart, heat_level


def drawn(*cells, rows=("f", "m"), columns=("young", "old"), **more):
    return heat_chart(rows, columns, cells, title="Rates", corner="sex × age", **more)


SHOWN = HeatCell("52 %", 3, detail="n 120", tip="f, young\n52 %", href="/there/")
GONE = HeatCell("hidden", hidden=True, tip="Too few")


def test_each_cell_stands_in_its_row_and_column_and_hatching_is_explained():
    chart = drawn((SHOWN, GONE), (GONE, SHOWN), keys=[HeatKey(0, "low"), HeatKey(5, "high")])
    assert [row.head for row in chart.rows] == ["f", "m"]
    assert chart.rows[1].cells == (GONE, SHOWN)
    assert (chart.hidden, chart.keys[-1]) == (2, HeatKey(None, "too few to be shown", hidden=True))
    assert len(drawn((SHOWN,), rows=("f",), columns=("young",)).keys) == 0


def test_its_table_says_number_and_detail_links_and_hatches():
    page = render_to_string("components/_heat.html", {"chart": drawn((SHOWN, GONE), (GONE, SHOWN))})
    assert '<a href="/there/" data-tip="f, young\n52 %">52 %<small>n 120</small></a>' in page
    assert page.count('<td class="heat-gone">') == 2
    assert '<td class="heat-3">' in page and '<th scope="row">f</th>' in page


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        (((SHOWN,), (SHOWN,)), "each column"),
        (((HeatCell("1", 6), SHOWN), (SHOWN, SHOWN)), "levels"),
        (((HeatCell("1", 2, hidden=True), SHOWN), (SHOWN, SHOWN)), "would tell"),
        (((SHOWN, SHOWN),), "argument"),
    ],
)
def test_what_cannot_be_drawn_is_refused(cells, why):
    with pytest.raises(ValueError, match=why):
        drawn(*cells)


def test_levels_are_even_and_what_lies_outside_is_at_the_end():
    assert [heat_level(n / 10, 0.0, 1.0) for n in (-5, 0, 1, 2, 5, 9, 10, 20)] == [
        0,
        0,
        0,
        1,
        3,
        5,
        5,
        5,
    ]
    with pytest.raises(ValueError, match="two ends"):
        heat_level(1.0, 1.0, 1.0)
