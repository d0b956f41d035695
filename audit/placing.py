"""Lines of a bulk that speak of decisions recorded before: each decision found, or the line refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final
from uuid import UUID

from audit import claims, subjects
from audit.bulk import Item, Judged
from audit.door import Invalid, NotFound, Problem, Voice
from audit.located import Located, Name, locate

ERASED: Final = "The person this decision is about is erased: nothing more can be recorded of it."


def place(
    judged: Judged, names: Mapping[int, Name], *, voice: Voice, act: str
) -> dict[int, Located]:
    """The decision of each line that names one; a line whose decision is not found is refused."""
    found = locate(set(names.values()), voice=voice, act=act)
    placed: dict[int, Located] = {}
    for line, name in names.items():
        about = found[name]
        if isinstance(about, Problem):
            judged.refused.append((line, _of_line(about)))
        else:
            placed[line] = about
    judged.items = [item for item in judged.items if item.line not in names or item.line in placed]
    return placed


def refuse_erased(judged: Judged, subject: Callable[[Item], UUID | None]) -> None:
    """Refuse new lines about erased people. A line recorded before its person was erased is a repeat."""
    people = {item.line: person for item in judged.items if (person := subject(item)) is not None}
    alive = subjects.keys(people.values()).keys()
    dead = [item for item in judged.items if item.line in people and people[item.line] not in alive]
    known = claims.find(item.claim.key for item in dead)
    refused = {item.line for item in dead if item.claim.key not in known}
    error = {"pointer": "/decision", "code": "erased", "detail": ERASED}
    judged.refused += [(line, Invalid(ERASED, errors=[error])) for line in sorted(refused)]
    judged.items = _but(judged.items, refused)


def _but(items: Sequence[Item], lines: set[int]) -> list[Item]:
    return [item for item in items if item.line not in lines]


def _of_line(problem: Problem) -> Problem:
    """A decision that is not found is a flaw of its line, not of the address of the bulk."""
    if isinstance(problem, NotFound):
        return Invalid(problem.detail, errors=problem.errors)
    return problem
