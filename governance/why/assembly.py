"""Assembles the answer from what the floors below remember and compute."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from typing import Any

from audit import queries as log
from audit.proofs import included_receipt
from audit.queries import DecisionRecord
from explain import queries as explanations
from explain.queries import ExplanationView
from explain.recourses import standing_recourse
from governance.registry import lookups as registry
from governance.registry.rows import VersionRow
from governance.why.explained import (
    erased_parts,
    explanation_part,
    lime_part,
    quality_part,
    reasons_part,
)
from governance.why.parts import (
    ApprovalPart,
    DecisionPart,
    Erased,
    ModelPart,
    NotAvailable,
    OutcomePart,
    OutcomeReport,
    ProofPart,
    RecoursePart,
    Why,
)
from governance.why.recourse import recourse_part
from governance.why.timeline import timeline

APPROVAL = NotAvailable("Sign-off of versions comes with the approval workflow of a later release.")
REVIEW = NotAvailable("Review and override by people come with a later release.")
WHAT_REMAINS = (
    "This person's data was erased on request. What remains: that a decision was made, when, by which model "
    "version, and its place in the log, which still verifies."
)


def why(*, key: str, use_cases: Collection[str], lang: str = "en") -> Why | None:
    """The whole answer about the decision that ``key`` (the caller's id, or the entry id) names.

    Nothing is hidden here: ``governance.why.for_audience`` shapes the answer for who asks. Returns None when no
    decision of ``use_cases`` has that key; raises ``audit.queries.Ambiguous`` when several have.
    """
    record = log.decision(key=key, use_cases=use_cases)
    if record is None:
        return None
    answer = Why(
        audience="examiner",
        lang=lang,
        decision=decision_part(record),
        model=model_part(record),
        role_of_ai=content(record).get("role_of_ai"),
        recourse=recourse_of(record),
        review=REVIEW,
        outcome=outcome_part(record),
        proof=proof_part(record),
        timeline=timeline(record),
        **explained_parts(record, lang),
    )
    return replace(answer, decision=replace(answer.decision, adverse=adverse(record)))


def content(record: DecisionRecord) -> dict[str, Any]:
    return dict(record.content or {})


def explained_parts(record: DecisionRecord, lang: str) -> dict[str, Any]:
    if record.erased_at is not None:
        return erased_parts(lang)
    view: ExplanationView | None = explanations.explanation(
        record.entry_id, record.model_ref, content=content(record), lang=lang
    )
    return {
        "explanation": explanation_part(view, record.model_ref),
        "lime": lime_part(view),
        "quality": quality_part(view),
        "reasons": reasons_part(view, lang, content(record)),
    }


def recourse_of(record: DecisionRecord) -> RecoursePart:
    """What was computed for the policy alone; a caller's own constraints are asked for by themselves."""
    return recourse_part(
        profile=explanations.profile(record.model_ref),
        model_ref=record.model_ref,
        adverse=adverse(record),
        question=None if gone(record) else standing_recourse(record.entry_id),
        gone=gone(record),
    )


def gone(record: DecisionRecord) -> str:
    """Why a record has no content: "erased" or "damaged"; empty when it has."""
    return "erased" if record.erased_at is not None else "damaged" if record.damage else ""


def decision_part(record: DecisionRecord) -> DecisionPart:
    body = content(record)
    output = body.get("output") or {}
    erased = Erased(record.erased_at, WHAT_REMAINS) if record.erased_at else None
    return DecisionPart(
        state="erased" if erased else "damaged" if record.damage else "available",
        detail=record.damage,
        id=record.decision_id,
        entry_id=record.entry_id,
        use_case=record.use_case,
        decided_at=record.decided_at,
        recorded_at=record.recorded_at,
        actor=record.actor,
        subject=record.subject_ref,
        subject_id=record.subject_id,
        label=output.get("label"),
        adverse=None,
        score=output.get("score"),
        threshold=output.get("threshold"),
        probabilities=output.get("probabilities"),
        inputs=body.get("inputs"),
        features=body.get("features"),
        segments=body.get("segments"),
        parents=tuple(body.get("parents") or ()),
        trace_id=body.get("trace_id"),
        latency_ms=body.get("latency_ms"),
        context=body.get("context"),
        erased=erased,
    )


def adverse(record: DecisionRecord) -> bool | None:
    """Whether the label is one the use case registered as against the person; None when it cannot be said."""
    label = (content(record).get("output") or {}).get("label")
    case = registry.use_case_named(record.use_case)
    if label is None or case is None or not case.adverse_labels:
        return None
    return label in case.adverse_labels


def model_part(record: DecisionRecord) -> ModelPart:
    version = registry.version_named(record.model_ref)
    profile = explanations.profile(record.model_ref)
    return ModelPart(
        ref=record.model_ref,
        model=record.model,
        version=record.version,
        name=registry.model_name(record.model) or record.model,
        registered=version is not None,
        state=version.state if version else None,
        artefact_digest=profile.artefact_digest
        if profile
        else (version.artefact_digest if version else None) or None,
        approval=ApprovalPart(then=APPROVAL, now=APPROVAL),
        violations=broken_rules(record, version),
    )


def broken_rules(record: DecisionRecord, version: VersionRow | None) -> tuple[str, ...]:
    """What the door marked when the decision was recorded, whatever became of the version since.

    For some seconds that line is not read yet. Until then the registry answers: of a moment ago it
    says the same as the door.
    """
    if record.violations is not None:
        return record.violations
    if version is None:
        return ("version_unknown",)
    retired = version.retired_at is not None and record.recorded_at >= version.retired_at
    return ("version_retired",) if retired else ()


def outcome_part(record: DecisionRecord) -> OutcomePart:
    if record.erased_at is not None:
        return OutcomePart("erased")
    reports = tuple(
        OutcomeReport(
            entry_id=report.entry_id,
            label=report.label or None,
            value=report.value,
            source=report.source,
            observed_at=report.observed_at,
            recorded_at=report.recorded_at,
        )
        for report in log.outcomes(record.entry_id)
    )
    return OutcomePart("reported" if reports else "none", reports)


def proof_part(record: DecisionRecord) -> ProofPart:
    receipt = included_receipt(record.entry_id)
    accepted = ProofPart(
        state="accepted",
        detail="Durable and receipted; its place in the tree follows with the next checkpoint.",
        entry_id=record.entry_id,
        leaf_hash=record.leaf_hash.hex(),
        header=record.header.decode("ascii"),
    )
    if receipt is None:
        return accepted
    signed = receipt.checkpoint
    return replace(
        accepted,
        state="included",
        detail=f"Leaf {receipt.leaf_index:,} of the {signed.size:,} that the checkpoint signs.",
        leaf_index=receipt.leaf_index,
        tree_size=signed.size,
        root=signed.root.hex(),
        inclusion=tuple(node.hex() for node in receipt.proof),
        checkpoint=signed.note,
    )
