"""Means of groups with their intervals: scores, and errors of values that are predicted (regressions)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from fairness.figures import Axis, Group, Mean, Name
from governance.charts import Estimate, IntervalChart, Subject, interval_chart
from governance.pages import formats
from governance.pages.fairness import links, words
from governance.pages.fairness.links import Asked
from governance.pages.fairness.rates import Side
from governance.pages.sheets import Sheet, SheetColumn, weight

COLUMNS: Final = (
    SheetColumn("Group"),
    SheetColumn("n", "count"),
    SheetColumn("Value", "number"),
    SheetColumn("Low", "number"),
    SheetColumn("High", "number"),
    SheetColumn("Method"),
)


@dataclass(frozen=True, slots=True)
class MeanPart:
    id: str
    title: str
    chart: IntervalChart
    sides: tuple[Side, ...]
    sheet: Sheet
    csv: str


def mean_parts(axis: Axis, attributes: Name, asked: Asked) -> tuple[MeanPart, ...]:
    """One for each mean that any group has."""
    found = (_part(metric, axis, attributes, asked) for metric in words.MEANS)
    return tuple(part for part in found if part is not None)


def _part(metric: str, axis: Axis, attributes: Name, asked: Asked) -> MeanPart | None:
    pairs = [(group, _mean(group, metric)) for group in axis.groups]
    if not any(mean is not None and mean.value is not None for _, mean in pairs):
        return None
    label = words.MEANS[metric]
    subjects = [
        _subject(words.group(group.name, axis.attributes), group, mean, label)
        for group, mean in pairs
    ]
    rows = tuple(
        (
            words.group(group.name, axis.attributes),
            mean.number,
            mean.value,
            mean.low,
            mean.high,
            mean.method,
        )
        if mean
        else (
            words.group(group.name, axis.attributes),
            *[None] * 4,
            words.NOT_SHOWN if group.hidden else "",
        )
        for group, mean in pairs
    )
    return MeanPart(
        id=metric,
        title=label,
        chart=interval_chart(subjects, title=f"{label} by group", percent=False, bounds=False),
        sides=tuple(
            Side(formats.figure(mean.value)) if mean and mean.value is not None else Side()
            for _, mean in pairs
        ),
        sheet=Sheet(metric, f"{label} by group", COLUMNS, rows),
        csv=links.sheet_url(asked, attributes, metric),
    )


def _mean(group: Group, metric: str) -> Mean | None:
    return next((one for one in group.means if one.metric == metric), None)


def _subject(name: str, group: Group, mean: Mean | None, label: str) -> Subject:
    if mean is None or mean.value is None:
        return Subject(name, "", (), gone=words.NOT_SHOWN if group.hidden else "None")
    told = [name, f"{label} {formats.figure(mean.value)}", f"n {weight(mean.number)}"]
    if mean.low is not None and mean.high is not None:
        told.insert(2, f"{formats.figure(mean.low)} to {formats.figure(mean.high)} ({mean.method})")
    estimate = Estimate(mean.value, mean.low, mean.high, "\n".join(told))
    return Subject(name, f"n {weight(mean.number)}", (estimate,))
