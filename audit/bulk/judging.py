"""Lines of a bulk on their way: read, judged one by one, and the refused ones told with their numbers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import chain
from typing import Any, Final, Literal, NamedTuple
from uuid import UUID

from django.conf import settings

from audit.claims import Claim
from audit.door import Invalid, Problem, TooLarge
from audit.header import uuid7
from audit.log import Appended
from audit.receipts import BatchReceipt

OnError = Literal["fail", "skip"]

MAX_LINES: Final = 50_000
# Naming the flaws of a line costs a millisecond, so a bulk that is bad all through is not read on.
MAX_REFUSED: Final = 1000
_FLAWS_OF_A_LINE: Final = 5
_MOST_ERRORS: Final = 1000


@dataclass(slots=True)
class Item:
    """A sound line on its way into the log. ``about`` is whatever the writer of its kind needs."""

    line: int
    id: str
    raw: bytes
    claim: Claim
    about: Any
    violations: tuple[str, ...] = ()
    entry_id: UUID = field(default_factory=uuid7)


class LineReceipt(NamedTuple):
    line: int
    id: str
    entry: Appended
    repeated: bool
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class BulkResult:
    """``problems`` is empty unless bad lines were to be skipped."""

    lines: int
    receipts: list[LineReceipt]
    problems: list[dict[str, Any]]
    batch: BatchReceipt

    @property
    def recorded(self) -> int:
        return sum(not receipt.repeated for receipt in self.receipts)


@dataclass(slots=True)
class Judged:
    """The lines of a bulk, sorted into sound ones and refused ones."""

    lines: int = 0
    items: list[Item] = field(default_factory=list)
    refused: list[tuple[int, Problem]] = field(default_factory=list)


class Later(Exception):
    """This line cannot be judged without the database, which is busy with the lines before it."""


Judge = Callable[[int, bytes, bool], Item]
"""An item of a line with this number; raises a Problem for a bad one. Where the last argument is false the
database may not be asked: then it may raise Later."""


class Judging:
    """The lines of a bulk, judged when they are asked for. Blank lines do not count.

    Asking raises TooLarge when there are too many lines, and what refuses the first bad one when
    MAX_REFUSED of them are bad.
    """

    def __init__(self, lines: Iterable[bytes], item: Judge) -> None:
        self.judged = Judged()
        self._coming = _numbered(lines)
        self._item = item
        self._longest: int = settings.AUDIT_MAX_BODY

    def more(self, count: int, *, may_ask: bool = True) -> list[Item] | None:
        """Judge up to so many of the next lines: the sound ones among them; None when no line is left."""
        before = len(self.judged.items)
        for seen in range(count):
            line = next(self._coming, None)
            if line is None:
                return self.judged.items[before:] if seen else None
            try:
                self._judge(*line, may_ask)
            except Later:
                self._coming = chain([line], self._coming)
                break
        return self.judged.items[before:]

    def rest(self) -> Judged:
        """Judge all that is left; raises Invalid when there was no line at all."""
        while self.more(MAX_LINES) is not None:
            continue
        if not self.judged.lines:
            raise Invalid("The bulk has no lines.", code="empty")
        return self.judged

    def _judge(self, number: int, raw: bytes, may_ask: bool) -> None:
        judged = self.judged
        judged.lines += 1
        if judged.lines > MAX_LINES:
            raise TooLarge(f"A bulk has at most {MAX_LINES} lines; send the rest in another.")
        try:
            if len(raw) > self._longest:
                raise TooLarge(f"A line has at most {self._longest:,} bytes.")
            judged.items.append(self._item(number, raw, may_ask))
        except Problem as problem:
            judged.refused.append((number, problem))
            if len(judged.refused) == MAX_REFUSED:
                raise refusal(judged) from None
        except Later:
            judged.lines -= 1
            raise


def judge(lines: Iterable[bytes], item: Callable[[int, bytes], Item]) -> Judged:
    """Judge each line by ``item``, which raises a Problem for a bad one; raises what Judging does."""
    return Judging(lines, lambda number, raw, _: item(number, raw)).rest()


def refuse_if(judged: Judged, on_error: OnError) -> None:
    """Raise what refuses the bulk: with "fail" any bad line, with "skip" that there are no others."""
    if not judged.refused or (on_error == "skip" and judged.items):
        return
    raise refusal(judged)


def refusal(judged: Judged) -> Problem:
    judged.refused.sort(key=lambda one: one[0])
    first = judged.refused[0][1]
    return type(first)(
        f"{len(judged.refused)} of {judged.lines} lines are refused, so nothing was recorded; "
        "errors names them. The status is that of the first.",
        code=first.code,
        title=first.title,
        errors=errors(judged.refused)[:_MOST_ERRORS],
    )


def errors(refused: Iterable[tuple[int, Problem]]) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = []
    for line, problem in refused:
        plain = [{"pointer": "", "code": problem.code, "detail": problem.detail}]
        told += ({"line": line, **error} for error in (problem.errors or plain)[:_FLAWS_OF_A_LINE])
    return told


def _numbered(lines: Iterable[bytes]) -> Iterator[tuple[int, bytes]]:
    """Lines with their numbers, from 1; one carriage return before the newline is no part of it."""
    for number, line in enumerate(lines, 1):
        raw = line.removesuffix(b"\r")
        if raw and not raw.isspace():
            yield number, raw
