"""What the floor above may ask about explanations. Web-safe: plain Python and the database, no array library."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import log
from typing import Any, cast
from uuid import UUID

from django.db.models import Count

from explain.findings import Thresholds
from explain.judged import QualityView, quality
from explain.models import Explanation, Policy, Profile
from explain.pictures import AttributionRow, LimeView, attributions, lime
from explain.reasons import LIMIT, PrincipalReasons, key_factors, principal_reasons
from explain.refusals import Cause
from explain.specification import Specification, logit
from explain.stated import stated
from explain.told import ReasonView, alarms, given, told, warnings

# Half-width of a 95 % normal interval, in standard errors.
Z = 1.959963984540054


@dataclass(frozen=True, slots=True)
class ProfileView:
    """What explains a version. Digests are SHA-256 in hex, sizes bytes and rows."""

    model_ref: str
    use_case: str
    artefact_digest: str
    artefact_kind: str
    artefact_size: int
    background_digest: str
    background_size: int
    specification: Specification
    specification_digest: str
    registered_at: datetime
    entry_id: UUID


@dataclass(frozen=True, slots=True)
class ExplanationView:
    """One decision's explanation with the person's values put back beside the figures.

    ``state``: ready, pending, left_out, refused, failed; ``detail`` says why in a sentence, ``cause`` in a word.
    ``adverse`` is None when the recorded label is neither of the specification's. ``positive`` is the class that is
    explained, empty for a regression, whose ``score`` is in ``unit``; ``probability`` is the score where it is one.
    ``reasons`` may be there although ``state`` is not ready: those that the decision's maker stated.
    ``key_factors``: of a credit score, apart.
    """

    state: str
    detail: str
    model_ref: str
    artefact_digest: str
    background_digest: str
    background_kind: str
    background_size: int
    background_note: str
    method: str
    output_space: str
    task: str
    unit: str
    positive: str
    base: float | None
    output: float | None
    score: float | None
    probability: float | None
    threshold: float | None
    adverse: bool | None
    attributions: tuple[AttributionRow, ...]
    lime: LimeView | None
    quality: QualityView | None
    reasons: tuple[ReasonView, ...]
    left_out: tuple[ReasonView, ...]
    alarms: tuple[str, ...]
    reason_warnings: tuple[str, ...]
    languages: tuple[str, ...]
    seed: int
    libraries: Mapping[str, str]
    computed_at: datetime | None
    duration_ms: float | None
    entry_id: UUID | None
    attempts: int
    key_factors: tuple[ReasonView, ...] = ()
    cause: Cause = ""


@dataclass(frozen=True, slots=True)
class Coverage:
    ready: int = 0
    pending: int = 0
    refused: int = 0
    failed: int = 0
    left_out: int = 0

    @property
    def total(self) -> int:
        """Decisions to be explained: those that the policy leaves out are not among them."""
        return self.ready + self.pending + self.refused + self.failed


def profile(model_ref: str) -> ProfileView | None:
    row = Profile.objects.filter(model_ref=model_ref).first()
    return view_of(row) if row else None


def is_explained(use_case: str) -> bool:
    """Whether any version there has a profile."""
    return Profile.objects.filter(use_case=use_case).exists()


def profiles(model_refs: Collection[str]) -> dict[str, ProfileView]:
    """Of those of these versions that have one."""
    return {row.model_ref: view_of(row) for row in Profile.objects.filter(model_ref__in=model_refs)}


def view_of(row: Profile) -> ProfileView:
    return ProfileView(
        model_ref=row.model_ref,
        use_case=row.use_case,
        artefact_digest=row.artefact_digest,
        artefact_kind=row.artefact_kind,
        artefact_size=row.artefact_size,
        background_digest=row.background_digest,
        background_size=row.background_size,
        specification=Specification.from_json(row.specification),
        specification_digest=row.specification_digest,
        registered_at=row.registered_at,
        entry_id=row.entry_id,
    )


def explanation(
    entry_id: UUID, model_ref: str, *, content: Mapping[str, Any], lang: str = "en"
) -> ExplanationView | None:
    """The explanation of a decision, or None when its version has no profile.

    ``content`` is the decision's body as it was sent: values are taken from it, for none are kept beside the figures.
    A decision that no follower has read yet is pending.
    """
    known = profile(model_ref)
    if known is None:
        return None
    row = Explanation.objects.filter(entry_id=entry_id).first()
    if row is None:
        row = Explanation(entry_id=entry_id, model_ref=model_ref)
    return _view(row, known, content, lang)


def _view(
    row: Explanation, known: ProfileView, content: Mapping[str, Any], lang: str
) -> ExplanationView:
    spec = known.specification
    limit, bounds = _by_use_case(known)
    ready = row.state == Explanation.State.READY
    values = dict(content.get("features") or {})
    output = content.get("output") or {}
    said_label = output.get("label")
    adverse = spec.outcome(None if said_label is None else str(said_label))
    found = _reasons(row, spec, values, limit) if ready and adverse is not False else None
    said = stated(content.get("context"), spec.rules) if adverse is not False else ()
    alone = _adverse_alone(row, spec, output)
    return ExplanationView(
        state=row.state,
        detail=_detail(row),
        model_ref=known.model_ref,
        artefact_digest=known.artefact_digest,
        background_digest=known.background_digest,
        background_kind=spec.background_kind,
        background_size=known.background_size,
        background_note=spec.background_note,
        method=row.method,
        output_space=row.output_space,
        task=spec.task,
        unit=spec.unit,
        positive=row.explained or (str(spec.positive) if spec.task == "binary" else ""),
        base=row.base,
        output=row.output,
        score=row.probability if row.score is None else row.score,
        probability=row.probability,
        threshold=_threshold(row, spec, output.get("threshold")),
        adverse=adverse,
        attributions=attributions(row, spec, values) if ready else (),
        lime=lime(row, spec, values) if ready else None,
        quality=quality(row, bounds) if ready else None,
        reasons=given(found, said, lang, alone=alone, limit=limit),
        left_out=told(found.left_out, found, lang) if found else (),
        alarms=alarms(found, spec),
        reason_warnings=warnings(found, said, alone=alone),
        languages=spec.languages,
        seed=spec.seed,
        libraries=row.libraries,
        computed_at=row.computed_at,
        duration_ms=row.duration_ms,
        entry_id=row.log_entry,
        attempts=row.attempts,
        key_factors=told(key_factors(found), found, lang) if found and spec.credit_score else (),
        cause=cast(Cause, row.cause),
    )


_STANDS = {
    "left_out": "it is computed when somebody asks why.",
    "pending": "a worker computes it now.",
    "ready": "computed.",
}


def _detail(row: Explanation) -> str:
    """Why the explanation is not here, or how it came to be although the policy left it out."""
    if row.policy and row.state in _STANDS:
        how = {"asked": "; asked for: ", "backfill": "; back-filled: "}.get(row.asked, ": ")
        return f"Not explained by policy ({row.policy}){how}{_STANDS[row.state]}"
    return "A worker computes it in its turn." if row.state == "pending" else row.detail


def _threshold(row: Explanation, spec: Specification, recorded: float | None) -> float | None:
    """The decision's threshold in the output space, where the bars are; None where there is none."""
    if spec.task == "multiclass":
        return None
    threshold = spec.threshold if recorded is None else recorded
    if row.output_space == "log-odds":
        return logit(threshold) if 0.0 < threshold < 1.0 else None
    if row.output_space == "log-prediction":
        return log(threshold) if threshold > 0.0 else None
    return threshold


def _reasons(
    row: Explanation, spec: Specification, values: Mapping[str, Any], limit: int
) -> PrincipalReasons:
    return principal_reasons(
        features=spec.names(),
        contributions=row.phi or (),
        values=values,
        catalogue=spec.catalogue(),
        # Of several classes it is the adverse one that was chosen and is explained.
        adverse=1 if spec.task == "multiclass" else spec.adverse_sign(),
        limit=limit,
        explainer_error=row.residual or 0.0,
        errors=row.errors,
    )


def _by_use_case(known: ProfileView) -> tuple[int, Thresholds]:
    """How many reasons are given (as the version says, else its use case, else four), and beyond
    which figures a warning stands beside them (the stricter of version and use case)."""
    spec = known.specification
    rows = Policy.objects.filter(use_case=known.use_case).values_list("most_reasons", "thresholds")
    most, asked = rows.first() or (LIMIT, {})
    return spec.most_reasons or most, spec.thresholds.tightened(asked)


def _adverse_alone(row: Explanation, spec: Specification, output: Mapping[str, Any]) -> bool | None:
    """Whether the model by itself is on the side against the person; None when it cannot be said."""
    score = row.probability if row.score is None else row.score
    threshold = output.get("threshold")
    if score is None or spec.task == "multiclass":
        return None
    return spec.is_adverse(score, spec.threshold if threshold is None else threshold)


def coverage(model_refs: Collection[str]) -> dict[str, Coverage]:
    """How many decisions of each version stand in which state; versions without any are absent."""
    rows = (
        Explanation.objects.filter(model_ref__in=model_refs)
        .values_list("model_ref", "state")
        .annotate(number=Count("entry_id"))
        .order_by()
    )
    counted: dict[str, dict[str, int]] = {}
    for model_ref, state, number in rows:
        counted.setdefault(model_ref, {})[state] = number
    return {model_ref: Coverage(**states) for model_ref, states in counted.items()}


def states() -> dict[str, int]:
    """How many explanations stand in which state, for metrics."""
    rows = Explanation.objects.values_list("state").annotate(number=Count("entry_id")).order_by()
    return dict(rows)
