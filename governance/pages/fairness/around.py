"""What stands around the figures of a use case: where one is, the window, which label, and what is missing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from fairness.figures import Axis, Figures, Name
from fairness.policies import PolicyView
from fairness.policy import Content
from fairness.runs import RunView
from fairness.tables import Window
from governance.pages import formats
from governance.pages.fairness import links, words
from governance.pages.fairness.links import Asked
from governance.pages.fairness.runs import agreement
from governance.pages.pieces import Badge, Banner, Fact, Filter, Option, Tab
from governance.pages.sheets import weight


@dataclass(frozen=True, slots=True)
class Looked:
    """What a page was told: figures by basis (one, or both), and where they are from."""

    policy: PolicyView
    window: Window
    shown: dict[str, Figures]
    restricted: bool
    run: RunView | None = None

    @property
    def first(self) -> Figures:
        return next(iter(self.shown.values()))


def axes_tabs(asked: Asked, content: Content, here: Name, *, reviewed: bool) -> tuple[Tab, ...]:
    """The use case, each segment and intersection of its policy, and reviewers where there were any."""
    axes: list[Name] = [(name,) for name in content.segments]
    axes += [one for one in content.intersections if one]
    axes += [("review:group",)] if reviewed or here == ("review:group",) else []
    if here and here not in axes:
        axes.append(here)
    kept = asked.but(cross="", run=None)
    return (
        Tab("All segments", links.case_url(kept), current=not here),
        *(
            Tab(words.axis(axis), links.segment_url(kept, axis), current=axis == here)
            for axis in axes
        ),
    )


def filters(asked: Asked, versions: Sequence[str]) -> tuple[Filter, ...]:
    """The window and version; what else was asked for is kept along."""
    options = (
        Option("", "All versions", not asked.version),
        *(Option(one, one, one == asked.version) for one in versions),
    )
    return (
        Filter("version", "Version", "select", options=options),
        Filter("since", "From", "date", asked.since.isoformat() if asked.since else ""),
        Filter("until", "Before", "date", asked.until.isoformat() if asked.until else ""),
        *(
            Filter(name, "", "hidden", getattr(asked, name))
            for name in ("basis", "metric", "cross", "heat")
            if getattr(asked, name) != getattr(Asked(asked.slug), name)
        ),
    )


def bases(asked: Asked, here: Name) -> tuple[Tab, ...]:
    """The toggle: by the machine's label, by the one that held after review, or both."""
    return tuple(
        Tab(label, _here(asked.but(basis=name), here), current=asked.basis == name)
        for name, label in words.BASES.items()
    )


def heats(asked: Asked, here: Name) -> tuple[Tab, ...]:
    return tuple(
        Tab(label, _here(asked.but(heat=name), here), current=asked.heat == name)
        for name, label in (("rate", "Rate"), ("ratio", "Ratio"))
    )


def _here(asked: Asked, here: Name) -> str:
    return links.segment_url(asked, here) if here else links.case_url(asked)


def facts(looked: Looked) -> tuple[Fact, ...]:
    figures, window, run = looked.first, looked.window, looked.run
    days = (window.until - window.since).days
    known = formats.NONE if figures.coverage is None else formats.percent(figures.coverage)
    return (
        Fact(
            "Window",
            links.days(window.since, window.until),
            formats.plural(days, "day"),
        ),
        Fact("Version", window.model_ref or "All versions"),
        Fact("Decisions", weight(figures.decisions), "with a label"),
        Fact(
            "True label known", known, f"of {formats.plural(round(figures.labelled), 'decision')}"
        ),
        Fact(
            "Policy",
            f"No. {run.policy if run else looked.policy.number}",
            f"{formats.percent(looked.policy.content.confidence, 0)} intervals",
        ),
        _source(run),
    )


def _source(run: RunView | None) -> Fact:
    if run is None:
        return Fact("Figures", "Computed just now", "from the cells")
    told = [run.library]
    if run.agreement is not None:
        told.append(agreement(run.agreement))
    if run.place is not None:
        told.append(f"log up to leaf {formats.count(run.place)}")
    made = run.made_at or run.asked_at
    when = f"Run of {formats.brief_day(made)}, {formats.clock(made)[:5]} UTC"
    return Fact("Figures", when, ", ".join(told))


def banners(looked: Looked, axes: Sequence[Axis]) -> Iterator[Banner]:
    """``axes``: those that the page shows."""
    figures = looked.first
    if looked.restricted and any(axis.hidden for axis in axes):
        told = words.RESTRICTED.format(least=looked.policy.content.limits.shown)
        yield Banner("info", "", told)
    if figures.decisions and not figures.labelled:
        yield Banner(
            "info",
            "No true label is known in this window yet.",
            "Selection rates are assessed; error rates follow when outcomes are reported.",
        )
    if len(looked.shown) == 2 and _same(*looked.shown.values()):
        yield Banner(
            "info",
            "",
            "No review changed a label in this window, so both sides are the same.",
        )


def _same(machine: Figures, effective: Figures) -> bool:
    return machine.overall == effective.overall and machine.axes == effective.axes


def counts(states: Sequence[str]) -> tuple[Badge, ...]:
    """How many figures are in each state, the gravest first."""
    held = Counter(states)
    return tuple(
        Badge(words.many_in(name, held[name]), badge.tone, badge.icon)
        for name, badge in words.STATES.items()
        if held[name]
    )
