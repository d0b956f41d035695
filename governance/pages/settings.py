"""Settings: one's own account, and what this installation is."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from django.urls import reverse

from audit.door import Voice
from governance.models import Role, User
from governance.pages import formats
from governance.pages.pieces import Badge, Fact, Tab
from governance.roles import Holding
from governance.sessions import LiveSession

EVERYWHERE: Final = "Every use case"
# Address, label, and the act of which one needs some (none: everybody's).
TABS: Final = (
    ("settings", "My account", ""),
    ("settings-keys", "API keys", "keys:read"),
    ("settings-people", "People and roles", "people:read"),
    ("settings-about", "About", ""),
)


@dataclass(frozen=True, slots=True)
class RoleLine:
    role: str
    place: str


@dataclass(frozen=True, slots=True)
class SessionLine:
    """``detail``: when it began, was seen last, and ends."""

    browser: str
    network: str
    detail: str
    current: bool


@dataclass(frozen=True, slots=True)
class AccountPage:
    tabs: tuple[Tab, ...]
    facts: tuple[Fact, ...]
    roles: tuple[RoleLine, ...]
    two_step: Badge
    sessions: tuple[SessionLine, ...]
    others: int


@dataclass(frozen=True, slots=True)
class AboutPage:
    tabs: tuple[Tab, ...]
    facts: tuple[Fact, ...]
    log: tuple[Fact, ...]


def tabs(voice: Voice, current: str) -> tuple[Tab, ...]:
    """The pages of the settings this voice may open."""
    return tuple(
        Tab(label, reverse(name), name == current)
        for name, label, act in TABS
        if not act or has_some(voice.use_cases(act))
    )


def has_some(use_cases: Collection[str] | None) -> bool:
    """Whether an act is allowed anywhere; None is everywhere."""
    return use_cases is None or bool(use_cases)


def account_page(
    shown: tuple[Tab, ...],
    user: User,
    held: Sequence[Holding],
    *,
    two_step: bool,
    sessions: Sequence[LiveSession],
    now: datetime,
) -> AccountPage:
    return AccountPage(
        tabs=shown,
        facts=(
            Fact("Name", user.name),
            Fact("Email address", user.email, "You sign in with it; an administrator changes it."),
            Fact("In the log", "", "All that the log ever says of you.", code=f"user:{user.pk}"),
        ),
        roles=tuple(
            RoleLine(Role(holding.role).label, holding.use_case or EVERYWHERE) for holding in held
        ),
        two_step=Badge("Active", "good") if two_step else Badge("Not active", "warn"),
        sessions=tuple(_session(one, now) for one in sessions),
        others=sum(not one.current for one in sessions),
    )


def _session(one: LiveSession, now: datetime) -> SessionLine:
    seen = "now" if one.current else formats.ago(one.seen_at, now)
    return SessionLine(
        browser=one.browser or "Unknown browser",
        network=one.address,
        detail=f"Since {formats.brief(one.begun_at)} · seen {seen} · ends {formats.brief(one.ends_at)} UTC",
        current=one.current,
    )


def about_page(
    shown: tuple[Tab, ...],
    *,
    version: str,
    environment: str,
    origin: str,
    verifier_key: str,
    public_reads: bool,
) -> AboutPage:
    reads = "Open to everybody" if public_reads else "For readers of the log"
    return AboutPage(
        tabs=shown,
        facts=(
            Fact("Version", version),
            Fact("Environment", environment),
            Fact("API", "Description and try-out", url=reverse("api-docs")),
            Fact("Times", "UTC"),
        ),
        log=(
            Fact("Origin", origin, "The name of this log in every checkpoint and receipt."),
            Fact("Verifier key", "", "Keep a copy elsewhere.", code=verifier_key),
            Fact("Hashes, tiles and checkpoints", reads, "Headers need the right to read the log."),
        ),
    )
