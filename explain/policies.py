"""Which decisions of a use case are explained without being asked for. Web-safe.

The policy says what the follower queues from now on; what it leaves out keeps a row that says so,
and is computed when somebody asks why, or by a back-fill.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final, Literal, Protocol, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from audit.canonical import canonical
from audit.door import Invalid
from audit.log import Draft, append
from audit.queries import payloads
from explain.findings import Thresholds
from explain.models import Explanation, Policy, Profile
from explain.reasons import LIMIT
from explain.refusals import ANOTHER_TRY
from explain.specification import Specification

Rule = Literal["all", "adverse", "sample", "on_demand"]
RULES: Final = ("all", "adverse", "sample", "on_demand")
MOST_REASONS: Final = 10
THRESHOLDS: Final = tuple(one.name for one in fields(Thresholds))
_LARGEST: Final = 1 << 53


@dataclass(frozen=True, slots=True)
class PolicyView:
    """``rate`` is the share drawn by rule ``sample``, None otherwise; ``most_reasons``: how many
    principal reasons are given, unless the version's profile says otherwise; ``thresholds``: by
    name (explain.findings.Thresholds), where a quality figure becomes a warning, if that is stricter
    than the version's. ``set_at`` and ``entry_id`` are None while nobody has set one."""

    use_case: str
    rule: Rule
    rate: float | None
    seed: int
    most_reasons: int
    thresholds: Mapping[str, float]
    actor: str
    set_at: datetime | None
    entry_id: UUID | None

    @property
    def words(self) -> str:
        """What is explained, in two or three words."""
        if self.rule == "sample":
            return f"a sample of {100 * (self.rate or 0.0):.3g} %"
        return {"all": "all", "adverse": "adverse only", "on_demand": "on demand only"}[self.rule]


class Noted(Protocol):
    """What the follower knows of a decision without opening it."""

    @property
    def id(self) -> UUID: ...
    @property
    def use_case(self) -> str: ...
    @property
    def model_ref(self) -> str | None: ...


def policy(use_case: str) -> PolicyView:
    """The policy in force; ``all`` where nobody has set one."""
    row = Policy.objects.filter(use_case=use_case).first()
    return _view(row or Policy(use_case=use_case))


@transaction.atomic
def set_policy(
    *,
    actor: str,
    use_case: str,
    rule: str,
    rate: float | None = None,
    seed: int = 0,
    most_reasons: int = LIMIT,
    thresholds: Mapping[str, float] | None = None,
) -> PolicyView:
    """Say what is explained from now on. The caller has settled that ``actor`` may.

    A repeat changes nothing and writes no line. Raises Invalid with every problem. Decisions that
    the follower has met already stay as they are: a back-fill brings them in.
    """
    asked = dict(thresholds or {})
    _check(rule, rate, seed, most_reasons, asked)
    Policy.objects.get_or_create(use_case=use_case)
    row = Policy.objects.select_for_update().get(use_case=use_case)
    said = {
        "rule": rule,
        "rate": rate,
        "seed": seed,
        "most_reasons": most_reasons,
        "thresholds": asked,
    }
    before = {name: getattr(row, name) for name in said}
    if row.entry_id is not None and before == said:
        return _view(row)
    body = {"act": "explain_policy_set", **said, "before": before}
    line = append(Draft(kind="policy", use_case=use_case, actor=actor, body=canonical(body)))
    for name, value in {**said, "actor": actor, "entry_id": line.id}.items():
        setattr(row, name, value)
    row.save()
    return _view(row)


def _check(
    rule: str, rate: float | None, seed: int, most_reasons: int, thresholds: Mapping[str, float]
) -> None:
    wrong = []
    if rule not in RULES:
        wrong.append(("/rule", f"One of {', '.join(RULES)}."))
    if rule == "sample" and not (rate is not None and math.isfinite(rate) and 0.0 < rate < 1.0):
        wrong.append(("/rate", "A sample states its rate: a share between 0 and 1."))
    if rule != "sample" and rate is not None:
        wrong.append(("/rate", "Only a sample has a rate."))
    if not -_LARGEST < seed < _LARGEST:
        wrong.append(("/seed", "An integer below 2^53."))
    if not 1 <= most_reasons <= MOST_REASONS:
        wrong.append(("/most_reasons", f"A whole number from 1 to {MOST_REASONS}."))
    wrong += _unfit(thresholds)
    if wrong:
        errors = [{"pointer": at, "code": "invalid", "detail": text} for at, text in wrong]
        raise Invalid("The policy cannot be set.", errors=errors)


def _unfit(thresholds: Mapping[str, float]) -> list[tuple[str, str]]:
    return [
        (f"/thresholds/{name}", f"One of {', '.join(THRESHOLDS)}, from 0 to 1.")
        for name, value in thresholds.items()
        if name not in THRESHOLDS or not 0.0 <= value <= 1.0
    ]


def _view(row: Policy) -> PolicyView:
    return PolicyView(
        use_case=row.use_case,
        rule=cast(Rule, row.rule),
        rate=row.rate,
        seed=row.seed,
        most_reasons=row.most_reasons,
        thresholds=row.thresholds,
        actor=row.actor,
        set_at=row.set_at,
        entry_id=row.entry_id,
    )


def drawn(entry_id: UUID, *, rate: float, seed: int) -> bool:
    """Whether a sample of this rate holds the decision: by SHA-256 of seed and entry id alone, so
    that anybody can draw it again, and a higher rate holds all that a lower one does."""
    digest = hashlib.sha256(f"{seed}:{entry_id}".encode()).digest()
    return int.from_bytes(digest[:8], "big") < rate * 2.0**64


def adverse(spec: Specification, output: Mapping[str, Any]) -> bool | None:
    """Whether the recorded output is against the person; None when it cannot be said."""
    label, score = output.get("label"), output.get("score")
    if label is not None:
        return spec.outcome(str(label))
    if score is None or spec.task == "multiclass":
        return None
    threshold = output.get("threshold")
    return spec.is_adverse(score, spec.threshold if threshold is None else threshold)


def left_out(due: Sequence[Noted]) -> dict[UUID, str]:
    """Those of the decisions that their policies leave out, each with the policy's words.

    What cannot be told to be favourable is explained: too much costs time, too little a reason.
    """
    cases = {one.use_case for one in due}
    rows = Policy.objects.filter(use_case__in=cases).exclude(rule="all") if cases else ()
    policies = {row.use_case: _view(row) for row in rows}
    bound = [one for one in due if one.use_case in policies]
    favourable = _favourable([one for one in bound if policies[one.use_case].rule == "adverse"])
    return {
        one.id: policies[one.use_case].words
        for one in bound
        if not _explains(policies[one.use_case], one.id, one.id in favourable)
    }


def _explains(found: PolicyView, entry_id: UUID, favourable: bool) -> bool:
    if found.rule == "adverse":
        return not favourable
    if found.rule == "sample":
        return drawn(entry_id, rate=found.rate or 0.0, seed=found.seed)
    return found.rule == "all"


def _favourable(due: Sequence[Noted]) -> set[UUID]:
    if not due:
        return set()
    specs = specifications({one.model_ref or "" for one in due})
    return {
        one.entry_id
        for one in payloads([one.id for one in due])
        if not one.erased
        and one.model_ref in specs
        and adverse(specs[one.model_ref], one.output) is False
    }


def specifications(model_refs: set[str]) -> dict[str, Specification]:
    """Those of the versions that have a profile, with what it says."""
    rows = Profile.objects.filter(model_ref__in=model_refs)
    found = rows.values_list("model_ref", "specification")
    return {ref: Specification.from_json(stored) for ref, stored in found}


def ask(entry_id: UUID) -> bool:
    """Queue a decision that a policy left out, because somebody wants to know why. True if it was."""
    left = Explanation.objects.filter(entry_id=entry_id, state=Explanation.State.LEFT_OUT)
    return left.update(state=Explanation.State.PENDING, asked="asked") > 0


def ask_again(entry_id: UUID) -> bool:
    """Queue a decision whose explanation was refused or failed for a cause that may be mended by now.
    True if it was; its next result gets a line of its own in the log, after the first."""
    gone = (Explanation.State.REFUSED, Explanation.State.FAILED)
    rows = Explanation.objects.filter(entry_id=entry_id, state__in=gone)
    mended = rows.filter(Q(cause__in=ANOTHER_TRY) | Q(cause="", state=Explanation.State.FAILED))
    back = {"state": Explanation.State.PENDING, "cause": "", "detail": "", "attempts": 0}
    return mended.update(**back) > 0
