"""An answer of plain values, without a database: what the page's parts are drawn from."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from explain.specification import Feature, Specification
from governance.pages.why.known import Known
from governance.why.parts import (
    ApprovalPart,
    Attribution,
    DecisionPart,
    ExplanationPart,
    LimePart,
    ModelPart,
    NotAvailable,
    OutcomePart,
    ProofPart,
    QualityPart,
    Reason,
    ReasonsPart,
    RecoursePart,
    TimelineItem,
    Why,
)

ENTRY = UUID("01a21ce2-6e27-75b1-9358-ae562ef4d6d4")
AT = datetime(2026, 11, 22, 10, 11, 12, tzinfo=UTC)
LATER = NotAvailable("Later.")


def spec(**said: Any) -> Specification:
    usual: dict[str, Any] = {
        "features": (Feature("income", "Income", "number", "€"), Feature("age", "Age", "number")),
        "positive": 1,
        "adverse_label": "deny",
        "favourable_label": "approve",
        "threshold": 0.5,
        "adverse_when": "at_or_above",
        "background_kind": "approved",
        "background_note": "",
        "reasons": (),
    }
    return Specification(**{**usual, **said})


def explanation(**said: Any) -> ExplanationPart:
    usual: dict[str, Any] = {
        "method": "linear, in closed form",
        "output_space": "log-odds",
        "base": -1.0,
        "output": 0.5,
        "threshold": 0.0,
        "probability": 0.62,
        "positive": "1",
        "background_kind": "approved",
        "background_size": 200,
        "attributions": (
            Attribution("income", "Income", 1200, "€", 2.0, None),
            Attribution("age", "Age", 31, "", -0.5, None),
        ),
        "duration_ms": 1.0,
        "seed": 0,
    }
    return ExplanationPart("ready", "", **{**usual, **said})


def quality(**said: Any) -> QualityPart:
    usual: dict[str, Any] = {
        "residual": 1e-16,
        "residual_limit": 1e-9,
        "additive": True,
        "reproduced": True,
        "recorded_score": 0.62,
        "computed_score": 0.62,
    }
    return QualityPart("ready", "", **{**usual, **said})


def reason(code: str = "R01", **said: Any) -> Reason:
    usual: dict[str, Any] = {
        "code": code,
        "text": "Income",
        "detail": "",
        "features": ("income",),
        "share": 0.8,
        "near_tie": False,
        "unmapped": False,
        "lang": "en",
    }
    return Reason(**{**usual, **said})


def answer(**said: Any) -> Why:
    """What is not said is of a loan that was denied."""
    decision = DecisionPart(
        state="available", detail="", id="app-1", entry_id=ENTRY, use_case="credit", decided_at=AT,
        recorded_at=AT, actor="key:abc", subject="person-1", subject_id=None, label="deny", adverse=True,
        score=0.62, threshold=0.5, probabilities=None, inputs=None,
        features={"income": 1200, "age": 31}, segments=None, parents=(), trace_id=None,
        latency_ms=None, context=None, erased=None,
    )  # fmt: skip
    usual: dict[str, Any] = {
        "audience": "reviewer",
        "lang": "en",
        "decision": replace(decision, **said.pop("decided", {})),
        "model": ModelPart(
            "credit@1",
            "credit",
            "1",
            "Credit",
            True,
            "active",
            "5c" * 32,
            ApprovalPart(LATER, LATER),
            (),
        ),
        "role_of_ai": "decisive",
        "explanation": explanation(),
        "lime": LimePart("not_available", "LIME was not computed for this version."),
        "quality": quality(),
        "reasons": ReasonsPart("ready", "", "en", (reason(),)),
        "recourse": RecoursePart("not_available", "No policy."),
        "review": LATER,
        "outcome": OutcomePart("none"),
        "proof": ProofPart("accepted", "Durable.", ENTRY, "ab" * 32, "{}"),
        "timeline": (TimelineItem(AT, "decision", "Decision recorded", "key:abc", ENTRY, None),),
    }
    return Why(**{**usual, **said})


def known(said: Why | None = None, **more: Any) -> Known:
    usual: dict[str, Any] = {
        "path": f"/decisions/{ENTRY}",
        "case_name": "Credit",
        "use_case_asked": "",
        "audiences": ("subject", "reviewer"),
        "specification": spec(),
        "names": {},
        "verify_url": "",
        "model_url": "",
        "profile_digest": "44" * 32,
        "compares": True,
    }
    return Known(answer=said or answer(), **{**usual, **more})
