"""Two segments crossed: colour for who is judged, hatching for who may not be shown, reviewers apart."""

from fairness.figures import Axis, Figure, Group
from governance.pages.fairness.cross import cross_part, reviewers_part
from governance.pages.fairness.links import Asked

ASKED = Asked("loans")


def group(name: tuple[str, str], number: float, value: float, ratio: float) -> Group:
    figure = Figure(
        "selection_rate",
        number,
        number,
        value,
        0.1,
        0.9,
        "Wilson score",
        compared=ratio,
        state="ok",
    )
    return Group(name, number, 0, (figure,), ())


def hidden(*name: str) -> Group:
    return Group(name, None, None, (), (), hidden=True)


def axis(*groups: Group, attributes=("sex", "age")) -> Axis:
    return Axis(attributes, groups, (), sum(one.hidden for one in groups))


MADE = axis(
    group(("f", "old"), 100, 0.3, 0.375),
    group(("f", "young"), 100, 0.8, 1.0),
    hidden("m", "old"),
    group(("m", "young"), 12, 0.5, 0.625),
)


def part(asked=ASKED, made=MADE):
    return cross_part(made, asked, basis="machine", attributes=(), tabs=(), least=30)


def test_colour_is_given_to_who_is_judged_and_hatching_to_who_is_hidden():
    (low, high), (gone, few) = (row.cells for row in part().chart.rows)
    assert (low.level, high.level, few.level, gone.level) == (0, 5, None, None)
    assert (low.text, low.detail, few.text, gone.text) == (
        "30\u202f%", "n 100", "50\u202f%", "hidden",
    )  # fmt: skip
    assert gone.hidden and gone.tip == "m · old\nToo few to be shown"
    assert part().note.startswith("1 group hatched")
    assert part().sheet.rows[2][3:] == (None, None, None, None, None, "Too few to be shown")


def test_a_ratio_far_below_the_top_rate_has_the_fuller_colour():
    (low, high), _ = (row.cells for row in part(ASKED.but(heat="ratio")).chart.rows)
    assert [(cell.text, cell.level) for cell in (low, high)] == [("0.38", 5), ("1.00", 0)]


def test_a_pair_nobody_is_in_is_no_hidden_one():
    (only, none), _ = (row.cells for row in part(made=axis(*MADE.groups[::3])).chart.rows)
    assert (only.hidden, none.hidden, none.text) == (False, False, "–")
    assert part(made=axis()) is None
    three = axis(hidden("f", "old", "x"), attributes=("sex", "age", "region"))
    assert part(made=three) is None


def test_reviewed_groups_have_the_machines_rate_beneath():
    attributes = ("review:group", "sex")
    after = axis(
        group(("north", "f"), 40, 0.9, 1.0),
        group(("unknown", "f"), 60, 0.5, 0.5),
        attributes=attributes,
    )
    machine = axis(
        group(("north", "f"), 40, 0.2, 0.4),
        group(("unknown", "f"), 60, 0.5, 1.0),
        attributes=attributes,
    )
    made = reviewers_part({"effective": after, "machine": machine}, ASKED, ("sex",), least=30)
    assert made is not None
    assert [row.head for row in made.chart.rows] == ["north", "not reviewed"]
    assert made.chart.rows[0].cells[0].detail == "n 40 · machine 20\u202f%"
    assert [row[2] for row in made.sheet.rows] == ["Machine’s label"] * 2 + ["After review"] * 2
    assert reviewers_part({}, ASKED, ("sex",), least=30) is None
