"""Lines of the log for one reader: what is not theirs is left out, and that is said."""

from dataclasses import dataclass
from typing import Final

from audit.door import Voice
from audit.queries import EntryRow, LineFilter, lines

ACT: Final = "log:read"
FILL: Final = 25  # lines of a page


@dataclass(frozen=True, slots=True)
class Reach:
    """What one may see of the log: ``use_cases`` None is all of them; ``kind`` empty is any."""

    use_cases: frozenset[str] | None
    kind: str = ""

    @classmethod
    def of(cls, voice: Voice, kind: str = "") -> "Reach":
        return cls(voice.use_cases(ACT), kind)

    def may_see(self, row: EntryRow) -> bool:
        """Lines about the installation are for every reader; a damaged one for who sees all.

        Asked of the header itself: the list that led to the row is a read model and proves nothing.
        """
        if row.header is None:
            return self.use_cases is None
        home = row.header.use_case
        return self.use_cases is None or not home or home in self.use_cases


@dataclass(frozen=True, slots=True)
class Listed:
    """Lines, newest first, of the leaves from ``newest`` down to ``oldest``.

    ``hidden`` of those belong to use cases the reader may not see; not counted, 0, when a kind is
    asked for. ``newer`` and ``older`` are cursors.
    """

    rows: tuple[EntryRow, ...]
    newest: int | None
    oldest: int | None
    hidden: int
    newer: str | None
    older: str | None


def listed(reach: Reach, cursor: str | None) -> Listed:
    """A page from ``cursor``; raises audit.queries.BadCursor."""
    found = lines(LineFilter(reach.use_cases, reach.kind), cursor, FILL)
    rows = tuple(row for row in found.page.results if reach.may_see(row))
    covered = 0
    if found.newest is not None and found.oldest is not None:
        covered = found.newest - found.oldest + 1
    return Listed(
        rows=rows,
        newest=found.newest,
        oldest=found.oldest,
        hidden=0 if reach.kind else covered - len(rows),
        newer=found.page.previous,
        older=found.page.next,
    )
