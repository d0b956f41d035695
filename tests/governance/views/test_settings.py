"""/settings/: who sees what, who proves who they are, and what needs a token."""

from __future__ import annotations

import re
from uuid import uuid4

import pytest
from django.test import Client

from audit.keys import key_store
from governance.models import Membership, Role, UseCase, User
from tests.factories import HIRING, PASSWORD, World
from tests.governance.views.house import (
    cheap_hashing,
    id_of,
    main,
    person,
    proven,
    strict,
    text,
)

__all__ = ["cheap_hashing"]
pytestmark = pytest.mark.usefixtures("cheap_hashing")
ACCOUNT, ABOUT = "/settings/", "/settings/about/"
KEYS, NEW_KEY = "/settings/keys/", "/settings/keys/new/"
PEOPLE, INVITE = "/settings/people/", "/settings/people/invite/"


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
