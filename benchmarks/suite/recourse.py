"""What would have changed the outcome: many cases in one search, against one at a time, and against DiCE.

dice-ml is no dependency, not even of the development: RATIONALE_BENCH_DICE names the python of an environment that has
it, and without it the peer is left out.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.figures import Figure, in_turn
from benchmarks.house import House
from benchmarks.sizes import Sizes

DICE = "RATIONALE_BENCH_DICE"
FLOOR, AIM = 100.0, 500.0
_SCRIPT = Path(__file__).resolve().parents[1] / "peers" / "dice.py"


def run(house: House, sizes: Sizes) -> list[Figure]:
    here = house.installation("recourse")
    # As the product runs its workers: one thread of arithmetic each.
    here.env["OMP_NUM_THREADS"] = "1"
    folder = str(here.folder / "cases")
    told: dict[str, Any] = {}
    with here.hand() as hand:
        cases = hand.ask("jobs.recourse.prepare", count=sizes.recourses, folder=folder)
        for job in ("together", "singly"):
            hand.ask(f"jobs.recourse.{job}", folder=folder)  # imports and caches are nobody's cost

        def ours(job: str) -> Callable[[int], float]:
            def cell(_: int) -> float:
                told[job] = hand.ask(f"jobs.recourse.{job}", folder=folder)
                return float(told[job]["seconds"]) * 1000 / cases

            return cell

        def dice(_: int) -> float:
            told["dice"] = _dice(folder)
            return float(told["dice"]["seconds"]) * 1000 / cases

        cells = {"together": ours("together"), "singly": ours("singly")}
        if os.environ.get(DICE):
            cells["dice"] = dice
        rounds = in_turn(sizes.rounds, cells, house.watch)
        peer = (
            hand.ask("jobs.recourse.judged", folder=folder, found=told["dice"]["found"])
            if "dice" in told
            else None
        )
    house.drop(here)
    data = f"{cases} adverse cases; 120 trees, 17 features, 6 of them actionable, up to 3 answers; CPU time"
    notes = _notes(told["together"], cases)
    # Figures compare ours / baseline, more is better: so cases per second.
    rates = {name: [1000 / value for value in values] for name, values in rounds.values.items()}
    figures = [
        Figure(
            "Recourse, many cases in one search",
            rates["together"],
            rates["singly"],
            "cases/s",
            "the same search, one case at a time",
            "times",
            data,
            rounds.foreign,
            notes=notes,
        )
    ]
    if peer:
        figures.append(
            Figure(
                "Recourse against DiCE random",
                rates["together"],
                rates["dice"],
                "cases/s",
                "dice-ml, method random, 3 answers a case, the same features and ranges",
                "times",
                data,
                rounds.foreign,
                FLOOR,
                AIM,
                _against(told["together"], peer),
            )
        )
    return figures


def _dice(folder: str) -> Any:
    said = subprocess.run(
        [os.environ[DICE], str(_SCRIPT), folder, "3"],
        env={**os.environ, "OMP_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(said.stdout.splitlines()[-1])


def _notes(ours: dict[str, Any], cases: int) -> tuple[str, ...]:
    return (
        f"Found in {ours['found']} of {cases} cases, {ours['answers']} answers, each re-scored and within the policy; "
        f"proven cheapest, or none, in {ours['proven']}; {ours['scored'] / cases:,.0f} candidates scored a case.",
    )


def _against(ours: dict[str, Any], peer: dict[str, Any]) -> tuple[str, ...]:
    both: Sequence[tuple[float, float]] = [
        (a, b)
        for a, b in zip(ours["costs"], peer["costs"], strict=True)
        if a is not None and b is not None
    ]
    told = (
        f"DiCE gave {peer['given']} answers, {peer['valid']} of which turn the outcome when re-scored and "
        f"{peer['feasible']} of which keep to the policy (steps, directions, dependencies, number of changes)."
    )
    if not both:
        return (told,)
    ours_mean, dice_mean = (mean(one[at] for one in both) for at in (0, 1))
    cheaper = sum(a < b - 1e-9 for a, b in both)
    dearer = sum(a > b + 1e-9 for a, b in both)
    return (
        told,
        f"Where both have a feasible answer ({len(both)} cases) the cheapest costs on average {ours_mean:.2f} ours, "
        f"{dice_mean:.2f} DiCE's; ours is cheaper in {cheaper}, dearer in {dearer}.",
    )
