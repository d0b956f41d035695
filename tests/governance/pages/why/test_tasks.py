"""The page's words by what a model does: two outcomes, several classes, a prediction in a unit."""

from __future__ import annotations

from governance.pages.why import why_page
from tests.governance.pages.why.made import answer, explanation, known, spec


def facts(page):
    return {fact.label: (fact.value, fact.detail) for fact in page.facts}


def test_two_outcomes():
    page = why_page(known())
    assert page.pushed.title == "What pushed the score"
    assert (page.pushed.legend_up, page.pushed.legend_down) == ("towards Deny", "towards Approve")
    assert facts(page)["Score"] == ("0.620", "threshold 0.500")
    assert page.pushed.note == ("0.500 log-odds is a score of 0.620; the threshold 0.000 is 0.500.")


def test_several_classes_have_no_threshold_and_push_towards_the_chosen():
    several = spec(task="multiclass", positive="", labels={"premium": 0, "reject": 1})
    said = answer(
        decided={"label": "reject", "threshold": None},
        explanation=explanation(output_space="margin", threshold=None, positive="1"),
    )
    page = why_page(known(said, specification=several))
    assert page.pushed.title == "What pushed towards Reject"
    assert (page.pushed.legend_up, page.pushed.legend_down) == (
        "towards Reject", "towards the other outcomes",
    )  # fmt: skip
    assert facts(page)["Probability"] == ("0.620", "of the outcome that was chosen")
    assert "margin before it becomes a probability" in page.pushed.text
    assert (page.pushed.chart.mark, page.pushed.note) == (None, "")


def test_a_prediction_has_its_unit_and_no_more_digits_than_it_needs():
    predicted = spec(task="regression", positive="", unit="€", threshold=20_000.0)
    said = answer(
        decided={"score": 24_100.0, "threshold": 20_000.0},
        explanation=explanation(
            output_space="prediction", base=24_098.5, output=24_100.0, threshold=20_000.0,
            probability=None, positive=None,
        ),
    )  # fmt: skip
    page = why_page(known(said, specification=predicted))
    assert page.pushed.title == "What pushed the prediction"
    assert facts(page)["Prediction"] == ("24,100\xa0€", "threshold 20,000\xa0€")
    assert (page.pushed.chart.start.text, page.pushed.chart.end.text) == ("24,098", "24,100")


def test_a_prediction_whose_parts_add_up_as_logarithms_says_what_they_are():
    predicted = spec(task="regression", positive="", unit="days", threshold=30.0)
    said = answer(
        decided={"score": 33.1, "threshold": 30.0},
        explanation=explanation(output_space="log-prediction", output=3.5, threshold=3.401),
    )
    page = why_page(known(said, specification=predicted))
    assert page.pushed.note == (
        "3.500 as a logarithm is a score of 33.1\xa0days; the threshold 3.401 is 30\xa0days."
    )


def test_a_remote_model_is_named_as_what_it_is():
    banners = [banner.title for banner in why_page(known(remote=True)).banners]
    assert banners == ["This model is asked over the network"]
    for_person = why_page(known(answer(audience="subject"), remote=True))
    assert [banner.title for banner in for_person.banners] == ["As the person concerned is told"]
