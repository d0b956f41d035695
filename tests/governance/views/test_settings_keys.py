"""/settings/keys/: a key is shown once, and never carries more than its issuer."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from django.db import connection
from django.test import Client

from governance.keys import listing
from governance.keys.issue import issue_key
from governance.models import ApiKey, Membership, Role, Session, UseCase
from tests.factories import HIRING, USE_CASE, VOICE, World
from tests.governance.views.house import (
    cheap_hashing,
    id_of,
    main,
    proven,
    queries,
    text,
    token,
)

__all__ = ["cheap_hashing"]
pytestmark = pytest.mark.usefixtures("cheap_hashing")
ACCOUNT, ABOUT = "/settings/", "/settings/about/"
KEYS, NEW_KEY = "/settings/keys/", "/settings/keys/new/"
PEOPLE, INVITE = "/settings/people/", "/settings/people/invite/"


def key_form(client: Client, **changed: object) -> dict[str, object]:
    return {
        "once": token(client, NEW_KEY),
        "name": "Loan origination",
        "use_cases": [USE_CASE],
        "acts": ["decisions:write"],
        "expires_at": "",
        **changed,
    }


def test_the_secret_is_shown_once(world: World) -> None:
    olu = proven(world.client("olu"))
    form = key_form(olu)
    shown = olu.post(NEW_KEY, form)
    found = re.search(r"rk_[0-9a-f]{10}_[A-Za-z0-9_-]{43}", main(shown))
    assert found
    assert "no-store" in shown.headers["Cache-Control"]
    assert f'curl -H "Authorization: Bearer {found[0]}" http://testserver/api/v1/me' in text(shown)
    works = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {found[0]}"})
    assert works.json()["acts"] == {USE_CASE: ["decisions:write"]}
    secret = found[0].split("_", 2)[2]  # it may hold underscores itself
    assert all(secret not in main(olu.get(path)) for path in (KEYS, NEW_KEY, ACCOUNT))


def test_the_secret_lies_nowhere_in_the_database(world: World) -> None:

    olu = proven(world.client("olu"))
    found = re.search(
        r"rk_[0-9a-f]{10}_([A-Za-z0-9_-]{43})", main(olu.post(NEW_KEY, key_form(olu)))
    )
    assert found
    as_bytes = found[1].encode().hex()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name FROM information_schema.tables"
            " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'"
        )
        tables = [name for (name,) in cursor.fetchall()]
        for table in tables:
            query = f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE ANY (%s)'  # noqa: S608
            cursor.execute(query, [[f"%{form}%" for form in (found[1], as_bytes)]])
            assert cursor.fetchone() == (0,), table
    sessions = [session.get_decoded() for session in Session.objects.all()]
    assert sessions
    assert found[1] not in str(sessions)


def test_sending_the_form_again_issues_nothing(world: World) -> None:
    olu = proven(world.client("olu"))
    form = key_form(olu)
    olu.post(NEW_KEY, form)
    before = ApiKey.objects.count()
    again = olu.post(NEW_KEY, form, follow=True)
    assert again.redirect_chain == [(KEYS, 302)]
    assert "nothing was issued a second time" in text(again)
    assert ApiKey.objects.count() == before


def test_a_key_ends_with_its_last_day(world: World) -> None:
    olu = proven(world.client("olu"))
    last = datetime.now(UTC).date() + timedelta(days=7)
    olu.post(NEW_KEY, key_form(olu, expires_at=last.isoformat()))
    made = ApiKey.objects.latest("created_at")
    assert made.expires_at == datetime.combine(last + timedelta(days=1), time(), UTC)


@pytest.mark.parametrize(
    ("changed", "field", "sentence"),
    [
        ({"name": ""}, "name", "Give the key a name."),
        ({"acts": []}, "acts", "Choose at least one act."),
        ({"use_cases": []}, "use_cases", "Choose at least one use case."),
        ({"expires_at": "2020-01-01"}, "expires_at", "The date is past."),
        ({"expires_at": "soon"}, "expires_at", "Give a date"),
        (
            {"acts": ["decisions:read"], "models": ["credit-risk"]},
            "models",
            "Keys that read personal data cannot be narrowed to models.",
        ),
        ({"use_cases": [HIRING]}, "use_cases", "is not one of the available choices"),
        ({"acts": ["people:write"]}, "acts", "is not one of the available choices"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    world: World, changed: dict[str, object], field: str, sentence: str
) -> None:
    olu = proven(world.client("olu"))
    answer = olu.post(NEW_KEY, key_form(olu, **changed))
    error = re.search(rf'id="id_{field}_error">(.*?)</div>', main(answer), re.S)
    assert answer.status_code == 200
    assert error
    assert sentence in error[1]
    assert ApiKey.objects.count() == 0


def test_an_act_one_has_not_cannot_be_given(world: World) -> None:
    alex = proven(world.client("alex"))
    assert "decisions:read" not in main(alex.get(NEW_KEY))
    answer = alex.post(NEW_KEY, key_form(alex, acts=["decisions:read"]))
    assert "is not one of the available choices" in text(answer)


def test_an_act_had_in_one_use_case_is_refused_for_another(world: World) -> None:
    Membership.objects.create(
        user_id=id_of("olu"), role=Role.OWNER, use_case=UseCase.objects.get(slug=HIRING)
    )
    Membership.objects.filter(user_id=id_of("olu"), use_case__slug=HIRING).update(
        role=Role.ADMINISTRATOR
    )
    olu = proven(world.client("olu"))
    form = key_form(olu, acts=["decisions:read"], use_cases=[USE_CASE, HIRING])
    assert "You cannot give a key the right to decisions:read" in text(olu.post(NEW_KEY, form))
    assert ApiKey.objects.count() == 0


def test_revoking_asks_first(world: World) -> None:
    made = issue_key(voice=VOICE, name="Old", use_cases=[USE_CASE], acts=["decisions:write"])
    olu = proven(world.client("olu"))
    path = f"{KEYS}{made.id}/revoke/"
    assert "Revoke Old?" in text(olu.get(path))
    assert ApiKey.objects.get(pk=made.id).revoked_at is None
    done = olu.post(path, follow=True)
    assert done.redirect_chain == [(KEYS, 302)]
    assert ApiKey.objects.get(pk=made.id).revoked_at is not None
    assert "Old is revoked" in text(done)
    assert olu.get(path).status_code == 404


def test_keys_of_others_are_not_there(world: World) -> None:
    made = issue_key(voice=VOICE, name="Hidden", use_cases=[USE_CASE], acts=["decisions:write"])
    hal = proven(world.client("hal"))
    assert "Hidden" not in text(hal.get(KEYS))
    assert hal.get(f"{KEYS}{made.id}/revoke/").status_code == 404
    assert hal.post(f"{KEYS}{made.id}/revoke/").status_code == 404
    assert [row.state for row in listing.keys(VOICE)] == ["active"]


def test_the_list_costs_the_same_for_many_keys(world: World) -> None:
    olu = world.client("olu")

    def issue(number: int) -> None:
        issue_key(voice=VOICE, name=f"k{number}", use_cases=[USE_CASE], acts=["decisions:write"])

    issue(0)
    few = queries(lambda: olu.get(KEYS))
    for number in range(1, 9):
        issue(number)
    assert queries(lambda: olu.get(KEYS)) == few
