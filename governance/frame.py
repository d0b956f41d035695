"""What stands around every page: navigation, the log's state, who is signed in."""

import time
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, Final, Literal, cast

from django.conf import settings
from django.http import HttpRequest
from django.urls import Resolver404, resolve, reverse
from django.utils.functional import SimpleLazyObject

from audit import publisher
from audit.publisher import PublisherState
from audit.queries import LogState, log_state
from governance.comparing.inbox import open_alerts
from governance.models import Role, User
from governance.pages import formats
from governance.roles import Holding
from governance.voices import PersonVoice, voice_of

# label, path, icon, letter after "g", and the acts of which one is needed (none: everybody's).
PAGES: Final = (
    ("Overview", "/", "gauge", "o", ()),
    ("Decisions", "/decisions/", "list-check", "d", ("decisions:read",)),
    ("Fairness", "/fairness/", "scale", "f", ("fairness:read",)),
    ("Monitoring", "/monitoring/", "activity", "n", ("fairness:read",)),
    ("Models", "/models/", "cube", "m", ("registry:read",)),
    ("Audit log", "/log/", "history", "a", ("log:read",)),
    ("Settings", "/settings/", "settings", "s", ()),
)
# Pages that belong to one of these though their address begins otherwise.
ELSEWHERE: Final = {"/accounts/": "/settings/", "/use-cases/": "/models/"}
LOG: Final = "/log/"
MONITORING: Final = "/monitoring/"
# So long an entry may wait for its place before the log is called behind.
PATIENCE: Final = 15.0
# Looking into the checkpoint store costs a handful of queries; each process looks this often.
LOOK_SECONDS: Final = 10.0


@dataclass(frozen=True, slots=True)
class NavItem:
    label: str
    url: str
    icon: str
    current: bool
    count: int | None
    key: str


@dataclass(frozen=True, slots=True)
class LogLine:
    """The log's state in words. ``short`` fits a narrow screen."""

    state: Literal["intact", "behind", "unverified", "broken", "empty"]
    short: str
    headline: str
    detail: str
    url: str = LOG


@dataclass(frozen=True, slots=True)
class Person:
    name: str
    email: str
    initials: str
    roles: str


@dataclass(frozen=True, slots=True)
class Frame:
    nav: tuple[NavItem, ...]
    log: LogLine
    user: Person
    environment: str
    search_url: str  # empty when there is nothing this person may search
    search_query: str


def frame(request: HttpRequest) -> dict[str, Any]:
    """Django's context processor. Nothing is asked of the database until a template draws the frame."""
    return {"frame": SimpleLazyObject(lambda: _frame(request))}


def _frame(request: HttpRequest) -> Frame | None:
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return None
    # The page's own door has mostly asked already.
    voice = getattr(request, "voice", None) or voice_of(cast(User, user))
    # Searching ends in the list of decisions: whoever may not see one is offered no search.
    decisions = reverse("decisions") if voice.use_cases("decisions:read") != frozenset() else ""
    searched = request.path == decisions
    return Frame(
        nav=_nav(voice, request.path),
        log=log_line(log_state(), published(), datetime.now(UTC)),
        user=_person(cast(User, user), voice.held),
        environment=settings.ENVIRONMENT,
        search_url=decisions,
        search_query=request.GET.get("q", "") if searched else "",
    )


def _nav(voice: PersonVoice, here: str) -> tuple[NavItem, ...]:
    return tuple(
        NavItem(label, path, icon, _is_at(here, path), _waiting(voice, path), key)
        for label, path, icon, key, acts in PAGES
        if _exists(path) and (not acts or any(voice.use_cases(act) != frozenset() for act in acts))
    )


def _waiting(voice: PersonVoice, path: str) -> int | None:
    """How much stands open behind an entry: alerts nobody took up, for who may read them."""
    return open_alerts(voice) if path == MONITORING else None


def _is_at(here: str, path: str) -> bool:
    home = next((home for start, home in ELSEWHERE.items() if here.startswith(start)), "")
    if home:
        return path == home
    return here == path or (path != "/" and here.startswith(path))


def _exists(path: str) -> bool:
    try:
        resolve(path)
    except Resolver404:
        return False
    return True


def _person(user: User, held: tuple[Holding, ...]) -> Person:
    names = user.name.split() or [user.email]
    initials = names[0][0] + (names[-1][0] if len(names) > 1 else "")
    return Person(user.name, user.email, initials.upper(), _roles(held))


def _roles(held: tuple[Holding, ...]) -> str:
    """``Reviewer, consumer-credit · Examiner, everywhere``"""
    told = (f"{Role(h.role).label}, {h.use_case or 'everywhere'}" for h in held)
    return " · ".join(told) or "No role yet"


_looked: tuple[float, PublisherState] | None = None


def published() -> PublisherState:
    """Where publication stands, as far as this process looked in the last ten seconds."""
    global _looked
    now = time.monotonic()
    if _looked is None or now - _looked[0] > LOOK_SECONDS:
        _looked = (now, publisher.state())
    return _looked[1]


def look_again() -> None:
    """Forget what was seen."""
    global _looked
    _looked = None


def log_line(log: LogState, publication: PublisherState, now: datetime) -> LogLine:
    """What may be said of the log without reading all of it: the tree's head, not each entry.

    Every entry is checked by ``verifylog``, or in the reader's own browser.
    """
    entries = formats.plural(log.size, "entry", "entries")
    if publication.status == "refused":
        return LogLine("broken", "Log refused", "A person must look", publication.problem)
    if publication.status == "unreachable":
        what = f"{entries}. The checkpoint store does not answer."
        return LogLine("unverified", "Unchecked", "Log not checked", what)
    if log.unsequenced and (log.oldest_unsequenced_seconds or 0) > PATIENCE:
        waits = formats.lasting(log.oldest_unsequenced_seconds or 0)
        what = (
            f"{formats.plural(log.unsequenced, 'entry', 'entries')} without a place, for {waits}."
        )
        return LogLine("behind", "Behind", "Log is behind", what)
    if not log.size:
        return LogLine("empty", "Empty", "Log is empty", "Its first entry starts the tree.")
    if log.checkpoint_at is None:
        return LogLine("behind", "Not signed", "Log not signed yet", f"{entries}, no checkpoint.")
    signed = formats.ago(log.checkpoint_at, now)
    return LogLine("intact", "In order", "Log in order", f"{entries} · signed {signed}")
