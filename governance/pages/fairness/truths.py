"""How much of what turned out true is known, month by month, and how late it came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from fairness.coverage import MonthCovered
from governance.charts import Meter, meter
from governance.pages import formats
from governance.pages.fairness import links
from governance.pages.fairness.links import Asked
from governance.pages.sheets import Sheet, SheetColumn, weight

DAY = 86_400.0


@dataclass(frozen=True, slots=True)
class MonthLine:
    month: str
    decisions: str
    meter: Meter
    share: str
    contradicted: str
    lag: str
    lags: str


@dataclass(frozen=True, slots=True)
class TruthPart:
    months: tuple[MonthLine, ...]
    sheet: Sheet
    csv: str


def truth_part(months: Sequence[MonthCovered], asked: Asked) -> TruthPart:
    columns = (
        SheetColumn("Month", "day"),
        SheetColumn("Decisions", "count"),
        SheetColumn("With a true label", "count"),
        SheetColumn("Share", "share"),
        SheetColumn("Contradicted", "count"),
        SheetColumn("Lag in days, first quartile", "number"),
        SheetColumn("Lag in days, median", "number"),
        SheetColumn("Lag in days, third quartile", "number"),
    )
    rows = tuple(
        (one.month, one.decisions, one.labelled, one.share, one.contradicted, *_days(one))
        for one in months
    )
    return TruthPart(
        months=tuple(_line(one) for one in months),
        sheet=Sheet("true-labels", "True labels by month of decision", columns, rows),
        csv=links.sheet_url(asked, (), "true-labels"),
    )


def _days(one: MonthCovered) -> tuple[float | None, ...]:
    return tuple(lag / DAY for lag in one.lags) if len(one.lags) == 3 else (None, None, None)


def _line(one: MonthCovered) -> MonthLine:
    known = len(one.lags) == 3
    return MonthLine(
        month=f"{one.month:%B %Y}",
        decisions=weight(one.decisions),
        meter=meter(one.share),
        share=formats.percent(one.share),
        contradicted=weight(one.contradicted),
        lag=formats.lasting(one.lags[1]) if known else formats.NONE,
        lags=f"{formats.lasting(one.lags[0])} to {formats.lasting(one.lags[2])}" if known else "",
    )
