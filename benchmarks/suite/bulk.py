"""Bulk NDJSON over HTTP until the signed checkpoint covers the last line."""

from __future__ import annotations

import time
from contextlib import ExitStack
from functools import partial

from benchmarks.figures import Costs, Figure, in_turn
from benchmarks.house import House, Installation
from benchmarks.payload import bodies
from benchmarks.sizes import Sizes
from benchmarks.suite.baseline import COPY, copy_rate

FLOOR, AIM = 1 / 20, 1 / 7
_CLIENTS = 2
_CONNECTIONS = 3  # each; fewer could all land on one of the two web processes
_PATIENCE = 120.0
_COVERED = """
SELECT count(*) FROM audit_entry_leaf
WHERE entry_id = ANY (%s) AND leaf_index < (SELECT max(size) FROM audit_checkpoint)"""
_WAYS = {
    "plain": (False, False, "Bulk NDJSON over HTTP"),
    "gzip": (True, False, "Bulk NDJSON over HTTP, gzip"),
    "followers": (False, True, "Bulk NDJSON over HTTP, all followers on"),
}


def run(house: House, sizes: Sizes) -> list[Figure]:
    return [_figure(house, sizes, way) for way in _WAYS]


def _figure(house: House, sizes: Sizes, way: str) -> Figure:
    packed, followers, name = _WAYS[way]
    here = house.installation("bulk")
    made, costs = bodies(here.templates), Costs()
    with ExitStack() as stack:
        address = stack.enter_context(here.web())
        stack.enter_context(here.sequencer())
        if followers:
            stack.enter_context(here.worker())
        post = partial(posted, house, here, address, sizes.bulk_batch, packed)
        post("warm", sizes.bulk_batch * 4, Costs())
        cells = {
            "ours": lambda number: post(f"{way}{number}", sizes.bulk_lines, costs),
            "copy": lambda _: copy_rate(
                house, here.templates, sizes.copy_lines, sizes.bulk_batch, costs
            ),
        }
        rounds = in_turn(sizes.rounds, cells, house.watch)
    house.drop(here)
    return Figure(
        name,
        rounds.values["ours"],
        rounds.values["copy"],
        "/s",
        COPY,
        "share",
        f"{sizes.bulk_lines:,} decisions of {made.mean_size():,} bytes a round, "
        f"{sizes.bulk_batch:,} a request; COPY of {sizes.copy_lines:,}",
        rounds.foreign,
        FLOOR,
        AIM,
        (
            f"{name}: {costs.told('ours', 'of CPU a decision')}, {costs.told('copy', 'a row of COPY')}.",
        ),
    )


def posted(
    house: House,
    here: Installation,
    address: str,
    batch: int,
    packed: bool,
    run: str,
    lines: int,
    costs: Costs,
) -> float:
    """Decisions a second, from the first byte sent until the last is under a checkpoint."""
    each = lines // _CLIENTS
    with house.clients(_CLIENTS) as hands:
        for at, hand in enumerate(hands):
            hand.begin(
                "clients.bulk.prepare",
                templates=here.templates,
                run=run,
                first=at * each,
                count=each,
                batch=batch,
                packed=packed,
            )
        for hand in hands:
            hand.result()
        house.settle()
        with house.watch() as watch:
            for hand in hands:
                hand.begin(
                    "clients.bulk.send",
                    address=address,
                    key=here.prepared.key,
                    packed=packed,
                    connections=_CONNECTIONS,
                )
            last = [entry for hand in hands for entry in hand.result()]
            _await_checkpoint(here, last)
    costs.add("ours", watch, each * _CLIENTS)
    return each * _CLIENTS / watch.seconds


def _await_checkpoint(here: Installation, entries: list[str]) -> None:
    # Lines of one request have one transaction, and so are sequenced in order: its last speaks for
    # all of them.
    deadline = time.monotonic() + _PATIENCE
    with here.superuser() as connection:
        while connection.execute(_COVERED, [entries]).fetchone() != (len(entries),):
            if time.monotonic() > deadline:
                raise TimeoutError("The checkpoint does not come.")
            time.sleep(0.005)
