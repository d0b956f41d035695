"""Signing in: lockout, redirects, sessions, second factors, fresh proof."""

import json
import re
import time

import pytest
from allauth.mfa.totp.internal.auth import hotp_value, yield_hotp_counters_from_time
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from governance.models import User
from governance.voices import SystemVoice
from tests.governance.conftest import PASSWORD, Cast

pytestmark = pytest.mark.django_db
LOGIN = "/accounts/login/"


def sign_in(client: Client, email: str, password: str, **extra: str) -> object:
    return client.post(LOGIN, {"login": email, "password": password, **extra})


def signed_in(client: Client) -> bool:
    return client.get("/api/v1/me").status_code == 200


def test_the_right_password_opens_and_renews_the_session(cast: Cast) -> None:
    client = Client()
    client.get(LOGIN)
    client.session["before"] = "x"
    planted = client.cookies["sessionid"].value if "sessionid" in client.cookies else ""
    answer = sign_in(client, "Rita@Example.com", PASSWORD)
    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert client.cookies["sessionid"].value != planted
    assert signed_in(client)


def test_five_failures_lock_the_account_whatever_the_host_name(cast: Cast) -> None:
    for host in ("localhost", "127.0.0.1", "testserver", "localhost", "127.0.0.1"):
        sign_in(Client(headers={"host": host}), "rita@example.com", "wrong password")
    client = Client(headers={"host": "testserver"})
    answer = sign_in(client, "RITA@example.com", PASSWORD)
    assert "Too many failed" in answer.content.decode()
    assert not signed_in(client)
    # Nobody else is locked out with her.
    other = Client()
    sign_in(other, "carl@example.com", PASSWORD)
    assert signed_in(other)


def test_the_lock_is_in_the_shared_cache_and_ends_after_a_quarter_of_an_hour(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    for _ in range(5):
        sign_in(Client(), "rita@example.com", "wrong password")
    now = time.time()
    for later, opens in ((14 * 60, False), (15 * 60 + 1, True)):
        with monkeypatch.context() as clock:
            clock.setattr("allauth.core.internal.ratelimit.time.time", lambda at=now + later: at)
            client = Client()
            sign_in(client, "rita@example.com", PASSWORD)
            assert signed_in(client) is opens


def test_successes_do_not_use_the_budget_up(cast: Cast) -> None:
    for _ in range(7):
        client = Client()
        sign_in(client, "rita@example.com", PASSWORD)
        assert signed_in(client)


def test_an_unknown_address_is_answered_like_a_wrong_password(
    cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[str] = []
    encode = "django.contrib.auth.hashers.PBKDF2PasswordHasher.encode"
    from django.contrib.auth.hashers import PBKDF2PasswordHasher

    original = PBKDF2PasswordHasher.encode

    def counting(self: object, password: str, *rest: object) -> str:
        hashed.append(password)
        return original(self, password, *rest)

    monkeypatch.setattr(encode, counting)
    texts, costs = [], []
    for email in ("rita@example.com", "nobody@example.com"):
        hashed.clear()
        page = sign_in(Client(), email, "wrong password").content.decode()
        costs.append(len(hashed))
        page = re.sub(r'(name="csrfmiddlewaretoken" value=)"\w+"', r"\1", page)
        texts.append(page.replace(email, "…"))
    assert texts[0] == texts[1]
    assert costs == [1, 1]


def test_a_closed_account_cannot_sign_in(cast: Cast) -> None:
    User.objects.filter(pk=cast.rita.pk).update(is_active=False)
    client = Client()
    answer = sign_in(client, "rita@example.com", PASSWORD)
    assert answer["Location"] == reverse("account_inactive")
    assert not signed_in(client)


@pytest.mark.parametrize(
    ("wanted", "given"),
    [
        ("/decisions?q=a", "/decisions?q=a"),
        ("https://evil.example/", "/"),
        ("//evil.example/", "/"),
        ("http://localhost/elsewhere", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_after_signing_in_one_stays_on_this_host(cast: Cast, wanted: str, given: str) -> None:
    assert sign_in(Client(), "rita@example.com", PASSWORD, next=wanted)["Location"] == given


def test_nobody_signs_up_and_nobody_changes_their_address(cast: Cast) -> None:
    page = Client().get(reverse("account_signup"))
    assert (page.status_code, "<form" in page.content.decode()) == (200, False)
    form = {"email": "me@example.com", "password1": PASSWORD, "password2": PASSWORD}
    Client().post(reverse("account_signup"), form)
    assert not User.objects.filter(email="me@example.com").exists()
    assert cast.client("rita").get("/accounts/email/").status_code == 404
    assert cast.client("rita").post("/accounts/email/", {"email": "x@y.example"}).status_code == 404


def test_a_second_factor_is_asked_for_and_codes_work(cast: Cast) -> None:
    client = Client()
    sign_in(client, "rita@example.com", PASSWORD)
    prove(client)
    secret = re.search(
        r"\b[A-Z2-7]{32}\b", client.get(reverse("mfa_activate_totp")).content.decode()
    )
    assert secret is not None
    counter = next(iter(yield_hotp_counters_from_time()))
    code = f"{hotp_value(secret[0], counter):06d}"
    assert client.post(reverse("mfa_activate_totp"), {"code": code}).status_code == 302
    fresh = Client()
    answer = sign_in(fresh, "rita@example.com", PASSWORD)
    assert answer["Location"] == reverse("mfa_authenticate")
    assert not signed_in(fresh)
    fresh.post(reverse("mfa_authenticate"), {"code": "000000"})
    assert not signed_in(fresh)
    assert fresh.post(reverse("mfa_authenticate"), {"code": code}).status_code == 302
    assert signed_in(fresh)
    # A code that was used opens nothing again; the next one does.
    again = Client()
    sign_in(again, "rita@example.com", PASSWORD)
    again.post(reverse("mfa_authenticate"), {"code": code})
    assert not signed_in(again)
    following = f"{hotp_value(secret[0], counter + 1):06d}"
    assert again.post(reverse("mfa_authenticate"), {"code": following}).status_code == 302
    assert signed_in(again)


def prove(client: Client) -> None:
    answer = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.status_code == 302


def test_what_cannot_be_undone_asks_for_fresh_proof(cast: Cast, system: SystemVoice) -> None:
    client = Client()
    sign_in(client, "priya@example.com", PASSWORD)
    asked = {"use_case": "credit", "subject": "cust-1", "reason": "Request of 3 May"}
    answer = client.post("/api/v1/erasures", json.dumps(asked), content_type="application/json")
    assert (answer.status_code, answer.json()["type"]) == (
        403,
        "/problems/reauthentication-required",
    )
    prove(client)
    answer = client.post("/api/v1/erasures", json.dumps(asked), content_type="application/json")
    assert answer.status_code == 404  # there is no such person: the proof was accepted


def test_a_wrong_password_is_no_proof(cast: Cast) -> None:
    client = Client()
    sign_in(client, "priya@example.com", PASSWORD)
    assert client.post(reverse("account_reauthenticate"), {"password": "wrong"}).status_code == 200
    asked = {"use_case": "credit", "subject": "cust-1", "reason": "x"}
    answer = client.post("/api/v1/erasures", json.dumps(asked), content_type="application/json")
    assert answer.status_code == 403


def test_cookies_are_kept_from_scripts_and_other_sites(cast: Cast, settings: Settings) -> None:
    client = Client()
    sign_in(client, "rita@example.com", PASSWORD)
    cookie = client.cookies["sessionid"]
    assert (cookie["httponly"], cookie["samesite"]) == (True, "Lax")
