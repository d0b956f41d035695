"""The list of decisions: search, filters, a dense table, and pages by key."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from audit.queries import DecisionFilter, DecisionRow, Page
from governance.pages import formats, outcomes
from governance.pages.pieces import Banner, Cell, Column, Empty, Filter, Option, Row, Table
from governance.registry.rows import UseCaseRow, VersionRow

URL: Final = "/decisions/"


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, cleaned; ``since`` and ``until`` are days, both included."""

    q: str = ""
    use_case: str = ""
    label: str = ""
    model: str = ""
    since: date | None = None
    until: date | None = None
    cursor: str = ""
    problem: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str]) -> "Asked":
        """From a query string. A day that is none is left out, and said."""
        text = {
            name: given.get(name, "").strip()[:200] for name in ("q", "use_case", "label", "model")
        }
        since, until = _day(given.get("since", "")), _day(given.get("until", ""))
        wrong = [
            f"“{given[name][:40]}” is not a date; it was left out."
            for name, found in (("since", since), ("until", until))
            if given.get(name) and found is None
        ]
        return cls(
            **text,
            since=since,
            until=until,
            cursor=given.get("cursor", ""),
            problem=" ".join(wrong),
        )

    @property
    def narrowed(self) -> bool:
        return bool(
            self.q or self.use_case or self.label or self.model or self.since or self.until
        )

    def filter(self, use_cases: frozenset[str]) -> DecisionFilter:
        """The same for the log, within ``use_cases``."""
        return DecisionFilter(
            use_cases=use_cases & {self.use_case} if self.use_case else use_cases,
            q=self.q,
            label=self.label,
            model_ref=self.model,
            since=_midnight(self.since) if self.since else None,
            until=_midnight(self.until + timedelta(days=1)) if self.until else None,
        )

    def url(self, cursor: str | None) -> str:
        """The address of another page of the same list; empty when there is none."""
        if cursor is None:
            return ""
        said = {
            "q": self.q,
            "use_case": self.use_case,
            "label": self.label,
            "model": self.model,
            "since": self.since.isoformat() if self.since else "",
            "until": self.until.isoformat() if self.until else "",
            "cursor": cursor,
        }
        return f"{URL}?{urlencode({name: value for name, value in said.items() if value})}"


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
    many_cases = len(cases) > 1
    names = {case.slug: case.name for case in cases}
    adverse = {case.slug: case.adverse_labels for case in cases}
    registered = {version.model_ref for version in versions}
    rows = tuple(
        _row(
            row,
            state=explained.get(row.entry_id, "pending" if row.model_ref in profiled else "none"),
            adverse=adverse,
            case=names.get(row.use_case, row.use_case) if many_cases else "",
            registered=row.model_ref in registered,
        )
        for row in found.results
    )
    return Decisions(
        filters=_filters(asked, cases, labels, versions),
        active=asked.narrowed,
        table=Table("Decisions", _columns(), rows, _empty(asked)),
        pager=_pager(asked, found) if rows else None,
        banner=Banner("warn", "", asked.problem) if asked.problem else None,
        sub="Every decision your roles let you read, newest first. What you open or list here is "
        "noted as an access to personal data.",
    )


def _columns() -> tuple[Column, ...]:
    return (
        Column("Decision"),
        Column("Person"),
        Column("Outcome", "badge"),
        Column("Score, threshold", "meter"),
        Column("Model version", wide=True),
        Column("Decided, UTC", "time"),
        Column("Explanation", wide=True),
    )


def _row(
    row: DecisionRow, *, state: str, adverse: outcomes.Adverse, case: str, registered: bool
) -> Row:
    shown = outcomes.badge(row.label, outcomes.is_adverse(row.label, row.use_case, adverse))
    score = outcomes.score_cell(row.score, row.threshold)
    person = row.subject_ref
    violations = row.violations or (() if registered else ("version_unknown",))
    cells = (
        Cell(row.decision_id, url=f"{URL}{row.entry_id}", detail=case, title=str(row.entry_id)),
        Cell(
            person or "not named",
            url=f"{URL}?{urlencode({'q': person})}" if person else "",
            tone="" if person else "neutral",
            title=f"All decisions about {person}" if person else "",
        ),
        Cell(shown.text, tone=shown.tone, icon=shown.icon),
        score,
        Cell(row.model_ref, detail=outcomes.violations(violations)),
        Cell(formats.brief(row.decided_at), title=formats.moment(row.decided_at)),
        outcomes.explained_cell(state),
    )
    return Row(tuple(_of(cell, column) for cell, column in zip(cells, _columns(), strict=True)))


def _of(cell: Cell, column: Column) -> Cell:
    """The cell as its column has it; a score that cannot be drawn stays a figure."""
    kind = cell.kind if column.kind == "meter" else column.kind
    return replace(cell, kind=kind, label=column.label, wide=column.wide)


def _empty(asked: Asked) -> Empty:
    if asked.narrowed:
        return Empty(
            "No decision matches",
            "Ids match from their beginning; persons, entry ids and trace ids match whole. "
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
        Filter("q", "Decision, person, entry or trace id", "search", asked.q),
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


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text.strip())
    except ValueError:
        return None
    # The day after the last one Python knows would be an error, not a question.
    return found if found.year < 9999 else None


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), UTC)
