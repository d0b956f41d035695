"""The parts of a ``Why``, as the API contract names them (DESIGN section 8). All frozen, all plain values."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from explain.findings import Thresholds


@dataclass(frozen=True, slots=True)
class NotAvailable:
    """A part that this release does not fill. It is named, never faked."""

    detail: str
    state: str = "not_available"


@dataclass(frozen=True, slots=True)
class Erased:
    """What remains of a decision whose subject was erased: that it was made, when, by which model."""

    at: datetime
    detail: str


@dataclass(frozen=True, slots=True)
class DecisionPart:
    """``state``: available, erased, or damaged (``detail`` says what the stored bytes fail); then content is None."""

    state: str
    detail: str
    id: str | None
    entry_id: UUID
    use_case: str
    decided_at: datetime | None
    recorded_at: datetime
    actor: str
    subject: str | None
    subject_id: UUID | None
    label: str | None
    adverse: bool | None
    score: float | None
    threshold: float | None
    probabilities: Mapping[str, float] | None
    inputs: Mapping[str, Any] | None
    features: Mapping[str, Any] | None
    segments: Mapping[str, Any] | None
    parents: tuple[str, ...]
    trace_id: str | None
    latency_ms: float | None
    context: Mapping[str, Any] | None
    erased: Erased | None


@dataclass(frozen=True, slots=True)
class ApprovalPart:
    """Whether people had signed the version when it decided, and whether they have now."""

    then: NotAvailable
    now: NotAvailable


@dataclass(frozen=True, slots=True)
class ModelPart:
    """The version that decided. ``registered`` and ``state`` are of now; ``violations`` of then: the
    rules the decision broke as the door marked it when it was recorded."""

    ref: str
    model: str
    version: str
    name: str
    registered: bool
    state: str | None
    artefact_digest: str | None
    approval: ApprovalPart
    violations: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Interval:
    """A 95 % interval."""

    lower: float
    upper: float


@dataclass(frozen=True, slots=True)
class Attribution:
    """One feature's Shapley value in the explanation's output space; ``interval`` is phi ± 1.96 standard errors."""

    feature: str
    label: str
    value: Any
    unit: str
    phi: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class ExplanationPart:
    """``state``: ready, pending, left_out (by policy, until somebody asks why), refused, failed, erased
    or not_available; ``detail`` says why in a sentence, ``cause`` in a word (governance.why.causes): of a refusal,
    of a failure, or that there is no profile. Empty otherwise, and for what is older than causes."""

    state: str
    detail: str
    cause: str = ""
    method: str | None = None
    output_space: str | None = None
    base: float | None = None
    output: float | None = None
    threshold: float | None = None
    probability: float | None = None
    positive: str | None = None
    attributions: tuple[Attribution, ...] = ()
    artefact_digest: str | None = None
    background_digest: str | None = None
    background_kind: str | None = None
    background_size: int | None = None
    background_note: str | None = None
    seed: int | None = None
    libraries: Mapping[str, str] | None = None
    computed_at: datetime | None = None
    duration_ms: float | None = None
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class LimeWeight:
    feature: str
    label: str
    value: Any
    weight: float


@dataclass(frozen=True, slots=True)
class LimePart:
    """LIME beside SHAP, with its fidelity (``r2``). Never the source of reasons."""

    state: str
    detail: str
    mode: str | None = None
    r2: float | None = None
    intercept: float | None = None
    local_prediction: float | None = None
    samples: int | None = None
    weights: tuple[LimeWeight, ...] = ()


@dataclass(frozen=True, slots=True)
class QualityPart:
    """How far the explanation can be trusted. ``residual`` is |f(x) − base − Σφ| in the output space.

    standard_error: the largest of any contribution, None where they are exact. deletion, insertion: areas of the two
    tests of faithfulness beside those of random orders; stability: rank correlation after 1 % of noise. ``warnings``
    are the figures beyond ``thresholds`` (the version's, or its use case's where stricter), a sentence each.
    """

    state: str
    detail: str
    residual: float | None = None
    residual_limit: float | None = None
    additive: bool | None = None
    reproduced: bool | None = None
    recorded_score: float | None = None
    computed_score: float | None = None
    rank_agreement: float | None = None
    top4_overlap: float | None = None
    standard_error: float | None = None
    deletion: float | None = None
    deletion_random: float | None = None
    insertion: float | None = None
    insertion_random: float | None = None
    stability: float | None = None
    thresholds: Thresholds | None = None
    warnings: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Reason:
    """A principal reason (12 CFR 1002.9(b)(2)) in the words approved with the version.

    ``kind``: model (by the attributions), rule (an automatic rule fired), person (theirs who decided).
    ``lang``: of ``text``, which need not be the language asked for.
    """

    code: str
    text: str
    detail: str
    features: tuple[str, ...]
    share: float
    near_tie: bool
    unmapped: bool
    lang: str
    kind: str = "model"


@dataclass(frozen=True, slots=True)
class ReasonsPart:
    """``key_factors``: what most lowered a credit score (15 USC 1681g(f)), apart from the reasons."""

    state: str
    detail: str
    lang: str
    items: tuple[Reason, ...] = ()
    alarms: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    key_factors: tuple[Reason, ...] = ()


@dataclass(frozen=True, slots=True)
class Actionable:
    """What the version's policy lets a person change, and how: within this a caller may narrow."""

    feature: str
    label: str
    unit: str
    direction: str
    lower: float | None
    upper: float | None
    step: float | None
    allowed: tuple[Any, ...]
    days: float
    note: str


@dataclass(frozen=True, slots=True)
class Change:
    feature: str
    label: str
    unit: str
    before: Any
    after: Any
    days: float


@dataclass(frozen=True, slots=True)
class RecourseAnswer:
    """Changes that together turn the outcome. cost: by the policy, in its own unit; days: of the slowest change;
    margin: how far beyond the threshold the score then is."""

    changes: tuple[Change, ...]
    cost: float
    days: float
    probability: float | None
    margin: float | None


@dataclass(frozen=True, slots=True)
class RecoursePart:
    """What would have changed the outcome, within the version's policy.

    ``state``: ready; none (within policy); not_applicable (favourable already); not_computed (ask for it); pending;
    refused; failed; erased; damaged; not_available. distance: of the recorded score from the threshold. proven: no
    cheaper answer exists within the policy, or with "none", none at all; False: not everything could be looked at.
    """

    state: str
    detail: str
    notice: str = (
        "Not advice, and not a guarantee: it says what this version of the model would have decided, all else being "
        "as recorded."
    )
    id: UUID | None = None
    wishes: Mapping[str, Any] | None = None
    favourable_label: str | None = None
    answers: tuple[RecourseAnswer, ...] = ()
    proven: bool | None = None
    looked_at: int | None = None
    probability: float | None = None
    threshold: float | None = None
    distance: float | None = None
    actionable: tuple[Actionable, ...] = ()
    artefact_digest: str | None = None
    policy_digest: str | None = None
    seed: int | None = None
    computed_at: datetime | None = None
    duration_ms: float | None = None
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class ReplayPart:
    """Whether the pinned artefact gives what was recorded. ``state``: match, drift, cannot (``cause`` and ``detail``
    say why), pending, failed or erased; difference is computed minus recorded."""

    id: UUID
    state: str
    detail: str
    cause: str = ""
    recorded: float | None = None
    computed: float | None = None
    difference: float | None = None
    label: str | None = None
    label_now: str | None = None
    flipped: bool = False
    artefact_digest: str | None = None
    computed_at: datetime | None = None
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class OutcomeReport:
    entry_id: UUID
    label: str | None
    value: float | None
    source: str
    observed_at: datetime
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class OutcomePart:
    """What turned out true: every report as it came. ``state`` is "none", "reported" or "erased"."""

    state: str
    reports: tuple[OutcomeReport, ...] = ()


@dataclass(frozen=True, slots=True)
class ProofPart:
    """``state`` is "accepted" until the entry is a leaf below a signed checkpoint, then "included"."""

    state: str
    detail: str
    entry_id: UUID
    leaf_hash: str
    header: str
    leaf_index: int | None = None
    tree_size: int | None = None
    root: str | None = None
    inclusion: tuple[str, ...] = ()
    checkpoint: str | None = None


@dataclass(frozen=True, slots=True)
class TimelineItem:
    at: datetime
    kind: str
    text: str
    actor: str
    entry_id: UUID
    leaf_index: int | None


@dataclass(frozen=True, slots=True)
class Why:
    audience: str
    lang: str
    decision: DecisionPart
    model: ModelPart
    role_of_ai: str | None
    explanation: ExplanationPart
    lime: LimePart
    quality: QualityPart
    reasons: ReasonsPart
    recourse: RecoursePart
    review: NotAvailable
    outcome: OutcomePart
    proof: ProofPart
    timeline: tuple[TimelineItem, ...]
