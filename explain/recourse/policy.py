"""What a person can change about themself, as the owner of a version says it. Plain Python.

Nothing is guessed: a feature without a rule is never changed, and neither is a protected one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Literal, TypeAlias

Direction: TypeAlias = Literal["increase", "decrease", "any"]
Scalar: TypeAlias = str | int | float | bool

MOST_CHANGES = 5
MOST_ANSWERS = 5
# More values than this on one feature's grid is a step too fine to mean anything to a person.
MOST_STEPS = 1000


@dataclass(frozen=True)
class Rule:
    """How one feature may change.

    direction:       None together with ``immutable``. For a category, "increase" is later in ``allowed``.
    lower, upper:    bounds of a number after a change, both inclusive.
    step:            a number changes by whole multiples of it, counted from the recorded value.
    allowed:         a category's values after a change, in ascending order where they have one.
    cost_per_unit:   for each unit of a number; for each place in the order of a category.
    cost_per_change: once, when the feature changes at all.
    lag_days:        how long the change takes; shown, and limited by the caller where they wish.
    follows:         changes only where a ``Raises`` calls for it, never by itself (such as age with education).
    """

    feature: str
    immutable: bool = False
    direction: Direction | None = None
    lower: float | None = None
    upper: float | None = None
    step: float | None = None
    allowed: tuple[Scalar, ...] = ()
    cost_per_unit: float = 0.0
    cost_per_change: float = 1.0
    lag_days: float = 0.0
    follows: bool = False
    note: str = ""


@dataclass(frozen=True)
class Together:
    """These features change all, or none of them does."""

    features: tuple[str, ...]


@dataclass(frozen=True)
class Raises:
    """Raising ``cause`` takes ``effect``, a number, up by at least ``by`` from where it was."""

    cause: str
    effect: str
    by: float


@dataclass(frozen=True)
class Linear:
    """Σ coefficient · value ≤ ``at_most``, over numbers; binds where one of them changes."""

    terms: Mapping[str, float]
    at_most: float


@dataclass(frozen=True)
class Policy:
    """The rules, what binds them together, and how much may be asked of a person at once.

    max_changes: features changed in one answer. answers: how many different answers at most.
    """

    rules: tuple[Rule, ...]
    together: tuple[Together, ...] = ()
    raises: tuple[Raises, ...] = ()
    linear: tuple[Linear, ...] = ()
    max_changes: int = 3
    answers: int = 3
    note: str = ""

    def rule(self, feature: str) -> Rule | None:
        """The rule under which ``feature`` may change; None where it may not."""
        found = next((rule for rule in self.rules if rule.feature == feature), None)
        return None if found is None or found.immutable else found

    def actionable(self) -> tuple[str, ...]:
        return tuple(rule.feature for rule in self.rules if not rule.immutable)

    def to_json(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Policy:
        fields = dict(stored)
        fields["rules"] = tuple(
            Rule(**{**rule, "allowed": tuple(rule.get("allowed", ()))}) for rule in fields["rules"]
        )
        fields["together"] = tuple(
            Together(tuple(one["features"])) for one in fields.get("together", ())
        )
        fields["raises"] = tuple(Raises(**one) for one in fields.get("raises", ()))
        fields["linear"] = tuple(Linear(**one) for one in fields.get("linear", ()))
        return cls(**fields)


@dataclass(frozen=True)
class Bounds:
    """Tighter bounds of one number; None leaves the policy's."""

    lower: float | None = None
    upper: float | None = None


@dataclass(frozen=True)
class Wishes:
    """What a caller asks for beyond the policy, and within it: everything here only narrows.

    freeze: features that stay. max_days: no change that takes longer. The rest as in ``Policy``.
    """

    freeze: tuple[str, ...] = ()
    bounds: Mapping[str, Bounds] = field(default_factory=dict)
    max_changes: int | None = None
    answers: int | None = None
    max_days: float | None = None

    def to_json(self) -> dict[str, Any]:
        """The same wishes give the same JSON, whatever order they were said in."""
        said = asdict(self)
        said["freeze"] = sorted(set(self.freeze))
        said["bounds"] = {name: said["bounds"][name] for name in sorted(said["bounds"])}
        return said

    @classmethod
    def from_json(cls, stored: Mapping[str, Any]) -> Wishes:
        fields = dict(stored)
        fields["freeze"] = tuple(fields.get("freeze", ()))
        fields["bounds"] = {name: Bounds(**one) for name, one in fields.get("bounds", {}).items()}
        return cls(**fields)
