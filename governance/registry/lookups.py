"""The registry's facts for assembling an answer whose reader was already let in: nobody's view is narrowed here."""

from governance.models import Model, UseCase, Version
from governance.registry.rows import UseCaseRow, VersionRow


def use_case_named(slug: str) -> UseCaseRow | None:
    found = UseCase.objects.filter(slug=slug).first()
    return UseCaseRow.of(found) if found else None


def use_case_slugs() -> frozenset[str]:
    return frozenset(UseCase.objects.values_list("slug", flat=True))


def version_named(model_ref: str) -> VersionRow | None:
    rows = Version.objects.select_related("model__use_case", "created_by")
    found = rows.filter(model_ref=model_ref).first()
    return VersionRow.of(found) if found else None


def model_name(slug: str) -> str | None:
    return Model.objects.filter(slug=slug).values_list("name", flat=True).first()
