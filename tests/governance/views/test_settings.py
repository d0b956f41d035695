"""/settings/: own account, keys, people; who may, what is refused, and what is shown once."""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest
from django.test import Client

from governance.keys import listing
from governance.keys.issue import issue_key
from governance.models import ApiKey, Membership, Role, UseCase, User
from governance.people.join import create_user
from governance.registry.use_cases import add_use_case
from tests.factories import HIRING, USE_CASE, VOICE, World
from tests.governance.views.house import main, proven, queries, strict, text

ACCOUNT, ABOUT = "/settings/", "/settings/about/"
KEYS, NEW_KEY = "/settings/keys/", "/settings/keys/new/"
PEOPLE, INVITE = "/settings/people/", "/settings/people/invite/"


@pytest.fixture(autouse=True)
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the world's passwords were made: with another count Django would hash them anew when they
    are given, and that ends the session."""
    monkeypatch.setattr("django.contrib.auth.hashers.PBKDF2PasswordHasher.iterations", 1)


def id_of(name: str) -> UUID:
    return User.objects.get(email=f"{name}@demo.example").pk


def person(name: str) -> str:
    return f"{PEOPLE}{id_of(name)}/"


def token(client: Client, path: str) -> str:
    found = re.search(r'name="once" value="(\w+)"', main(client.get(path)))
    assert found
    return found[1]


def key_form(client: Client, **changed: object) -> dict[str, object]:
    return {
        "once": token(client, NEW_KEY),
        "name": "Loan origination",
        "use_cases": [USE_CASE],
        "acts": ["decisions:write"],
        "expires_at": "",
        **changed,
    }


class TestWhoSeesWhat:
    @pytest.mark.parametrize(
        ("name", "tabs"),
        [
            ("rita", ["My account", "About"]),
            ("olu", ["My account", "API keys", "About"]),
            ("carla", ["My account", "API keys", "People and roles", "About"]),
            ("alex", ["My account", "API keys", "People and roles", "About"]),
        ],
    )
    def test_tabs(self, world: World, name: str, tabs: list[str]) -> None:
        body = main(world.client(name).get(ACCOUNT))
        shown = body[body.index('<ul class="tabs">') : body.index("</ul>")]
        assert re.findall(r"<a [^>]+>([^<]+)</a>", shown) == tabs

    @pytest.mark.parametrize(
        ("name", "path", "status"),
        [
            ("rita", KEYS, 404),
            ("rita", PEOPLE, 404),
            ("olu", KEYS, 200),
            ("olu", PEOPLE, 404),
            ("carla", KEYS, 200),
            ("carla", PEOPLE, 200),
            ("rita", ABOUT, 200),
        ],
    )
    def test_pages(self, world: World, name: str, path: str, status: int) -> None:
        assert world.client(name).get(path).status_code == status

    @pytest.mark.parametrize("path", [ACCOUNT, ABOUT, KEYS, NEW_KEY, PEOPLE, INVITE])
    def test_signed_out(self, world: World, path: str) -> None:
        assert Client().get(path).headers["Location"] == f"/accounts/login/?next={path}"

    def test_reading_keys_is_not_issuing_them(self, world: World) -> None:
        carla = proven(world.client("carla"))
        assert "Issue a key" not in text(carla.get(KEYS))
        assert carla.get(NEW_KEY).status_code == 404

    def test_a_person_of_another_use_case_is_not_there(self, world: World) -> None:
        carla = world.client("carla")
        assert "Hal Brooks" not in text(carla.get(PEOPLE))
        assert carla.get(person("hal")).status_code == 404
        assert carla.get(f"{PEOPLE}{uuid4()}/").status_code == 404

    def test_only_the_roles_in_ones_use_cases_are_told(self, world: World) -> None:
        Membership.objects.create(
            user_id=id_of("rita"), role=Role.OWNER, use_case=UseCase.objects.get(slug=HIRING)
        )
        said = text(world.client("carla").get(person("rita")))
        assert ("Reviewer" in said, "Model owner" in said) == (True, False)

    def test_about_names_the_log_and_its_key(self, world: World) -> None:
        from audit.keys import key_store

        body = main(world.client("rita").get(ABOUT))
        assert f'data-copy="{key_store().verifier_key}"' in body

    def test_the_account_says_roles_and_two_step_sign_in(self, world: World) -> None:
        said = text(world.client("ellen").get(ACCOUNT))
        assert "Examiner consumer-credit" in said
        assert "Not active Manage" in said


class TestProof:
    @pytest.mark.parametrize("path", [NEW_KEY, INVITE])
    def test_forms_ask_who_one_is_and_lead_back(self, world: World, path: str) -> None:
        alex = world.client("alex")
        asked = alex.get(path)
        assert asked.headers["Location"].startswith("/accounts/reauthenticate/?next=")
        assert proven(alex).get(path).status_code == 200

    def test_an_act_that_was_sent_is_done_after_the_proof(self, world: World) -> None:
        alex = world.client("alex")
        asked = alex.post(f"{person('rita')}close/")
        assert asked.headers["Location"].startswith("/accounts/reauthenticate/")
        assert User.objects.get(pk=id_of("rita")).is_active
        from tests.factories import PASSWORD

        done = alex.post(asked.headers["Location"], {"password": PASSWORD,
                         "next": f"{person('rita')}close/"})  # fmt: skip
        assert done.headers["Location"] == person("rita")
        assert not User.objects.get(email="rita@demo.example").is_active


class TestCsrf:
    @pytest.mark.parametrize("act", ["grant", "revoke", "close", "reopen", "path"])
    def test_every_change_of_a_person_needs_the_token(self, world: World, act: str) -> None:
        assert strict(world, "alex").post(f"{person('rita')}{act}/").status_code == 403

    @pytest.mark.parametrize("path", [NEW_KEY, INVITE])
    def test_every_form_needs_the_token(self, world: World, path: str) -> None:
        assert strict(world, "alex").post(path, {"name": "x"}).status_code == 403

    @pytest.mark.parametrize("act", ["grant", "revoke", "close", "reopen", "path"])
    def test_no_link_changes_anything(self, world: World, act: str) -> None:
        alex = proven(world.client("alex"))
        assert alex.get(f"{person('rita')}{act}/").status_code == 405


class TestKeys:
    def test_the_secret_is_shown_once(self, world: World) -> None:
        olu = proven(world.client("olu"))
        form = key_form(olu)
        shown = olu.post(NEW_KEY, form)
        found = re.search(r"rk_[0-9a-f]{10}_[A-Za-z0-9_-]{43}", main(shown))
        assert found
        assert "no-store" in shown.headers["Cache-Control"]
        assert f'curl -H "Authorization: Bearer {found[0]}" http://testserver/api/v1/me' in text(shown)
        works = Client().get("/api/v1/me", headers={"Authorization": f"Bearer {found[0]}"})
        assert works.json()["acts"] == {USE_CASE: ["decisions:write"]}
        secret = found[0].rpartition("_")[2]
        assert all(secret not in main(olu.get(path)) for path in (KEYS, NEW_KEY, ACCOUNT))

    def test_the_secret_lies_nowhere_in_the_database(self, world: World) -> None:
        from django.db import connection

        olu = proven(world.client("olu"))
        found = re.search(r"rk_[0-9a-f]{10}_([A-Za-z0-9_-]{43})", main(olu.post(NEW_KEY, key_form(olu))))
        assert found
        with connection.cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables"
                           " WHERE table_schema = 'public' AND table_type = 'BASE TABLE'")  # fmt: skip
            tables = [name for (name,) in cursor.fetchall()]
            for table in tables:
                query = f'SELECT count(*) FROM "{table}" t WHERE position(%s in t::text) > 0'
                cursor.execute(query, [found[1]])
                assert cursor.fetchone() == (0,), table

    def test_sending_the_form_again_issues_nothing(self, world: World) -> None:
        olu = proven(world.client("olu"))
        form = key_form(olu)
        olu.post(NEW_KEY, form)
        before = ApiKey.objects.count()
        again = olu.post(NEW_KEY, form, follow=True)
        assert again.redirect_chain == [(KEYS, 302)]
        assert "nothing was issued a second time" in text(again)
        assert ApiKey.objects.count() == before

    def test_a_key_ends_with_its_last_day(self, world: World) -> None:
        olu = proven(world.client("olu"))
        last = date.today() + timedelta(days=7)
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
        self, world: World, changed: dict[str, object], field: str, sentence: str
    ) -> None:
        olu = proven(world.client("olu"))
        answer = olu.post(NEW_KEY, key_form(olu, **changed))
        error = re.search(rf'id="id_{field}_error">(.*?)</div>', main(answer), re.S)
        assert answer.status_code == 200
        assert error
        assert sentence in error[1]
        assert ApiKey.objects.count() == 0

    def test_an_act_one_has_not_cannot_be_given(self, world: World) -> None:
        alex = proven(world.client("alex"))
        assert "decisions:read" not in main(alex.get(NEW_KEY))
        answer = alex.post(NEW_KEY, key_form(alex, acts=["decisions:read"]))
        assert "is not one of the available choices" in text(answer)

    def test_an_act_had_in_one_use_case_is_refused_for_another(self, world: World) -> None:
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

    def test_revoking_asks_first(self, world: World) -> None:
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

    def test_keys_of_others_are_not_there(self, world: World) -> None:
        made = issue_key(voice=VOICE, name="Hidden", use_cases=[USE_CASE], acts=["decisions:write"])
        hal = proven(world.client("hal"))
        assert "Hidden" not in text(hal.get(KEYS))
        assert hal.get(f"{KEYS}{made.id}/revoke/").status_code == 404
        assert hal.post(f"{KEYS}{made.id}/revoke/").status_code == 404
        assert [row.state for row in listing.keys(VOICE)] == ["active"]

    def test_the_list_costs_the_same_for_many_keys(self, world: World) -> None:
        olu = world.client("olu")

        def issue(number: int) -> None:
            issue_key(voice=VOICE, name=f"k{number}", use_cases=[USE_CASE], acts=["decisions:write"])

        issue(0)
        few = queries(lambda: olu.get(KEYS))
        for number in range(1, 9):
            issue(number)
        assert queries(lambda: olu.get(KEYS)) == few


class TestPeople:
    def test_an_invitation_is_an_address_shown_once(self, world: World) -> None:
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
            ({"email": "nobody"}, "This is not an e-mail address."),
            ({"email": "rita@demo.example"}, "There is an account with this e-mail address."),
            ({"name": ""}, "Give a name."),
        ],
    )
    def test_what_is_no_invitation(
        self, world: World, changed: dict[str, str], sentence: str
    ) -> None:
        alex = proven(world.client("alex"))
        before = User.objects.count()
        form = {"once": token(alex, INVITE), "name": "Ina", "email": "ina@demo.example", **changed}
        assert sentence in text(alex.post(INVITE, form))
        assert User.objects.count() == before

    def test_inviting_is_for_administrators_of_all(self, world: World) -> None:
        Membership.objects.create(
            user_id=id_of("carla"), role=Role.ADMINISTRATOR, use_case=UseCase.objects.get(slug=USE_CASE)
        )
        assert proven(world.client("carla")).get(INVITE).status_code == 404

    def test_a_role_is_given_to_the_end_of_a_day(self, world: World) -> None:
        alex = proven(world.client("alex"))
        last = date.today() + timedelta(days=30)
        form = {"role": Role.EXAMINER, "use_case": USE_CASE, "until": last.isoformat()}
        done = alex.post(f"{person('rita')}grant/", form)
        assert done.headers["Location"] == person("rita")
        made = Membership.objects.get(user_id=id_of("rita"), role=Role.EXAMINER)
        assert made.until == datetime.combine(last + timedelta(days=1), time(), UTC)

    def test_an_examiner_without_an_end_is_refused_at_the_field(self, world: World) -> None:
        alex = proven(world.client("alex"))
        answer = alex.post(
            f"{person('rita')}grant/", {"role": Role.EXAMINER, "use_case": USE_CASE, "until": ""}
        )
        error = re.search(r'id="id_until_error">(.*?)</div>', main(answer), re.S)
        assert error
        assert "An examiner's role needs an end date." in error[1].replace("&#x27;", "'")

    @pytest.mark.parametrize("form", [{"role": Role.OWNER}, {"role": Role.OWNER, "use_case": ""}])
    def test_a_place_left_out_is_never_everywhere(self, world: World, form: dict[str, str]) -> None:
        alex = proven(world.client("alex"))
        assert alex.post(f"{person('rita')}grant/", form).status_code == 200
        assert not Membership.objects.filter(user_id=id_of("rita"), role=Role.OWNER).exists()
        alex.post(f"{person('rita')}grant/", {**form, "use_case": "*"})
        assert Membership.objects.get(user_id=id_of("rita"), role=Role.OWNER).use_case is None

    def test_an_administrator_of_one_place_gives_roles_there_only(self, world: World) -> None:
        Membership.objects.create(
            user_id=id_of("carla"), role=Role.ADMINISTRATOR, use_case=UseCase.objects.get(slug=USE_CASE)
        )
        carla = proven(world.client("carla"))
        for place in (HIRING, "*"):
            carla.post(f"{person('rita')}grant/", {"role": Role.OWNER, "use_case": place})
        assert not Membership.objects.filter(user_id=id_of("rita"), role=Role.OWNER).exists()
        assert carla.post(f"{person('rita')}close/").status_code == 302
        assert User.objects.get(pk=id_of("rita")).is_active

    def test_a_role_is_taken_away(self, world: World) -> None:
        alex = proven(world.client("alex"))
        form = {"role": Role.REVIEWER, "use_case": USE_CASE}
        done = alex.post(f"{person('rita')}revoke/", form, follow=True)
        assert "The role is taken away" in text(done)
        assert not Membership.objects.filter(user_id=id_of("rita")).exists()
        assert alex.post(f"{person('rita')}revoke/", form).status_code == 404

    def test_nobody_changes_their_own(self, world: World) -> None:
        alex = proven(world.client("alex"))
        assert "This is you" in text(alex.get(person("alex")))
        form = {"role": Role.OWNER, "use_case": USE_CASE}
        answer = alex.post(f"{person('alex')}grant/", form, follow=True)
        assert "Nobody grants a role to themself" in text(answer)
        closed = alex.post(f"{person('alex')}close/", follow=True)
        assert "Nobody closes or opens their own account." in text(closed)

    def test_the_last_administrator_stays(self, world: World) -> None:
        alex = proven(world.client("alex"))
        form = {"role": Role.ADMINISTRATOR, "use_case": ""}
        answer = alex.post(f"{person('alex')}revoke/", form, follow=True)
        assert "Somebody must remain who administers the whole installation." in text(answer)

    def test_an_account_is_closed_and_opened(self, world: World) -> None:
        alex, rita = proven(world.client("alex")), world.client("rita")
        assert rita.get(ACCOUNT).status_code == 200
        alex.post(f"{person('rita')}close/")
        assert rita.get(ACCOUNT).status_code == 302
        assert "The account is closed. Opened again" in text(alex.get(person("rita")))
        alex.post(f"{person('rita')}reopen/")
        assert User.objects.get(email="rita@demo.example").is_active

    def test_a_new_address_is_shown_once(self, world: World) -> None:
        alex = proven(world.client("alex"))
        form = {"once": token(alex, person("rita"))}
        assert "/accounts/password/reset/key/" in main(alex.post(f"{person('rita')}path/", form))
        again = alex.post(f"{person('rita')}path/", form, follow=True)
        assert "/accounts/password/reset/key/" not in main(again)

    def test_readers_of_people_change_nothing(self, world: World) -> None:
        carla = proven(world.client("carla"))
        body = main(carla.get(person("rita")))
        assert "<form" not in body
        form = {"role": Role.OWNER, "use_case": USE_CASE, "once": "1"}
        for act in ("grant", "revoke", "close", "reopen"):
            assert carla.post(f"{person('rita')}{act}/", form).status_code == 404
        assert carla.post(f"{person('rita')}path/", form).status_code == 403

    def test_an_ended_role_says_so(self, world: World) -> None:
        Membership.objects.filter(user_id=id_of("ellen")).update(
            until=datetime.now(UTC) - timedelta(days=1)
        )
        assert "Ended" in text(world.client("alex").get(person("ellen")))
        assert "Ellen Brandt ellen@demo.example No role yet" in text(world.client("alex").get(PEOPLE))

    def test_the_list_costs_the_same_for_many_people(self, world: World) -> None:
        alex = world.client("alex")
        few = queries(lambda: alex.get(PEOPLE))
        for number in range(8):
            create_user(voice=VOICE, email=f"n{number}@demo.example", name=f"N {number}",
                        password="seven-storks-over-lisbon")  # fmt: skip
        assert queries(lambda: alex.get(PEOPLE)) == few

    def test_a_person_costs_the_same_for_many_roles(self, world: World) -> None:
        alex = world.client("alex")
        few = queries(lambda: alex.get(person("rita")))
        for number in range(6):
            add_use_case(voice=VOICE, slug=f"place-{number}", name=f"Place {number}")
            Membership.objects.create(
                user_id=id_of("rita"), role=Role.OWNER, use_case=UseCase.objects.get(slug=f"place-{number}")
            )
        assert queries(lambda: alex.get(person("rita"))) == few
