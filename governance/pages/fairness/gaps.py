"""How far the groups of each axis are apart, by Fairlearn's named measures: a chart for each measure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from fairness.figures import Figures, Gap, Name
from fairness.policy import Limits
from governance.charts import Estimate, IntervalChart, Subject, interval_chart
from governance.pages import formats
from governance.pages.fairness import links, words
from governance.pages.fairness.links import Asked
from governance.pages.fairness.rates import Side
from governance.pages.sheets import Sheet, SheetColumn, weight

COLUMNS: Final = (
    SheetColumn("Segments"),
    SheetColumn("By"),
    SheetColumn("Value", "number"),
    SheetColumn("Low", "number"),
    SheetColumn("High", "number"),
    SheetColumn("n of the smallest group", "count"),
    SheetColumn("State"),
    SheetColumn("n it would take", "count"),
)


@dataclass(frozen=True, slots=True)
class GapPart:
    """A measure's card."""

    id: str
    title: str
    what: str
    silent: str
    limit: str
    chart: IntervalChart
    sides: tuple[Side, ...]
    sheet: Sheet
    csv: str


def gap_parts(
    shown: Mapping[str, Figures], limits: Limits, asked: Asked, there: Asked
) -> tuple[GapPart, ...]:
    """One per measure that any axis has. ``there``: the window and version of the pages rows lead to."""
    parts = (_part(measure, shown, limits, asked, there) for measure in words.MEASURES)
    return tuple(part for part in parts if part is not None)


def _part(
    measure: str, shown: Mapping[str, Figures], limits: Limits, asked: Asked, there: Asked
) -> GapPart | None:
    of_ratio = measure.endswith("ratio")
    found = [
        (
            axis,
            [
                (basis, gap)
                for basis, figures in shown.items()
                if (gap := _gap(figures, axis, measure))
            ],
        )
        for axis in _axes(shown)
    ]
    if not any(gap.value is not None for _, gaps in found for _, gap in gaps):
        return None
    subjects = [_subject(axis, gaps, limits, there, of_ratio=of_ratio) for axis, gaps in found]
    said = words.MEASURES[measure]
    rows = tuple(
        (
            words.axis(axis),
            words.BASES[basis],
            gap.value,
            gap.low,
            gap.high,
            gap.number,
            words.STATES[gap.state].text,
            gap.needed,
        )
        for axis, gaps in found
        for basis, gap in gaps
    )
    return GapPart(
        id=measure,
        title=said.label,
        what=said.what,
        silent=f"{said.silent}{_convention([gap for _, gaps in found for _, gap in gaps])}",
        limit=_limit(limits, of_ratio=of_ratio),
        chart=interval_chart(subjects, title=said.label, percent=False),
        sides=tuple(_side([gap for _, gap in gaps]) for _, gaps in found),
        sheet=Sheet(measure, f"{said.label} by segment", COLUMNS, rows),
        csv=links.sheet_url(asked, (), measure),
    )


def _axes(shown: Mapping[str, Figures]) -> Sequence[Name]:
    return [axis.attributes for axis in next(iter(shown.values())).axes]


def _gap(figures: Figures, attributes: Name, measure: str) -> Gap | None:
    return next(
        (
            gap
            for axis in figures.axes
            if axis.attributes == attributes
            for gap in axis.gaps
            if gap.measure == measure
        ),
        None,
    )


def _limit(limits: Limits, *, of_ratio: bool) -> str:
    if of_ratio:
        return f"Shaded: at least {formats.figure(limits.ratio, 2)}."
    return f"Shaded: at most {formats.figure(limits.difference, 2)}."


def _convention(gaps: Sequence[Gap]) -> str:
    """Why a figure may lie outside its own interval."""
    if not any(_outside(gap) for gap in gaps):
        return ""
    return (
        " A figure outside its interval: Fairlearn takes the rate of a group without cases for 0, the interval "
        "leaves that group out."
    )


def _outside(gap: Gap) -> bool:
    if gap.value is None or gap.low is None or gap.high is None:
        return False
    return not gap.low - 1e-9 <= gap.value <= gap.high + 1e-9


def _subject(
    axis: Name, gaps: Sequence[tuple[str, Gap]], limits: Limits, there: Asked, *, of_ratio: bool
) -> Subject:
    label = words.axis(axis)
    estimates = tuple(
        Estimate(gap.value, gap.low, gap.high, _tip(label, basis, gap), second=at == 1)
        for at, (basis, gap) in enumerate(gaps)
        if gap.value is not None
    )
    return Subject(
        label=label,
        detail="",
        estimates=estimates,
        band=(limits.ratio, 1.0) if of_ratio else (0.0, limits.difference),
        href=links.segment_url(there, axis),
        gone="" if estimates else "Fewer than two groups have it",
    )


def _tip(label: str, basis: str, gap: Gap) -> str:
    told = [
        f"{label}, {words.BASES[basis].lower()}",
        f"{words.MEASURES[gap.measure].label} {formats.figure(gap.value, 3)}",
    ]
    if gap.low is not None and gap.high is not None:
        told.append(f"Interval {formats.figure(gap.low, 3)} to {formats.figure(gap.high, 3)}")
    told.append(f"Smallest group n {weight(gap.number)}")
    more = f"; it would take n ≈ {formats.count(gap.needed)}" if gap.needed else ""
    return "\n".join([*told, f"{words.STATES[gap.state].text}{more}"])


def _side(gaps: Sequence[Gap]) -> Side:
    told = [gap for gap in gaps if gap.value is not None]
    if not told:
        return Side()
    first, *others = (Side(formats.figure(gap.value, 2), words.SHORT[gap.state]) for gap in told)
    if others:
        return replace(first, second=others[0])
    needed = told[0].needed
    return replace(first, note=f"needs n ≈ {formats.count(needed)}" if needed else "")
