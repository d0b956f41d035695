"""The keys there are, without their secrets."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.utils import timezone

from audit.door import Voice
from governance.models import ApiKey


@dataclass(frozen=True)
class KeyRow:
    """``state`` is active, expired or revoked; ``use_cases`` are those of them the reader may see."""

    id: UUID
    name: str
    prefix: str
    use_cases: tuple[str, ...]
    models: tuple[str, ...]
    acts: tuple[str, ...]
    state: str
    created_by_name: str
    created_at: datetime
    expires_at: datetime | None
    revoked_at: datetime | None
    last_used_at: datetime | None


def keys(voice: Voice) -> list[KeyRow]:
    """The keys that reach a use case in which the voice has keys:read, newest first."""
    visible = voice.use_cases("keys:read")
    rows = ApiKey.objects.select_related("created_by").prefetch_related("use_cases")
    if visible is not None:
        rows = rows.filter(use_cases__slug__in=visible).distinct()
    return [_row(row, visible) for row in rows]


def _row(row: ApiKey, visible: frozenset[str] | None) -> KeyRow:
    slugs = {home.slug for home in row.use_cases.all()}
    return KeyRow(
        id=row.pk,
        name=row.name,
        prefix=row.prefix,
        use_cases=tuple(sorted(slugs if visible is None else slugs & visible)),
        models=tuple(row.model_slugs),
        acts=tuple(row.acts),
        state=_state(row),
        created_by_name=row.created_by.name if row.created_by else "",
        created_at=row.created_at,
        expires_at=row.expires_at,
        revoked_at=row.revoked_at,
        last_used_at=row.last_used_at,
    )


def _state(row: ApiKey) -> str:
    if row.revoked_at is not None:
        return "revoked"
    expired = row.expires_at is not None and row.expires_at <= timezone.now()
    return "expired" if expired else "active"
