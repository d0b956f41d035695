"""Rates of the groups of an axis, a chart for each metric: intervals before the band within the limit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Final

from fairness.counts import UNKNOWN
from fairness.figures import Axis, Figure, Figures, Group, Name
from fairness.policy import Limits
from governance.charts import Estimate, IntervalChart, Subject, interval_chart
from governance.pages import formats
from governance.pages.fairness import words
from governance.pages.pieces import Badge
from governance.pages.sheets import Sheet, SheetColumn, Value, p_value, weight

COLUMNS: Final = (
    SheetColumn("Group"),
    SheetColumn("By"),
    SheetColumn("n", "count"),
    SheetColumn("Rate", "share"),
    SheetColumn("Low", "share"),
    SheetColumn("High", "share"),
    SheetColumn("Compared", "number"),
    SheetColumn("Compared, low", "number"),
    SheetColumn("Compared, high", "number"),
    SheetColumn("p, adjusted", "p"),
    SheetColumn("State"),
    SheetColumn("n it would take", "count"),
)


@dataclass(frozen=True, slots=True)
class Side:
    """What stands beside a row of a chart; ``second``: the same by the other label, beneath."""

    text: str = ""
    badge: Badge | None = None
    note: str = ""
    second: Side | None = None


@dataclass(frozen=True, slots=True)
class RatePart:
    """A metric's card. ``chart`` None: no group has such a rate, and ``missing`` says why."""

    id: str
    title: str
    what: str
    silent: str
    limit: str
    chart: IntervalChart | None
    sides: tuple[Side, ...]
    sheet: Sheet
    csv: str
    missing: str = ""


Shown = Mapping[str, Axis]
"""An axis by basis: one, or the machine's and the effective one."""


def axis_in(figures: Figures, attributes: Name) -> Axis | None:
    """Its groups by name, who is not known or was not reviewed last; the store has them in no order."""
    found = next((one for one in figures.axes if one.attributes == attributes), None)
    if found is None:
        return None
    by_name = sorted(found.groups, key=lambda group: [(one == UNKNOWN, one) for one in group.name])
    return replace(found, groups=tuple(by_name))


def rate_part(metric: str, shown: Shown, limits: Limits, csv: str) -> RatePart:
    """The card of one metric, for the first basis; with a second one its figures lie beneath."""
    words_ = words.METRICS[metric]
    first = next(iter(shown.values()))
    rows = [_row(group.name, metric, shown, limits) for group in first.groups]
    some = any(subject.estimates for subject, _ in rows)
    chart = interval_chart([one for one, _ in rows], title=f"{words_.label} by group")
    return RatePart(
        id=metric,
        title=words_.label,
        what=f"{words_.what} {words_.harm}",
        silent=words_.silent,
        limit=limit_told(metric, limits),
        chart=chart if some else None,
        sides=tuple(side for _, side in rows),
        sheet=_sheet(metric, shown),
        csv=csv,
        missing="" if some else _missing(first),
    )


def limit_told(metric: str, limits: Limits) -> str:
    if metric == "selection_rate":
        return (
            f"Shaded: at least {formats.figure(limits.ratio, 2)} of the most selected group’s rate."
        )
    points = formats.figure(100 * limits.difference, 0)
    return f"Shaded: within {points} percentage points of everybody else’s rate."


def _missing(axis: Axis) -> str:
    if not any(group.labelled for group in axis.groups):
        return "No true label is known in this window, so errors cannot be assessed yet."
    return "No group has decisions that this rate could be a share of."


def _row(name: Name, metric: str, shown: Shown, limits: Limits) -> tuple[Subject, Side]:
    pairs = [
        (basis, group, figure)
        for basis, axis in shown.items()
        for group in axis.groups
        if group.name == name
        for figure in [figure_of(group, metric)]
    ]
    _, group, figure = pairs[0]
    label = words.group(name, next(iter(shown.values())).attributes)
    estimates = tuple(
        Estimate(one.value, one.low, one.high, tip(label, metric, base, one), second=at == 1)
        for at, (base, _, one) in enumerate(pairs)
        if one is not None and one.value is not None
    )
    subject = Subject(
        label=label,
        detail=_many(group, figure),
        estimates=estimates,
        band=band(figure, limits) if figure else None,
        gone="" if estimates else _gone(group, figure),
    )
    return subject, _side([one for _, _, one in pairs if one is not None])


def figure_of(group: Group, metric: str) -> Figure | None:
    return next((one for one in group.figures if one.metric == metric), None)


def _many(group: Group, figure: Figure | None) -> str:
    if group.hidden or figure is None or figure.hidden or figure.number is None:
        return ""
    return f"n {weight(figure.number)}"


def _gone(group: Group, figure: Figure | None) -> str:
    hidden = group.hidden or (figure is not None and figure.hidden)
    return words.NOT_SHOWN if hidden else "Nothing to be a share of"


def band(figure: Figure, limits: Limits) -> tuple[float, float] | None:
    """From where to where the group's rate would be within the limit; None where nothing is compared."""
    if figure.value is None or figure.compared is None:
        return None
    if figure.metric == "selection_rate":
        most = figure.value / figure.compared if figure.compared else None
        return None if most is None else (limits.ratio * most, most)
    others = figure.value - figure.compared
    return max(0.0, others - limits.difference), min(1.0, others + limits.difference)


def _side(figures: list[Figure]) -> Side:
    told = [one for one in figures if one.value is not None]
    if not told:
        return Side()
    first, *others = (
        Side(formats.percent(one.value or 0.0), words.SHORT.get(one.state)) for one in told
    )
    return replace(first, second=others[0]) if others else replace(first, note=_note(told[0]))


def _note(figure: Figure) -> str:
    if figure.needed:
        return f"needs n ≈ {formats.count(figure.needed)}"
    return "" if figure.p is None else f"p {p_value(figure.p)}"


def tip(label: str, metric: str, basis: str, figure: Figure) -> str:
    """What a mark says: the figure whole, a line each."""
    told = [
        f"{label}, {words.BASES[basis].lower()}",
        f"{words.METRICS[metric].label} {_share(figure)}",
    ]
    told.append(f"n {weight(figure.number or 0)}")
    if figure.compared is not None:
        told.append(compared(figure))
    if figure.p is not None:
        told.append(f"p, adjusted {p_value(figure.p)}")
    state = words.STATES.get(figure.state)
    if state:
        more = f"; it would take n ≈ {formats.count(figure.needed)}" if figure.needed else ""
        told.append(f"{state.text}{more}")
    if figure.method:
        told.append(f"Interval: {figure.method}")
    return "\n".join(told)


def _share(figure: Figure) -> str:
    if figure.value is None:
        return formats.NONE
    value = formats.percent(figure.value)
    if figure.low is None or figure.high is None:
        return value
    return f"{value} ({formats.percents(figure.low, figure.high)})"


def compared(figure: Figure) -> str:
    """``0.71 of the most selected group’s (0.62–0.81)``; of other rates in percentage points."""
    if figure.compared is None:
        return formats.NONE
    ends = (figure.compared_low, figure.compared_high)
    if figure.metric == "selection_rate":
        told = f"{formats.figure(figure.compared, 2)} of the most selected group’s rate"
        bounds = [formats.figure(end, 2) for end in ends if end is not None]
    else:
        told = f"{formats.change(100 * figure.compared, 1)} points from everybody else’s"
        bounds = [formats.change(100 * end, 1) for end in ends if end is not None]
    return f"{told} ({bounds[0]} to {bounds[1]})" if len(bounds) == 2 else told


def _sheet(metric: str, shown: Shown) -> Sheet:
    rows = tuple(row for basis, axis in shown.items() for row in _lines(metric, basis, axis))
    label = words.METRICS[metric].label
    return Sheet(metric, f"{label} by group, with intervals", COLUMNS, rows)


def _lines(metric: str, basis: str, axis: Axis) -> Iterator[tuple[Value, ...]]:
    for group in axis.groups:
        label, figure = words.group(group.name, axis.attributes), figure_of(group, metric)
        if figure is None or figure.hidden:
            gone = words.NOT_SHOWN if group.hidden or figure else ""
            yield (label, words.BASES[basis], *[None] * 8, gone, None)
            continue
        state = words.STATES.get(figure.state)
        yield (
            label,
            words.BASES[basis],
            figure.number,
            figure.value,
            figure.low,
            figure.high,
            figure.compared,
            figure.compared_low,
            figure.compared_high,
            figure.p,
            state.text if state else "",
            figure.needed,
        )
