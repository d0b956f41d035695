"""Which version a page of monitoring is about, where its pages are, and which weeks are asked for."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Final
from urllib.parse import urlencode

from django.urls import reverse

from explain.queries import ProfileView
from explain.specification import Feature
from fairness.drifting import FeatureWeek
from fairness.outputs import LABEL, SCORE
from governance.pages import formats
from governance.pages.pieces import Filter, Option, Tab
from governance.registry.rows import ModelRow, UseCaseRow, VersionRow

WEEKS: Final = (12, 26, 52)
ALERTS: Final = "/monitoring/alerts/"
OUTPUTS: Final[Mapping[str, str]] = {LABEL: "Label said", SCORE: "Score said"}


@dataclass(frozen=True, slots=True)
class Place:
    """A version, and what its features are called where its profile says so."""

    case: UseCaseRow
    model: ModelRow
    version: VersionRow
    features: Mapping[str, Feature]

    @classmethod
    def of(
        cls, case: UseCaseRow, model: ModelRow, version: VersionRow, known: ProfileView | None
    ) -> "Place":
        named = known.specification.features if known else ()
        return cls(case, model, version, {feature.name: feature for feature in named})

    @property
    def title(self) -> str:
        return f"{self.model.name} {self.version.number}"

    def label(self, feature: str) -> str:
        known = self.features.get(feature)
        return OUTPUTS.get(feature) or (known.label if known else formats.words(feature))

    def unit(self, feature: str) -> str:
        known = self.features.get(feature)
        return known.unit if known else ""

    def category(self, feature: str, value: str) -> str:
        """What a code means, where the profile says it."""
        known = self.features.get(feature)
        meant = known.classes.get(value, {}) if known else {}
        return meant.get("en") or next(iter(meant.values()), "") or formats.words(value)

    def url(self, name: str, *more: str) -> str:
        return reverse(name, args=[self.case.slug, self.model.slug, self.version.number, *more])

    def tabs(self, current: str) -> tuple[Tab, ...]:
        """The version's pages about monitoring."""
        return (
            Tab("Drift", self.url("drift"), current == "drift"),
            Tab("Data quality", self.url("data-quality"), current == "quality"),
            Tab("Alerts", f"{ALERTS}?{urlencode({'use_case': self.case.slug})}"),
        )


@dataclass(frozen=True, slots=True)
class Asked:
    """What the address asks for, cleaned. ``week``: a Monday, None unless one is named."""

    weeks: int
    statistic: str
    week: date | None
    csv: bool
    today: date
    problem: str = ""

    @classmethod
    def of(cls, given: Mapping[str, str], *, today: date, statistics: Mapping[str, str]) -> "Asked":
        """From a query string. What is none of the choices is left out, and said."""
        weeks, statistic, week = (given.get(name, "") for name in ("weeks", "statistic", "week"))
        day = _day(week)
        wrong = [
            f"“{text[:40]}” is no {what}; it was left out."
            for text, what, right in (
                (weeks, "number of weeks", weeks in map(str, WEEKS)),
                (statistic, "statistic", statistic in statistics),
                (week, "day such as 2026-01-31", day is not None),
            )
            if text and not right
        ]
        return cls(
            weeks=int(weeks) if weeks in map(str, WEEKS) else WEEKS[0],
            statistic=statistic if statistic in statistics else next(iter(statistics)),
            week=day - timedelta(days=day.weekday()) if day else None,
            csv=given.get("format") == "csv",
            today=today,
            problem=" ".join(wrong),
        )

    @property
    def until(self) -> date:
        """The Monday after this week."""
        return self.today + timedelta(days=7 - self.today.weekday())

    @property
    def since(self) -> date:
        return self.until - timedelta(weeks=self.weeks)

    def query(self, **changed: str) -> str:
        """The same choices as a query string, with others in their place."""
        said = {"weeks": str(self.weeks), "statistic": self.statistic, **changed}
        return f"?{urlencode({name: value for name, value in said.items() if value})}"

    def filters(self, statistics: Mapping[str, str]) -> tuple[Filter, ...]:
        choices = [
            Option(name, label, name == self.statistic) for name, label in statistics.items()
        ]
        weeks = [Option(str(n), f"last {n} weeks", n == self.weeks) for n in WEEKS]
        of_statistic = Filter("statistic", "Statistic", "select", options=tuple(choices))
        of_weeks = Filter("weeks", "Weeks", "select", options=tuple(weeks))
        return (of_statistic, of_weeks) if len(choices) > 1 else (of_weeks,)


def mondays(since: date, until: date) -> list[date]:
    return [since + timedelta(weeks=at) for at in range((until - since).days // 7)]


def week_of(monday: date) -> str:
    """``week of 9 November 2026``"""
    return f"week of {formats.day(monday)}"


def _day(text: str) -> date | None:
    try:
        found = date.fromisoformat(text)
    except ValueError:
        return None
    return found if 2000 <= found.year <= 2200 else None


def weeks_filter(found: Sequence[FeatureWeek], chosen: date | None) -> Filter:
    """The weeks in which something was counted, the newest first."""
    weeks = sorted({one.week for one in found}, reverse=True)
    options = tuple(Option(week.isoformat(), week_of(week), week == chosen) for week in weeks)
    return Filter("week", "Week", "select", options=options)
