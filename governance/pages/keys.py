"""API keys: the list, and the one moment a new one is seen whole."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse

from governance.forms.keys import ACTS
from governance.keys.listing import KeyRow
from governance.pages import formats
from governance.pages.pieces import Badge, Empty, Fact, Tab

STATES: Final = {
    "active": Badge("Active", "good"),
    "expired": Badge("Expired", "neutral", "clock"),
    "revoked": Badge("Revoked", "neutral", "ban"),
}


@dataclass(frozen=True, slots=True)
class KeyLine:
    """``revoke_url`` is empty where there is nothing to revoke, or nobody who may."""

    name: str
    prefix: str
    state: Badge
    acts: tuple[str, ...]
    use_cases: str
    models: str
    issued: str
    by: str
    expires: str
    used: str
    revoke_url: str


@dataclass(frozen=True, slots=True)
class KeysPage:
    tabs: tuple[Tab, ...]
    keys: tuple[KeyLine, ...]
    summary: str
    issue_url: str
    empty: Empty


@dataclass(frozen=True, slots=True)
class IssuedPage:
    """The only page that ever shows ``text``."""

    tabs: tuple[Tab, ...]
    name: str
    text: str
    facts: tuple[Fact, ...]
    example: str


def keys_page(
    shown: tuple[Tab, ...],
    rows: Sequence[KeyRow],
    *,
    may_issue: bool,
    revocable: frozenset[UUID],
    now: datetime,
) -> KeysPage:
    active = sum(row.state == "active" for row in rows)
    return KeysPage(
        tabs=shown,
        keys=tuple(key_line(row, revocable=row.id in revocable, now=now) for row in rows),
        summary=f"{formats.plural(len(rows), 'key')}, {formats.count(active)} active.",
        issue_url=reverse("settings-key-new") if may_issue else "",
        empty=Empty("No keys yet", "Applications record decisions with a key of their own."),
    )


def key_line(row: KeyRow, *, revocable: bool, now: datetime) -> KeyLine:
    return KeyLine(
        name=row.name,
        prefix=f"rk_{row.prefix}",
        state=STATES[row.state],
        acts=tuple(ACTS.get(act, act) for act in row.acts),
        use_cases=", ".join(row.use_cases),
        models=", ".join(row.models),
        issued=formats.brief(row.created_at),
        by=row.created_by_name or "A command on the server",
        expires=_end(row),
        used=formats.ago(row.last_used_at, now) if row.last_used_at else "Never",
        revoke_url=reverse("settings-key-revoke", args=[row.id]) if revocable else "",
    )


def _end(row: KeyRow) -> str:
    if row.revoked_at:
        return f"revoked {formats.brief(row.revoked_at)}"
    return formats.brief(row.expires_at) if row.expires_at else "No end set"


def issued_page(
    shown: tuple[Tab, ...], row: KeyRow, text: str, *, address: str, now: datetime
) -> IssuedPage:
    """``address`` is where the API answers, such as ``https://rationale.example/api/v1/me``."""
    line = key_line(row, revocable=False, now=now)
    return IssuedPage(
        tabs=shown,
        name=row.name,
        text=text,
        facts=(
            Fact("Use cases", line.use_cases),
            Fact("Models", line.models or "All of them"),
            Fact("May", ", ".join(line.acts).lower()),
            Fact("Ends", formats.moment(row.expires_at) if row.expires_at else line.expires),
        ),
        example=f'curl -H "Authorization: Bearer {text}" {address}',
    )
