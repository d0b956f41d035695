"""Rolling decisions up into cells, against the database only grouping the same rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from benchmarks.figures import Figure, in_turn
from benchmarks.house import House
from benchmarks.sizes import Sizes

AGAINST = "two bare GROUP BYs of the same facts by the same keys, which only count"


def run(house: House, sizes: Sizes) -> list[Figure]:
    here = house.installation("rolling")
    with here.hand() as hand:
        made = [
            figure
            for days, spread in ((7, "one week"), (70, "ten weeks: nearly a score cell per fact"))
            for figure in _measured(house, sizes, hand.ask, days, spread)
        ]
    house.drop(here)
    return made


def _measured(
    house: House, sizes: Sizes, ask: Callable[..., Any], days: int, spread: str
) -> list[Figure]:
    facts, new = sizes.rolled, sizes.rolled // 10
    ask("jobs.rolling.fill", facts=facts, days=days)
    house.settle()
    cells: dict[str, Callable[[int], float]] = {
        "all": lambda _: facts / ask("jobs.rolling.roll_up"),
        "bare": lambda _: facts / ask("jobs.rolling.bare"),
    }
    if days == 7:
        cells["new"] = lambda _: new / ask("jobs.rolling.follow", facts=new)
    rounds = in_turn(sizes.rounds, cells, house.watch)
    named = (
        ("All cells from the facts", "all", f"{facts:,} facts of {spread}; 15 sums, two tables"),
        ("Facts written and counted as they come", "new", f"{new:,} new facts, 2,000 at a time"),
    )
    return [
        Figure(
            name,
            rounds.values[cell],
            rounds.values["bare"],
            "decisions/s",
            AGAINST,
            "share",
            data,
            rounds.foreign,
        )
        for name, cell, data in named
        if cell in rounds.values
    ]
