"""A row is one worker's at a time, and nobody's for ever."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import UUID

from django.db import connections

from explain import explanations, leases
from explain.models import Explanation
from governance.demo.decisions import MODEL_REF
from tests.explain.conftest import Credit

Record = Callable[[dict[str, Any]], UUID]


def claimed(limit: int = 10, only: UUID | None = None) -> leases.Claim:
    return leases.claim(Explanation, alike=("model_ref",), limit=limit, only=only)


def due(credit: Credit, record: Record, many: int) -> list[UUID]:
    credit.register()
    ids = [record(credit.body(at)) for at in range(many)]
    explanations.feed()
    return ids


def test_the_oldest_come_first_and_only_rows_that_are_alike(credit: Credit, record: Record) -> None:
    ids = due(credit, record, 4)
    Explanation.objects.filter(entry_id=ids[1]).update(model_ref="another@1")
    assert claimed(2).due == (ids[0], ids[2])
    assert claimed().due == (ids[1],)
    assert claimed().due == (ids[3],)
    assert claimed().due == ()


def test_a_named_row_is_claimed_alone_and_not_twice(credit: Credit, record: Record) -> None:
    ids = due(credit, record, 2)
    assert claimed(only=ids[1]).due == (ids[1],)
    assert claimed(only=ids[1]).due == ()
    held = Explanation.objects.get(entry_id=ids[1])
    assert (held.attempts, held.model_ref) == (1, MODEL_REF)
    assert Explanation.objects.get(entry_id=ids[0]).lease is None


def test_workers_at_the_same_time_share_without_overlap(credit: Credit, record: Record) -> None:
    ids = due(credit, record, 6)

    def one(_: int) -> tuple[UUID, ...]:
        try:
            return claimed(2).due
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        found = [row for rows in pool.map(one, range(4)) for row in rows]
    assert len(found) == len(set(found))
    assert set(found) | set(claimed().due) == set(ids)


def test_a_row_that_ended_its_workers_is_worn_out(credit: Credit, record: Record) -> None:
    (entry_id,) = due(credit, record, 1)
    for _ in range(leases.ATTEMPTS):
        assert claimed().due == (entry_id,)
        Explanation.objects.update(lease_until="2020-01-01T00:00:00Z")
    last = claimed()
    assert (last.due, last.worn_out) == ((), (entry_id,))
