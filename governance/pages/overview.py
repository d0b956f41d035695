"""The overview: what a person answerable for decisions wants to see first."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

from audit.publisher import PublisherState
from audit.queries import DayCount, DecisionRow, LabelCount, LogState, PoisonedEntry
from explain.queries import Coverage
from explain.standing import Unexplained
from governance.charts import Meter
from governance.pages import formats, outcomes
from governance.pages.days import Days, days
from governance.pages.pieces import Cell, Column, Empty, Fact, Row, Stat, Table, Tone
from governance.pages.shares import SMALL, wilson
from governance.registry.rows import UseCaseRow, VersionRow

DECISIONS: Final = "/decisions/"
ICONS: Final[Mapping[Tone, str]] = {"bad": "alert-octagon", "warn": "alert-triangle"}


@dataclass(frozen=True, slots=True)
class Action:
    """Something that wants a person: ``url`` leads to where they can do it."""

    tone: Tone
    icon: str
    title: str
    text: str
    url: str


@dataclass(frozen=True, slots=True)
class FirstSteps:
    """What a new installation needs: ``steps`` that are done or not, and a command to copy."""

    steps: tuple[tuple[bool, str, str], ...]
    command: str


@dataclass(frozen=True, slots=True)
class Overview:
    tiles: tuple[Stat, ...]
    actions: tuple[Action, ...]
    log: tuple[Fact, ...]
    first: FirstSteps | None
    sees_decisions: bool
    use_cases: Table | None = None
    days: Days | None = None
    coverage: Table | None = None
    latest: Table | None = None
    today: str = ""


@dataclass(frozen=True, slots=True)
class Counted:
    """Counts of one reader's use cases: today, the last seven days, and day by day."""

    today: Sequence[LabelCount]
    week: Sequence[LabelCount]
    daily: Sequence[DayCount]


def tiles(counted: Counted, coverage: Mapping[str, Coverage], now: datetime) -> tuple[Stat, ...]:
    by_day = per_day(counted.daily)
    today = now.date()
    last = [by_day.get(today - timedelta(days=at), 0) for at in range(14)]
    week, before = sum(last[:7]), sum(last[7:])
    return (
        Stat(
            "Decisions today",
            formats.count(last[0]),
            detail=f"since midnight UTC; yesterday {formats.count(last[1])}",
            url=f"{DECISIONS}?since={today.isoformat()}",
        ),
        Stat(
            "Decisions in 7 days",
            formats.count(week),
            detail=f"{formats.count(before)} in the 7 days before",
            url=f"{DECISIONS}?since={(today - timedelta(days=6)).isoformat()}",
        ),
        explained_tile(coverage),
    )


def explained_tile(coverage: Mapping[str, Coverage]) -> Stat:
    total = sum(one.total for one in coverage.values())
    if not total:
        return Stat("Explained", formats.NONE, detail="No decision has an explanation profile yet")
    ready = sum(one.ready for one in coverage.values())
    gone = sum(one.refused + one.failed for one in coverage.values())
    waiting = total - ready - gone
    parts = [f"{formats.count(waiting)} waiting"] if waiting else []
    parts += [f"{formats.count(gone)} refused or failed"] if gone else []
    return Stat(
        "Explained",
        floor_percent(ready, total),
        detail=f"{formats.count(ready)} of {formats.count(total)}"
        + "".join(f", {part}" for part in parts),
        tone="warn" if gone else "",
        icon="alert-triangle" if gone else "",
    )


def floor_percent(part: int, whole: int) -> str:
    """Never rounded up to 100 %: one that is missing can be seen."""
    return f"{part * 1000 // whole / 10:.1f}".removesuffix(".0") + f"{formats.NARROW}%"


def log_tile(log: LogState, now: datetime) -> Stat:
    signed = (
        f"signed {formats.ago(log.checkpoint_at, now)}" if log.checkpoint_at else "not signed yet"
    )
    return Stat("Log entries", formats.count(log.size), detail=signed, url="/log/")


def log_facts(log: LogState, publication: PublisherState, now: datetime) -> tuple[Fact, ...]:
    waiting = formats.plural(log.unsequenced, "entry", "entries") if log.unsequenced else "none"
    for_long = log.oldest_unsequenced_seconds
    return (
        Fact("Entries", formats.count(log.size), "with a place in the tree"),
        Fact(
            "Signed",
            formats.count(log.checkpoint_size or 0),
            f"by the checkpoint of {formats.moment(log.checkpoint_at)}"
            if log.checkpoint_at
            else "no checkpoint yet",
            code=log.checkpoint_root.hex() if log.checkpoint_root else "",
            short=formats.digest(log.checkpoint_root.hex()) if log.checkpoint_root else "",
        ),
        Fact(
            "Waiting for a place",
            waiting,
            f"the oldest for {formats.lasting(for_long)}" if for_long else "",
        ),
        publication_fact(publication),
        Fact("People erased", formats.count(log.subjects_erased)),
    )


def publication_fact(publication: PublisherState) -> Fact:
    told: dict[str, tuple[str, Tone, str]] = {
        "published": ("in step with the database", "good", "check"),
        "pending": ("the next checkpoint follows", "info", "clock"),
        "unreachable": ("the store does not answer", "warn", "alert-triangle"),
        "refused": ("refused: a person must look", "bad", "alert-octagon"),
    }
    text, tone, icon = told[publication.status]
    return Fact("Checkpoint store", text, publication.problem, tone=tone, icon=icon)


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


def per_day(counts: Sequence[DayCount]) -> dict[date, int]:
    found: dict[date, int] = {}
    for one in counts:
        found[one.day] = found.get(one.day, 0) + one.decisions
    return found


def days_chart(counted: Counted, now: datetime) -> Days:
    return days(per_day(counted.daily), until=now.date())


def coverage_table(versions: Sequence[VersionRow], coverage: Mapping[str, Coverage]) -> Table:
    """Versions that were explained or are in use; a version without any decision is left out."""
    rows = tuple(
        Row(
            (
                Cell(
                    version.model_ref,
                    label="Version",
                    url=f"{DECISIONS}?model={version.model_ref}",
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
        Column("Score", "meter"),
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
        labelled(outcomes.score_cell(row.score, row.threshold), "Score"),
        Cell(row.model_ref, label="Version", wide=True),
        Cell(
            formats.brief(row.decided_at),
            "time",
            "Decided, UTC",
            title=formats.moment(row.decided_at),
        ),
    )


def labelled(cell: Cell, label: str) -> Cell:
    return Cell(
        cell.text,
        cell.kind,
        label,
        tone=cell.tone,
        icon=cell.icon,
        meter=cell.meter,
    )


def actions(
    publication: PublisherState,
    poison: Sequence[PoisonedEntry],
    lost: Sequence[Unexplained],
    coverage: Mapping[str, Coverage],
) -> tuple[Action, ...]:
    """What wants a person, the gravest first."""
    found = []
    if publication.status in {"refused", "unreachable"}:
        refused = publication.status == "refused"
        found.append(
            Action(
                "bad" if refused else "warn",
                "shield-x" if refused else "shield-question",
                "No checkpoint is signed" if refused else "The checkpoint store does not answer",
                publication.problem,
                "/log/",
            )
        )
    found += [
        Action(
            "bad",
            "alert-octagon",
            f"The follower “{one.place}” stepped over entry {formats.count(one.leaf_index)}",
            one.error,
            "/log/",
        )
        for one in poison
    ]
    found += [
        Action(
            "bad" if one.state == "failed" else "warn",
            outcomes.STATES[one.state][2],
            f"Explanation {one.state}, {one.model_ref}",
            one.detail,
            f"{DECISIONS}{one.entry_id}",
        )
        for one in lost
    ]
    gone = sum(one.refused + one.failed for one in coverage.values()) - len(lost)
    if gone > 0:
        what = f"{formats.plural(gone, 'more explanation')} refused or failed"
        found.append(Action("warn", "ban", what, "By version, in the table of explanations.", ""))
    return tuple(found)


def first_steps(
    address: str, cases: Sequence[UseCaseRow], versions: Sequence[VersionRow]
) -> FirstSteps:
    """How to record the first decision, with the names registered so far."""
    chosen = versions[0] if versions else None
    use_case = chosen.use_case if chosen else cases[0].slug if cases else "consumer-credit"
    model, number = (chosen.model, chosen.number) if chosen else ("credit-risk", "1.0.0")
    steps = (
        (bool(cases), "Register a use case", "what is decided about whom; an administrator does it"),
        (bool(versions), "Register a model and its version", "its owner or a developer does it"),
        (False, "Make an API key", "its owner does it under Settings, or manage.py on the server"),
        (False, "Record a decision", "with the command below; it appears here within seconds"),
    )
    return FirstSteps(steps, command(address, use_case, model, number))


def command(address: str, use_case: str, model: str, number: str) -> str:
    said = (
        f'"id": "first-1", "use_case": "{use_case}", "model": "{model}", "version": "{number}"',
        '"decided_at": "\'"$(date -u +%Y-%m-%dT%H:%M:%SZ)"\'"',
        '"features": {"duration_months": 24, "amount": 5000}',
        '"output": {"label": "approve", "score": 0.21, "threshold": 0.4}',
    )
    body = ",\n    ".join(said)
    return (
        f'curl {address} \\\n  -H "Authorization: Bearer $RATIONALE_KEY" \\\n'
        f'  -H "Content-Type: application/json" \\\n  -d \'{{\n    {body}\n  }}\''
    )
