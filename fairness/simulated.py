"""The tables of simulated alarms, as docs/monitors.md has them. Imports no framework."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Final

from fairness.intervals.proportions import wilson
from fairness.sequential.scenarios import EQUAL, FOUR_FIFTHS, Scenario
from fairness.sequential.simulation import Found, Setting, run

_HEAD: Final = (
    "| difference | monitor ever alarmed (95 % of the simulation's own error) | before the difference began "
    "| decisions until half of these alarms | below 80 % of the last 100, ever alarmed |"
)
_RULE: Final = "|---|---|---|---|---|"


def lines(setting: Setting) -> Iterator[str]:
    """The lines of two tables, each as soon as it is run and the same for the same seed: of a monitor
    of equal rates, and of one that grants four fifths."""
    yield (
        f"Each line is {setting.streams:,} streams of {setting.looks:,} looks, "
        f"{setting.each} decisions before each: a horizon of {setting.looks * setting.each:,} "
        f"decisions. alpha {setting.alpha:.1%}, seed {setting.seed}."
    )
    yield from _table("Equal rates", EQUAL, replace(setting, least_ratio=1.0))
    yield from _table(
        "Four fifths granted (`least_ratio` 0.8)", FOUR_FIFTHS, replace(setting, least_ratio=0.8)
    )


def _table(title: str, scenarios: Sequence[Scenario], setting: Setting) -> Iterator[str]:
    yield from ("", f"**{title}**", "", _HEAD, _RULE)
    for scenario in scenarios:
        yield _line(run(scenario, setting), setting)


def _line(found: Found, setting: Setting) -> str:
    error = wilson(round(found.monitor * setting.streams), setting.streams)
    null = found.scenario.null(setting.least_ratio)
    delay = f"{found.delay:,.0f}" if found.delay == found.delay else "none"
    over = " **above alpha**" if null and float(error.low) > setting.alpha else ""
    return (
        f"| {found.scenario.name} "
        f"| {found.monitor:.2%} ({float(error.low):.2%} to {float(error.high):.2%}){over} "
        f"| {f'{found.early:.2%}' if found.scenario.from_look else ''} "
        f"| {'' if null else delay} | {found.naive:.1%} |"
    )
