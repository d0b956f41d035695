"""What the bias audit's address asks for, cleaned; and the choices it offers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from fairness.audits import Tool
from fairness.tables import Window
from governance.pages import formats
from governance.pages.pieces import Filter, Option

TOOLS: Final[Mapping[Tool, str]] = {
    "selects": "Selects people",
    "scores": "Scores people",
}
SMALL: Final = {
    "left_out": "Left out of ratios",
    "included": "Compared too",
}
DAYS: Final = 365
"""An audit may be one year old at most (6 RCNY 5-301)."""
_SEX: Final = ("sex", "gender")
_RACE: Final = ("race", "ethnic")


@dataclass(frozen=True, slots=True)
class AuditAsked:
    """What the address asks for, cleaned. ``sex`` and ``race`` name segments, or are empty."""

    tool: Tool
    sex: str
    race: str
    small: str
    version: str
    since: date
    until: date
    csv: bool
    problem: str

    def query(self, **changed: str) -> str:
        said = {
            "tool": self.tool,
            "sex": self.sex,
            "race": self.race,
            "small": self.small,
            "version": self.version,
            "since": self.since.isoformat(),
            "until": self.until.isoformat(),
        }
        return "?" + urlencode({name: text for name, text in {**said, **changed}.items() if text})


def asked(
    given: Mapping[str, str], *, segments: Sequence[str], versions: Sequence[str], today: date
) -> AuditAsked:
    """From a query string; ``until`` is the last day, included. What is none of the choices is left
    out, and said."""
    since, until = (_day(given.get(name, "")) for name in ("since", "until"))
    wrong = [
        f"“{given[name][:40]}” is not a date; it was left out."
        for name, found in (("since", since), ("until", until))
        if given.get(name) and found is None
    ]
    for name, known in (
        ("sex", segments),
        ("race", segments),
        ("version", versions),
        ("tool", list(TOOLS)),
    ):
        if given.get(name) and given[name] not in known:
            wrong.append(f"“{given[name][:40]}” is none of the choices; it was left out.")
    last = until or today
    first = since or last - timedelta(days=DAYS - 1)
    if first > last:
        wrong.append("The first day is after the last; the year before the last day is shown.")
        first = last - timedelta(days=DAYS - 1)
    sex, race = given.get("sex", ""), given.get("race", "")
    return AuditAsked(
        tool="scores" if given.get("tool") == "scores" else "selects",
        sex=sex if sex in segments else _named(segments, _SEX),
        race=race if race in segments else _named(segments, _RACE),
        small="included" if given.get("small") == "included" else "left_out",
        version=given["version"] if given.get("version") in versions else "",
        since=first,
        until=last,
        csv=given.get("format") == "csv",
        problem=" ".join(wrong),
    )


def _named(segments: Sequence[str], words: Sequence[str]) -> str:
    return next((one for one in segments if any(word in one.lower() for word in words)), "")


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if len(text) == 10 and 2000 <= found.year <= 2200 else None


def window(slug: str, wanted: AuditAsked) -> Window:
    return Window(slug, wanted.since, wanted.until + timedelta(days=1), wanted.version)


def filters_of(
    wanted: AuditAsked, segments: Sequence[str], versions: Sequence[str]
) -> tuple[Filter, ...]:
    def choices(chosen: str, known: Mapping[Any, str], none: str = "") -> tuple[Option, ...]:
        first = [Option("", none, not chosen)] if none else []
        return (*first, *(Option(one, text, one == chosen) for one, text in known.items()))

    named = {one: formats.words(one) for one in segments}
    refs = {one: one for one in versions}
    return (
        Filter("tool", "The tool", "select", options=choices(wanted.tool, TOOLS)),
        Filter("sex", "Sex", "select", options=choices(wanted.sex, named, "choose")),
        Filter(
            "race", "Race or ethnicity", "select", options=choices(wanted.race, named, "choose")
        ),
        Filter("small", "Categories under 2 %", "select", options=choices(wanted.small, SMALL)),
        Filter(
            "version", "Version", "select", options=choices(wanted.version, refs, "all versions")
        ),
        Filter("since", "First day", "date", wanted.since.isoformat()),
        Filter("until", "Last day", "date", wanted.until.isoformat()),
    )
