"""What the beeswarm says in words: how many, what the colours mean, a table behind."""

from explain.overview import Cloud, Swarm
from governance.pages.swarm import swarm_part
from tests.governance.views.conftest import cells


def test_of_nothing_nothing_is_drawn():
    assert swarm_part(None) is None


def test_numbers_categories_and_what_is_missing():
    income = Cloud(
        "income", "Income", True, (0.5, -0.25, 0.0), (4, 0, None), (False, False, True),
        (-0.2, None, 0.0, 0.1, 0.4), 7,
    )  # fmt: skip
    purpose = Cloud("purpose", "Purpose", False, (0.1, 0.2, 0.3), (None,) * 3, (False,) * 3, (), 0)
    part = swarm_part(Swarm(3, 5000, "log-odds", (income, purpose)))
    assert part is not None
    assert part.text.startswith("Each dot is one of 3 of the newest 5,000 decisions")
    assert (part.categories, part.gaps) == (True, True)
    assert [[dots.kind for dots in row.dots] for row in part.chart.rows] == [
        ["fifth-1", "fifth-5", "gap"],
        ["category"],
    ]
    assert cells(part.table) == [
        ["Income", "−0.200", "–", "0.000", "+0.100", "+0.400", "7"],
        ["Purpose", "–", "–", "–", "–", "–", "0"],
    ]
    assert part.table.rows[1].cells[0].detail == "a category, without order"
    assert "Income −0.250 to +0.500; Purpose +0.100 to +0.300" in part.chart.summary
