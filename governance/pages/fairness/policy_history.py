"""All the fairness policies a use case had, and what each changed."""

from collections.abc import Mapping, Sequence
from typing import Final

from django.urls import reverse

from fairness.policies import PolicyView
from fairness.policy import Content
from governance.pages import actors, formats
from governance.pages.pieces import Cell, Column, Empty, Table
from governance.pages.tables import row

HISTORY: Final = (
    Column("Policy"),
    Column("Set, UTC", "time"),
    Column("By"),
    Column("What changed"),
    Column("Log entry", wide=True),
)


def history(
    slug: str, policies: Sequence[PolicyView], names: Mapping[str, str], *, may_verify: bool
) -> Table:
    older = [*policies[1:], None][: len(policies)]
    rows = tuple(
        row(
            HISTORY,
            Cell(
                f"Policy {one.number}",
                url=f"{reverse('fairness-policy', args=[slug])}?number={one.number}",
                detail="in force" if at == 0 else "",
            ),
            Cell(formats.brief(one.set_at), title=formats.moment(one.set_at)),
            Cell(actors.cell(one.actor, names)),
            Cell(_changed(before, one)),
            Cell(
                formats.digest(str(one.entry_id)),
                url=reverse("log-verify", args=[one.entry_id]) if may_verify else "",
            ),
        )
        for at, (one, before) in enumerate(zip(policies, older, strict=True))
    )
    empty = Empty("No policy so far", "The first one that is set stands here, with who set it.")
    return Table("Policies, the newest first", HISTORY, rows, empty)


def _changed(before: PolicyView | None, after: PolicyView) -> str:
    if before is None:
        return "the first one"
    parts = [
        _drift(before.content, after.content) if name == "drift" else formats.words(name)
        for name in Content.__struct_fields__
        if getattr(before.content, name) != getattr(after.content, name)
    ]
    return ", ".join(parts)


def _drift(before: Content, after: Content) -> str:
    if before.drift is None:
        return "drift opens alerts"
    return "limits of drift" if after.drift else "drift opens no alerts any more"
