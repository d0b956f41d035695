"""Alerts: opened once with their evidence, and taken through their states by people, each act a line."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from audit.canonical import canonical
from audit.door import Conflict, Invalid, NotFound
from audit.header import rfc3339, uuid7
from audit.log import Draft, append
from fairness import policies
from fairness.models import Alert, Retraining

ACTOR: Final = "system:fairness"
# Which act leads where, and from where it may be done.
ACTS: Final[Mapping[str, tuple[str, frozenset[str]]]] = {
    "acknowledge": ("acknowledged", frozenset({"open"})),
    "explain": ("explained", frozenset({"open", "acknowledged"})),
    "close": ("closed", frozenset({"open", "acknowledged", "explained"})),
}
STATES: Final = ("open", "acknowledged", "explained", "closed")
LONGEST: Final = 4000


@dataclass(frozen=True, slots=True)
class Act:
    """What somebody did with an alert, and what they said; ``entry_id`` is its line, None for acts
    of before lines were kept with them."""

    act: str
    actor: str
    text: str
    at: datetime
    entry_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class AlertView:
    """``kind``: disparity, performance or drift. ``subject``: what it is about (metric, segment, group;
    metric, least; or version, feature). ``evidence``: the figures it was raised on, with their window
    and where they stand."""

    id: UUID
    use_case: str
    kind: str
    subject: dict[str, Any]
    evidence: dict[str, Any]
    owner: str
    state: str
    story: tuple[Act, ...]
    entry_id: UUID
    opened_at: datetime
    changed_at: datetime


@dataclass(frozen=True, slots=True)
class RetrainingView:
    """``model_ref`` is empty until a version that came of it is named."""

    id: UUID
    use_case: str
    alert: UUID
    since: date
    until: date
    reason: str
    entry_id: UUID
    asked_at: datetime
    model_ref: str
    linked_entry: UUID | None


def open_alert(
    *,
    use_case: str,
    kind: str,
    subject: Mapping[str, Any],
    evidence: Mapping[str, Any],
    owner: str = "",
    model_ref: str | None = None,
) -> UUID:
    """Open an alert in the transaction around it, with its line; and ask for retraining, by policy.

    ``evidence`` holds ``since`` and ``until``, days as ISO text, until exclusive. No floats: the line
    is canonical JSON of texts and integers wherever it can be, so figures are told as texts.
    """
    alert = uuid7()
    said = {"act": "alert_opened", "alert": str(alert), "about": kind}
    body = {**said, "subject": dict(subject), "evidence": dict(evidence)}
    line = _append("alert", use_case, ACTOR, body, model_ref)
    Alert.objects.create(
        id=alert,
        use_case=use_case,
        kind=kind,
        subject=dict(subject),
        evidence=dict(evidence),
        owner=owner,
        entry_id=line,
    )
    known = policies.policy(use_case)
    if known is not None and known.content.retrain_on_breach:
        _ask_to_retrain(use_case, alert, kind, subject, evidence, model_ref)
    return alert


@transaction.atomic
def act(
    *,
    actor: str,
    use_case: str,
    alert: UUID,
    what: str,
    text: str = "",
    owner: str | None = None,
    seen: int | None = None,
) -> AlertView:
    """Acknowledge, explain or close an alert, or hand it to another owner (``assign``).

    The caller has settled that ``actor`` may. Explaining and closing want a text, which stays in the
    clear for ever and must name nobody. ``seen``: how many acts the actor knew of. Raises NotFound,
    Invalid, and Conflict for an act that the alert's state does not allow, or after an unseen one.
    """
    row = Alert.objects.select_for_update().filter(id=alert, use_case=use_case).first()
    if row is None:
        raise NotFound("There is no such alert.")
    said = text.strip()
    _check(what, said, owner)
    if seen is not None and seen != len(row.story):
        raise Conflict(
            "Somebody acted on the alert meanwhile.", code="acted", title="Acted meanwhile"
        )
    body: dict[str, Any] = {"act": f"alert_{what}", "alert": str(alert), "text": said}
    if what == "assign":
        row.owner = (owner or "").strip()
        body["owner"] = row.owner
    else:
        state, allowed = ACTS[what]
        if row.state not in allowed:
            raise Conflict(
                f"The alert is {row.state} already.", code="wrong-state", title="Not in this state"
            )
        row.state = state
    line = _append("alert", use_case, actor, body, None, ref=row.entry_id)
    one = {"act": what, "actor": actor, "text": said, "at": rfc3339(datetime.now(UTC))}
    row.story = [*row.story, {**one, "entry": str(line)}]
    row.save()
    return view_of(row)


def alert(alert_id: UUID) -> AlertView | None:
    row = Alert.objects.filter(id=alert_id).first()
    return view_of(row) if row else None


def alerts(use_case: str, *, state: str = "", limit: int = 100) -> list[AlertView]:
    """The newest first."""
    rows = Alert.objects.filter(use_case=use_case)
    if state:
        rows = rows.filter(state=state)
    return [view_of(row) for row in rows.order_by("-opened_at", "-id")[:limit]]


def retrainings(use_case: str) -> list[RetrainingView]:
    """Requests to train anew, the newest first."""
    rows = Retraining.objects.filter(use_case=use_case).order_by("-asked_at")
    return [retraining_of(row) for row in rows]


@transaction.atomic
def link_version(*, actor: str, use_case: str, retraining: UUID, model_ref: str) -> RetrainingView:
    """Say which version came of a request. A repeat changes nothing; another version is a Conflict.

    The caller has settled that ``actor`` may, and that the version is of this use case.
    """
    row = Retraining.objects.select_for_update().filter(id=retraining, use_case=use_case).first()
    if row is None:
        raise NotFound("There is no such request.")
    if row.model_ref == model_ref:
        return retraining_of(row)
    if row.model_ref:
        raise Conflict(f"{row.model_ref} came of this request.", code="linked", title="Linked")
    body = {"act": "retraining.resulted", "request": str(row.id)}
    row.model_ref = model_ref
    row.linked_entry = _append("retraining", use_case, actor, body, model_ref, ref=row.entry_id)
    row.save()
    return retraining_of(row)


def _ask_to_retrain(
    use_case: str,
    alert_id: UUID,
    kind: str,
    subject: Mapping[str, Any],
    evidence: Mapping[str, Any],
    model_ref: str | None,
) -> None:
    request = uuid7()
    reason = f"{kind}: " + ", ".join(f"{name} {value}" for name, value in sorted(subject.items()))
    body = {
        "act": "retraining.requested",
        "request": str(request),
        "alert": str(alert_id),
        "since": evidence["since"],
        "until": evidence["until"],
        "reason": reason,
    }
    line = _append("retraining", use_case, ACTOR, body, model_ref)
    Retraining.objects.create(
        id=request,
        use_case=use_case,
        alert=alert_id,
        since=date.fromisoformat(evidence["since"]),
        until=date.fromisoformat(evidence["until"]),
        reason=reason,
        entry_id=line,
    )


def _check(what: str, text: str, owner: str | None) -> None:
    wrong = []
    if what not in {*ACTS, "assign"}:
        wrong.append(("/act", f"One of {', '.join((*ACTS, 'assign'))}."))
    if what in {"explain", "close"} and not text:
        wrong.append(("/text", "Say why."))
    if len(text) > LONGEST:
        wrong.append(("/text", f"At most {LONGEST:,} characters."))
    if what == "assign" and not (owner and owner.strip() and len(owner) <= 120):
        wrong.append(("/owner", "Who owns it: 1 to 120 characters."))
    if wrong:
        errors = [{"pointer": at, "code": "invalid", "detail": detail} for at, detail in wrong]
        raise Invalid("The alert cannot be changed so.", errors=errors)


def _append(
    kind: str,
    use_case: str,
    actor: str,
    body: Mapping[str, Any],
    model_ref: str | None,
    ref: UUID | None = None,
) -> UUID:
    draft = Draft(
        kind=kind,
        use_case=use_case,
        actor=actor,
        body=canonical(dict(body)),
        model_ref=model_ref,
        ref=ref,
    )
    return append(draft).id


def view_of(row: Alert) -> AlertView:
    story = tuple(_act(one) for one in row.story)
    names = [name for name in AlertView.__slots__ if name != "story"]
    return AlertView(story=story, **{name: getattr(row, name) for name in names})


def _act(said: Mapping[str, Any]) -> Act:
    at, line = datetime.fromisoformat(said["at"]), said.get("entry")
    return Act(said["act"], said["actor"], said["text"], at, UUID(line) if line else None)


def retraining_of(row: Retraining) -> RetrainingView:
    return RetrainingView(**{name: getattr(row, name) for name in RetrainingView.__slots__})
