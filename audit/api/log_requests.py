"""How requests to the log's public doors are read: who may, which parameters, which problems."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast
from uuid import UUID

from django.conf import settings
from rest_framework.exceptions import NotAuthenticated
from rest_framework.request import Request

from audit import proofs
from audit.api.parameters import bad_parameter
from audit.checkpoint import MAX_SIZE
from audit.door import Forbidden, NotFound, Unavailable, Voice
from audit.header import parse
from audit.merkle import TILE_WIDTH, entries_path, tile_path
from audit.tree import TreeFault

ACT: Final = "log:read"
NEVER_KEPT: Final = {"Cache-Control": "no-store"}

_NUMBER: Final = r"(?P<number>(?:x[0-9]{3}/){0,6}[0-9]{3})(?:\.p/(?P<width>[1-9][0-9]{0,2}))?"
_TILE = re.compile(r"(?P<level>0|[1-9][0-9]?)/" + _NUMBER)
_ENTRIES = re.compile(_NUMBER)
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}")


def _voice(request: Request) -> Voice:
    """Who asks. Raises NotAuthenticated for nobody: these doors stand open to all, and ask here."""
    if request.auth is None:
        raise NotAuthenticated
    return cast("Voice", request.auth)


def must_read_hashes(request: Request) -> None:
    """Raise Forbidden unless hashes are public here, or the caller may read some of the log."""
    if settings.AUDIT_PUBLIC_READS:
        return
    if _voice(request).use_cases(ACT) == frozenset():
        raise Forbidden("Reading this log needs log:read.", headers=NEVER_KEPT)


def must_read_everywhere(request: Request) -> None:
    """Raise Forbidden unless the caller may read the log of every use case."""
    if _voice(request).use_cases(ACT) is not None:
        raise Forbidden("This needs log:read in every use case.", headers=NEVER_KEPT)


def place_for(request: Request, entry_id: UUID) -> proofs.Place:
    """The entry's place, if the caller may know of it; an entry of others is as good as none."""
    voice = _voice(request)
    if voice.use_cases(ACT) == frozenset():
        raise Forbidden("A proof by entry needs log:read.", headers=NEVER_KEPT)
    place = proofs.place_of(entry_id)
    if place is None or not _may_know(voice, parse(place.header).use_case):
        raise NotFound("There is no such entry, or none you may see.", headers=NEVER_KEPT)
    return place


def _may_know(voice: Voice, use_case: str) -> bool:
    # A line about the log itself has no use case: it is for those who read everywhere.
    return voice.allows(ACT, use_case=use_case) if use_case else voice.use_cases(ACT) is None


def number(name: str, text: str) -> int:
    """A count of leaves or an index; raises Invalid."""
    if not _DECIMAL.fullmatch(text) or int(text) > MAX_SIZE:
        raise bad_parameter(name, "This is not a whole number of leaves.", "not_a_number")
    return int(text)


def entry_id(name: str, text: str) -> UUID:
    """An entry's id; raises Invalid."""
    try:
        return UUID(text)
    except ValueError:
        raise bad_parameter(name, "This is not the id of an entry.", "not_a_uuid") from None


def size_in(request: Request, name: str) -> int:
    """The tree size asked about, or the newest; raises Invalid beyond what is published."""
    published = proofs.published_size()
    if name not in request.query_params:
        return published
    size = number(name, request.query_params[name])
    if not 0 < size <= published:
        detail = f"Published are trees of 1 to {published} leaves."
        raise bad_parameter(name, detail, "out_of_range")
    return size


def tile_in(path: str) -> tuple[int, int, int]:
    """Level, index and width of ``<L>/<N>[.p/<W>]``; raises NotFound for any other spelling."""
    found = _TILE.fullmatch(path)
    if not found:
        raise no_tile()
    level, (index, width) = int(found["level"]), _index_and_width(found)
    if level > 63 or tile_path(level, index, width) != f"tile/{path}":
        raise no_tile()
    return level, index, width


def bundle_in(path: str) -> tuple[int, int]:
    """Index and width of ``<N>[.p/<W>]``; raises NotFound for any other spelling."""
    found = _ENTRIES.fullmatch(path)
    if not found:
        raise no_tile()
    index, width = _index_and_width(found)
    if entries_path(index, width) != f"tile/entries/{path}":
        raise no_tile()
    return index, width


def _index_and_width(found: re.Match[str]) -> tuple[int, int]:
    width = int(found["width"] or TILE_WIDTH)
    if width > TILE_WIDTH:
        raise no_tile()
    return int(found["number"].replace("x", "").replace("/", "")), width


def no_tile() -> NotFound:
    """A missing tile may exist a moment later: the answer must not be kept by any cache."""
    return NotFound("There is no such tile.", headers=NEVER_KEPT)


@contextmanager
def told() -> Iterator[None]:
    """Turn what the proofs raise into problems: the asker's mistake, or the log's."""
    try:
        yield
    except proofs.NotPublished as error:
        raise NotFound(str(error), headers=NEVER_KEPT) from error
    except TreeFault as error:
        raise Unavailable(f"{error} An operator should run verifylog.", retry_after=60) from error
