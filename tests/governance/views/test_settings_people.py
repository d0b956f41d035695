"""/settings/people/: who gives what to whom, and what is refused."""

from __future__ import annotations

import re
from datetime import UTC, datetime, time, timedelta

import pytest
from django.test import Client

from governance.models import Membership, Role, UseCase, User
from governance.people.join import create_user
from governance.registry.use_cases import add_use_case
from tests.factories import HIRING, USE_CASE, VOICE, World
from tests.governance.views.house import (
    cheap_hashing,
    id_of,
    main,
    person,
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


def test_an_invitation_is_an_address_shown_once(world: World) -> None:
    alex = proven(world.client("alex"))
    form = {"once": token(alex, INVITE), "name": "Ina", "email": "Ina@demo.example"}
    shown = alex.post(INVITE, form)
    found = re.search(r"http://testserver(/accounts/password/reset/key/[\w-]+/)", main(shown))
    assert found
    assert Client().get(found[1], follow=True).status_code == 200
    made = User.objects.get(email="ina@demo.example")
    again = alex.post(INVITE, form, follow=True)
    assert "nothing was done a second time" in text(again)
    assert found[1] not in main(alex.get(f"{PEOPLE}{made.pk}/"))


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"email": "nobody"}, "This is not an email address."),
        ({"email": "rita@demo.example"}, "There is an account with this email address."),
        ({"name": ""}, "Give a name."),
    ],
)
def test_what_is_no_invitation(world: World, changed: dict[str, str], sentence: str) -> None:
    alex = proven(world.client("alex"))
    before = User.objects.count()
    form = {"once": token(alex, INVITE), "name": "Ina", "email": "ina@demo.example", **changed}
    assert sentence in text(alex.post(INVITE, form))
    assert User.objects.count() == before


def test_inviting_is_for_administrators_of_all(world: World) -> None:
    Membership.objects.create(
        user_id=id_of("carla"),
        role=Role.ADMINISTRATOR,
        use_case=UseCase.objects.get(slug=USE_CASE),
    )
    assert proven(world.client("carla")).get(INVITE).status_code == 404


def test_a_role_is_given_to_the_end_of_a_day(world: World) -> None:
    alex = proven(world.client("alex"))
    last = datetime.now(UTC).date() + timedelta(days=30)
    form = {"role": Role.EXAMINER, "use_case": USE_CASE, "until": last.isoformat()}
    done = alex.post(f"{person('rita')}grant/", form)
    assert done.headers["Location"] == person("rita")
    made = Membership.objects.get(user_id=id_of("rita"), role=Role.EXAMINER)
    assert made.until == datetime.combine(last + timedelta(days=1), time(), UTC)


def test_an_examiner_without_an_end_is_refused_at_the_field(world: World) -> None:
    alex = proven(world.client("alex"))
    answer = alex.post(
        f"{person('rita')}grant/", {"role": Role.EXAMINER, "use_case": USE_CASE, "until": ""}
    )
    error = re.search(r'id="id_until_error">(.*?)</div>', main(answer), re.S)
    assert error
    assert "An examiner's role needs an end date." in error[1].replace("&#x27;", "'")


@pytest.mark.parametrize("form", [{"role": Role.OWNER}, {"role": Role.OWNER, "use_case": ""}])
def test_a_place_left_out_is_never_everywhere(world: World, form: dict[str, str]) -> None:
    alex = proven(world.client("alex"))
    assert alex.post(f"{person('rita')}grant/", form).status_code == 200
    assert not Membership.objects.filter(user_id=id_of("rita"), role=Role.OWNER).exists()
    alex.post(f"{person('rita')}grant/", {**form, "use_case": "*"})
    assert Membership.objects.get(user_id=id_of("rita"), role=Role.OWNER).use_case is None


def test_an_administrator_of_one_place_gives_roles_there_only(world: World) -> None:
    Membership.objects.create(
        user_id=id_of("carla"),
        role=Role.ADMINISTRATOR,
        use_case=UseCase.objects.get(slug=USE_CASE),
    )
    carla = proven(world.client("carla"))
    for place in (HIRING, "*"):
        carla.post(f"{person('rita')}grant/", {"role": Role.OWNER, "use_case": place})
    assert not Membership.objects.filter(user_id=id_of("rita"), role=Role.OWNER).exists()
    assert carla.post(f"{person('rita')}close/").status_code == 302
    assert User.objects.get(pk=id_of("rita")).is_active


def test_a_role_is_taken_away(world: World) -> None:
    alex = proven(world.client("alex"))
    form = {"role": Role.REVIEWER, "use_case": USE_CASE}
    done = alex.post(f"{person('rita')}revoke/", form, follow=True)
    assert "The role is taken away" in text(done)
    assert not Membership.objects.filter(user_id=id_of("rita")).exists()
    assert alex.post(f"{person('rita')}revoke/", form).status_code == 404


def test_nobody_changes_their_own(world: World) -> None:
    alex = proven(world.client("alex"))
    assert "This is you" in text(alex.get(person("alex")))
    form = {"role": Role.OWNER, "use_case": USE_CASE}
    answer = alex.post(f"{person('alex')}grant/", form, follow=True)
    assert "Nobody grants a role to themself" in text(answer)
    closed = alex.post(f"{person('alex')}close/", follow=True)
    assert "Nobody closes or opens their own account." in text(closed)


def test_the_last_administrator_stays(world: World) -> None:
    alex = proven(world.client("alex"))
    form = {"role": Role.ADMINISTRATOR, "use_case": ""}
    answer = alex.post(f"{person('alex')}revoke/", form, follow=True)
    assert "Somebody must remain who administers the whole installation." in text(answer)


def test_an_account_is_closed_and_opened(world: World) -> None:
    alex, rita = proven(world.client("alex")), world.client("rita")
    assert rita.get(ACCOUNT).status_code == 200
    alex.post(f"{person('rita')}close/")
    assert rita.get(ACCOUNT).status_code == 302
    assert "The account is closed. Opened again" in text(alex.get(person("rita")))
    alex.post(f"{person('rita')}reopen/")
    assert User.objects.get(email="rita@demo.example").is_active


def test_a_new_address_is_shown_once(world: World) -> None:
    alex = proven(world.client("alex"))
    form = {"once": token(alex, person("rita"))}
    assert "/accounts/password/reset/key/" in main(alex.post(f"{person('rita')}path/", form))
    again = alex.post(f"{person('rita')}path/", form, follow=True)
    assert "/accounts/password/reset/key/" not in main(again)


def test_readers_of_people_change_nothing(world: World) -> None:
    carla = proven(world.client("carla"))
    body = main(carla.get(person("rita")))
    assert "<form" not in body
    form = {"role": Role.OWNER, "use_case": USE_CASE, "once": "1"}
    for act in ("grant", "revoke", "close", "reopen"):
        assert carla.post(f"{person('rita')}{act}/", form).status_code == 404
    assert carla.post(f"{person('rita')}path/", form).status_code == 403


def test_an_ended_role_says_so(world: World) -> None:
    Membership.objects.filter(user_id=id_of("ellen")).update(
        until=datetime.now(UTC) - timedelta(days=1)
    )
    assert "Ended" in text(world.client("alex").get(person("ellen")))
    assert "Ellen Brandt ellen@demo.example No role yet" in text(world.client("alex").get(PEOPLE))


def test_the_list_costs_the_same_for_many_people(world: World) -> None:
    alex = world.client("alex")
    few = queries(lambda: alex.get(PEOPLE))
    for number in range(8):
        create_user(voice=VOICE, email=f"n{number}@demo.example", name=f"N {number}",
                    password="seven-storks-over-lisbon")  # fmt: skip
    assert queries(lambda: alex.get(PEOPLE)) == few


def test_a_person_costs_the_same_for_many_roles(world: World) -> None:
    alex = world.client("alex")
    few = queries(lambda: alex.get(person("rita")))
    for number in range(6):
        add_use_case(voice=VOICE, slug=f"place-{number}", name=f"Place {number}")
        Membership.objects.create(
            user_id=id_of("rita"),
            role=Role.OWNER,
            use_case=UseCase.objects.get(slug=f"place-{number}"),
        )
    assert queries(lambda: alex.get(person("rita"))) == few
