"""People come, get roles, lose them and leave; each step is a line, and none names anybody."""

import threading
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import authenticate
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from audit.door import Conflict, Forbidden, Invalid, NotFound
from governance.models import Membership, Role, User
from governance.people import directory
from governance.people.grant import grant_role
from governance.people.join import create_user, invite, renew_invitation
from governance.people.leave import deactivate, reactivate
from governance.people.revoke import revoke_role
from governance.roles import visible_use_cases
from governance.voices import SystemVoice, voice_of
from tests.governance.conftest import PASSWORD, Cast, lines


@pytest.mark.django_db
class TestJoining:
    def test_an_account_can_sign_in_and_holds_nothing(self, cast: Cast) -> None:
        made = create_user(
            voice=cast.voice("alice"), email=" New@Example.com ", name="New", password=PASSWORD
        )
        user = User.objects.get(pk=made)
        assert (user.email, visible_use_cases(user, "registry:read")) == (
            "new@example.com",
            frozenset(),
        )
        assert authenticate(email="NEW@example.com", password=PASSWORD) == user

    def test_the_log_learns_ids_and_no_addresses(self, cast: Cast) -> None:
        with connection.cursor() as cursor:
            cursor.execute(
                "SELECT count(*) FROM audit_entry JOIN audit_entry_body USING (id)"
                " WHERE position('example.com'::bytea in body) > 0"
                " OR position('example.com'::bytea in header) > 0"
            )
            assert cursor.fetchone() == (0,)
        created = [line["body"] for line in lines() if line["body"]["act"] == "user_created"]
        assert {"act": "user_created", "user": str(cast.rita.pk)} in created

    def test_an_invitation_lets_its_owner_choose_a_password_once(self, cast: Cast) -> None:
        invitation = invite(voice=cast.voice("alice"), email="ina@example.com", name="Ina")
        user = User.objects.get(pk=invitation.user)
        assert not user.has_usable_password()
        browser = Client()
        form = browser.get(invitation.path, follow=True)
        assert form.status_code == 200
        chosen = {"password1": PASSWORD, "password2": PASSWORD}
        browser.post(form.redirect_chain[-1][0], chosen)
        assert authenticate(email="ina@example.com", password=PASSWORD) == user
        Client().get(invitation.path, follow=True)
        again = Client().post(form.redirect_chain[-1][0], chosen)
        assert again.status_code == 200
        assert lines()[-1]["body"] == {"act": "user_invited", "user": str(user.pk)}

    def test_a_new_link_is_a_line(self, cast: Cast) -> None:
        renew_invitation(voice=cast.voice("alice"), user=cast.rita.pk)
        assert lines()[-1]["body"] == {"act": "password_link_made", "user": str(cast.rita.pk)}
        with pytest.raises(NotFound):
            renew_invitation(voice=cast.voice("alice"), user=uuid4())

    @pytest.mark.parametrize(
        ("changed", "pointer"),
        [
            ({"email": "nobody"}, "/email"),
            ({"name": "  "}, "/name"),
            ({"password": "short"}, "/password"),
            ({"password": "password1234"}, "/password"),
        ],
    )
    def test_what_is_no_account(self, cast: Cast, changed: dict[str, str], pointer: str) -> None:
        asked = {"email": "n@example.com", "name": "N", "password": PASSWORD, **changed}
        with pytest.raises(Invalid) as refused:
            create_user(voice=cast.voice("alice"), **asked)
        assert [error["pointer"] for error in refused.value.errors] == [pointer]
        assert not User.objects.filter(email="n@example.com").exists()

    def test_one_account_per_address(self, cast: Cast) -> None:
        with pytest.raises(Conflict):
            invite(voice=cast.voice("alice"), email="RITA@example.com", name="Rita")
        with pytest.raises(IntegrityError), transaction.atomic():
            User.objects.filter(pk=cast.rita.pk).update(email="Rita@example.com")

    def test_only_administrators_of_all_let_people_in(
        self, cast: Cast, system: SystemVoice
    ) -> None:
        grant_role(voice=system, user=cast.carl.pk, role="administrator", use_case="credit")
        for name in ("olu", "carl", "priya"):
            with pytest.raises(Forbidden):
                invite(voice=cast.voice(name), email="x@example.com", name="X")


@pytest.mark.django_db
class TestRoles:
    def test_granting_is_a_line_and_repeating_it_none(self, cast: Cast) -> None:
        alice = cast.voice("alice")
        grant_role(voice=alice, user=cast.hal.pk, role="reviewer", use_case="credit")
        before = lines()
        assert before[-1] == {
            "kind": "policy",
            "use_case": "credit",
            "model_ref": None,
            "actor": f"user:{cast.alice.pk}",
            "body": {
                "act": "role_granted",
                "role": "reviewer",
                "until": None,
                "user": str(cast.hal.pk),
            },
        }
        grant_role(voice=alice, user=cast.hal.pk, role="reviewer", use_case="credit")
        assert lines() == before
        assert visible_use_cases(cast.hal, "why:read") == frozenset({"credit", "hiring"})

    def test_a_new_end_date_replaces_the_old_one(self, cast: Cast) -> None:
        later = timezone.now() + timedelta(days=60)
        grant_role(
            voice=cast.voice("alice"),
            user=cast.eve.pk,
            role="examiner",
            use_case="credit",
            until=later,
        )
        assert [held.until for held in cast.eve.memberships.all()] == [later]

    def test_nobody_promotes_themself(self, cast: Cast) -> None:
        with pytest.raises(Forbidden, match="themself"):
            grant_role(
                voice=cast.voice("alice"), user=cast.alice.pk, role="privacy", use_case="credit"
            )

    def test_an_administrator_of_one_use_case_stays_in_it(
        self, cast: Cast, system: SystemVoice
    ) -> None:
        grant_role(voice=system, user=cast.carl.pk, role="administrator", use_case="credit")
        carl = cast.voice("carl")
        grant_role(voice=carl, user=cast.rita.pk, role="supervisor", use_case="credit")
        for where in ("hiring", ""):
            with pytest.raises((Forbidden, NotFound)):
                grant_role(voice=carl, user=cast.rita.pk, role="supervisor", use_case=where)

    @pytest.mark.parametrize(
        ("role", "until", "pointer"),
        [
            ("king", None, "/role"),
            ("examiner", None, "/until"),
            ("reviewer", timezone.now() - timedelta(days=1), "/until"),
        ],
    )
    def test_what_is_no_grant(self, cast: Cast, role: str, until: object, pointer: str) -> None:
        with pytest.raises(Invalid) as refused:
            grant_role(
                voice=cast.voice("alice"),
                user=cast.hal.pk,
                role=role,
                use_case="credit",
                until=until,
            )
        assert [error["pointer"] for error in refused.value.errors] == [pointer]

    def test_the_database_keeps_examiners_time_boxed(self, cast: Cast) -> None:
        with pytest.raises(IntegrityError, match="examiners_are_time_boxed"), transaction.atomic():
            Membership.objects.filter(role=Role.EXAMINER).update(until=None)

    def test_revoking_takes_effect_on_the_next_question(self, cast: Cast) -> None:
        revoke_role(
            voice=cast.voice("alice"), user=cast.rita.pk, role="reviewer", use_case="credit"
        )
        assert visible_use_cases(cast.rita, "why:read") == frozenset()
        assert lines()[-1]["body"]["act"] == "role_revoked"
        with pytest.raises(NotFound):
            revoke_role(
                voice=cast.voice("alice"), user=cast.rita.pk, role="reviewer", use_case="credit"
            )

    def test_one_administrator_always_stays(self, cast: Cast, system: SystemVoice) -> None:
        alice = {"user": cast.alice.pk, "role": "administrator"}
        with pytest.raises(Conflict):
            revoke_role(voice=system, **alice)
        with pytest.raises(Conflict):
            deactivate(voice=system, user=cast.alice.pk)
        with pytest.raises(Conflict):
            grant_role(voice=system, **alice, until=timezone.now() + timedelta(days=1))
        grant_role(voice=system, user=cast.olu.pk, role="administrator")
        revoke_role(voice=system, **alice)
        assert visible_use_cases(cast.alice, "people:write") == frozenset()


@pytest.mark.django_db
class TestLeaving:
    def test_a_closed_account_can_do_nothing_and_comes_back_whole(self, cast: Cast) -> None:
        alice = cast.voice("alice")
        browser = cast.client("rita")
        deactivate(voice=alice, user=cast.rita.pk)
        assert visible_use_cases(cast.rita, "why:read") == frozenset()
        assert authenticate(email="rita@example.com", password=PASSWORD) is None
        assert browser.get("/api/v1/me").status_code == 401
        before = lines()
        deactivate(voice=alice, user=cast.rita.pk)
        assert lines() == before
        reactivate(voice=alice, user=cast.rita.pk)
        assert visible_use_cases(cast.rita, "why:read") == frozenset({"credit"})
        assert [line["body"]["act"] for line in lines()[-2:]] == [
            "user_deactivated",
            "user_reactivated",
        ]

    def test_nobody_closes_their_own_account(self, cast: Cast) -> None:
        with pytest.raises(Forbidden):
            deactivate(voice=cast.voice("alice"), user=cast.alice.pk)


@pytest.mark.django_db
class TestDirectory:
    def test_who_is_seen_by_whom(self, cast: Cast) -> None:
        seen = {
            name: sorted(row.name for row in directory.users(cast.voice(name)))
            for name in ("alice", "carl", "hal", "rita")
        }
        credit = ["Carl", "Eve", "Olu", "Priya", "Rita"]
        assert seen == {
            "alice": sorted(["Alice", "Hal", *credit]),
            "carl": credit,
            "hal": [],
            "rita": [],
        }

    def test_roles_elsewhere_are_not_told(self, cast: Cast, system: SystemVoice) -> None:
        grant_role(voice=system, user=cast.rita.pk, role="owner", use_case="hiring")
        by_carl = directory.user(cast.voice("carl"), cast.rita.pk)
        assert [(held.role, held.use_case) for held in by_carl.memberships] == [
            ("reviewer", "credit")
        ]
        with pytest.raises(NotFound):
            directory.user(cast.voice("carl"), cast.hal.pk)

    def test_names_of_actors(
        self, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        rita, olu = f"user:{cast.rita.pk}", f"user:{cast.olu.pk}"
        with django_assert_num_queries(1):
            found = directory.names([rita, olu, rita, "key:0123456789", f"user:{uuid4()}"])
        assert found == {rita: "Rita", olu: "Olu"}

    def test_the_list_costs_the_same_for_one_and_many(
        self, cast: Cast, django_assert_num_queries: DjangoAssertNumQueries
    ) -> None:
        alice = cast.voice("alice")
        with django_assert_num_queries(2):
            assert len(directory.users(alice)) == 7


def test_two_administrators_cannot_remove_each_other_at_once(fresh_db: str) -> None:
    """Real commits, two connections: without the lock both would see the other still there."""
    system = SystemVoice("tests")
    ids: dict[str, UUID] = {}
    for name in ("ada", "bob"):
        ids[name] = create_user(
            voice=system, email=f"{name}@example.com", name=name, password=PASSWORD
        )
        grant_role(voice=system, user=ids[name], role="administrator")
    voices = {name: voice_of(User.objects.get(pk=pk)) for name, pk in ids.items()}
    together = threading.Barrier(2)
    ended: dict[str, str] = {}

    def remove(me: str, other: str) -> None:
        together.wait()
        try:
            revoke_role(voice=voices[me], user=ids[other], role="administrator")
            ended[me] = "done"
        except Conflict:
            ended[me] = "refused"
        finally:
            connection.close()

    threads = [
        threading.Thread(target=remove, args=pair) for pair in (("ada", "bob"), ("bob", "ada"))
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(ended.values()) == ["done", "refused"]
    assert Membership.objects.filter(role=Role.ADMINISTRATOR).count() == 1


def test_names_are_of_users_and_any_other_text_is_left_out(cast: Cast) -> None:
    olu = f"user:{cast.olu.pk}"
    asked = [olu, "user:o", f"user:{uuid4()}", "key:ab", "rita", ""]
    assert directory.names(asked) == {olu: "Olu"}


def test_who_may_do_something_somewhere(cast: Cast, system: SystemVoice) -> None:
    assert set(directory.who_may("alerts:write", "credit").values()) == {"Carl", "Olu"}
    assert set(directory.who_may("alerts:write", "hiring").values()) == {"Hal"}
    grant_role(voice=system, user=cast.alice.pk, role=Role.COMPLIANCE, use_case="")
    deactivate(voice=cast.voice("alice"), user=cast.olu.pk)
    Membership.objects.filter(user=cast.carl).update(until=timezone.now())
    assert directory.who_may("alerts:write", "credit") == {f"user:{cast.alice.pk}": "Alice"}
