"""How long a recorded decision waits for the signed checkpoint over it, at half load and at rest."""

from __future__ import annotations

import time

from benchmarks.figures import Figure, in_turn
from benchmarks.house import House, Installation
from benchmarks.sizes import Sizes
from benchmarks.suite.single import saturate

FLOOR, AIM = 2000.0, 250.0
_CONNECTIONS = 16
_AT_REST = 3.0  # decisions a second
_PATIENCE = 60.0
# recorded_at is taken before the statement that commits, and signed_at after publication: the wait
# measured is a little longer than the true one.
_WAITS = """
SELECT count(*), count(c.signed_at),
  percentile_cont(ARRAY[0.5, 0.99]) WITHIN GROUP (
    ORDER BY extract(epoch FROM c.signed_at - e.recorded_at) * 1000)
FROM audit_entry e LEFT JOIN audit_entry_leaf l ON l.entry_id = e.id
LEFT JOIN LATERAL (
  SELECT signed_at FROM audit_checkpoint k WHERE k.size > l.leaf_index ORDER BY k.size LIMIT 1) c
  ON true
WHERE e.recorded_at BETWEEN to_timestamp(%s) AND to_timestamp(%s)"""


def run(house: House, sizes: Sizes) -> list[Figure]:
    here = house.installation("latency")
    with here.web() as address, here.sequencer():
        saturate(house, here, address, "warm", _CONNECTIONS, 2)
        full = saturate(house, here, address, "full", _CONNECTIONS, max(2.0, sizes.seconds))
        seen: dict[str, list[tuple[float, float]]] = {"half": [], "rest": []}

        def at(name: str, rate: float, number: int) -> float:
            house.settle()
            p50, p99 = _waits(house, here, address, f"{name}{number}", rate, sizes.paced_seconds)
            seen[name].append((p50, p99))
            return p99

        cells = {
            "half": lambda number: at("half", full / 2, number),
            "rest": lambda number: at("rest", _AT_REST, number),
        }
        rounds = in_turn(sizes.rounds, cells, house.watch)
    house.drop(here)
    data = (
        f"{full / 2:,.0f} single decisions/s, half of {full:,.0f}/s measured first; "
        f"{sizes.paced_seconds:g} s a round"
    )
    return [
        Figure(
            f"Commit to signed checkpoint, {name}",
            [pair[at_] for pair in seen["half"]],
            [pair[at_] for pair in seen["rest"]],
            "ms",
            f"{_AT_REST:g} decisions/s",
            "limit",
            data,
            rounds.foreign,
            FLOOR if name == "p99" else None,
            AIM if name == "p99" else None,
        )
        for at_, name in enumerate(("p50", "p99"))
    ]


def _waits(
    house: House, here: Installation, address: str, run: str, rate: float, seconds: float
) -> tuple[float, float]:
    begun = time.time()
    with house.clients(2) as hands:
        for at, hand in enumerate(hands):
            hand.begin(
                "clients.posting.post",
                address=address,
                key=here.prepared.key,
                templates=here.templates,
                run=f"{run}-{at}",
                connections=_CONNECTIONS // 2 if rate > _AT_REST else 1,
                seconds=seconds,
                rate=rate / 2,
            )
        for hand in hands:
            hand.result()
    return _covered(here, begun, time.time())


def _covered(here: Installation, begun: float, ended: float) -> tuple[float, float]:
    deadline = time.monotonic() + _PATIENCE
    with here.superuser() as connection:
        while time.monotonic() < deadline:
            row = connection.execute(_WAITS, [begun, ended]).fetchone()
            if row and row[0] and row[0] == row[1]:
                p50, p99 = row[2]  # type: ignore[misc]
                return float(p50), float(p99)
            time.sleep(0.2)
    raise TimeoutError("The checkpoint does not come.")
