"""How often each reason was given, over all of a version's adverse decisions and by segment."""

from collections.abc import Mapping, Sequence
from typing import Final

from explain.overview import Group, Overview
from explain.queries import ProfileView
from governance.charts import Bars, Part, bars
from governance.pages import formats
from governance.pages.pieces import Cell, Column, Empty, Table
from governance.pages.shares import wilson
from governance.pages.tables import row

MOST_CODES: Final = 6


def worded(profile: ProfileView | None) -> Mapping[str, str]:
    spec = profile.specification if profile else None
    return (
        {one.code: one.text.get("en") or next(iter(one.text.values())) for one in spec.reasons}
        if spec
        else {}
    )


def reasons_chart(found: Overview, wording: Mapping[str, str]) -> Bars:
    parts = []
    for code, n in found.codes.items():
        low, high = wilson(n, found.adverse)
        share = n / found.adverse
        parts.append(
            Part(
                wording.get(code, code),
                code,
                100 * share,
                100 * min(low, share),
                100 * max(high, share),
            )
        )
    return bars(parts, title="Share of adverse decisions that gave each reason", digits=0)


def reasons_text(found: Overview) -> str:
    if not found.adverse:
        return "None of these decisions was against the person."
    return (
        f"Per cent of {formats.plural(found.adverse, 'decision')} against the person in which each was a principal "
        "reason, with Wilson's 95 % interval."
    )


def segments(found: Overview, wording: Mapping[str, str]) -> tuple[Table, ...]:
    codes = list(found.codes)[:MOST_CODES]
    return tuple(
        _segment(segment.name, segment.groups, codes, wording)
        for segment in found.segments
        if segment.groups
    )


def _segment(
    name: str, groups: Sequence[Group], codes: Sequence[str], wording: Mapping[str, str]
) -> Table:
    title = formats.words(name).capitalize()
    columns = (Column(title), Column("Adverse", "num"), *(Column(code, "num") for code in codes))
    rows = [
        row(
            columns,
            Cell(_group(group)),
            Cell(formats.count(group.n)),
            *_shares(group, codes, wording),
        )
        for group in groups
    ]
    return Table(title, columns, tuple(rows), Empty("No groups", "No segment was recorded."))


def _group(group: Group) -> str:
    if group.name is None:
        return "Not shown"
    return group.name or "Not recorded"


def _shares(group: Group, codes: Sequence[str], wording: Mapping[str, str]) -> tuple[Cell, ...]:
    if group.name is None:
        return tuple(Cell(formats.NONE) for _ in codes)
    cells = []
    for code in codes:
        n = group.codes.get(code, 0)
        low, high = wilson(n, group.n)
        cells.append(
            Cell(
                formats.percent(n / group.n, 0),
                detail=formats.percents(low, high, 0),
                title=wording.get(code, code),
            )
        )
    return tuple(cells)
