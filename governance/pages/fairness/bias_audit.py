"""New York City's bias audit as the rule's examples lay it out: three tables, to be read, printed and kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, Final
from urllib.parse import urlencode

from django.urls import reverse

from fairness.audits import BiasAudit, Tool
from fairness.local_law_144 import Category, Comparison
from fairness.policies import PolicyView
from fairness.tables import Window
from governance.pages import formats
from governance.pages.pieces import Banner, Fact, Filter, Option, State
from governance.pages.sheets import Sheet, SheetColumn
from governance.registry.rows import UseCaseRow

TOOLS: Final[Mapping[Tool, str]] = {
    "selects": "Selects people",
    "scores": "Scores people",
}
SMALL: Final = {
    "left_out": "Left out of ratios",
    "included": "Compared too",
}
FAVOURED: Final[Mapping[Tool, tuple[str, str]]] = {
    "selects": ("Selected", "Selection rate"),
    "scores": ("Scored above the median", "Scoring rate"),
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


@dataclass(frozen=True, slots=True)
class AuditPage:
    """``tables`` empty where ``instead`` says why."""

    slug: str
    case: str
    url: str
    filters: tuple[Filter, ...]
    banners: tuple[Banner, ...]
    facts: tuple[Fact, ...]
    instead: State | None
    favoured: str
    rate: str
    tables: tuple[AuditTable, ...]
    reading: tuple[str, ...]
    printed: str
    sheet: Sheet | None
    csv: str


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


def audit_page(
    case: UseCaseRow,
    wanted: AuditAsked,
    policy: PolicyView | None,
    found: BiasAudit | None,
    *,
    segments: Sequence[str],
    versions: Sequence[str],
    restricted: bool,
    now: datetime,
) -> AuditPage:
    """``found`` None where not enough was chosen. ``restricted``: small categories were left out."""
    url = reverse("local-law-144", args=[case.slug])
    held = found if found and found.sex.categories else None
    favoured, rate = FAVOURED[wanted.tool]
    return AuditPage(
        slug=case.slug,
        case=case.name,
        url=url,
        filters=_filters(wanted, segments, versions),
        banners=_banners(wanted, restricted=restricted),
        facts=_facts(wanted, found) if found else (),
        instead=None if held else _instead(policy, wanted, found, segments, restricted=restricted),
        favoured=favoured,
        rate=rate,
        tables=_tables(wanted, held) if held else (),
        reading=_reading(wanted, held, policy) if held and policy else (),
        printed=f"Computed on {formats.moment(now)} from the decisions recorded for {case.name} ({case.slug}).",
        sheet=_sheet(case, wanted, held) if held else None,
        csv=f"{url}{wanted.query(format='csv')}" if held else "",
    )


def _instead(
    policy: PolicyView | None,
    wanted: AuditAsked,
    found: BiasAudit | None,
    segments: Sequence[str],
    *,
    restricted: bool,
) -> State:
    if policy is None:
        return State("not_available", "No fairness policy",
                     "An audit needs to know which labels select somebody, and which segments hold sex and race. "
                     "The use case's fairness policy says both.")  # fmt: skip
    if not segments:
        return State("not_available", "No segments are compared",
                     "The fairness policy names no segments; an audit is by sex and by race or ethnicity.")  # fmt: skip
    if found is None:
        missing = "sex" if not wanted.sex else "race or ethnicity"
        return State("not_available", f"Which segment holds {missing}?",
                     "None of the policy's segments is called so. Choose it above; nothing is inferred.")  # fmt: skip
    if restricted and found.total - found.unknown > 0:
        return State("not_available", "Too few people to show",
                     "Every category has so few people that it may not be shown to you.")  # fmt: skip
    if found.total:
        return State("empty", "No category is known",
                     f"{formats.plural(found.total, 'decision')} of these days, and of none are both attributes known "
                     "as people stated them. Inferred ones do not count.")  # fmt: skip
    what = "a score" if wanted.tool == "scores" else "a label"
    return State(
        "empty",
        "No decisions in these days",
        f"No decision with {what} was made between these days.",
    )


def _filters(
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


def _banners(wanted: AuditAsked, *, restricted: bool) -> tuple[Banner, ...]:
    banners = [Banner("warn", "", wanted.problem)] if wanted.problem else []
    if restricted:
        banners.append(
            Banner(
                "warn",
                "Not the whole audit",
                "Categories of few people, and those that would tell of them, are not shown to you. To publish an "
                "audit, somebody must print it who may see them.",
            )
        )
    return tuple(banners)


def _facts(wanted: AuditAsked, found: BiasAudit) -> tuple[Fact, ...]:
    which = wanted.version or "All versions"
    unknown = formats.percent(found.unknown / found.total) if found.total else ""
    facts = [
        Fact("Tool", which, "scores people" if wanted.tool == "scores" else "selects people"),
        Fact("Data", f"{_brief(wanted.since)} – {_brief(wanted.until)}",
             "historical: decisions as recorded"),
        Fact("Applicants", formats.count(found.total), "decisions of these days"),
        Fact("Unknown category", formats.count(found.unknown), f"left out; {unknown} of all" if unknown else ""),
    ]  # fmt: skip
    if wanted.tool == "scores":
        facts.append(Fact("Median score", formats.figure(found.median), "of the full sample"))
    return tuple(facts)


def _brief(day: date) -> str:
    return f"{formats.brief_day(day)} {day.year}".replace(" ", formats.BLANK)


def _tables(wanted: AuditAsked, found: BiasAudit) -> tuple[AuditTable, ...]:
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
    no_ratio = one.ratio != one.ratio
    return AuditLine(
        group=called(group) if group else "",
        label=called(one.name[-1]),
        applicants=formats.count(one.number),
        favoured=formats.count(one.favoured),
        rate=formats.percent(one.rate),
        ratio=formats.NONE if left_out or no_ratio else f"{one.ratio:.2f}",
        note="under 2 %" if one.small else "",
        reference=one.name == of.reference,
    )


def _reading(wanted: AuditAsked, found: BiasAudit, policy: PolicyView) -> tuple[str, ...]:
    selected = ", ".join(policy.content.favourable)
    how = (
        f"A person scores above the median ({formats.figure(found.median)}) of the full sample, those of unknown "
        "category included; scoring rate: the share of a category that does."
        if wanted.tool == "scores"
        else f"Selected: the machine's label is {selected}. Selection rate: the share of a category that is selected."
    )
    return (
        how,
        "Impact ratio: a category's rate divided by the highest rate among the categories of the same table. The rule "
        "names no ratio that would be too low, and neither does this page.",
        f"The data of {formats.plural(found.unknown, 'person', 'people')} were not included in the tables: "
        f"{formats.words(wanted.sex)} or {formats.words(wanted.race)} was unknown, or only inferred.",
        "Source: decisions of this installation's record, historical data in the sense of 5-302; categories as people "
        f"stated them, under fairness policy {policy.number} of {formats.day(policy.set_at.date())}. Each decision "
        "counts once.",
        "The law asks for an independent auditor: this summary is the calculation, not the auditor's opinion.",
    )


def _sheet(case: UseCaseRow, wanted: AuditAsked, found: BiasAudit) -> Sheet:
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
    if one.ratio != one.ratio or (one.small and wanted.small == "left_out"):
        return None
    return one.ratio
