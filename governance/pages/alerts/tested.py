"""What an alert's monitor tested, and how its capital grew."""

import math
from collections.abc import Sequence
from typing import Final

from fairness.alerts import AlertView
from fairness.courses import Point
from governance.charts import CapitalChart, Seen, capital_chart, times
from governance.comparing.evidence import Evidence
from governance.pages import formats
from governance.pages.alerts import words
from governance.pages.pieces import Cell, Column, Empty, Row, Table
from governance.pages.shares import wilson
from governance.pages.tables import row

COUNTS: Final = (
    Column("Group"),
    Column("Decisions", "num"),
    Column("Of these", "num"),
    Column("Rate, 95 % interval", "num"),
)
STEPS: Final = (
    Column("Step", "num"),
    Column("Taken, UTC", "time"),
    Column("Decisions so far", "num"),
    Column("Capital", "num"),
)


def sentence(alert: AlertView, evidence: Evidence | None) -> str:
    """What the null says, and what a reached capital means."""
    if "log_capital" not in alert.evidence:
        return "What was measured, and against what, stands beside."
    subject, told = alert.subject, alert.evidence
    metric = formats.words(subject["metric"])
    ratio = evidence.course.least_ratio if evidence else 1.0
    granted = (
        f"the {metric} of {words.group(subject)} and of everybody else are equal"
        if ratio == 1
        else f"neither {metric} (of {words.group(subject)}, and of everybody else) is below {ratio:g} of the other"
    )
    return (
        f"Tested: that {granted}. While that holds, a capital that starts at 1 is expected never to grow, so the "
        f"chance that it ever reaches {words.needed(alert)} is at most "
        f"{formats.percent(float(told['alpha']), 2)}, however often somebody looks (an e-process). "
        f"It bets on each decision once; policy {told['policy']} says what counts."
    )


def chart(alert: AlertView, evidence: Evidence | None) -> CapitalChart | None:
    if evidence is None or not evidence.course.points:
        return None
    points = evidence.course.points
    step = int(alert.evidence["step"])
    at = next((place for place, one in enumerate(points) if one.step == step), None)
    alpha = float(alert.evidence["alpha"])
    return capital_chart(
        [Seen(_seen(one), one.capital, _tip(alert, one, evidence.counted)) for one in points],
        needed=-math.log(alpha),
        alarm=at,
        title=f"Capital against equal rates: {words.group(alert.subject)}",
    )


def steps(alert: AlertView, evidence: Evidence | None) -> Table | None:
    """The chart's table; with the groups' counts for who may see small ones."""
    if evidence is None or not evidence.course.points:
        return None
    counted = evidence.counted
    mine, rest = Column(alert.subject["group"], "num"), Column("Others", "num")
    columns = (*STEPS, mine, rest) if counted else STEPS
    rows = tuple(row(columns, *_step(one, counted)) for one in evidence.course.points)
    return Table("The capital after each step", columns, rows, Empty("None", "No step was taken."))


def counts(alert: AlertView, evidence: Evidence | None) -> Table | None:
    """Both groups when the alert was raised, and until now; None where they are of too few."""
    if evidence is None or evidence.raised is None:
        return None
    rows = _groups(alert, evidence.raised, "when raised")
    now = evidence.now
    if now is not None and now.step > evidence.raised.step:
        rows += _groups(alert, now, "until now")
    return Table("Counts of both groups", _columns(alert), rows, Empty("None", "Nothing was seen."))


def counts_note(evidence: Evidence | None) -> str:
    if evidence is None:
        return ""
    if evidence.raised is None:
        return "The counts are of too few decisions to be shown to your role."
    return "" if evidence.counted else "Steps are told without counts: some are of few decisions."


def _columns(alert: AlertView) -> tuple[Column, ...]:
    what, of = words.HITS[alert.subject["metric"]]
    return (COUNTS[0], Column(of.capitalize(), "num"), Column(what.capitalize(), "num"), COUNTS[3])


def _groups(alert: AlertView, point: Point, when: str) -> tuple[Row, ...]:
    columns = _columns(alert)
    both = (
        (alert.subject["group"], point.hits, point.trials),
        ("Everybody else", point.other_hits, point.other_trials),
    )
    return tuple(
        row(
            columns,
            Cell(name, detail=when),
            Cell(formats.count(trials)),
            Cell(formats.count(hits)),
            Cell(_rate(hits, trials)),
        )
        for name, hits, trials in both
    )


def _rate(hits: int, trials: int) -> str:
    if not trials:
        return formats.NONE
    low, high = wilson(hits, trials)
    return f"{formats.percent(hits / trials)} ({formats.percents(low, high)})"


def _tip(alert: AlertView, one: Point, counted: bool) -> str:
    lines = [
        f"Capital {times(one.capital)}",
        f"Step {formats.count(one.step)}, {formats.brief(one.at)} UTC",
        f"{formats.count(_seen(one))} decisions so far",
    ]
    if counted:
        lines.append(f"{alert.subject['group']}: {one.hits} of {one.trials}")
        lines.append(f"everybody else: {one.other_hits} of {one.other_trials}")
    return "\n".join(lines)


def _step(one: Point, counted: bool) -> Sequence[Cell]:
    cells = [
        Cell(formats.count(one.step)),
        Cell(formats.brief(one.at), title=formats.moment(one.at)),
        Cell(formats.count(_seen(one))),
        Cell(times(one.capital)),
    ]
    if counted:
        cells += [
            Cell(f"{one.hits} of {one.trials}"),
            Cell(f"{one.other_hits} of {one.other_trials}"),
        ]
    return cells


def _seen(one: Point) -> int:
    return one.trials + one.other_trials
