"""The page of feedback sets: what the chosen one would hold, and those that were taken before."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Final

from django.urls import reverse

from fairness.feedback import Asked
from governance.comparing.feedback import EARLIER, Exported, Foreseen
from governance.pages import actors, formats
from governance.pages.pieces import Cell, Column, Empty, Fact, Row, Table
from governance.pages.tables import row
from governance.registry.rows import UseCaseRow

EXPORTS: Final = (
    Column("Taken by"),
    Column("When, UTC", "time"),
    Column("Set"),
    Column("Decisions", "num"),
    Column("Digest of the file", "hash"),
    Column("Log entry", wide=True),
)


@dataclass(frozen=True, slots=True)
class SetPart:
    """What htmx replaces as one chooses; ``fields``: what the download's form sends; ``many`` empty
    while the choice cannot be read."""

    many: str
    said: str
    card: tuple[Fact, ...]
    columns: tuple[tuple[str, str], ...]
    fields: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class FeedbackPage:
    slug: str
    name: str
    exports: Table


def set_part(
    asked: Asked | None, foreseen: Foreseen | None, fields: Mapping[str, str], wrong: Sequence[str]
) -> SetPart:
    """``wrong``: what of the choice cannot be read, a sentence each."""
    if asked is None or foreseen is None:
        return SetPart("", f"Not counted. {' '.join(wrong)}", (), (), ())
    counted = foreseen.counted
    share = f"{formats.count(counted.labelled)} of them with a true label"
    changed = f"{formats.count(counted.overridden)} that a review overrode"
    return SetPart(
        many=formats.plural(counted.decisions, "decision"),
        said=f"{share}, {changed}." if counted.decisions else _nothing(asked),
        card=_card(asked),
        columns=tuple((name, str(means)) for name, means in foreseen.card["columns"].items()),
        fields=tuple(fields.items()),
    )


def _nothing(asked: Asked) -> str:
    if asked.labelled:
        return (
            "No decision of this window has a true label yet; a set would be a file without rows."
        )
    return "No decision was made in this window; a set would be a file without rows."


def _card(asked: Asked) -> tuple[Fact, ...]:
    window = asked.window
    return (
        Fact("Use case", window.use_case),
        Fact("Version", window.model_ref or "every version"),
        Fact("Decided", _days(window.since, window.until)),
        Fact("True label", "known of each" if asked.labelled else "where it is known"),
        Fact("Overrides", "included" if asked.overrides else "left out"),
        Fact("Segments", "included" if asked.segments else "left out"),
        Fact("Erased people", "left out"),
    )


def feedback_page(
    case: UseCaseRow, exports: Sequence[Exported], names: Mapping[str, str], *, may_verify: bool
) -> FeedbackPage:
    empty = Empty("None so far", "No feedback set of this use case was taken yet.")
    rows = tuple(_line(one, names, may_verify=may_verify) for one in exports)
    caption = f"Exports, the newest {EARLIER} first"
    return FeedbackPage(case.slug, case.name, Table(caption, EXPORTS, rows, empty))


def _line(one: Exported, names: Mapping[str, str], *, may_verify: bool) -> Row:
    at = datetime.fromisoformat(one.at)
    entry = str(one.entry_id)
    url = reverse("log-verify", args=[entry]) if may_verify else ""
    line = row(
        EXPORTS,
        Cell(actors.cell(one.actor, names)),
        Cell(formats.brief(at), title=formats.moment(at)),
        Cell(one.version or "every version", detail=_what(one)),
        Cell(formats.count(one.decisions)),
        Cell(one.digest, short=formats.digest(one.digest), title="digest"),
        Cell(formats.digest(entry), url=url),
    )
    return line if one.digest else _broken(line)


def _broken(line: Row) -> Row:
    """A line of a stream that ended early: what arrived of it is not known, and no file has a digest."""
    at = next(place for place, column in enumerate(EXPORTS) if column.kind == "hash")
    told = replace(line.cells[at], kind="badge", text="Broken off", tone="warn")
    return Row((*line.cells[:at], told, *line.cells[at + 1 :]))


def _what(one: Exported) -> str:
    told = [_days(one.since, one.until)]
    told.append("with a true label" if one.labelled else "with or without a true label")
    if not one.overrides:
        told.append("without overrides")
    if one.segments:
        told.append("with segments")
    return ", ".join(told)


def _days(since: date, until: date) -> str:
    last = until - timedelta(days=1)
    first = "" if last <= since else f"{formats.brief_day(since)} {since.year} to "
    return f"{first}{formats.brief_day(last)} {last.year}"
