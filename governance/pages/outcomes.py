"""How a decision's outcome, score and explanation are shown wherever it stands in a list."""

from collections.abc import Collection, Mapping
from typing import Final

from governance.charts import Meter, meter
from governance.pages import formats
from governance.pages.pieces import Badge, Cell, Tone

Adverse = Mapping[str, Collection[str]]
"""By use case, the labels that go against the person."""

# What a state of explanation is called, with its tone and icon.
STATES: Final[Mapping[str, tuple[str, Tone, str]]] = {
    "ready": ("Explained", "good", "check"),
    "pending": ("Being computed", "info", "hourglass"),
    "refused": ("Refused", "warn", "ban"),
    "failed": ("Failed", "bad", "alert-triangle"),
    "left_out": ("On demand", "neutral", "circle-dashed"),
    "none": ("No profile", "neutral", "circle-dashed"),
}
VIOLATIONS: Final[Mapping[str, str]] = {
    "version_unknown": "Version not registered",
    "version_retired": "Version retired",
}
ROLES_OF_AI: Final[Mapping[str, tuple[str, str]]] = {
    "sole": ("Sole", "no person takes part"),
    "decisive": ("Decisive", "people mostly follow it"),
    "advisory": ("Advisory", "a person decides"),
    "overridden": ("Overridden", "a person decided otherwise"),
}


def is_adverse(label: str, use_case: str, adverse: Adverse) -> bool | None:
    """None when there is no label, or the use case never said which labels are against the person."""
    against = adverse.get(use_case) or ()
    return label in against if label and against else None


def called(label: str) -> str:
    """A label of the caller's (``not_approved``) as a word to read."""
    text = label.replace("_", " ")
    return text[:1].upper() + text[1:]


def badge(label: str | None, against: bool | None) -> Badge:
    if not label:
        return Badge("Score only", "neutral", "minus")
    tone: Tone = "neutral" if against is None else "bad" if against else "good"
    return Badge(called(label), tone, "minus" if against is None else "")


def score_meter(score: float | None, threshold: float | None) -> Meter | None:
    """The score on a scale of 0 to 1; None when there is none, or it is on another scale."""
    if score is None or not 0 <= score <= 1:
        return None
    return meter(score, mark=threshold if threshold is not None and 0 <= threshold <= 1 else None)


def score_cell(score: float | None, threshold: float | None) -> Cell:
    drawn = score_meter(score, threshold)
    if drawn:
        return Cell(kind="meter", meter=drawn)
    return Cell(formats.value(score))


def explained_cell(state: str) -> Cell:
    text, tone, icon = STATES[state]
    return Cell(text, "text", tone="" if state == "ready" else tone, icon=icon)


def violations(found: Collection[str]) -> str:
    return ", ".join(VIOLATIONS.get(one, formats.words(one).capitalize()) for one in found)
