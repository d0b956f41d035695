"""The follower that notes where the lines of each use case and kind are, for the log's own list.

A follower apart from the read models: it needs headers only, so an entry whose body defeats those
is still listed. Noting it when the entry is written would cost every receipt some 4 %.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final, LiteralString

from django.db import connection

from audit import places
from audit.binary import execute
from audit.leaves import Leaf, LoggedEntry
from audit.queries.lines import GROUPS

NAME: Final = "lines"
TABLE: Final = "audit_line"

_ADD: Final[LiteralString] = """
INSERT INTO audit_line SELECT * FROM unnest(%b::text[], %b::text[], %b::bigint[])
ON CONFLICT DO NOTHING"""
# One range of the index per use case and kind, the wrong ones among them.
_CLEAR: Final[LiteralString] = f"""
{GROUPS}
DELETE FROM audit_line l USING grouped g
WHERE l.use_case = g.use_case AND l.kind = g.kind AND l.leaf_index BETWEEN %b AND %b"""  # noqa: S608


def follow(limit: int) -> int:
    """Note the next entries of the log, at most ``limit``; how many were passed (places.advance)."""
    return places.advance(NAME, limit, _add)


def again(first: int, limit: int) -> int:
    """Note passed entries anew, from ``first`` on; how many (places.again)."""
    return places.again(NAME, first, limit, _add, undo=_clear)


def sweep() -> None:
    """Take away what stands for leaves this follower has not passed."""
    with places.hold(NAME) as place, connection.cursor() as cursor:
        cursor.execute("DELETE FROM audit_line WHERE leaf_index < 0 OR leaf_index >= %s", [place])


def _add(entries: list[LoggedEntry]) -> None:
    headers = [entry.header for entry in entries]
    execute(
        _ADD,
        [
            [header.use_case for header in headers],
            [header.kind for header in headers],
            [entry.leaf_index for entry in entries],
        ],
    )


def _clear(leaves: Sequence[Leaf]) -> None:
    execute(_CLEAR, [leaves[0].index, leaves[-1].index])
