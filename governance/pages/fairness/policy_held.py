"""A fairness policy for reading: what it says in plain words, part by part."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from fairness.policies import PolicyView
from fairness.policy import Attribute, Content, Drift, Floor, Limits, Monitor
from governance.pages import actors, formats
from governance.pages.pieces import Cell, Column, Empty, Fact, Row, Table
from governance.pages.tables import row

SEGMENTS: Final = (Column("Segment"), Column("Purpose"), Column("Protected"))
MONITORS: Final = (
    Column("Rate"),
    Column("Segment"),
    Column("Least ratio", "num"),
    Column("False-alarm rate", "num"),
    Column("Owner of alerts"),
)
DIRECTIONS: Final = {
    "higher_favourable": "the higher, the better for the person",
    "lower_favourable": "the lower, the better for the person",
}
FLOORS: Final = (
    Column("Rate of all decisions"),
    Column("Not below", "num"),
    Column("False-alarm rate", "num"),
    Column("Owner of alerts"),
)
FLOORS_SAY: Final = (
    "The false-alarm rate of a floor is the chance of ever an alert, however long it is watched, while "
    "the rate has not fallen below."
)


@dataclass(frozen=True, slots=True)
class Held:
    """A policy for reading; ``floors_say``: what the figures of its floors mean, where it has any."""

    title: str
    text: str
    rows: tuple[Fact, ...]
    segments: Table
    monitors: Table
    floors: Table
    floors_say: str


def held(policy: PolicyView, names: Mapping[str, str], *, current: bool) -> Held:
    content = policy.content
    by = actors.called(policy.actor, names)
    return Held(
        title=f"Policy {policy.number}",
        text=f"Set by {by}, {formats.moment(policy.set_at)}. "
        + ("It is in force." if current else "Another one is in force now."),
        rows=(*_rows(content), *_drift(content.drift, names)),
        segments=_segments(content),
        monitors=_monitors(content, names),
        floors=_floors(content, names),
        floors_say=FLOORS_SAY if content.floors else "",
    )


def _rows(content: Content) -> tuple[Fact, ...]:
    score = content.score
    return (
        Fact("Favourable labels", ", ".join(content.favourable)),
        Fact("Positive true labels", ", ".join(content.positive) or "none named"),
        Fact("Sources, in order", ", ".join(content.sources) or "none before another"),
        Fact(
            "Intersections", "; ".join(" and ".join(one) for one in content.intersections) or "none"
        ),
        Fact("Scores", f"{score.low:g} to {score.high:g}", detail=DIRECTIONS[score.direction]),
        *_limits(content.limits),
        Fact("Confidence", formats.percent(content.confidence, 0), detail=content.adjustment),
        Fact("Window", formats.plural(content.window_days, "day")),
        Fact(
            "An alert",
            "asks for training anew" if content.retrain_on_breach else "asks for nothing",
        ),
    )


def _limits(limits: Limits) -> tuple[Fact, ...]:
    return (
        Fact(
            "Ratio of selection rates",
            f"at least {limits.ratio:g}",
            detail=f"margin {limits.ratio_margin:g}",
        ),
        Fact(
            "Difference of other rates",
            f"at most {limits.difference:g}",
            detail=f"margin {limits.difference_margin:g}",
        ),
        Fact("Judged from", formats.plural(limits.least, "decision")),
        Fact("Shown to everybody from", formats.plural(limits.shown, "decision")),
    )


def _segments(content: Content) -> Table:
    def line(name: str, one: Attribute) -> Row:
        kept = "yes" if one.protected else "no"
        return row(SEGMENTS, Cell(name), Cell(one.purpose), Cell(kept))

    rows = tuple(line(name, one) for name, one in content.segments.items())
    return Table(
        "Segments", SEGMENTS, rows, Empty("No segment", "Every segment known is compared.")
    )


def _monitors(content: Content, names: Mapping[str, str]) -> Table:
    def line(one: Monitor) -> Row:
        return row(
            MONITORS,
            Cell(formats.words(one.metric).capitalize()),
            Cell(one.segment),
            Cell(f"{one.least_ratio:g}"),
            Cell(_chance(one.alpha)),
            Cell(names.get(one.owner, one.owner) or "nobody yet"),
        )

    rows = tuple(line(one) for one in content.monitors)
    return Table("Monitors", MONITORS, rows, Empty("No monitor", "Nothing is watched over time."))


def _floors(content: Content, names: Mapping[str, str]) -> Table:
    def line(one: Floor) -> Row:
        return row(
            FLOORS,
            Cell(formats.words(one.metric).capitalize()),
            Cell(f"{one.least:g}"),
            Cell(_chance(one.alpha)),
            Cell(names.get(one.owner, one.owner) or "nobody yet"),
        )

    rows = tuple(line(one) for one in content.floors)
    empty = Empty("No floor", "No alert is opened when a rate of all decisions together falls.")
    return Table("Floors", FLOORS, rows, empty)


def _drift(drift: Drift | None, names: Mapping[str, str]) -> tuple[Fact, ...]:
    if drift is None:
        return (Fact("Drift", "opens no alert"),)
    limits = "; ".join(f"{name} {limit:g}" for name, limit in drift.limits.items())
    return (
        Fact(
            "Drift opens an alert",
            f"above a PSI of {drift.psi:g}",
            detail="in a week, where chance does not explain it",
        ),
        Fact("Limits of single features", limits or "none"),
        Fact("Features judged", ", ".join(drift.features) or "all", detail=_outputs(drift)),
        Fact("Weeks judged", f"from {formats.plural(drift.least, 'decision')}"),
        Fact(
            "False-alarm rate of drift",
            _chance(drift.alpha),
            detail="the chance of ever a false alert about a version, of all its features and weeks together",
        ),
        Fact("Owner of alerts of drift", names.get(drift.owner, drift.owner) or "nobody yet"),
    )


def _outputs(drift: Drift) -> str:
    return "" if drift.features else "label and score of the output among them"


def _chance(alpha: float) -> str:
    """In per cent; a small one is not rounded to none."""
    return formats.percent(alpha, 2 if alpha >= 0.001 else 6)
