"""An alert in words: what it is about, its state, and its evidence in a line."""

import math
from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any, Final

from fairness.alerts import AlertView
from fairness.outputs import LABEL, SCORE
from governance.charts import times
from governance.pages import formats
from governance.pages.monitoring.place import week_of
from governance.pages.pieces import Badge

FEW: Final = "a few decisions"  # more than none, and too few for the reader to be told how many
STATES: Final = {
    "open": Badge("Open", "bad", "bell"),
    "acknowledged": Badge("Acknowledged", "warn", "eye"),
    "explained": Badge("Explained", "info", "info-circle"),
    "closed": Badge("Closed", "neutral", "check"),
}
KINDS: Final = {"disparity": "Disparity", "performance": "Performance", "drift": "Drift"}
OUTPUTS: Final = {LABEL: "labels said", SCORE: "scores said"}
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
    """``Selection rate is lower: sex, female``; ``Accuracy is below its floor of 80.0 %``; ``Drift of
    age: credit-risk@1.0.0``"""
    subject = alert.subject
    if alert.kind == "drift":
        return f"Drift of {feature(subject)}: {subject['version']}"
    metric = formats.words(subject["metric"]).capitalize()
    if alert.kind == "performance":
        return f"{metric} is below its floor of {floor(subject)}"
    return f"{metric} is {subject['direction']}: {group(subject)}"


def group(subject: Mapping[str, Any]) -> str:
    return f"{formats.words(subject['segment'])}, {subject['group']}"


def feature(subject: Mapping[str, Any]) -> str:
    return OUTPUTS.get(subject["feature"]) or formats.words(subject["feature"])


def floor(subject: Mapping[str, Any]) -> str:
    return formats.percent(float(subject["least"]))


def who(alert: AlertView) -> str:
    """Whose rate was tested."""
    return str(alert.subject["group"]) if alert.kind == "disparity" else "Everybody"


def owner(alert: AlertView, names: Mapping[str, str]) -> str:
    return names.get(alert.owner, alert.owner) or NOBODY


def evidence_line(alert: AlertView) -> tuple[str, str]:
    """The evidence and a second line: the counts of the last step, where they may be told, or the week."""
    told = alert.evidence
    if alert.kind == "drift":
        week = week_of(date.fromisoformat(told["since"]))
        if not told.get("psi") or not told.get("p"):
            return f"PSI above its limit of {told['limit']}", week
        found = f"PSI {figure(told['psi'])} against a limit of {told['limit']}"
        return found, f"p {tiny(float(told['p']))}, {week}"
    capital = f"Capital {times(float(told['log_capital']))} against {needed(alert)} needed"
    if not told.get("trials"):
        return capital, ""
    mine = share(told["hits"], told["trials"])
    if alert.kind == "performance":
        return capital, f"in the last step {mine}"
    if not told.get("other_trials"):
        return capital, ""
    others = share(told["other_hits"], told["other_trials"])
    return capital, f"in the last step {mine}, others {others}"


def window(since: date, until: date) -> str:
    """The days since ≤ day < until: ``3 Oct to 27 Nov 2026``, or one day."""
    last = until - timedelta(days=1)
    first = "" if last <= since else f"{formats.brief_day(since)} to "
    return f"{first}{formats.brief_day(last)} {last.year}"


def figure(text: str) -> str:
    """A figure of the evidence, which is kept as a text; empty where there was none."""
    return formats.figure(float(text) if text else None)


def tiny(value: float) -> str:
    """A probability: ``0.005``, ``3.2×10⁻⁹``."""
    return times(math.log(value)) if value > 0 else "below 10⁻³⁰⁰"


def needed(alert: AlertView) -> str:
    """The capital an alarm took: one divided by the share of the false-alarm rate it has."""
    alpha = float(alert.evidence["alpha"])
    return f"{1 / alpha:,.0f}"


def share(hits: int, trials: int) -> str:
    return f"{formats.percent(hits / trials)} of {formats.count(trials)}"
