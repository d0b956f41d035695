"""Keys and sessions at the API's door."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from governance.keys.issue import issue_key
from governance.keys.revoke import revoke_key
from governance.models import ApiKey
from tests.governance.conftest import DIGEST, Cast

pytestmark = pytest.mark.django_db
ME = "/api/v1/me"


def ask(key: str, path: str = ME) -> object:
    return Client().get(path, headers={"authorization": f"Bearer {key}"})


def test_a_key_says_who_it_is_and_what_it_may(credit_key: str) -> None:
    answer = ask(credit_key)
    assert answer.json() == {
        "actor": f"key:{credit_key.split('_')[1]}",
        "name": "",
        "acts": {
            "credit": [
                "decisions:read",
                "decisions:write",
                "outcomes:write",
                "registry:read",
                "why:read",
            ]
        },
    }


def test_wrong_keys_are_refused_alike(cast: Cast, credit_key: str) -> None:
    expired = issue_key(
        voice=cast.voice("olu"),
        name="old",
        use_cases=["credit"],
        acts=["decisions:write"],
        expires_at=timezone.now() + timedelta(days=1),
    ).text
    ApiKey.objects.filter(name="old").update(expires_at=timezone.now())
    revoked = issue_key(
        voice=cast.voice("olu"), name="gone", use_cases=["credit"], acts=["decisions:write"]
    ).text
    revoke_key(voice=cast.voice("olu"), key=ApiKey.objects.get(name="gone").pk)
    answers = {key: ask(key) for key in ("", "x", credit_key[:-4] + "AAAA", expired, revoked)}
    assert {answer.status_code for answer in answers.values()} == {401}
    assert len({answer.json()["detail"] for answer in answers.values()}) == 1


def test_another_scheme_is_no_voice(credit_key: str) -> None:
    answer = Client().get(ME, headers={"authorization": f"Basic {credit_key}"})
    assert answer.status_code == 401


def test_a_bad_key_is_not_rescued_by_a_session(cast: Cast) -> None:
    answer = cast.client("rita").get(ME, headers={"authorization": "Bearer rk_wrong"})
    assert answer.status_code == 401


def test_a_session_speaks_for_its_person(cast: Cast) -> None:
    answer = cast.client("rita").get(ME)
    assert answer.json() == {
        "actor": f"user:{cast.rita.pk}",
        "name": "Rita",
        "acts": {"credit": ["decisions:read", "log:read", "registry:read", "why:read"]},
    }
    everywhere = cast.client("alice").get(ME).json()["acts"]
    assert list(everywhere) == ["*"]


def test_a_sessions_writes_need_the_token(cast: Cast, credit_model: str) -> None:
    client = Client(enforce_csrf_checks=True)
    client.force_login(cast.olu, "allauth.account.auth_backends.AuthenticationBackend")
    given = {"number": "2.0.0", "artefact_digest": DIGEST}
    path = "/api/v1/models/credit-risk/versions"
    refused = client.post(path, given, content_type="application/json")
    assert (refused.status_code, refused["Content-Type"]) == (403, "application/problem+json")
    client.cookies["csrftoken"] = token = "t" * 32
    headers = {"x-csrftoken": token}
    assert (
        client.post(path, given, content_type="application/json", headers=headers).status_code
        == 201
    )


def test_a_known_key_costs_no_query_at_the_door(
    credit_key: str, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    ask(credit_key)
    with django_assert_num_queries(0):
        ask(credit_key)
