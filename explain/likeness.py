"""What was found of past decisions like one. Web-safe: ids and distances out of one row."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, Literal
from uuid import UUID

from explain.models import Explanation, Similar

Space = Literal["explanation", "features"]
SPACES: Final[tuple[Space, ...]] = ("explanation", "features")
MOST: Final = 10
CHANNEL: Final = "explain_similar"
# After so long the newest decisions are other ones, and it is searched anew.
FRESH: Final = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Likeness:
    """``neighbours``: entries and their distances, nearest first, out of ``among`` decisions."""

    space: str
    neighbours: tuple[tuple[UUID, float], ...]
    among: int
    made_at: datetime


def likeness(entry_id: UUID, space: Space) -> Likeness | None:
    """What a worker found within the hour; None when it has to be asked. Erased people's decisions,
    whose explanations are gone, are left out."""
    since = datetime.now(UTC) - FRESH
    row = Similar.objects.filter(entry_id=entry_id, space=space, made_at__gte=since).first()
    if row is None:
        return None
    ready = Explanation.objects.filter(entry_id__in=row.neighbours, state="ready")
    here = set(ready.values_list("entry_id", flat=True))
    pairs = zip(row.neighbours, row.distances, strict=True)
    near = tuple((one, distance) for one, distance in pairs if one in here)
    return Likeness(space, near, row.among, row.made_at)


def word(entry_id: UUID, space: Space) -> str:
    """What is said on the channel when it has been found."""
    return f"{entry_id} {space}"
