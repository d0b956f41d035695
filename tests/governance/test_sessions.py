"""Where people are signed in: what is kept of a session, which are live, and ending the others."""

from datetime import timedelta

import pytest
from django.contrib.sessions.backends.base import UpdateError
from django.test import Client
from django.utils import timezone

from audit.door import Forbidden
from governance.models import Session
from governance.sessions import (
    SEEN_EVERY,
    SessionStore,
    browser_of,
    end_other_sessions,
    live_sessions,
    network_of,
)
from governance.tasks import clear_sessions
from tests.governance.conftest import PASSWORD, Cast, lines

pytestmark = pytest.mark.django_db
FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/138.0.0.0 Safari/537.36 Edg/138.0.0.0"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/18.5 Mobile/15E148 Safari/604.1"
)


def signed_in(cast: Cast, agent: str = FIREFOX, address: str = "192.0.2.77") -> Client:
    """By the sign-in page itself."""
    client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
    answer = client.post("/accounts/login/", {"login": cast.rita.email, "password": PASSWORD})
    assert answer.status_code == 302
    return client


def seen(cast: Cast) -> list[tuple[str, str]]:
    return [(one.browser, one.address) for one in live_sessions(cast.rita, current=None)]


@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Linux"),
        (EDGE, "Edge, Windows"),
        (IPHONE, "Safari, iOS"),
        ("curl/8.5", ""),
        ("", ""),
    ],
)
def test_a_browser_is_a_family_and_a_system(agent: str, name: str) -> None:
    assert browser_of(agent) == name


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.77", "192.0.2.0/24"),
        ("::ffff:192.0.2.77", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("", ""),
        ("unix", ""),
    ],
)
def test_an_address_is_shortened_to_its_network(address: str, network: str) -> None:
    assert network_of(address) == network


def test_a_sign_in_is_listed_without_its_whole_address(cast: Cast) -> None:
    signed_in(cast)
    assert seen(cast) == [("Firefox, Linux", "192.0.2.0/24")]
    row = Session.objects.get(user=cast.rita)
    assert "192.0.2.77" not in str(row.get_decoded()) + row.browser + row.address


def test_the_present_one_comes_first_and_the_rest_as_last_seen(cast: Cast) -> None:
    first, second = signed_in(cast), signed_in(cast, EDGE)
    signed_in(cast, IPHONE)
    Session.objects.filter(pk=second.session.session_key).update(
        seen_at=timezone.now() + timedelta(minutes=1)
    )
    found = live_sessions(cast.rita, current=first.session.session_key)
    assert [(one.browser, one.current) for one in found] == [
        ("Firefox, Linux", True),
        ("Edge, Windows", False),
        ("Safari, iOS", False),
    ]


def test_sessions_of_others_and_of_nobody_are_not_listed(cast: Cast) -> None:
    Client().get("/accounts/login/")
    cast.client("olu")
    assert seen(cast) == []


def test_a_session_that_is_over_or_of_an_old_password_is_not_live(cast: Cast) -> None:
    signed_in(cast)
    Session.objects.filter(user=cast.rita).update(expire_date=timezone.now())
    assert seen(cast) == []
    signed_in(cast)
    assert len(seen(cast)) == 1
    cast.rita.set_password("nine-herons-over-porto")
    cast.rita.save()
    assert seen(cast) == []


def test_being_seen_is_noted_once_a_minute_and_the_beginning_stands(cast: Cast) -> None:
    client = signed_in(cast)
    (before,) = live_sessions(cast.rita, current=None)
    client.get("/settings/")
    assert live_sessions(cast.rita, current=None) == [before]
    past = before.seen_at - SEEN_EVERY - timedelta(seconds=1)
    Session.objects.filter(user=cast.rita).update(seen_at=past)
    client.get("/settings/")
    (after,) = live_sessions(cast.rita, current=None)
    assert after.seen_at >= before.seen_at
    client.session.save()
    assert live_sessions(cast.rita, current=None)[0].begun_at == before.begun_at


def test_ending_the_others_ends_them_at_once_and_leaves_a_line(cast: Cast) -> None:
    here, there = signed_in(cast), signed_in(cast, EDGE)
    olu = cast.client("olu")
    answer = here.post("/settings/sessions/end/", follow=True)
    assert "1 other session ended." in answer.content.decode().replace("\xa0", " ")
    assert there.get("/settings/").status_code == 302
    assert (here.get("/settings/").status_code, olu.get("/settings/").status_code) == (200, 200)
    assert lines()[-1] == {
        "kind": "policy",
        "use_case": "",
        "model_ref": None,
        "actor": f"user:{cast.rita.pk}",
        "body": {"act": "sessions_ended", "user": str(cast.rita.pk), "sessions": 1},
    }


def test_where_there_is_no_other_nothing_is_written(cast: Cast) -> None:
    here = signed_in(cast)
    before = lines()
    assert "no other session" in here.post("/settings/sessions/end/", follow=True).content.decode()
    assert lines() == before


def test_nobody_ends_the_sessions_of_another(cast: Cast) -> None:
    signed_in(cast)
    with pytest.raises(Forbidden):
        end_other_sessions(voice=cast.voice("alice"), user=cast.rita, keep=None)
    assert len(seen(cast)) == 1


def test_ending_takes_a_post_with_a_token(cast: Cast) -> None:
    client = cast.client("rita")
    assert client.get("/settings/sessions/end/").status_code == 405
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = client.cookies
    assert strict.post("/settings/sessions/end/").status_code == 403
    assert Client().post("/settings/sessions/end/").status_code == 302


def test_an_ended_session_is_not_brought_back_by_a_request_under_way(cast: Cast) -> None:
    store = SessionStore(signed_in(cast).session.session_key)
    store["x"] = 1
    end_other_sessions(voice=cast.voice("rita"), user=cast.rita, keep=None)
    with pytest.raises(UpdateError):
        store.save()


def test_sessions_that_are_over_are_cleared_away(cast: Cast) -> None:
    signed_in(cast)
    kept = signed_in(cast, EDGE)
    Session.objects.exclude(pk=kept.session.session_key).update(
        expire_date=timezone.now() - timedelta(days=1)
    )
    clear_sessions()
    assert [row.pk for row in Session.objects.all()] == [kept.session.session_key]
