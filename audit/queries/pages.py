"""Pages of a long list by key, not by offset: page 10,000 costs what page 1 costs."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

import msgspec

T = TypeVar("T")

MAX_LIMIT: Final = 200
_HINT: Final = "Take the cursor from next or previous of a page of this list."


class BadCursor(ValueError):
    """A cursor that no page of this list gave out."""


@dataclass(frozen=True, slots=True)
class Page(Generic[T]):
    """``next`` and ``previous`` are opaque; None where there is no page that way.

    A cursor stays good: rows that appear or vanish meanwhile make no other row repeat or go missing.
    """

    results: list[T]
    next: str | None
    previous: str | None


@dataclass(frozen=True, slots=True)
class Position:
    """Where a page begins: after the row with this ``key`` in the list's order, or ``back`` before it."""

    key: tuple[Any, ...]
    back: bool


def position(cursor: str | None, *key: type) -> Position | None:
    """What a cursor stands for, given the types of the list's key; None at the list's beginning.

    Raises BadCursor.
    """
    if not cursor:
        return None
    try:
        padded = cursor.encode("ascii") + b"=" * (-len(cursor) % 4)
        raw = base64.b64decode(padded, altchars=b"-_", validate=True)
        back, *values = msgspec.json.decode(raw, type=tuple[bool, *key])  # type: ignore[valid-type]
    except (ValueError, UnicodeError) as error:
        raise BadCursor(_HINT) from error
    if not all(map(_storable, values)):
        raise BadCursor(_HINT)
    return Position(tuple(values), back)


def page(
    rows: Sequence[T], at: Position | None, limit: int, key: Callable[[T], tuple[Any, ...]]
) -> Page[T]:
    """The page out of the ``limit`` + 1 rows read from ``at`` in its direction."""
    more = len(rows) > limit
    back = at is not None and at.back
    shown = list(rows[:limit])
    if back:
        shown.reverse()
    before = more if back else at is not None
    after = back or more
    return Page(
        results=shown,
        next=_cursor(key(shown[-1]), back=False) if shown and after else None,
        previous=_cursor(key(shown[0]), back=True) if shown and before else None,
    )


def bounded(limit: int) -> int:
    """``limit`` brought between 1 and 200."""
    return max(1, min(limit, MAX_LIMIT))


def _storable(value: Any) -> bool:
    """Whether PostgreSQL could hold it at all; a forged cursor must not become an error there."""
    if isinstance(value, int):
        return -(2**63) <= value < 2**63
    return not (isinstance(value, str) and "\x00" in value)


def _cursor(key: tuple[Any, ...], *, back: bool) -> str:
    raw = msgspec.json.encode([back, *key])
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode("ascii")
