"""Which decisions are behind an alert, in words."""

from typing import Final

from fairness.alerts import AlertView
from governance.pages.alerts import words

# What makes each rate of everybody lower.
_LOWER: Final = {
    "accuracy": "that turned out wrong",
    "precision": "that were favourable, of people who did not turn out positive",
    "recall": "that were not favourable, of people who turned out positive",
}


def what_is_behind(alert: AlertView) -> str:
    """Goes on after ``12 decisions``."""
    if alert.kind == "drift":
        return f"of {alert.subject['version']}, all that it made in that week"
    if alert.kind == "performance":
        return _LOWER[alert.subject["metric"]]
    return f"of {words.group(alert.subject)}, on the side that the alert complains of"


def nothing_left(alert: AlertView) -> str:
    changed = "" if alert.kind == "drift" else ", or the labels changed"
    return f"There is no decision behind it any more: the people were erased{changed}."


def what_being_in_it_tells(alert: AlertView) -> str:
    """Why it matters who looked."""
    if alert.kind == "disparity":
        return "Being in it tells who is in the group."
    return "It shows what was decided of single people, and how it turned out."
