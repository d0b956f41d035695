"""Entries a follower could not handle: recorded, stepped over, and there for somebody to look at."""

from __future__ import annotations

import logging
import traceback
from dataclasses import dataclass
from datetime import datetime
from pathlib import PurePath
from typing import Final
from uuid import UUID

from django.db import connection

from audit.envelope import EnvelopeError
from audit.header import HeaderError
from audit.models import Poison

logger = logging.getLogger(__name__)

_NOTE: Final = """
INSERT INTO audit_poison (place, leaf_index, entry_id, error) VALUES (%s, %s, %s, %s)
ON CONFLICT (place, leaf_index) DO UPDATE SET error = excluded.error, at = excluded.at"""


class Unfit(Exception):
    """Raised by a handler: an entry it cannot handle, and why.

    The sentence is kept where no erasure reaches it: it must quote nothing of the entry's body.
    """


_SPEAK: Final = (Unfit, HeaderError, EnvelopeError)


@dataclass(frozen=True, slots=True)
class PoisonedEntry:
    """An entry a follower stepped over, and why; the sentence quotes none of its content."""

    place: str
    leaf_index: int
    entry_id: UUID
    error: str
    at: datetime


def poisoned(limit: int = 100) -> list[PoisonedEntry]:
    """The newest entries that followers stepped over; ``rebuildprojections`` tries its own again."""
    rows = Poison.objects.order_by("-id")[:limit]
    return [PoisonedEntry(*row) for row in rows.values_list(*PoisonedEntry.__slots__)]


def note(place: str, leaf_index: int, entry_id: UUID, error: Exception) -> None:
    said = describe(error)
    logger.error("%s steps over entry %s (leaf %d): %s", place, entry_id, leaf_index, said)
    with connection.cursor() as cursor:
        cursor.execute(_NOTE, [place, leaf_index, entry_id, said])


def forget(place: str, first: int, last: int) -> None:
    """The follower ``place`` is about to try the leaves from ``first`` to ``last`` again."""
    Poison.objects.filter(place=place, leaf_index__range=(first, last)).delete()


def describe(error: Exception) -> str:
    """Enough to find the fault, and nothing of the entry's content: messages may quote it."""
    if isinstance(error, _SPEAK):
        return str(error)
    last = traceback.extract_tb(error.__traceback__)[-1]
    state = getattr(error.__cause__, "sqlstate", None)
    where = f"{PurePath(last.filename).name}:{last.lineno} in {last.name}"
    return f"{type(error).__name__}{f' {state}' if state else ''} at {where}"
