"""The list, drawn from a page of decisions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode
from uuid import UUID

from audit.queries import DecisionRow, Page
from governance.pages import formats, outcomes
from governance.pages.decisions.asked import URL, Asked
from governance.pages.pieces import Banner, Cell, Column, Empty, Filter, Option, Row, Table
from governance.registry.rows import UseCaseRow, VersionRow


@dataclass(frozen=True, slots=True)
class Pager:
    text: str
    previous_url: str
    next_url: str


@dataclass(frozen=True, slots=True)
class Decisions:
    filters: tuple[Filter, ...]
    active: bool
    table: Table
    pager: Pager | None
    banner: Banner | None
    sub: str


def decisions_page(
    asked: Asked,
    found: Page[DecisionRow],
    *,
    cases: Sequence[UseCaseRow],
    labels: Sequence[str],
    versions: Sequence[VersionRow],
    explained: Mapping[UUID, str],
    profiled: frozenset[str],
) -> Decisions:
    """``labels`` are those seen lately; ``explained`` the states of the decisions found."""
    columns = _columns(many_cases=len(cases) > 1)
    names = {case.slug: case.name for case in cases}
    adverse = {case.slug: case.adverse_labels for case in cases}
    rows = tuple(
        _row(
            row,
            state=explained.get(row.entry_id, "pending" if row.model_ref in profiled else "none"),
            adverse=adverse,
            case=names.get(row.use_case, row.use_case),
            columns=columns,
        )
        for row in found.results
    )
    return Decisions(
        filters=_filters(asked, cases, labels, versions),
        active=asked.narrowed,
        table=Table("Decisions", columns, rows, _empty(asked)),
        pager=_pager(asked, found) if rows else None,
        banner=Banner("warn", "", asked.problem) if asked.problem else None,
        sub="Every decision your roles let you read, newest first. What you open or list here is "
        "noted as an access to personal data.",
    )


def _columns(*, many_cases: bool) -> tuple[Column, ...]:
    return (
        Column("Decision"),
        Column("Person"),
        *([Column("Use case", wide=True)] if many_cases else []),
        Column("Outcome", "badge"),
        Column("Score, threshold", "meter"),
        Column("Model version", wide=True),
        Column("Decided, UTC", "time"),
        Column("Explanation", wide=True),
    )


def _row(
    row: DecisionRow,
    *,
    state: str,
    adverse: outcomes.Adverse,
    case: str,
    columns: Sequence[Column],
) -> Row:
    shown = outcomes.badge(row.label, outcomes.is_adverse(row.label, row.use_case, adverse))
    score = outcomes.score_cell(row.score, row.threshold)
    person = row.subject_ref
    home = [Cell(case)] if any(column.label == "Use case" for column in columns) else []
    cells = (
        Cell(row.decision_id, url=f"{URL}{row.entry_id}", title=str(row.entry_id)),
        Cell(
            person or "not named",
            url=f"{URL}?{urlencode({'q': person})}" if person else "",
            tone="" if person else "neutral",
            title=f"All decisions about {person}" if person else "",
        ),
        *home,
        Cell(shown.text, tone=shown.tone, icon=shown.icon),
        score,
        Cell(row.model_ref, detail=outcomes.violations(row.violations)),
        Cell(formats.brief(row.decided_at), title=formats.moment(row.decided_at)),
        outcomes.explained_cell(state),
    )
    return Row(tuple(_of(cell, column) for cell, column in zip(cells, columns, strict=True)))


def _of(cell: Cell, column: Column) -> Cell:
    """The cell as its column has it; a score that cannot be drawn stays a figure."""
    kind = cell.kind if column.kind == "meter" else column.kind
    return replace(cell, kind=kind, label=column.label, wide=column.wide)


def _empty(asked: Asked) -> Empty:
    if asked.narrowed:
        return Empty(
            "No decision matches",
            "A decision matches from the beginning of its ID; a person, an entry and a trace match whole. "
            "A decision of the last seconds may not be listed yet.",
            URL,
            "Clear search and filters",
        )
    return Empty(
        "No decisions yet",
        "As soon as an application records one, it stands here. The overview shows how.",
        "/",
        "Go to the overview",
    )


def _pager(asked: Asked, found: Page[DecisionRow]) -> Pager:
    order = "by id" if asked.q and found.next is None and found.previous is None else ""
    shown = formats.plural(len(found.results), "decision")
    more = ", more follow" if found.next else ""
    before = " on this page" if found.previous or found.next else ""
    return Pager(
        f"{shown}{before}{more}{', ' + order if order and len(found.results) > 1 else ''}",
        asked.url(found.previous),
        asked.url(found.next),
    )


def _filters(
    asked: Asked,
    cases: Sequence[UseCaseRow],
    labels: Sequence[str],
    versions: Sequence[VersionRow],
) -> tuple[Filter, ...]:
    refs = [version.model_ref for version in versions]
    return (
        Filter("q", "Decision, person, entry or trace ID", "search", asked.q),
        *(
            [_select("use_case", "Use case", asked.use_case, [(c.slug, c.name) for c in cases])]
            if len(cases) > 1 or asked.use_case
            else []
        ),
        _select(
            "label", "Outcome", asked.label, [(label, outcomes.called(label)) for label in labels]
        ),
        _select("model", "Model version", asked.model, [(ref, ref) for ref in refs]),
        Filter("since", "From", "date", asked.since.isoformat() if asked.since else ""),
        Filter("until", "To", "date", asked.until.isoformat() if asked.until else ""),
    )


def _select(name: str, label: str, chosen: str, options: Sequence[tuple[str, str]]) -> Filter:
    """A value that is not among the options stays visible: the list is narrowed by it."""
    known = [*options] if not chosen or chosen in dict(options) else [*options, (chosen, chosen)]
    return Filter(
        name,
        label,
        "select",
        chosen,
        (
            Option("", "All", not chosen),
            *(Option(value, text, value == chosen) for value, text in known),
        ),
    )
