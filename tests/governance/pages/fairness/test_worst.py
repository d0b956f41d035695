"""Which figure stands for a metric: the gravest state, then the furthest beyond; hardly any evidence last."""

from fairness.figures import Axis, Figure, Figures, Group
from fairness.policy import read
from governance.pages.fairness.worst import judged

CONTENT = read({"favourable": ["yes"]})


def group(name: str, state: str, compared: float, number: float = 100, metric="selection_rate"):
    said = {"method": "", "compared": compared, "state": state}
    figure = Figure(metric, number, number, 0.5, 0.4, 0.6, **said)
    return Group((name,), number, 0, (figure,), ())


def names(*groups: Group) -> list[tuple[str, str]]:
    overall = Group((), 1, 0, (), ())
    axes = (Axis(("sex",), groups, (), 0),)
    found = judged(Figures("machine", 1, 0, None, overall, axes), CONTENT)
    return [(one.figure.metric, one.group.name[0]) for one in found]


def test_a_graver_state_stands_before_a_figure_further_off():
    far = group("far", "watch", 0.1)
    assert names(far, group("breach", "breach", 0.79)) == [("selection_rate", "breach")]
    assert names(far, group("further", "watch", 0.05)) == [("selection_rate", "further")]


def test_of_insufficient_evidence_that_of_some_decisions_stands_before_that_of_hardly_any():
    some = group("some", "insufficient evidence", 0.7)
    assert names(group("two", "insufficient evidence", 0.0, number=2), some) == [
        ("selection_rate", "some")
    ]


def test_metrics_are_worst_first_and_those_without_cases_left_out():
    recall = group("f", "breach", -0.3, metric="recall")
    empty = group("m", "insufficient evidence", 0.0, number=0, metric="precision")
    assert names(group("f", "ok", 0.9), recall, empty) == [("recall", "f"), ("selection_rate", "f")]
