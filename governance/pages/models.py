"""The pages of models: what decides, in which versions, and how much of it is explained."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from django.urls import reverse

from explain.queries import Coverage
from governance.pages import formats
from governance.pages.pieces import Badge, Cell, Column, Empty, Fact, Table
from governance.pages.tables import row
from governance.registry.rows import ModelRow, UseCaseRow, VersionRow

NOBODY: Final = "Nobody named"


@dataclass(frozen=True, slots=True)
class ModelsPage:
    summary: str
    table: Table


@dataclass(frozen=True, slots=True)
class ModelPage:
    title: str
    slug: str
    description: str
    policy_url: str
    facts: tuple[Fact, ...]
    versions: Table


def models_page(
    models: Sequence[ModelRow],
    versions: Sequence[VersionRow],
    coverage: Mapping[str, Coverage],
    use_cases: Mapping[str, UseCaseRow],
) -> ModelsPage:
    """``versions`` newest first, of all these models; ``coverage`` by model_ref."""
    by_model: dict[str, list[VersionRow]] = {model.slug: [] for model in models}
    for version in versions:
        by_model[version.model].append(version)
    columns = (
        Column("Model"),
        Column("Use case"),
        Column("Owner", wide=True),
        Column("Newest version"),
        Column("Versions", "num"),
        Column("Decisions explained", "num"),
    )
    rows = [
        row(columns, *_model_cells(model, by_model[model.slug], coverage, use_cases))
        for model in models
    ]
    empty = Empty(
        "No models yet",
        "Models are registered through the API, by whoever holds a developer's or an owner's role. "
        "Those of use cases you have no role in are not shown.",
        reverse("api-docs"),
        "Read how",
    )
    return ModelsPage(
        f"{formats.plural(len(models), 'model')}, {formats.plural(len(versions), 'version')} in the "
        "use cases you may see.",
        Table("Models", columns, tuple(rows), empty),
    )


def model_page(
    model: ModelRow,
    versions: Sequence[VersionRow],
    coverage: Mapping[str, Coverage],
    use_case: UseCaseRow,
) -> ModelPage:
    columns = (
        Column("Version"),
        Column("State", "badge"),
        Column("Artefact", "hash", wide=True),
        Column("Registered, UTC", "time"),
        Column("By", wide=True),
        Column("Decisions explained", "num"),
    )
    rows = [row(columns, *_version_cells(version, coverage)) for version in versions]
    empty = Empty("No versions yet", "A version is registered through the API, with its artefact.")
    return ModelPage(
        title=model.name,
        slug=model.slug,
        description=model.description,
        policy_url=reverse("explaining", args=[use_case.slug]),
        facts=(
            Fact("Use case", use_case.name, use_case.slug),
            Fact("Owner", model.owner_name or NOBODY),
            Fact("Versions", formats.count(len(versions)), _retired(versions)),
            Fact("Registered", formats.brief(model.created_at), "UTC"),
        ),
        versions=Table(f"Versions of {model.name}", columns, tuple(rows), empty),
    )


def _model_cells(
    model: ModelRow,
    versions: Sequence[VersionRow],
    coverage: Mapping[str, Coverage],
    use_cases: Mapping[str, UseCaseRow],
) -> tuple[Cell, ...]:
    home = use_cases.get(model.use_case)
    return (
        Cell(model.name, url=reverse("model", args=[model.slug]), detail=model.slug),
        Cell(home.name, detail=home.slug) if home else Cell(model.use_case),
        Cell(model.owner_name or NOBODY, tone="" if model.owner_name else "neutral"),
        _newest(versions),
        Cell(formats.count(len(versions)), detail=_retired(versions)),
        _explained([coverage.get(version.model_ref, Coverage()) for version in versions]),
    )


def _newest(versions: Sequence[VersionRow]) -> Cell:
    if not versions:
        return Cell(formats.NONE)
    newest = versions[0]
    return Cell(newest.number, url=version_url(newest), detail=newest.state.capitalize())


def _version_cells(version: VersionRow, coverage: Mapping[str, Coverage]) -> tuple[Cell, ...]:
    badge, digest = state_badge(version), version.artefact_digest
    return (
        Cell(version.number, url=version_url(version), detail=version.model_ref),
        Cell(badge.text, tone=badge.tone, icon=badge.icon),
        Cell(digest, short=formats.digest(digest), title="artefact digest")
        if digest
        else Cell(formats.NONE),
        Cell(formats.brief(version.created_at), title=formats.moment(version.created_at)),
        Cell(version.created_by_name or "A command on the server"),
        _explained([coverage.get(version.model_ref, Coverage())]),
    )


def version_url(version: VersionRow) -> str:
    return reverse("version", args=[version.model, version.number])


def state_badge(version: VersionRow) -> Badge:
    if version.state == "retired":
        return Badge("Retired", "neutral", "ban")
    return Badge("Registered", "info", "certificate")


def _retired(versions: Sequence[VersionRow]) -> str:
    many = sum(version.state == "retired" for version in versions)
    return f"{formats.count(many)} retired" if many else ""


def _explained(found: Sequence[Coverage]) -> Cell:
    total, ready = sum(one.total for one in found), sum(one.ready for one in found)
    troubled = sum(one.refused + one.failed for one in found)
    if not total:
        return Cell(formats.NONE)
    told = f"of {formats.count(total)}"
    if troubled:
        told += f", {formats.count(troubled)} refused or failed"
    return Cell(formats.count(ready), detail=told, tone="warn" if troubled else "")
