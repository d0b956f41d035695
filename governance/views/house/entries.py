"""Lines of the log for one reader: a page is walked leaf by leaf, and what is not theirs is left out.

The log keeps no index by use case or kind: it would cost every entry for a list that auditors read
from the newest down. So a page looks at a bounded number of leaves and says which.
"""

from dataclasses import dataclass
from typing import Final

from audit.door import Voice
from audit.queries import EntryRow, entries

ACT: Final = "log:read"
STEP: Final = 25
FILL: Final = 25  # a page is full with so many lines
MOST: Final = 1000  # leaves looked at for one page


@dataclass(frozen=True, slots=True)
class Reach:
    """What one may see of the log: ``use_cases`` None is all of them; ``kind`` empty is any."""

    use_cases: frozenset[str] | None
    kind: str = ""

    @classmethod
    def of(cls, voice: Voice, kind: str = "") -> "Reach":
        return cls(voice.use_cases(ACT), kind)

    def may_see(self, row: EntryRow) -> bool:
        """Lines about the installation are for every reader; a damaged one for who sees all."""
        if row.header is None:
            return self.use_cases is None
        home = row.header.use_case
        return self.use_cases is None or not home or home in self.use_cases


@dataclass(frozen=True, slots=True)
class Walk:
    """Lines found, newest first, among ``looked_at`` leaves from ``first`` down to ``last``.

    ``hidden`` of them belong to use cases the reader may not see. ``newer`` and ``older`` are cursors.
    """

    rows: tuple[EntryRow, ...]
    first: int | None
    last: int | None
    looked_at: int
    hidden: int
    newer: str | None
    older: str | None


def walk(reach: Reach, cursor: str | None, *, back: bool) -> Walk:
    """From ``cursor``, towards newer leaves when ``back``; raises audit.queries.BadCursor."""
    seen: list[EntryRow] = []
    found: list[EntryRow] = []
    newer = older = None
    at = cursor
    while True:
        batch = entries(at, STEP)
        newer = batch.previous if back or not seen else newer
        older = older if back and seen else batch.next
        seen = [*batch.results, *seen] if back else [*seen, *batch.results]
        shown = [row for row in batch.results if _fits(reach, row)]
        found = [*shown, *found] if back else [*found, *shown]
        at = newer if back else older
        if at is None or len(found) >= FILL or len(seen) >= MOST:
            break
    return Walk(
        rows=tuple(found),
        first=seen[0].leaf_index if seen else None,
        last=seen[-1].leaf_index if seen else None,
        looked_at=len(seen),
        hidden=sum(not reach.may_see(row) for row in seen),
        newer=newer,
        older=older,
    )


def _fits(reach: Reach, row: EntryRow) -> bool:
    if not reach.may_see(row):
        return False
    return not reach.kind or (row.header is not None and row.header.kind == reach.kind)
