"""Many statements at once: lines read, judged one by one, then recorded together or not at all."""

from audit.bulk.judging import (
    MAX_LINES,
    BulkResult,
    Item,
    Judged,
    Judging,
    Later,
    LineReceipt,
    OnError,
    judge,
)
from audit.bulk.settling import Drafter, conflict, settle
from audit.bulk.streaming import stream

__all__ = [
    "MAX_LINES",
    "BulkResult",
    "Drafter",
    "Item",
    "Judged",
    "Judging",
    "Later",
    "LineReceipt",
    "OnError",
    "conflict",
    "judge",
    "settle",
    "stream",
]
