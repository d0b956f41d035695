"""All versions one may monitor, by use case: the newest week's worst drift, data quality, truth known."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from fairness.drift.verdicts import LEAST, Verdict
from fairness.drifting import FeatureWeek
from governance.charts import Meter, meter
from governance.comparing.drift import Watched
from governance.pages import formats
from governance.pages.alerts.inbox import tabs
from governance.pages.monitoring.place import OUTPUTS, Place
from governance.pages.monitoring.trouble import RATES, trouble
from governance.pages.monitoring.words import BADGES, MEANING, counted, judged, worst_of
from governance.pages.pieces import Badge, Stat, State, Tab
from governance.registry.rows import UseCaseRow

NOTHING: Final = State(
    "empty",
    "Nothing to monitor yet",
    "Versions appear here once they are registered in a use case whose figures you may see.",
)
NO_REFERENCE: Final = Badge("No reference", "neutral", "circle-dashed")
NO_DECISIONS: Final = Badge("No decisions", "neutral", "circle-dashed")


@dataclass(frozen=True, slots=True)
class Glance:
    """A badge, what it is of, and where it leads."""

    badge: Badge
    detail: str
    url: str


@dataclass(frozen=True, slots=True)
class VersionLine:
    """``truth`` None where nothing was decided."""

    title: str
    model_ref: str
    url: str
    when: str
    decisions: str
    drift: Glance
    output: Glance
    quality: Glance
    truth: Meter | None
    truth_text: str
    retired: bool


@dataclass(frozen=True, slots=True)
class CasePart:
    slug: str
    name: str
    lines: tuple[VersionLine, ...]


@dataclass(frozen=True, slots=True)
class MonitoringPage:
    tabs: tuple[Tab, ...]
    stats: tuple[Stat, ...]
    cases: tuple[CasePart, ...]
    instead: State | None
    note: str


def overview_page(
    found: Sequence[Watched],
    cases: Mapping[str, UseCaseRow],
    places: Mapping[str, Place],
    *,
    since: date,
    today: date,
) -> MonitoringPage:
    """``places`` by model_ref; ``found`` by use case."""
    parts = tuple(
        CasePart(slug, cases[slug].name, tuple(
            _line(one, places[one.version.model_ref], today) for one in group))
        for slug, group in groupby(found, lambda one: one.version.use_case)
    )  # fmt: skip
    return MonitoringPage(
        tabs=tabs("monitoring"),
        stats=_stats(found),
        cases=parts,
        instead=None if found else NOTHING,
        note=f"{MEANING} Decisions and truth are of the weeks since {formats.day(since)}; everything else of each "
        f"version's newest week of {LEAST} decisions or more.",
    )


def _features(one: Watched) -> list[FeatureWeek]:
    return [each for each in one.features if each.feature not in OUTPUTS]


def _outputs(one: Watched) -> list[FeatureWeek]:
    return [each for each in one.features if each.feature in OUTPUTS]


def _line(one: Watched, place: Place, today: date) -> VersionLine:
    week = one.features[0].week if one.features else None
    share = one.labelled / one.decisions if one.decisions else None
    return VersionLine(
        title=place.title,
        model_ref=one.version.model_ref,
        url=place.url("drift"),
        when=_when(week, today),
        decisions=counted(one.decisions),
        drift=_drift(one, place),
        output=_output(one, place),
        quality=_quality(one, place),
        truth=None if share is None else replace(meter(share), text=formats.percent(share)),
        truth_text="" if share is None else f"of {counted(one.decisions)} decisions",
        retired=one.version.retired_at is not None,
    )


def _when(week: date | None, today: date) -> str:
    if week is None:
        return "no week yet"
    monday = today - timedelta(days=today.weekday())
    return "this week so far" if week == monday else f"week of {formats.brief_day(week)}"


def _drift(one: Watched, place: Place) -> Glance:
    features = _features(one)
    if not features:
        return Glance(NO_DECISIONS if one.referred else NO_REFERENCE, "", place.url("drift"))
    word, worst = worst_of(features)
    if worst is None or word in {"none", "insufficient"}:
        return Glance(
            BADGES[word], f"of {formats.plural(len(features), 'feature')}", place.url("drift")
        )
    others = (
        sum(judged(each, len(features)) not in {"none", "insufficient"} for each in features) - 1
    )
    more = f" and {others} more" if others else ""
    url = place.url("drift-feature", worst.feature) + f"?week={worst.week.isoformat()}"
    return Glance(
        BADGES[word], f"{place.label(worst.feature)}, PSI {worst.psi or 0:.2f}{more}", url
    )


def _output(one: Watched, place: Place) -> Glance:
    said = _outputs(one)
    if not said:
        return Glance(
            Badge("Not yet", "neutral", "hourglass"), "from the fifth week on", place.url("drift")
        )
    word, worst = worst_of(said)
    calm = worst is None or word in {"none", "insufficient"}
    detail = (
        "" if calm or worst is None else f"{place.label(worst.feature)}, PSI {worst.psi or 0:.2f}"
    )
    return Glance(BADGES[word], detail, place.url("drift"))


def _quality(one: Watched, place: Place) -> Glance:
    url, features = place.url("data-quality"), _features(one)
    if not features:
        return Glance(NO_DECISIONS if one.referred else NO_REFERENCE, "", url)
    found = trouble(features)
    if not found:
        return Glance(Badge("As in reference", "good", "check"), "", url)
    first, names = found[0]
    worst = max(names, key=lambda name: getattr(first, name).value)
    share = formats.percent(getattr(first, worst).value)
    more = f" and {len(found) - 1} more" if len(found) > 1 else ""
    return Glance(
        Badge("Worse than reference", "warn", "alert-triangle"),
        f"{place.label(first.feature)}: {share} {RATES[worst]}{more}",
        url,
    )


def _stats(found: Sequence[Watched]) -> tuple[Stat, ...]:
    live = [one for one in found if one.features]
    words: list[Verdict] = [worst_of(_features(one))[0] for one in live]
    said: list[Verdict] = [worst_of(_outputs(one))[0] for one in live]
    troubled = sum(bool(trouble(_features(one))) for one in live)
    decisions = sum(one.decisions for one in found)
    known = sum(one.labelled for one in found)
    return (
        Stat("Versions with decisions", formats.count(len(live)), f"of {len(found)}"),
        _stat("Features drifting", words, "no version beyond slight drift"),
        _stat("Outputs drifting", said, "no version beyond slight drift"),
        Stat("Data quality", formats.count(troubled), detail=_troubled(troubled),
             tone="warn" if troubled else "", icon="alert-triangle" if troubled else ""),
        Stat("Truth known", formats.percent(known / decisions) if decisions else formats.NONE,
             detail=f"of {counted(decisions)} decisions"),
    )  # fmt: skip


def _troubled(many: int) -> str:
    return "worse than the reference" if many else "no version worse than its reference"


def _stat(label: str, words: Sequence[Verdict], calm: str) -> Stat:
    strong = sum(word in {"moderate", "large"} for word in words)
    large = sum(word == "large" for word in words)
    detail = (
        f"{formats.plural(large, 'version')} with large drift"
        if large
        else calm
        if not strong
        else "moderate drift"
    )
    tone, icon = (
        (("bad", "alert-octagon") if large else ("warn", "alert-triangle")) if strong else ("", "")
    )
    return Stat(label, formats.count(strong), detail=detail, tone=tone, icon=icon)  # type: ignore[arg-type]
