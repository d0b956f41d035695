"""Adding by a name of the caller's choice, such that a repeat finds what the first one added."""

from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db.models import Model

from audit.door import Conflict

Table = TypeVar("Table", bound=Model)
Row = TypeVar("Row")


@dataclass(frozen=True)
class Added(Generic[Row]):
    """What stands in the registry now; ``repeated`` when it stood there before, with the same facts."""

    row: Row
    repeated: bool


def add_once(
    table: type[Table], *, name: dict[str, Any], facts: dict[str, Any], made: dict[str, Any]
) -> tuple[Table, bool]:
    """The row called ``name``, and whether it stood there before.

    ``facts`` are what the caller says of it: a repeat must say the same, else Conflict names what
    differs. ``made`` is set on a new row only. Of two callers at once one adds; the other waits for
    its commit and then compares, because the name is unique in the database.
    """
    new = table(**name, **facts, **made)
    new.full_clean(validate_unique=False, validate_constraints=False)
    row, added = table._default_manager.get_or_create(**name, defaults={**facts, **made})
    if not added:
        _refuse_difference(row, facts)
    return row, not added


def _refuse_difference(row: Model, facts: dict[str, Any]) -> None:
    differing = sorted(field for field, value in facts.items() if getattr(row, field) != value)
    if differing:
        detail = "Registered with another value."
        raise Conflict(
            "This name is taken, with other facts.",
            errors=[
                {"pointer": f"/{field.removesuffix('_id')}", "code": "differs", "detail": detail}
                for field in differing
            ],
        )
