"""The bias audit's three tables as the rule's examples have them, and all of them as one sheet."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import isnan
from typing import Final

from fairness.audits import BiasAudit, Tool
from fairness.local_law_144 import Category, Comparison
from governance.pages import formats
from governance.pages.fairness.audit_asked import AuditAsked
from governance.pages.sheets import Sheet, SheetColumn
from governance.registry.rows import UseCaseRow

FAVOURED: Final[Mapping[Tool, tuple[str, str]]] = {
    "selects": ("Selected", "Selection rate"),
    "scores": ("Scored above the median", "Scoring rate"),
}


@dataclass(frozen=True, slots=True)
class AuditLine:
    """``group`` names a category of sex on its first line of the intersections."""

    group: str
    label: str
    applicants: str
    favoured: str
    rate: str
    ratio: str
    note: str
    reference: bool


@dataclass(frozen=True, slots=True)
class AuditTable:
    id: str
    title: str
    head: str
    group_head: str
    lines: tuple[AuditLine, ...]
    note: str


def tables_of(wanted: AuditAsked, found: BiasAudit) -> tuple[AuditTable, ...]:
    sex, race = formats.words(wanted.sex), formats.words(wanted.race)
    return (
        _table("sex", "Sex categories", sex.capitalize(), "", found.sex, wanted),
        _table("race", "Race and ethnicity categories", race.capitalize(), "", found.race, wanted),
        _table("both", "Intersectional categories", race.capitalize(), sex.capitalize(),
               found.intersections, wanted),
    )  # fmt: skip


def _table(
    id_: str, title: str, head: str, group_head: str, of: Comparison, wanted: AuditAsked
) -> AuditTable:
    lines, before = [], ""
    for one in of.categories:
        group = one.name[0] if group_head and one.name[0] != before else ""
        before = one.name[0]
        lines.append(_line(one, group, of, wanted))
    small = [one for one in of.categories if one.small]
    return AuditTable(id_, title, head, group_head, tuple(lines), _table_note(of, small, wanted))


def _table_note(of: Comparison, small: Sequence[Category], wanted: AuditAsked) -> str:
    parts = []
    if of.reference:
        parts.append(f"Compared with the highest rate: {', '.join(map(called, of.reference))}.")
    elif of.categories:
        parts.append("The category with the highest rate is not shown.")
    if small:
        names = "; ".join(", ".join(map(called, one.name)) for one in small)
        treated = (
            "left out of impact ratios, as 6 RCNY 5-301(d) allows"
            if wanted.small == "left_out"
            else "never compared with"
        )
        parts.append(f"Under 2 % of the data, {treated}: {names}.")
    return " ".join(parts)


def called(name: str) -> str:
    return formats.words(name).capitalize() if name.islower() else name


def _line(one: Category, group: str, of: Comparison, wanted: AuditAsked) -> AuditLine:
    left_out = one.small and wanted.small == "left_out"
    return AuditLine(
        group=called(group) if group else "",
        label=called(one.name[-1]),
        applicants=formats.count(one.number),
        favoured=formats.count(one.favoured),
        rate=formats.percent(one.rate),
        ratio=formats.NONE if left_out or isnan(one.ratio) else f"{one.ratio:.2f}",
        note="under 2 %" if one.small else "",
        reference=one.name == of.reference,
    )


def sheet_of(case: UseCaseRow, wanted: AuditAsked, found: BiasAudit) -> Sheet:
    favoured, rate = FAVOURED[wanted.tool]
    columns = (
        SheetColumn("Comparison"),
        SheetColumn("Sex"),
        SheetColumn("Race or ethnicity"),
        SheetColumn("Applicants", "count"),
        SheetColumn(favoured, "count"),
        SheetColumn(rate, "share"),
        SheetColumn("Impact ratio", "number"),
        SheetColumn("Under 2 %"),
    )
    rows = [
        (title, *names(one.name), one.number, one.favoured, one.rate, _ratio(one, wanted),
         "yes" if one.small else "no")
        for title, of, names in (
            ("sex", found.sex, lambda name: (name[0], "")),
            ("race or ethnicity", found.race, lambda name: ("", name[0])),
            ("intersection", found.intersections, lambda name: name),
        )
        for one in of.categories
    ]  # fmt: skip
    rows.append(("unknown category", "", "", found.unknown, None, None, None, ""))
    name = f"local-law-144-{case.slug}-{wanted.since}-{wanted.until}"
    return Sheet(name, "Bias audit, all tables", columns, tuple(rows))


def _ratio(one: Category, wanted: AuditAsked) -> float | None:
    if isnan(one.ratio) or (one.small and wanted.small == "left_out"):
        return None
    return one.ratio
