"""Reading by the indexes, always: other plans read the whole log again for each batch."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from django.db import connection, transaction

_PLAN: Final = (
    "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; "
    "SET LOCAL enable_seqscan = off; SET LOCAL max_parallel_workers_per_gather = 0"
)


@contextmanager
def by_the_indexes() -> Iterator[None]:
    """What is read inside, in one transaction, is found by its index and one by one."""
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PLAN)
        yield
