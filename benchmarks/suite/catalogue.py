"""Every benchmark by name, in the order of the report."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.figures import Figure
from benchmarks.house import House
from benchmarks.sizes import Sizes
from benchmarks.suite import (
    attributing,
    bulk,
    comparing,
    latency,
    peers,
    reading,
    rebuilding,
    recourse,
    rolling,
    sequencing,
    single,
    verifying,
    working,
)

BENCHMARKS: Mapping[str, Callable[[House, Sizes], list[Figure]]] = {
    "bulk": bulk.run,
    "single": single.run,
    "sequencer": sequencing.run,
    "latency": latency.run,
    "reading": reading.run,
    "peers": peers.run,
    "verifying": verifying.run,
    "rebuilding": rebuilding.run,
    "working": working.run,
    "attributing": attributing.run,
    "recourse": recourse.run,
    "comparing": comparing.run,
    "rolling": rolling.run,
}
