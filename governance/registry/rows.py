"""What the registry hands out: frozen rows."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from governance.models import Model, UseCase, Version


@dataclass(frozen=True)
class UseCaseRow:
    slug: str
    name: str
    description: str
    jurisdiction: str
    adverse_labels: tuple[str, ...]
    created_at: datetime

    @classmethod
    def of(cls, row: UseCase) -> "UseCaseRow":
        return cls(
            slug=row.slug,
            name=row.name,
            description=row.description,
            jurisdiction=row.jurisdiction,
            adverse_labels=tuple(row.adverse_labels),
            created_at=row.created_at,
        )


@dataclass(frozen=True)
class ModelRow:
    slug: str
    name: str
    description: str
    use_case: str
    owner: UUID | None
    owner_name: str
    created_at: datetime

    @classmethod
    def of(cls, row: Model) -> "ModelRow":
        return cls(
            slug=row.slug,
            name=row.name,
            description=row.description,
            use_case=row.use_case.slug,
            owner=row.owner_id,
            owner_name=row.owner.name if row.owner else "",
            created_at=row.created_at,
        )


@dataclass(frozen=True)
class VersionRow:
    model: str
    number: str
    model_ref: str
    use_case: str
    state: str
    notes: str
    artefact_digest: str
    facts: dict[str, Any]
    entry_id: UUID | None
    created_by: UUID | None
    created_by_name: str
    created_at: datetime
    retired_at: datetime | None

    @classmethod
    def of(cls, row: Version) -> "VersionRow":
        return cls(
            model=row.model.slug,
            number=row.number,
            model_ref=row.model_ref,
            use_case=row.model.use_case.slug,
            state=row.state,
            notes=row.notes,
            artefact_digest=row.artefact_digest,
            facts=row.facts,
            entry_id=row.entry_id,
            created_by=row.created_by_id,
            created_by_name=row.created_by.name if row.created_by else "",
            created_at=row.created_at,
            retired_at=row.retired_at,
        )
