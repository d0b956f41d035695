"""New York City's bias audit as the rule's examples lay it out: three tables, to be read, printed and kept."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from django.urls import reverse

from fairness.audits import BiasAudit
from fairness.policies import PolicyView
from governance.pages import formats
from governance.pages.fairness.audit_asked import AuditAsked, filters_of
from governance.pages.fairness.audit_tables import FAVOURED, AuditTable, sheet_of, tables_of
from governance.pages.pieces import Banner, Fact, Filter, State
from governance.pages.sheets import Sheet
from governance.registry.rows import UseCaseRow


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
        filters=filters_of(wanted, segments, versions),
        banners=_banners(wanted, restricted=restricted),
        facts=_facts(wanted, found) if found else (),
        instead=None if held else _instead(policy, wanted, found, segments, restricted=restricted),
        favoured=favoured,
        rate=rate,
        tables=tables_of(wanted, held) if held else (),
        reading=_reading(wanted, held, policy) if held and policy else (),
        printed=f"Computed on {formats.moment(now)} from the decisions recorded for {case.name} ({case.slug}).",
        sheet=sheet_of(case, wanted, held) if held else None,
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
        left = set(segments) - {wanted.sex, wanted.race}
        way = "Choose it above" if left else "The policy has to name it first"
        return State("not_available", f"Which segment holds {missing}?",
                     f"None of the policy's segments is called so. {way}; nothing is inferred.")  # fmt: skip
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
