"""The frame: what stands around every page."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext

from audit.publisher import PublisherState
from audit.queries import LogState
from governance import frame
from governance.models import Role, User
from governance.people.grant import grant_role
from governance.voices import SystemVoice
from tests.governance.conftest import Cast

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
LOG = LogState(
    size=1_284_907,
    root=bytes(32),
    checkpoint_size=1_284_907,
    checkpoint_root=bytes(32),
    checkpoint_at=NOW - timedelta(seconds=40),
    unsequenced=0,
    oldest_unsequenced_seconds=None,
    subjects_erased=0,
    poisoned=0,
    pending_accesses=0,
)
PUBLISHED = PublisherState("published", 1, 1)


def drawn(user: User, path: str = "/") -> frame.Frame:
    request = RequestFactory().get(path)
    request.user = user
    return frame.frame(request)["frame"]


def test_nobody_signed_in_has_no_frame_and_costs_nothing(db: None) -> None:
    request = RequestFactory().get("/accounts/login/")
    request.user = AnonymousUser()
    with CaptureQueriesContext(connection) as asked:
        assert not frame.frame(request)["frame"]
    assert len(asked) == 0


def test_a_page_that_draws_no_frame_asks_nothing(cast: Cast) -> None:
    request = RequestFactory().get("/")
    request.user = cast.rita
    with CaptureQueriesContext(connection) as asked:
        frame.frame(request)
    assert len(asked) == 0


def test_the_frame_is_cheap(cast: Cast) -> None:
    frame.look_again()
    str(drawn(cast.rita).nav)
    with CaptureQueriesContext(connection) as asked:
        str(drawn(cast.rita).nav)
    assert len(asked) <= 3


def test_navigation_is_what_the_roles_open(cast: Cast) -> None:
    reviewer = [item.label for item in drawn(cast.rita).nav]
    administrator = [item.label for item in drawn(cast.alice).nav]
    assert reviewer == ["Overview", "Decisions", "Models", "Audit log", "Settings"]
    assert administrator == ["Overview", "Models", "Audit log", "Settings"]


def test_one_page_is_the_current_one(cast: Cast) -> None:
    for path, label in (
        ("/", "Overview"),
        ("/decisions/app-1", "Decisions"),
        ("/log/", "Audit log"),
        ("/accounts/password/change/", "Settings"),
        ("/use-cases/credit/explanations/", "Models"),
    ):
        assert [item.label for item in drawn(cast.rita, path).nav if item.current] == [label]


def test_who_is_signed_in(cast: Cast, system: SystemVoice) -> None:
    grant_role(voice=system, user=cast.alice.pk, role=Role.REVIEWER, use_case="credit")
    User.objects.filter(pk=cast.alice.pk).update(name="Alice van Dam")
    person = drawn(User.objects.get(pk=cast.alice.pk)).user
    assert (person.initials, person.roles) == ("AD", "Administrator, everywhere · Reviewer, credit")


def test_what_was_searched_stays_in_the_field_of_the_list_only(cast: Cast) -> None:
    assert drawn(cast.rita, "/decisions/?q=app").search_query == "app"
    assert drawn(cast.rita, "/log/?q=app").search_query == ""


def test_the_log_in_words() -> None:
    line = frame.log_line(LOG, PUBLISHED, NOW)
    assert (line.state, line.headline) == ("intact", "Log in order")
    assert line.detail == "1,284,907 entries · signed 40\u202fs ago"


def test_the_log_behind() -> None:
    line = frame.log_line(
        replace(LOG, unsequenced=3, oldest_unsequenced_seconds=20.0), PUBLISHED, NOW
    )
    assert (line.state, line.detail) == ("behind", "3 entries without a place, for 20\u202fs.")
    # A moment is no delay.
    soon = replace(LOG, unsequenced=3, oldest_unsequenced_seconds=1.0)
    assert frame.log_line(soon, PUBLISHED, NOW).state == "intact"


def test_the_log_empty_unsigned_unchecked_and_refused() -> None:
    empty = replace(LOG, size=0, checkpoint_at=None)
    refused = PublisherState("refused", 5, None, "It forked.", "fork")
    states = [
        frame.log_line(empty, PUBLISHED, NOW).state,
        frame.log_line(replace(LOG, checkpoint_at=None), PUBLISHED, NOW).state,
        frame.log_line(LOG, PublisherState("unreachable", 5, None, "No such folder."), NOW).state,
        frame.log_line(LOG, refused, NOW).state,
    ]
    assert states == ["empty", "behind", "unverified", "broken"]
    assert frame.log_line(LOG, refused, NOW).detail == "It forked."


def test_who_may_read_no_decision_is_offered_no_search(cast: Cast) -> None:
    assert drawn(cast.rita).search_url == "/decisions/"
    assert drawn(cast.alice).search_url == ""
    page = cast.client("alice").get("/settings/").content.decode()
    assert ('id="find"' in page, "<dt>Search</dt>" in page) == (False, False)
    assert 'id="find"' in cast.client("rita").get("/settings/").content.decode()
