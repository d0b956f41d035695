"""Reading from a large log against a small one: why, the list by API, the list as a page."""

from __future__ import annotations

import random
from collections.abc import Callable
from contextlib import ExitStack
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median, quantiles

from benchmarks.figures import Figure
from benchmarks.hands import Hand
from benchmarks.house import House, Installation
from benchmarks.sizes import Sizes
from benchmarks.suite.loading import record

FLOOR, AIM = 1.3, 1.1
_DAYS = 300
_RUN = "read"
_WARM = 40
# What people and programs ask of the list: its head, one label, one day, a person, an id or ids that begin so.
_QUERIES = (
    "",
    "?label=deny",
    "?since={day}T00:00:00Z&until={day}T23:59:59Z",
    "?subject=p-{id}",
    "?q={id}",
)
_PAGE_QUERIES = ("", "?label=deny", "?q={prefix}")

Paths = Callable[[random.Random, int, int], list[str]]
"""Addresses to ask, given dice, the number of decisions there are, and how many to ask."""

# The worker explained some; the rest of the decisions repeat the same applications, so their
# figures are the same and are copied, with a line in the timeline each.
_COPY_EXPLANATIONS = """
INSERT INTO explain_explanation (entry_id, subject_id, {rest})
SELECT d.entry_id, d.subject_id, {rest_of_s}
FROM audit_decision d JOIN (
  SELECT DISTINCT ON (part) x.*, split_part(k.decision_id, '-', 2)::int %% %(parts)s AS part
  FROM explain_explanation x JOIN audit_decision k USING (entry_id)
  WHERE x.state = 'ready' ORDER BY part) s
  ON s.part = split_part(d.decision_id, '-', 2)::int %% %(parts)s
ON CONFLICT DO NOTHING"""
_COLUMNS = """
SELECT quote_ident(attname) FROM pg_attribute
WHERE attrelid = 'explain_explanation'::regclass AND attnum > 0 AND NOT attisdropped
  AND attname NOT IN ('entry_id', 'subject_id')"""
_COPY_MENTIONS = """
INSERT INTO audit_mention (leaf_index, about, entry_id, kind, actor, recorded_at)
SELECT 1000000000 + leaf_index, entry_id, gen_random_uuid(), 'explanation', 'system:explain',
  recorded_at
FROM audit_decision"""


def run(house: House, sizes: Sizes) -> list[Figure]:
    small, large = (
        _filled(house, name, count, sizes)
        for name, count in (("small", sizes.small_log), ("large", sizes.large_log))
    )
    with ExitStack() as stack:
        addresses = [stack.enter_context(here.web()) for here in (small, large)]
        hand = stack.enter_context(house.client())
        reader = _Reader(house, hand, addresses, (small, large), sizes)
        figures = [
            reader.figure("why of a ready explanation", "key", _why_paths),
            reader.figure("decisions by API", "key", _api_paths),
            reader.figure("decisions page", "session", _page_paths),
        ]
    for here in (small, large):
        house.drop(here)
    return [figure for pair in figures for figure in pair]


class _Reader:
    """Asks both servers the same kind of thing, in turn."""

    def __init__(
        self,
        house: House,
        hand: Hand,
        addresses: list[str],
        installations: tuple[Installation, Installation],
        sizes: Sizes,
    ) -> None:
        self._house, self._hand, self._addresses, self._sizes = house, hand, addresses, sizes
        self._key, self._session = installations[0].prepared.key, installations[0].prepared.session
        self._counts = (sizes.small_log, sizes.large_log)

    def figure(self, name: str, who: str, paths: Paths) -> list[Figure]:
        """The p99 and the median of ``name``, each large against small."""
        headers = (
            {"Authorization": f"Bearer {self._key}"}
            if who == "key"
            else {"Cookie": f"sessionid={self._session}"}
        )
        self._ask(random.Random(-1), min(_WARM, self._sizes.reads), paths, headers)
        seen, shares = [], []
        for number in range(self._sizes.rounds):
            with self._house.watch() as round_:
                seen.append(self._ask(random.Random(number), self._sizes.reads, paths, headers))
            shares.append(round_.share)
        return [
            Figure(
                f"{name}, {label}",
                [of(large) for _, large in seen],
                [of(small) for small, _ in seen],
                "ms",
                f"the same with {self._counts[0]:,} decisions",
                "growth",
                f"{self._counts[1]:,} decisions; {self._sizes.reads:,} requests a round, each "
                "log asked in turn, one client",
                max(shares),
                FLOOR if label == "p99" else None,
                AIM if label == "p99" else None,
            )
            for label, of in (("p99", _p99), ("median", median))
        ]

    def _ask(
        self, dice: random.Random, count: int, paths: Paths, headers: dict[str, str]
    ) -> list[list[float]]:
        taken: list[list[float]] = self._hand.ask(
            "clients.reading.in_turn",
            addresses=self._addresses,
            paths=[paths(dice, size, count) for size in self._counts],
            headers=headers,
        )
        return taken


def _p99(values: list[float]) -> float:
    return quantiles(values, n=100, method="inclusive")[98]


def _why_paths(dice: random.Random, size: int, count: int) -> list[str]:
    return [
        f"/api/v1/decisions/{_RUN}-{dice.randrange(size)}/why?audience=reviewer"
        for _ in range(count)
    ]


def _api_paths(dice: random.Random, size: int, count: int) -> list[str]:
    return [f"/api/v1/decisions{_query(dice, size, at, _QUERIES)}" for at in range(count)]


def _page_paths(dice: random.Random, size: int, count: int) -> list[str]:
    return [f"/decisions/{_query(dice, size, at, _PAGE_QUERIES)}" for at in range(count)]


def _query(dice: random.Random, size: int, at: int, queries: tuple[str, ...]) -> str:
    from_now = dice.randrange(1, _DAYS)
    return queries[at % len(queries)].format(
        id=f"{_RUN}-{dice.randrange(size)}",
        prefix=f"{_RUN}-{dice.randrange(1, 4)}",
        day=_day(from_now),
    )


def _day(ago: int) -> str:
    return f"{datetime.now(UTC) - timedelta(days=ago):%Y-%m-%d}"


def _filled(house: House, name: str, count: int, sizes: Sizes) -> Installation:
    here = house.installation(name)
    record(here, _RUN, count, _DAYS)
    with here.hand() as hand:
        hand.ask("jobs.sequencing.catch_up")
        hand.ask("jobs.projecting.project")
        hand.ask("jobs.explaining.some", entries=sizes.sample)
    with here.superuser() as connection:
        parts = len(Path(here.templates).read_bytes().splitlines())
        names = [str(row[0]) for row in connection.execute(_COLUMNS)]
        copy = _COPY_EXPLANATIONS.format(
            rest=", ".join(names), rest_of_s=", ".join(f"s.{name}" for name in names)
        )
        connection.execute(copy, {"parts": parts})
        connection.execute(_COPY_MENTIONS)
        connection.execute("UPDATE audit_place SET next_index = t.size FROM audit_tree_state t")
        connection.execute("VACUUM ANALYZE")
    return here
