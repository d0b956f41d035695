"""What an alert about drift was raised on: a feature's week before the limit, and before what chance gives."""

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from fairness.alerts import AlertView
from governance.pages import formats
from governance.pages.alerts import words
from governance.pages.monitoring.place import WEEKS, week_of
from governance.pages.pieces import Cell, Column, Empty, Fact, Table
from governance.pages.tables import row

MEASURED: Final = (
    Column("What was measured"),
    Column("Value", "num"),
    Column("Against", "num"),
    Column("What that is"),
)


def sentence(alert: AlertView) -> str:
    """What the null says, and how the false-alarm rate is kept over all weeks and features."""
    subject, told = alert.subject, alert.evidence
    alpha = formats.percent(float(told["alpha"]), 2)
    return (
        f"Tested: that {words.feature(subject)} of {subject['version']} is distributed in the "
        f"{week_of(date.fromisoformat(told['since']))} as in its reference. An alert takes a p-value within this "
        "week's and feature's share of the false-alarm rate, shared out so that the chance of ever a false alert "
        f"about this version is at most {alpha}; and a PSI beyond the limit, since of many decisions any difference is "
        f"significant. Policy {told['policy']} says both."
    )


def facts(alert: AlertView) -> list[Fact]:
    """For the strip above the page."""
    told = alert.evidence
    alpha = formats.percent(float(told["alpha"]), 2)
    found = [Fact("False-alarm rate", alpha, "ever, for this version")]
    if told.get("psi"):
        found.append(Fact("PSI", words.figure(told["psi"]), f"limit {told['limit']}"))
    return found


def measured(alert: AlertView) -> Table | None:
    """Every figure beside what it is held against; None where they are of too few decisions."""
    told = alert.evidence
    if not told.get("psi") or not told.get("p"):
        return None
    psi, chance = words.figure(told["psi"]), words.figure(told["psi_critical"])
    rows = (
        ("PSI", psi, f"above {told['limit']}", "the limit of the policy"),
        ("PSI", psi, f"above {chance}", "without drift: once in twenty weeks"),
        ("p-value", words.tiny(float(told["p"])), f"at most {words.tiny(float(told['share']))}", _share(alert)),
        ("Chi-square", words.figure(told["chi_square"]), formats.NONE, "what the p-value is of"),
        ("Jensen–Shannon", words.figure(told["jensen_shannon"]), formats.NONE, "distance, from 0 to 1"),
        *_gap(alert),
        ("Decisions", formats.count(told["decisions"]), formats.NONE, "of the version in that week"),
    )  # fmt: skip
    return Table(
        "The feature's week against its reference",
        MEASURED,
        tuple(row(MEASURED, *(Cell(text) for text in one)) for one in rows),
        Empty("None", "Nothing was measured."),
    )


def _gap(alert: AlertView) -> Sequence[tuple[str, str, str, str]]:
    """Of numbers alone."""
    ks = alert.evidence["ks"]
    text = "largest gap of the distribution functions"
    return [("Kolmogorov–Smirnov", words.figure(ks), formats.NONE, text)] if ks else []


def _share(alert: AlertView) -> str:
    """``1/6 of 2.00 % for the judged week no. 2, shared equally by 4 features``"""
    told = alert.evidence
    look, features = int(told["look"]), int(told["features"])
    part = f"1/{formats.count(look * (look + 1))} of {formats.percent(float(told['alpha']), 2)}"
    among = f", shared equally by {features} features" if features > 1 else ""
    return f"{part} for the judged week no. {formats.count(look)}{among}"


def note(alert: AlertView) -> str:
    if "decisions" in alert.evidence:
        return "Figures of the day the week was judged. Decisions that came later are on the page of the week alone."
    return "The figures are of too few decisions to be shown to your role."


def week_url(alert: AlertView, today: date) -> str:
    """The feature's page at that week, with so many weeks around it that it is among them."""
    week = date.fromisoformat(alert.evidence["since"])
    ago = (today - timedelta(days=today.weekday()) - week).days // 7
    weeks = next((many for many in WEEKS if ago < many), WEEKS[-1])
    asked = urlencode({"weeks": weeks, "week": week.isoformat()})
    return f"{reverse('drift-feature', args=[*_place(alert), alert.subject['feature']])}?{asked}"


def version_url(alert: AlertView) -> str:
    return reverse("drift", args=_place(alert))


def _place(alert: AlertView) -> list[str]:
    return [alert.use_case, *alert.subject["version"].split("@", 1)]
