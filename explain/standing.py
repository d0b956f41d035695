"""Where the explanations of many decisions stand: for lists, and for what wants action. Web-safe."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from explain.models import Explanation, Profile


@dataclass(frozen=True, slots=True)
class Unexplained:
    """A decision whose explanation was refused or failed, and the sentence that says why."""

    entry_id: UUID
    use_case: str
    model_ref: str
    state: str
    detail: str
    at: datetime | None


def standing(entry_ids: Collection[UUID]) -> dict[UUID, str]:
    """States by entry: ready, pending, refused, failed. Absent: no follower has met the decision yet,
    or its version has no profile."""
    rows = Explanation.objects.filter(entry_id__in=entry_ids)
    return dict(rows.values_list("entry_id", "state"))


def unexplained(model_refs: Collection[str], limit: int = 5) -> list[Unexplained]:
    """The newest refused and failed explanations of these versions."""
    gone = (Explanation.State.REFUSED, Explanation.State.FAILED)
    rows = Explanation.objects.filter(model_ref__in=model_refs, state__in=gone)
    fields = ("entry_id", "use_case", "model_ref", "state", "detail", "computed_at")
    return [Unexplained(*row) for row in rows.order_by("-entry_id").values_list(*fields)[:limit]]


def profiled(model_refs: Collection[str]) -> frozenset[str]:
    """Those of the versions that have a profile, and so are explained at all."""
    rows = Profile.objects.filter(model_ref__in=model_refs)
    return frozenset(rows.values_list("model_ref", flat=True))
