"""Comparing groups: all figures with intervals from the cells, against MetricFrame on the rows."""

from __future__ import annotations

from benchmarks.figures import Figure, in_turn
from benchmarks.house import House
from benchmarks.sizes import Sizes

FLOOR = 1000.0
# So often a round, that a round of ours is long enough to be measured.
_OFTEN, _SELDOM = 50, 5


def run(house: House, sizes: Sizes) -> list[Figure]:
    with house.client() as hand:
        made = hand.ask(
            "peers.comparing.prepare", decisions=sizes.compared, rows=sizes.compared_rows
        )
        for job in ("from_cells", "drawn_anew", "frame_on_cells"):
            hand.ask(f"peers.comparing.{job}", times=1)  # imports and caches are nobody's cost
        rounds = in_turn(
            min(sizes.rounds, 3),
            {
                "ours": lambda _: hand.ask("peers.comparing.from_cells", times=_OFTEN),
                "bootstrap": lambda _: hand.ask("peers.comparing.drawn_anew", times=_SELDOM),
                "stored": lambda _: hand.ask("peers.comparing.frame_on_cells", times=1),
                "rows": lambda _: hand.ask("peers.comparing.frame_on_rows"),
            },
            house.watch,
        )
        same = hand.ask("peers.comparing.agree")
    data = (
        f"{sizes.compared:,} decisions in {made['cells']} cells, {made['groups']} groups of two attributes; "
        f"MetricFrame: the first {sizes.compared_rows:,} of them; processor time, one thread"
    )
    notes = (
        f"MetricFrame saw {sizes.compared_rows:,} rows, the cells {sizes.compared:,} decisions: nothing is scaled, and "
        "on all rows MetricFrame takes longer still.",
        f"On the cells of MetricFrame's rows {same} figures were compared: all equal to the last bit.",
        f"Rolled up from rows in memory: {made['rolled']:,.0f} decisions/s (not the roll-up in the database).",
    )
    against = "MetricFrame on rows, six rates, differences, ratios; no interval"
    names = {
        "ours": ("Rates and disparities with intervals and p-values", FLOOR),
        "bootstrap": ("The same, and 2,000 bootstrap replicates of each", None),
        "stored": ("A stored run: Fairlearn on the cells", None),
    }
    return [
        Figure(
            name,
            rounds.values[cell],
            rounds.values["rows"],
            "assessments/s",
            against,
            "times",
            data,
            rounds.foreign,
            floor,
            notes=notes,
        )
        for cell, (name, floor) in names.items()
    ]
