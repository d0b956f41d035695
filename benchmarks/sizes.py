"""How much is measured: for the record, for a quick look, and just to see that it runs."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Sizes:
    """``rounds`` of A and B in turn; decisions, rows and seconds are per round."""

    rounds: int
    bulk_lines: int
    bulk_batch: int
    copy_lines: int
    seconds: float
    connections: tuple[int, ...]
    leaves: int
    paced_seconds: float
    small_log: int
    large_log: int
    reads: int
    sample: int
    peer_rows: int
    peer_bulk: int
    verified: int
    explained: int
    trees: int
    attributed: int
    attributed_by_peers: int
    attributed_naively: int
    grown: bool
    recourses: int
    compared: int
    compared_rows: int
    rolled: int


FULL = Sizes(
    rounds=5,
    bulk_lines=100_000,
    bulk_batch=1_000,
    copy_lines=100_000,
    seconds=8,
    connections=(16, 32),
    leaves=60_000,
    paced_seconds=20,
    small_log=10_000,
    large_log=1_000_000,
    reads=400,
    sample=2_000,
    peer_rows=400,
    peer_bulk=20_000,
    verified=100_000,
    explained=2_000,
    trees=500,
    attributed=4_096,
    attributed_by_peers=48,
    attributed_naively=4,
    grown=True,
    recourses=120,
    compared=10_000_000,
    compared_rows=1_000_000,
    rolled=1_000_000,
)
QUICK = Sizes(
    rounds=3,
    bulk_lines=8_000,
    bulk_batch=1_000,
    copy_lines=40_000,
    seconds=4,
    connections=(16,),
    leaves=20_000,
    paced_seconds=6,
    small_log=10_000,
    large_log=100_000,
    reads=150,
    sample=1_000,
    peer_rows=150,
    peer_bulk=2_000,
    verified=20_000,
    explained=500,
    trees=500,
    attributed=1_024,
    attributed_by_peers=16,
    attributed_naively=2,
    grown=True,
    recourses=60,
    compared=2_000_000,
    compared_rows=100_000,
    rolled=200_000,
)
TINY = Sizes(
    rounds=1,
    bulk_lines=60,
    bulk_batch=20,
    copy_lines=60,
    seconds=1,
    connections=(4,),
    leaves=60,
    paced_seconds=1,
    small_log=40,
    large_log=80,
    reads=5,
    sample=100,
    peer_rows=5,
    peer_bulk=20,
    verified=60,
    explained=20,
    trees=20,
    attributed=64,
    attributed_by_peers=2,
    attributed_naively=1,
    grown=False,
    recourses=40,
    compared=20_000,
    compared_rows=2_000,
    rolled=2_000,
)
