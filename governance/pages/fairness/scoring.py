"""Scores of the groups of an axis: how they spread, whether they mean what they say, how well they rank."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from fairness.figures import Name, Scores
from fairness.figures.scoring import Calibrated, ScoreGroup
from governance.charts import (
    Course,
    LinesChart,
    Spot,
    Spread,
    SpreadChart,
    lines_chart,
    spread_chart,
)
from governance.pages import formats
from governance.pages.fairness import links, words
from governance.pages.fairness.links import Asked
from governance.pages.sheets import Sheet, SheetColumn, Value, weight

# Fewer scores than this make no point of the calibration chart; the table has them.
DRAWN: Final = 10
FIGURES: Final = (
    SheetColumn("Group"),
    SheetColumn("n", "count"),
    SheetColumn("True label known", "count"),
    SheetColumn("Mean", "number"),
    SheetColumn("Deviation", "number"),
    SheetColumn("5 %", "number"),
    SheetColumn("Median", "number"),
    SheetColumn("95 %", "number"),
    SheetColumn("AUC", "number"),
    SheetColumn("AUC, ± at most", "number"),
    SheetColumn("Separation", "number"),
    SheetColumn("Brier", "number"),
    SheetColumn("Calibration error", "number"),
)
CALIBRATION: Final = (
    SheetColumn("Group"),
    SheetColumn("Scores from", "number"),
    SheetColumn("Scores to", "number"),
    SheetColumn("n", "count"),
    SheetColumn("Mean score", "number"),
    SheetColumn("Came true", "share"),
)


@dataclass(frozen=True, slots=True)
class ScoreLine:
    """A group's figures in words."""

    group: str
    n: str
    auc: str
    separation: str
    brier: str
    calibration: str


@dataclass(frozen=True, slots=True)
class ScorePart:
    """``calibration`` None: no true label, or scores that are no probabilities."""

    weeks: str
    lines: tuple[ScoreLine, ...]
    spread: SpreadChart
    calibration: LinesChart | None
    axis: str
    missing: str
    note: str
    figures: Sheet
    figures_csv: str
    calibrated: Sheet
    calibrated_csv: str


def score_part(
    scores: Scores | None,
    attributes: Name,
    asked: Asked,
    colours: Mapping[str, int],
    *,
    lower_favourable: bool,
    hidden: int,
) -> ScorePart | None:
    """None where no decision of the window has a score on the scale. ``hidden``: groups left out."""
    if scores is None:
        return None
    axis = next((one for one in scores.axes if one.attributes == attributes), None)
    everybody = next((one for one in scores.axes if not one.attributes), None)
    groups = [*(everybody.groups if everybody else ()), *(axis.groups if axis else ())]
    if not groups:
        return None
    high = (
        "the share that did not turn out positive"
        if lower_favourable
        else "the share that turned out positive"
    )
    drawn = [one for one in groups if not one.name or words.group(one.name) in colours]
    return ScorePart(
        weeks=f"Whole weeks, {formats.day(scores.since)} until {formats.day(scores.until)}",
        lines=tuple(_line(one) for one in groups),
        spread=_spread(drawn, scores, colours),
        calibration=_calibration(drawn, colours),
        axis=f"Mean score →, up: {high}; points of at least {DRAWN} scores",
        missing=_missing(scores, groups),
        note=_note(len(groups) - len(drawn), hidden, broken_down=axis is not None),
        figures=Sheet("scores", "Scores by group", FIGURES, tuple(_figures(one) for one in groups)),
        figures_csv=links.sheet_url(asked, attributes, "scores"),
        calibrated=Sheet(
            "calibration", "Calibration by group", CALIBRATION,
            tuple(row for one in groups for row in _rows(one)),
        ),
        calibrated_csv=links.sheet_url(asked, attributes, "calibration"),
    )  # fmt: skip


def _note(left_out: int, hidden: int, *, broken_down: bool) -> str:
    told = [
        "AUC is from 1,000 score bins; of the scores themselves it lies within the stated bound. Scores are "
        "the machine’s alone: a review changes labels, not scores."
    ]
    if not broken_down:
        told.append("By group they are told of the policy’s segments and intersections alone.")
    if left_out:
        told.append(f"{formats.plural(left_out, 'smaller group')} only in the tables.")
    if hidden:
        told.append(f"{formats.plural(hidden, 'group')} too small to be shown.")
    return " ".join(told)


def _missing(scores: Scores, groups: Sequence[ScoreGroup]) -> str:
    if not any(one.known for one in groups):
        return "No true label is known of scored decisions, so it cannot be said how well scores rank or calibrate."
    if (scores.low, scores.high) != (0.0, 1.0):
        return "Scores are not on a scale of 0 to 1, so they are no probabilities that could be calibrated."
    return ""


def _line(one: ScoreGroup) -> ScoreLine:
    auc = formats.figure(one.auc)
    if one.auc is not None and one.auc_error is not None:
        auc = f"{auc} ± {formats.figure(one.auc_error, 4)}"
    return ScoreLine(
        words.group(one.name),
        weight(one.number),
        auc,
        formats.figure(one.separation),
        formats.figure(one.brier),
        formats.figure(one.calibration_error),
    )


def _spread(drawn: Sequence[ScoreGroup], scores: Scores, colours: Mapping[str, int]) -> SpreadChart:
    return spread_chart(
        [
            Spread(
                words.group(one.name),
                f"n {weight(one.number)}",
                one.bars,
                one.mean,
                colours.get(words.group(one.name), 0),
            )
            for one in drawn
        ],
        low=scores.low,
        high=scores.high,
        title="Distribution of scores by group",
        summary="; ".join(
            f"{words.group(one.name)}: mean {formats.figure(one.mean)}" for one in drawn
        ),
    )


def _calibration(drawn: Sequence[ScoreGroup], colours: Mapping[str, int]) -> LinesChart | None:
    courses = [
        Course(words.group(one.name), colours.get(words.group(one.name), 0), spots)
        for one in drawn
        if (
            spots := tuple(
                _spot(words.group(one.name), row) for row in one.calibrated if row.number >= DRAWN
            )
        )
    ]
    if not courses:
        return None
    return lines_chart(
        courses,
        title="Calibration by group",
        summary="; ".join(f"{one.label}: {len(one.spots)} points" for one in courses),
        ticks=[(n / 10, f"{n / 10:.1f}") for n in range(0, 11, 2)],
        over=(0.0, 1.0),
        within=(0.0, 1.0),
        diagonal=True,
    )


def _spot(label: str, row: Calibrated) -> Spot:
    told = [
        label,
        f"Scores {row.low:.1f} to {row.high:.1f}, mean {formats.figure(row.score, 2)}",
        f"Came true {formats.NONE if row.rate is None else formats.percent(row.rate)}",
        f"n {weight(row.number)}",
    ]
    return Spot(row.score or 0.0, row.rate, None, None, "\n".join(told))


def _figures(one: ScoreGroup) -> tuple[Value, ...]:
    quantiles = {bracket.share: (bracket.low + bracket.high) / 2 for bracket in one.quantiles}
    return (
        words.group(one.name),
        one.number,
        one.known,
        one.mean,
        one.deviation,
        *(quantiles.get(share) for share in (0.05, 0.5, 0.95)),
        one.auc,
        one.auc_error,
        one.separation,
        one.brier,
        one.calibration_error,
    )


def _rows(one: ScoreGroup) -> Iterator[tuple[Value, ...]]:
    for row in one.calibrated:
        yield words.group(one.name), row.low, row.high, row.number, row.score, row.rate
