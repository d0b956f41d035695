"""Where people are signed in: the store of sessions, the list of one's own, and ending the others.

The store is Django's database store with columns beside the data, so that a person's sessions can be
found without opening everybody's (django.contrib.sessions, "Extending database-backed sessions").
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address, ip_network
from typing import Any, Final, cast
from uuid import UUID

from django.contrib.auth import HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.db import transaction
from django.utils import timezone
from django.utils.crypto import constant_time_compare

from audit.door import Forbidden, Voice
from governance.journal import note, person
from governance.models import Session, User

# Being seen is noted this often at most: a page costs no write for it.
SEEN_EVERY: Final = timedelta(minutes=1)
# The first that fits: every browser also names those it descends from.
_BROWSERS: Final = {
    r"Edg(e|A|iOS)?/": "Edge",
    r"OPR/": "Opera",
    r"Firefox/|FxiOS/": "Firefox",
    r"(Headless)?Chrom(e|ium)/|CriOS/": "Chrome",
    r"Safari/": "Safari",
}
_SYSTEMS: Final = {
    r"Windows": "Windows",
    r"Android": "Android",
    r"iPhone|iPad": "iOS",
    r"Macintosh|Mac OS X": "macOS",
    r"CrOS": "ChromeOS",
    r"Linux": "Linux",
}


class SessionStore(DatabaseStore):
    """The engine named in ``SESSION_ENGINE``."""

    def __init__(self, session_key: str | None = None) -> None:
        super().__init__(session_key)
        self.begun_at = self.seen_at = timezone.now()
        self.browser = self.address = ""

    @classmethod
    def get_model_class(cls) -> type[Session]:
        return Session

    def load(self) -> dict[str, Any]:
        row = self._get_session_from_db()  # type: ignore[attr-defined]
        if row is None:
            return {}
        self.begun_at, self.seen_at = row.begun_at, row.seen_at
        self.browser, self.address = row.browser, row.address
        now = timezone.now()
        if row.user_id is not None and now - row.seen_at > SEEN_EVERY:
            Session.objects.filter(pk=row.pk).update(seen_at=now)
        return dict(self.decode(row.session_data))

    def create_model_instance(self, data: dict[str, Any]) -> Session:
        row = cast(Session, super().create_model_instance(data))
        row.user_id = UUID(data[SESSION_KEY]) if SESSION_KEY in data else None
        row.begun_at, row.seen_at = self.begun_at, timezone.now()
        row.browser, row.address = self.browser, self.address
        return row

    def begin(self, *, browser: str, address: str) -> None:
        """Somebody has signed in just now, with this ``User-Agent`` and from this address."""
        self.begun_at = timezone.now()
        self.browser, self.address = browser_of(browser), network_of(address)
        self.modified = True


@dataclass(frozen=True, slots=True)
class LiveSession:
    """A session that would be let in now; ``current`` is the one that asks."""

    begun_at: datetime
    seen_at: datetime
    ends_at: datetime
    browser: str
    address: str
    current: bool


def live_sessions(user: User, *, current: str | None) -> list[LiveSession]:
    """Where ``user`` is signed in, the session with the key ``current`` first, then the last seen."""
    found = [
        LiveSession(
            row.begun_at, row.seen_at, row.expire_date, row.browser, row.address, row.pk == current
        )
        for row in _live(user)
    ]
    return sorted(found, key=lambda one: (one.current, one.seen_at), reverse=True)


@transaction.atomic
def end_other_sessions(*, voice: Voice, user: User, keep: str | None) -> int:
    """Sign ``user`` out everywhere but in the session with the key ``keep``; how many were live.

    One's own only: Forbidden otherwise. They end at once, in every process. The log is told how many.
    """
    if person(voice) != user.pk:
        raise Forbidden("These sessions are somebody else's.")
    ended = sum(row.pk != keep for row in _live(user))
    Session.objects.filter(user=user).exclude(pk=keep or "").delete()
    if ended:
        said = {"user": str(user.pk), "sessions": ended}
        note(voice, kind="policy", act="sessions_ended", facts=said)
    return ended


def browser_of(agent: str) -> str:
    """``Firefox, Linux``: enough to know one's own again, too little to tell people apart."""
    names = (_first(_BROWSERS, agent), _first(_SYSTEMS, agent))
    return ", ".join(name for name in names if name)


def network_of(address: str) -> str:
    """The network an address is of: 24 bits of IPv4, 48 of IPv6. Empty when it is no address."""
    try:
        whole = ip_address(address)
    except ValueError:
        return ""
    mapped = getattr(whole, "ipv4_mapped", None) or whole
    return str(ip_network((mapped, 24 if mapped.version == 4 else 48), strict=False))


def _live(user: User) -> list[Session]:
    """Not ended, and begun with the present password."""
    present, store = user.get_session_auth_hash(), SessionStore()
    rows = Session.objects.filter(user=user, expire_date__gt=timezone.now())
    return [
        row
        for row in rows
        if constant_time_compare(store.decode(row.session_data).get(HASH_SESSION_KEY, ""), present)
    ]


def _first(names: dict[str, str], agent: str) -> str:
    return next((name for form, name in names.items() if re.search(form, agent)), "")
