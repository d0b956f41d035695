"""Single POSTs over HTTP, each durable before its receipt, at equal concurrency with pgbench."""

from __future__ import annotations

import time

from benchmarks.clients import pgbench, wrk
from benchmarks.figures import Costs, Figure, in_turn
from benchmarks.house import House, Installation
from benchmarks.payload import bodies
from benchmarks.sizes import Sizes

FLOOR, AIM = 1 / 9, 1 / 3


def run(house: House, sizes: Sizes) -> list[Figure]:
    here = house.installation("single")
    with here.web() as address, here.sequencer():
        saturate(house, here, address, "warm", sizes.connections[0], 2)
        figures = [_figure(house, here, address, sizes, count) for count in sizes.connections]
    house.drop(here)
    return figures


def saturate(
    house: House, here: Installation, address: str, run: str, connections: int, seconds: float
) -> float:
    """Decisions recorded a second when each connection posts as soon as it is answered."""
    key = here.prepared.key
    if wrk.installed():
        done = wrk.post(address, key, here.templates, run, connections, seconds)
        return float(done["requests"] / done["seconds"])
    with house.clients(2) as hands:
        begun = time.perf_counter()
        for at, hand in enumerate(hands):
            hand.begin(
                "clients.posting.post",
                address=address,
                key=key,
                templates=here.templates,
                run=f"{run}-{at}",
                connections=connections // 2,
                seconds=seconds,
                rate=0,
            )
        posted = sum(len(hand.result()["milliseconds"]) for hand in hands)
        return float(posted / (time.perf_counter() - begun))


def _figure(
    house: House, here: Installation, address: str, sizes: Sizes, connections: int
) -> Figure:
    body = bodies(here.templates).one("pgbench", 0)
    program, costs = house.tool("pgbench"), Costs()

    def ours(number: int) -> float:
        house.settle()
        run = f"c{connections}r{number}"
        with house.watch() as watch:
            rate = saturate(house, here, address, run, connections, sizes.seconds)
        costs.add("ours", watch, round(rate * sizes.seconds))
        return rate

    def commits(_: int) -> float:
        house.fresh_heap("text")
        dsn = house.baseline_dsn()
        with house.watch() as watch:
            rate = pgbench.commits(program, dsn, body, connections, sizes.seconds)
        costs.add("pgbench", watch, round(rate * sizes.seconds))
        return rate

    rounds = in_turn(sizes.rounds, {"ours": ours, "pgbench": commits}, house.watch)
    client = "wrk" if wrk.installed() else "our own client"
    return Figure(
        f"Single POST over HTTP, {connections} connections",
        rounds.values["ours"],
        rounds.values["pgbench"],
        "/s",
        f"pgbench, one-row commits, {connections} connections",
        "share",
        f"{len(body):,} bytes a decision, {sizes.seconds:g} s a round, sent by {client}",
        rounds.foreign,
        FLOOR,
        AIM,
        (
            f"{connections} connections: {costs.told('ours', 'of CPU a decision')}, "
            f"{costs.told('pgbench', 'a commit of pgbench')}.",
        ),
    )
