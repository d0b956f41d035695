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
    told, floor = alert.evidence, alert.kind == "performance"
    return (
        f"Tested: that {_granted(alert, evidence)}. While that holds, a capital that starts at 1 is expected never to "
        f"grow, so the chance that it ever reaches {words.needed(alert)} is at most "
        f"{formats.percent(float(told['alpha']), 2)}, however often somebody looks (an e-process). "
        f"It bets on each decision once{', when its true label comes' if floor else ''}; "
        f"policy {told['policy']} says what counts."
    )


def _granted(alert: AlertView, evidence: Evidence | None) -> str:
    subject, metric = alert.subject, formats.words(alert.subject["metric"])
    if alert.kind == "performance":
        return f"the {metric} of everybody is at its floor of {words.floor(subject)} or above"
    ratio = evidence.course.least_ratio if evidence else 1.0
    if ratio == 1:
        return f"the {metric} of {words.group(subject)} and of everybody else are equal"
    both = f"of {words.group(subject)}, and of everybody else"
    return f"neither {metric} ({both}) is below {ratio:g} of the other"


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
        title=_against(alert),
    )


def _against(alert: AlertView) -> str:
    if alert.kind == "performance":
        metric = formats.words(alert.subject["metric"])
        return f"Capital against a rate at its floor: {metric} of everybody"
    return f"Capital against equal rates: {words.group(alert.subject)}"


def axis(alert: AlertView) -> str:
    """What stands beneath the chart."""
    return "Decisions bet on, of both groups" if alert.kind == "disparity" else "Decisions bet on"


def steps(alert: AlertView, evidence: Evidence | None) -> Table | None:
    """The chart's table; with the groups' counts for who may see small ones."""
    if evidence is None or not evidence.course.points:
        return None
    counted = evidence.counted
    told = [Column(words.who(alert), "num"), Column("Others", "num")]
    columns = (*STEPS, *told[: _sides(alert)]) if counted else STEPS
    rows = tuple(
        row(columns, *_step(one, _sides(alert) if counted else 0)) for one in evidence.course.points
    )
    return Table("The capital after each step", columns, rows, Empty("None", "No step was taken."))


def counts(alert: AlertView, evidence: Evidence | None) -> Table | None:
    """Whose rates were tested when the alert was raised, and until now; None where they are of too few."""
    if evidence is None or evidence.raised is None:
        return None
    rows = _groups(alert, evidence.raised, "when raised")
    now = evidence.now
    if now is not None and now.step > evidence.raised.step:
        rows += _groups(alert, now, "until now")
    title = "Counts of both groups" if alert.kind == "disparity" else "Counts of everybody"
    return Table(title, _columns(alert), rows, Empty("None", "Nothing was seen."))


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
        (words.who(alert), point.hits, point.trials),
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
        for name, hits, trials in both[: _sides(alert)]
    )


def _sides(alert: AlertView) -> int:
    """A group stands beside everybody else; everybody stands alone."""
    return 2 if alert.kind == "disparity" else 1


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
        both = (
            f"{words.who(alert)}: {one.hits} of {one.trials}",
            f"everybody else: {one.other_hits} of {one.other_trials}",
        )
        lines.extend(both[: _sides(alert)])
    return "\n".join(lines)


def _step(one: Point, sides: int) -> Sequence[Cell]:
    """``sides``: how many counts are told beside the capital."""
    counts = (
        Cell(f"{one.hits} of {one.trials}"),
        Cell(f"{one.other_hits} of {one.other_trials}"),
    )
    return (
        Cell(formats.count(one.step)),
        Cell(formats.brief(one.at), title=formats.moment(one.at)),
        Cell(formats.count(_seen(one))),
        Cell(times(one.capital)),
        *counts[:sides],
    )


def _seen(one: Point) -> int:
    return one.trials + one.other_trials
