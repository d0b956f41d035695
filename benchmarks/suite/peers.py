"""The same decisions through django-auditlog and django-pghistory: the service, and one process of ours."""

from __future__ import annotations

from collections.abc import Callable

from benchmarks.figures import Costs, Figure, Rounds, in_turn
from benchmarks.hands import Hand
from benchmarks.house import House, Installation
from benchmarks.payload import bodies
from benchmarks.sizes import Sizes
from benchmarks.suite.bulk import posted

AIM = 10.0
_BATCH = 1000
# ours, peer, how the peer records, and whether the issue asks for the multiple
_PAIRS = (
    ("our service", "auditlog", "django-auditlog, create()", True),
    ("our service", "pghistory with actor", "django-pghistory, create() by a named actor", True),
    ("our service", "pghistory", "django-pghistory, create()", True),
    ("our bulk", "auditlog", "django-auditlog, create()", False),
    ("our bulk", "pghistory with actor", "django-pghistory, create() by a named actor", False),
    ("our bulk", "pghistory", "django-pghistory, create()", False),
    ("our bulk", "pghistory bulk", "django-pghistory, bulk_create()", False),
    ("our single", "auditlog", "django-auditlog, create()", False),
    ("our single", "pghistory", "django-pghistory, create()", False),
)
_NAMES = {
    "our service": "Bulk NDJSON over HTTP, the service on both processors,",
    "our bulk": "Our bulk record, one process,",
    "our single": "Our single record, one process,",
}


def run(house: House, sizes: Sizes) -> list[Figure]:
    here = house.installation("against_peers")
    with (
        here.web() as address,
        here.sequencer(),
        here.hand() as ours,
        house.client() as peers,
    ):
        peers.ask("peers.recording.prepare")

        def service(costs: Costs) -> Callable[[int], float]:
            return lambda number: posted(
                house, here, address, _BATCH, False, f"service{number}", sizes.bulk_lines, costs
            )

        for cell in (
            service(Costs()),
            *_cells(house, here, sizes, ours, peers, Costs()).values(),
        ):
            cell(-1)  # imports, plans and caches are everybody's own affair
        costs, of_service = Costs(), Costs()
        cells = _cells(house, here, sizes, ours, peers, costs)
        cells = {"our service": service(of_service), **cells}
        rounds = in_turn(sizes.rounds, cells, house.watch)
    size = bodies(here.templates).mean_size()
    house.drop(here)
    data = (
        f"{size:,} bytes a decision; a round: {sizes.bulk_lines:,} over HTTP, {sizes.peer_rows:,} one by one, "
        f"{sizes.peer_bulk:,} in bulk by one process; ours until the signed checkpoint"
    )
    told = ", ".join(costs.told(name, name) for name in cells if name != "our service")
    told += f", {of_service.told('ours', 'the service with its clients')}"
    note = f"CPU of client and database for a decision: {told}."
    return [_figure(rounds, data, note, *pair) for pair in _PAIRS]


def _cells(
    house: House, here: Installation, sizes: Sizes, ours: Hand, peers: Hand, costs: Costs
) -> dict[str, Callable[[int], float]]:
    singly = {"templates": here.templates, "count": sizes.peer_rows}
    many = {"templates": here.templates, "count": sizes.peer_bulk, "batch": _BATCH}

    def rate(hand: Hand, job: str, values: dict[str, object], name: str, number: int) -> float:
        house.settle()
        count = int(str(values["count"]))
        with house.watch() as watch:
            seconds = hand.ask(job, run=f"{name}{number}".replace(" ", "-"), **values)
        costs.add(name, watch, count)
        return float(count / seconds)

    jobs = {
        "our bulk": (ours, "jobs.recording.bulk", many),
        "our single": (ours, "jobs.recording.singly", singly),
        "auditlog": (peers, "peers.recording.singly", {**singly, "peer": "auditlog"}),
        "pghistory": (peers, "peers.recording.singly", {**singly, "peer": "pghistory"}),
        "pghistory with actor": (peers, "peers.recording.named", singly),
        "pghistory bulk": (peers, "peers.recording.bulk", {**many, "peer": "pghistory"}),
    }
    return {
        name: lambda number, name=name, job=job: rate(*job, name, number)
        for name, job in jobs.items()
    }


def _figure(
    rounds: Rounds, data: str, note: str, ours: str, peer: str, how: str, asked: bool
) -> Figure:
    return Figure(
        f"{_NAMES[ours]} against {how}",
        rounds.values[ours],
        rounds.values[peer],
        "/s",
        how,
        "times",
        data,
        rounds.foreign,
        AIM if asked else None,
        AIM if asked else None,
        (note,),
    )
