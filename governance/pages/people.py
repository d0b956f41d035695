"""People and their roles: the list, one person, and the path handed over to a new one."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from django.urls import reverse

from audit.door import Voice
from governance.pages import formats
from governance.pages.pieces import Badge, Cell, Column, Empty, Fact, Tab, Table
from governance.pages.settings import EVERYWHERE
from governance.pages.tables import row
from governance.people.directory import MembershipRow, UserRow

WRITE: Final = "people:write"
NONE_HELD: Final = "No role yet"


@dataclass(frozen=True, slots=True)
class PeoplePage:
    tabs: tuple[Tab, ...]
    summary: str
    table: Table
    invite_url: str


@dataclass(frozen=True, slots=True)
class Held:
    """A role on a person's page; ``may_revoke`` where the reader gives roles."""

    role: str
    label: str
    use_case: str
    place: str
    until: str
    ended: bool
    may_revoke: bool


@dataclass(frozen=True, slots=True)
class PersonPage:
    """``closed`` accounts do nothing; ``own`` is the reader's: nobody changes their own."""

    tabs: tuple[Tab, ...]
    id: UUID
    name: str
    email: str
    state: Badge
    facts: tuple[Fact, ...]
    roles: tuple[Held, ...]
    own: bool
    closed: bool
    may_grant: bool
    may_manage: bool


@dataclass(frozen=True, slots=True)
class InvitationPage:
    """The only page that ever shows ``address``."""

    tabs: tuple[Tab, ...]
    id: UUID
    name: str
    address: str


def people_page(
    shown: tuple[Tab, ...], users: Sequence[UserRow], *, may_invite: bool, now: datetime
) -> PeoplePage:
    columns = (
        Column("Person"),
        Column("Roles"),
        Column("Account", "badge"),
        Column("Last signed in, UTC", "time", wide=True),
    )
    rows = tuple(row(columns, *_cells(user, now)) for user in users)
    closed = sum(not user.is_active for user in users)
    told = f", {formats.count(closed)} closed" if closed else ""
    return PeoplePage(
        tabs=shown,
        summary=f"{formats.plural(len(users), 'account')}{told}. Who changed what stands in the log.",
        table=Table("Accounts", columns, rows, Empty("Nobody yet", "Invite the first colleague.")),
        invite_url=reverse("settings-invite") if may_invite else "",
    )


def _cells(user: UserRow, now: datetime) -> tuple[Cell, ...]:
    badge = account_badge(user)
    held = [_in_words(held) for held in user.memberships if not _ended(held, now)]
    return (
        Cell(user.name, url=reverse("settings-person", args=[user.id]), detail=user.email),
        Cell(" · ".join(held) or NONE_HELD, tone="" if held else "neutral"),
        Cell(badge.text, tone=badge.tone, icon=badge.icon),
        Cell(formats.brief(user.last_login) if user.last_login else "Never"),
    )


def account_badge(user: UserRow) -> Badge:
    return Badge("Open", "good") if user.is_active else Badge("Closed", "neutral", "ban")


def _in_words(held: MembershipRow) -> str:
    end = f" until {formats.brief_day(held.until)}" if held.until else ""
    return f"{held.label}, {held.use_case or 'everywhere'}{end}"


def _ended(held: MembershipRow, now: datetime) -> bool:
    return held.until is not None and held.until <= now


def person_page(
    shown: tuple[Tab, ...],
    user: UserRow,
    voice: Voice,
    *,
    own: bool,
    names: dict[str, str],
    now: datetime,
) -> PersonPage:
    """``names`` of use cases by slug."""
    gives = voice.use_cases(WRITE)
    somewhere = gives is None or bool(gives)
    return PersonPage(
        tabs=shown,
        id=user.id,
        name=user.name,
        email=user.email,
        state=account_badge(user),
        facts=(
            Fact("Email address", user.email),
            Fact("Last signed in", formats.moment(user.last_login) if user.last_login else "Never"),
            Fact("In the log", "", code=f"user:{user.id}"),
        ),
        roles=tuple(
            Held(
                role=held.role,
                label=held.label,
                use_case=held.use_case,
                place=names.get(held.use_case, held.use_case) or EVERYWHERE,
                until=formats.brief(held.until) if held.until else "No end set",
                ended=_ended(held, now),
                may_revoke=voice.allows(WRITE, use_case=held.use_case),
            )
            for held in user.memberships
        ),
        own=own,
        closed=not user.is_active,
        may_grant=somewhere and not own and user.is_active,
        may_manage=voice.allows(WRITE, use_case="") and not own,
    )
