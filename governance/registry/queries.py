"""Reading the registry. Every query shows a voice only what is in the use cases it may see."""

from django.db.models import Q, QuerySet

from audit.door import Voice
from governance.models import Model, UseCase, Version
from governance.registry.rows import ModelRow, UseCaseRow, VersionRow
from governance.roles import nothing_here

READ = "registry:read"


def use_cases(voice: Voice, act: str = READ) -> list[UseCaseRow]:
    """The use cases in which the voice may do ``act``, by name."""
    return [UseCaseRow.of(row) for row in seen_use_cases(voice, act)]


def use_case(voice: Voice, slug: str) -> UseCaseRow:
    """One use case; raises NotFound."""
    found = seen_use_cases(voice).filter(slug=slug).first()
    if found is None:
        raise nothing_here()
    return UseCaseRow.of(found)


def models(voice: Voice, *, use_case: str = "") -> list[ModelRow]:
    """The models of one use case, or of all the voice may see, by name."""
    return [ModelRow.of(row) for row in seen_models(voice, use_case=use_case)]


def model(voice: Voice, slug: str) -> ModelRow:
    """One model; raises NotFound."""
    found = seen_models(voice).filter(slug=slug).first()
    if found is None:
        raise nothing_here()
    return ModelRow.of(found)


def versions(voice: Voice, *, model: str = "") -> list[VersionRow]:
    """The versions of one model, or of all the voice may see, newest first."""
    return [VersionRow.of(row) for row in seen_versions(voice, model=model)]


def version(voice: Voice, model_ref: str) -> VersionRow:
    """One version by its ``slug@number``; raises NotFound."""
    found = seen_versions(voice).filter(model_ref=model_ref).first()
    if found is None:
        raise nothing_here()
    return VersionRow.of(found)


def seen_use_cases(voice: Voice, act: str = READ) -> QuerySet[UseCase]:
    return UseCase.objects.filter(_within(voice, "slug", act))


def seen_models(voice: Voice, *, use_case: str = "") -> QuerySet[Model]:
    rows = Model.objects.filter(_within(voice, "use_case__slug")).select_related(
        "use_case", "owner"
    )
    return rows.filter(use_case__slug=use_case) if use_case else rows


def seen_versions(voice: Voice, *, model: str = "") -> QuerySet[Version]:
    rows = Version.objects.filter(_within(voice, "model__use_case__slug"))
    rows = rows.select_related("model__use_case", "created_by")
    return rows.filter(model__slug=model) if model else rows


def _within(voice: Voice, path: str, act: str = READ) -> Q:
    visible = voice.use_cases(act)
    return Q() if visible is None else Q(**{f"{path}__in": visible})
