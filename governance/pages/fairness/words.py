"""What figures are called, what each says, and what it does not: wording after Fairlearn's guide.

We assess disparities and name the harm they may point to. No word here says that a model or a figure
is free of them.
"""

from dataclasses import dataclass
from typing import Final

from fairness.figures import Name
from governance.pages.pieces import Badge

NOT_SHOWN: Final = "Too few to be shown"


@dataclass(frozen=True, slots=True)
class Metric:
    """``what`` it is; ``harm``: what a gap may point to; ``silent``: what it does not say."""

    label: str
    what: str
    harm: str
    silent: str


METRICS: Final = {
    "selection_rate": Metric(
        "Selection rate",
        "Share of decisions with a favourable label.",
        "A gap may be an allocation harm: chances are withheld from a group.",
        "It does not say who ought to have been selected, nor why the rates differ.",
    ),
    "accuracy": Metric(
        "Accuracy",
        "Share of decisions that agree with what turned out true, where that is known.",
        "A gap may be a quality-of-service harm: the model serves a group less well.",
        "It counts both kinds of error alike, and only decisions of which the truth came back.",
    ),
    "precision": Metric(
        "Precision",
        "Of favourable decisions, the share that turned out positive.",
        "A gap may mean that groups are held to different bars.",
        "It says nothing about people who were decided against.",
    ),
    "recall": Metric(
        "Recall, the true positive rate",
        "Of those who turned out positive, the share decided in favour.",
        "A gap may be an allocation harm: the deserving are refused more often in one group.",
        "The truth about people decided against is often never learnt; it then rests on the few of whom it is.",
    ),
    "false_positive_rate": Metric(
        "False positive rate",
        "Of those who did not turn out positive, the share decided in favour.",
        "A gap may mean that risk is borne unequally.",
        "It does not weigh what such an error costs, which may differ between people.",
    ),
    "false_negative_rate": Metric(
        "False negative rate",
        "Of those who turned out positive, the share decided against.",
        "A gap may be an allocation harm: wrongly withheld more often from one group.",
        "The truth about people decided against is often never learnt; it then rests on the few of whom it is.",
    ),
}

MEASURES: Final = {
    "demographic_parity_ratio": Metric(
        "Demographic parity ratio (four-fifths rule)",
        "Smallest selection rate of a group by the largest.",
        "",
        "Less than four fifths is a flag that asks for a look (29 CFR 1607.4(D)), and no verdict.",
    ),
    "demographic_parity_difference": Metric(
        "Demographic parity difference",
        "Largest selection rate of a group less the smallest.",
        "",
        "Equal rates do not say that the right people were selected.",
    ),
    "equalized_odds_difference": Metric(
        "Equalized odds difference",
        "Largest gap in true or in false positive rates, whichever is wider.",
        "",
        "It is of decisions of which the truth is known.",
    ),
    "equalized_odds_ratio": Metric(
        "Equalized odds ratio",
        "Smallest ratio of true or of false positive rates, whichever is lower.",
        "",
        "Ratios of rare errors swing widely with few cases.",
    ),
    "equal_opportunity_difference": Metric(
        "Equal opportunity difference",
        "Largest true positive rate of a group less the smallest.",
        "",
        "It looks only at those who turned out positive.",
    ),
    "equal_opportunity_ratio": Metric(
        "Equal opportunity ratio",
        "Smallest true positive rate of a group by the largest.",
        "",
        "It looks only at those who turned out positive.",
    ),
}

MEANS: Final = {
    "score_mean": "Mean score",
    "bias": "Bias, mean of predicted less true value",
    "mae": "Mean absolute error",
    "rmse": "Root mean squared error",
}

RANKS: Final = {"breach": 3, "watch": 2, "insufficient evidence": 1, "ok": 0}
STATES: Final = {
    "breach": Badge("Breach", "bad", "alert-octagon"),
    "watch": Badge("Watch", "warn", "eye"),
    "insufficient evidence": Badge("Insufficient evidence", "neutral", "help-circle"),
    "ok": Badge("OK", "good", "check"),
}
SHORT: Final = {**STATES, "insufficient evidence": Badge("Insufficient", "neutral", "help-circle")}
_MANY: Final = {
    "breach": ("breach", "breaches"),
    "watch": ("to watch", "to watch"),
    "insufficient evidence": ("with insufficient evidence", "with insufficient evidence"),
    "ok": ("OK", "OK"),
}
BASES: Final = {
    "machine": "Machine’s label",
    "effective": "After review",
    "both": "Side by side",
}
RESTRICTED: Final = (
    "Groups of fewer than {least} decisions, and those that would tell of them, are left out for your role: "
    "a few people could be recognised. They are marked where they are missing."
)
SILENT: Final = (
    "Figures assess how outcomes differ between groups. They do not say why, nor whether people were "
    "treated rightly; that takes the people who know the case."
)


def segment(attribute: str) -> str:
    """``age_band`` as ``Age band``."""
    if attribute == "review:group":
        return "Reviewers’ group"
    text = attribute.replace("_", " ").replace("-", " ")
    return text[:1].upper() + text[1:]


def axis(attributes: Name) -> str:
    """``Sex × age band``"""
    first, *others = (segment(one) for one in attributes)
    return " × ".join([first, *(one[:1].lower() + one[1:] for one in others)])


def many_in(state: str, many: int) -> str:
    """``2 breaches``, ``3 to watch``"""
    return f"{many:,} {_MANY[state][many != 1]}"


def group(name: Name, attributes: Name = ()) -> str:
    """``female · 25-34``; who was reviewed by nobody is called so where the axis is told."""
    if not name:
        return "Everybody"
    if not attributes:
        return " · ".join(name)
    return " · ".join(value(of, one) for of, one in zip(attributes, name, strict=True))


def value(attribute: str, one: str) -> str:
    return "not reviewed" if (attribute, one) == ("review:group", "unknown") else one
