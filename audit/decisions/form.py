"""What the maker of a decision states, as a typed form."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from msgspec import Meta

from audit.canonical import Flaw
from audit.forms import (
    Amount,
    CallerId,
    Form,
    Moment,
    Reference,
    Rule,
    Share,
    Slug,
    VersionNumber,
    Word,
    in_time,
)
from audit.segment_values import Segments, flaw_of


class Output(Form, frozen=True, kw_only=True):
    """What the model said: a label, a score, or both."""

    label: Word | None = None
    score: float | None = None
    threshold: float | None = None
    probabilities: dict[Word, Share] | None = None


def _says_something(said: DecisionIn) -> Flaw | None:
    if said.output.label is None and said.output.score is None:
        return Flaw("/output", "required", "A label, a score, or both.")
    return None


def _has_grounds(said: DecisionIn) -> Flaw | None:
    if said.inputs is None and said.features is None:
        return Flaw("", "required", "inputs, features, or both: what the decision was made from.")
    return None


class DecisionIn(Form, frozen=True, kw_only=True):
    """One automated decision, as its maker states it."""

    RULES: ClassVar[tuple[Rule, ...]] = (
        in_time("decided_at"),
        (("output",), _says_something),
        (("inputs", "features"), _has_grounds),
        (("segments",), lambda said: flaw_of(said.segments)),
    )

    id: CallerId
    use_case: Slug
    model: Slug
    version: VersionNumber
    decided_at: Moment
    output: Output
    inputs: dict[str, Any] | None = None
    features: dict[str, Any] | None = None
    subject: Reference | None = None
    segments: Segments | None = None
    # Unless told, a decision counts as made by the machine in all that matters though people stand
    # around it: the weaker "advisory" is for the maker to claim, not for us to assume.
    role_of_ai: Literal["sole", "decisive", "advisory", "overridden"] = "decisive"
    parents: (
        Annotated[list[CallerId], Meta(max_length=100, description="A list of at most 100 ids.")]
        | None
    ) = None
    trace_id: Reference | None = None
    latency_ms: Amount | None = None
    context: dict[str, Any] | None = None

    @property
    def model_ref(self) -> str:
        return f"{self.model}@{self.version}"
