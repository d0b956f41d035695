"""An alert in words: what it is about, its state, and its evidence in a line."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from fairness.alerts import AlertView
from governance.charts import times
from governance.pages import formats
from governance.pages.pieces import Badge

STATES: Final = {
    "open": Badge("Open", "bad", "bell"),
    "acknowledged": Badge("Acknowledged", "warn", "eye"),
    "explained": Badge("Explained", "info", "info-circle"),
    "closed": Badge("Closed", "neutral", "check"),
}
KINDS: Final = {"disparity": "Disparity", "drift": "Drift"}
# What a hit of each rate is, of which decisions.
HITS: Final = {
    "selection_rate": ("favourable", "decisions"),
    "accuracy": ("right", "decisions with a true label"),
    "precision": ("positive", "favourable decisions with a true label"),
    "recall": ("favourable", "people who turned out positive"),
    "false_positive_rate": ("favourable", "people who did not turn out positive"),
    "false_negative_rate": ("not favourable", "people who turned out positive"),
}
NOBODY: Final = "Nobody yet"


def title(alert: AlertView) -> str:
    """``Selection rate is lower: sex, female``"""
    subject = alert.subject
    if alert.kind == "disparity":
        metric = formats.words(subject["metric"]).capitalize()
        return f"{metric} is {subject['direction']}: {group(subject)}"
    about = ", ".join(f"{formats.words(name)} {value}" for name, value in sorted(subject.items()))
    return f"{KINDS.get(alert.kind, alert.kind.capitalize())}: {about}"


def group(subject: Mapping[str, Any]) -> str:
    return f"{formats.words(subject['segment'])}, {subject['group']}"


def owner(alert: AlertView, names: Mapping[str, str]) -> str:
    return names.get(alert.owner, alert.owner) or NOBODY


def evidence_line(alert: AlertView) -> tuple[str, str]:
    """The evidence and a second line with the counts of the last step, where they may be told."""
    told = alert.evidence
    if "log_capital" not in told:
        plain = [f"{formats.words(name)} {value}" for name, value in sorted(told.items())]
        return ", ".join(plain[:4]), ""
    capital = f"Capital {times(float(told['log_capital']))} against {needed(alert)} needed"
    if not told.get("trials") or not told.get("other_trials"):
        return capital, ""
    mine = share(told["hits"], told["trials"])
    others = share(told["other_hits"], told["other_trials"])
    return capital, f"in the last step {mine}, others {others}"


def window(since: date, until: date) -> str:
    """The days since ≤ day < until: ``3 Oct to 27 Nov 2026``, or one day."""
    last = until - timedelta(days=1)
    first = "" if last <= since else f"{formats.brief_day(since)} to "
    return f"{first}{formats.brief_day(last)} {last.year}"


def needed(alert: AlertView) -> str:
    """The capital an alarm took: one divided by the group's share of the false-alarm rate."""
    alpha = float(alert.evidence["alpha"])
    return f"{1 / alpha:,.0f}"


def share(hits: int, trials: int) -> str:
    return f"{formats.percent(hits / trials)} of {formats.count(trials)}"
