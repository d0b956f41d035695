"""The overview's tables: outcomes by use case, explanations by version, the latest decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from audit.queries import DecisionRow, LabelCount
from explain.queries import Coverage
from governance.charts import Meter
from governance.pages import formats, outcomes
from governance.pages.overview.figures import Counted
from governance.pages.pieces import Cell, Column, Empty, Row, Table, Tone
from governance.pages.shares import SMALL, wilson
from governance.registry.rows import UseCaseRow, VersionRow

DECISIONS: Final = "/decisions/"
ICONS: Final[Mapping[Tone, str]] = {"bad": "alert-octagon", "warn": "alert-triangle"}


def use_case_table(cases: Sequence[UseCaseRow], counted: Counted) -> Table:
    rows = tuple(
        Row(
            (
                Cell(case.name, url=f"{DECISIONS}?use_case={case.slug}", label="Use case"),
                *_share_cells("Today", of_case(counted.today, case)),
                *_share_cells("7 days", of_case(counted.week, case)),
            )
        )
        for case in cases
    )
    columns = (
        Column("Use case"),
        Column("Today", "num"),
        Column("Against the person"),
        Column("7 days", "num"),
        Column("Against the person"),
    )
    empty = Empty("No use case", "None of your roles lets you read decisions.")
    return Table("Decisions and adverse outcomes by use case", columns, rows, empty)


@dataclass(frozen=True, slots=True)
class Share:
    """``against`` is None when the use case did not say which labels are."""

    decisions: int
    labelled: int
    against: int | None


def of_case(counts: Sequence[LabelCount], case: UseCaseRow) -> Share:
    mine = [one for one in counts if one.use_case == case.slug]
    total = sum(one.decisions for one in mine)
    labelled = sum(one.decisions for one in mine if one.label)
    if not case.adverse_labels:
        return Share(total, labelled, None)
    against = sum(one.decisions for one in mine if one.label in case.adverse_labels)
    return Share(total, labelled, against)


def _share_cells(span: str, share: Share) -> tuple[Cell, Cell]:
    number = Cell(formats.count(share.decisions), "num", span)
    label = f"Against, {span.lower()}"
    if share.against is None:
        return number, Cell("not defined", label=label, tone="neutral", detail="no adverse label")
    if not share.labelled:
        return number, Cell(formats.NONE, label=label)
    low, high = wilson(share.against, share.labelled)
    text = formats.percent(share.against / share.labelled)
    few = ", few cases" if share.labelled < SMALL else ""
    detail = f"95{formats.NARROW}%: {formats.percents(low, high, 0)}, n = {formats.count(share.labelled)}{few}"
    drawn = Meter(
        round(100 * share.against / share.labelled, 2), None, text, f"{text} against the person"
    )
    return number, Cell(kind="meter", label=label, meter=drawn, detail=detail)


def coverage_table(versions: Sequence[VersionRow], coverage: Mapping[str, Coverage]) -> Table:
    """Versions that were explained or are in use; a version without any decision is left out."""
    rows = tuple(
        Row(
            (
                Cell(
                    version.model_ref,
                    label="Version",
                    url=f"/models/{version.model}/{version.number}/",
                    detail="retired" if version.retired_at else "",
                ),
                *_coverage_cells(coverage[version.model_ref]),
            )
        )
        for version in versions
        if version.model_ref in coverage
    )
    columns = (
        Column("Version"),
        *(Column(name, "num") for name in ("Ready", "Pending", "Refused", "Failed")),
    )
    empty = Empty(
        "Nothing explained yet",
        "A version with an explanation profile has its decisions explained by the workers.",
    )
    return Table("Explanations by version and state", columns, rows, empty)


def _coverage_cells(one: Coverage) -> tuple[Cell, ...]:
    def cell(label: str, many: int, tone: Tone = "") -> Cell:
        marked = bool(many and tone)
        return Cell(
            formats.count(many),
            "num",
            label,
            tone=tone if marked else "",
            icon=ICONS[tone] if marked else "",
        )

    return (
        cell("Ready", one.ready),
        cell("Pending", one.pending),
        cell("Refused", one.refused, "warn"),
        cell("Failed", one.failed, "bad"),
    )


def latest_table(rows: Sequence[DecisionRow], adverse: outcomes.Adverse) -> Table:
    columns = (
        Column("Decision"),
        Column("Outcome", "badge"),
        Column("Score, threshold", "meter"),
        Column("Version", wide=True),
        Column("Decided, UTC", "time"),
    )
    return Table(
        "Latest decisions",
        columns,
        tuple(Row(_latest_cells(row, adverse)) for row in rows),
        Empty("No decisions yet", "The next one to be recorded stands here."),
    )


def _latest_cells(row: DecisionRow, adverse: outcomes.Adverse) -> tuple[Cell, ...]:
    shown = outcomes.badge(row.label, outcomes.is_adverse(row.label, row.use_case, adverse))
    return (
        Cell(row.decision_id, label="Decision", url=f"{DECISIONS}{row.entry_id}"),
        Cell(shown.text, "badge", "Outcome", tone=shown.tone, icon=shown.icon),
        replace(outcomes.score_cell(row.score, row.threshold), label="Score, threshold"),
        Cell(row.model_ref, label="Version", wide=True),
        Cell(
            formats.brief(row.decided_at),
            "time",
            "Decided, UTC",
            title=formats.moment(row.decided_at),
        ),
    )
