"""From what was said of a decision to how it counts: pure, and the same in whatever order it was said.

Imports no framework.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from math import isfinite
from typing import Any, Final, NamedTuple

from fairness.policy import Reading
from fairness.truth import Line, Outcome, derive

WHOLE: Final = 1_000_000  # weights are in millionths: their sums are exact
# What is inferred is never certain, so that it is nowhere taken for what was said or seen.
NEARLY: Final = WHOLE - 1
MOST_PARTS: Final = 64
BINS: Final = 1000
ABSENT: Final = -1
# The attribute under which a reviewed decision is counted by the group of its reviewers.
REVIEWERS: Final = "review:group"
_LONGEST: Final = 100

Shares = Mapping[str, Sequence[tuple[str, int]]]
"""Attribute to its possible values, each with its probability in millionths."""


class Told(NamedTuple):
    """An outcome as it was told: by its id, perhaps in correction of another of the same decision."""

    name: str
    corrects: str
    line: Line


class Stated(NamedTuple):
    """Segments stated in the line ``leaf_index``, of this decision alone or of the person."""

    leaf_index: int
    of_decision: bool
    stated_at: datetime
    shares: Shares


@dataclass(frozen=True, slots=True)
class Part:
    """A combination of segments that the decision belongs to with this probability, in millionths."""

    segments: tuple[tuple[str, str], ...]
    weight: int

    @property
    def square(self) -> int:
        return (self.weight * self.weight + WHOLE // 2) // WHOLE


def outcome(
    told: Collection[Told], decided_at: datetime, precedence: Sequence[str] = ()
) -> Outcome:
    """What counts as true of all that was told and not corrected (``truth.derive``)."""
    corrected = {one.corrects for one in told if one.corrects}
    valid = [one.line for one in told if one.name not in corrected]
    return derive(valid, decided_at=decided_at, precedence=precedence)


def shares_of(stated: Mapping[str, Any]) -> dict[str, list[tuple[str, int]]]:
    """Segments as a body has them, as shares; what is null, empty or too long to be a group is left out."""
    found = {name: _shares(value) for name, value in stated.items() if len(name) <= _LONGEST}
    return {name: shares for name, shares in found.items() if shares}


def _shares(value: Any) -> list[tuple[str, int]]:
    if not isinstance(value, Mapping):
        return _probable({_text(value): 1.0})
    if value.get("source") != "inferred":
        return _probable({_text(value.get("value")): 1.0})
    spread = value.get("distribution")
    if isinstance(spread, Mapping):
        return _probable({_text(name): float(share) for name, share in spread.items()}, NEARLY)
    return _probable({_text(value.get("value")): float(value.get("probability") or 0.0)}, NEARLY)


def _probable(spread: Mapping[str, float], most: int = WHOLE) -> list[tuple[str, int]]:
    """In millionths, in order of values; never more than ``most`` together."""
    shares = {name: round(share * WHOLE) for name, share in sorted(spread.items()) if name}
    beyond = sum(shares.values()) - most
    if beyond > 0:
        shares[max(shares, key=lambda name: (shares[name], name))] -= beyond
    return [(name, share) for name, share in shares.items() if share > 0]


def _text(value: Any) -> str:
    if value is None or isinstance(value, bool):
        return ""
    if isinstance(value, float):
        value = int(value) if value.is_integer() else value
    text = str(value).strip()
    return text if len(text) <= _LONGEST else ""


def current(stated: Collection[Stated], reading: Reading) -> dict[str, Stated]:
    """Per attribute the statement that counts: the decision's own before the person's, then the latest."""
    found: dict[str, Stated] = {}
    ordered = sorted(stated, key=lambda one: (one.of_decision, one.stated_at, one.leaf_index))
    for one in ordered:
        for name in one.shares:
            if reading.attributes is None or name in reading.attributes:
                found[name] = one
    return found


def parts(spread: Mapping[str, Sequence[tuple[str, int]]]) -> list[Part]:
    """Every combination of the attributes' values with its probability, as if they were independent.

    Weights add up to WHOLE: what rounding leaves goes to the largest. With more than 64
    combinations the attributes with most values count as unknown, until there are no more.
    """
    if all(len(shares) == 1 and shares[0][1] == WHOLE for shares in spread.values()):
        return [Part(tuple((name, spread[name][0][0]) for name in sorted(spread)), WHOLE)]
    kept = _few(spread)
    made: list[tuple[tuple[tuple[str, str], ...], int]] = [((), WHOLE)]
    for name in sorted(kept):
        made = [
            (segments if value is None else (*segments, (name, value)), weight * share // WHOLE)
            for segments, weight in made
            for value, share in _with_unknown(kept[name])
        ]
    left = WHOLE - sum(weight for _, weight in made)
    most = max(range(len(made)), key=lambda at: (made[at][1], -at))
    made[most] = (made[most][0], made[most][1] + left)
    return [Part(segments, weight) for segments, weight in made if weight > 0]


def _with_unknown(shares: Sequence[tuple[str, int]]) -> list[tuple[str | None, int]]:
    rest = WHOLE - sum(share for _, share in shares)
    known: list[tuple[str | None, int]] = list(shares)
    return [*known, (None, rest)] if rest > 0 else known


def _few(
    spread: Mapping[str, Sequence[tuple[str, int]]],
) -> dict[str, Sequence[tuple[str, int]]]:
    kept = dict(spread)
    while _combinations(kept) > MOST_PARTS:
        del kept[max(kept, key=lambda name: (len(_with_unknown(kept[name])), name))]
    return kept


def _combinations(spread: Mapping[str, Sequence[tuple[str, int]]]) -> int:
    many = 1
    for shares in spread.values():
        many *= len(_with_unknown(shares))
    return many


def bin_of(score: float | None, reading: Reading) -> int:
    """The score's bin, of 1,000 equal ones; ABSENT without a score and for one beyond the scale."""
    if score is None or not isfinite(score) or not reading.low <= score <= reading.high:
        return ABSENT
    share = (score - reading.low) / (reading.high - reading.low)
    return min(int(share * BINS), BINS - 1)
