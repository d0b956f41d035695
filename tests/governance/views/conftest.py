"""The pages' tests look at the world of tests/factories.py."""

from typing import Any

from django.db import connection

from governance.pages.pieces import Table
from tests.factories import World, world

__all__ = ["cells", "noted", "said", "world"]


def said(world: World, who: str, path: str) -> Any:
    """The finished values of a page, as its template got them."""
    answer = world.client(who).get(path)
    assert answer.status_code == 200, answer.status_code
    return answer.context["page"]


def cells(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def noted() -> list[tuple[str, str, str]]:
    """Accesses noted and not yet folded into the log: actor, purpose, entry."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT actor, purpose, entry_id::text FROM audit_pending_access ORDER BY 1, 2, 3"
        )
        return cursor.fetchall()
