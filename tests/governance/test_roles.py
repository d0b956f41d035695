"""The policy: one table, and who may do what by it."""

from datetime import timedelta

import pytest
from django.utils import timezone

from audit.door import Forbidden, NotFound
from governance import roles
from governance.models import Membership, Role
from governance.people.grant import grant_role
from governance.roles import Holding, may, require, visible_use_cases
from governance.voices import SystemVoice
from tests.governance.conftest import Cast

DOC = {
    "developer": "registry:read log:read registry:write fairness:read",
    "owner": "registry:read log:read decisions:read why:read registry:write explain:write replays:write "
    "keys:read keys:write fairness:read fairness:write alerts:write feedback:read",
    "validator": "registry:read log:read decisions:read why:read why:examiner replays:write "
    "fairness:read fairness:small alerts:write",
    "approver": "registry:read log:read fairness:read",
    "compliance": "registry:read log:read decisions:read why:read why:examiner explain:write replays:write "
    "people:read keys:read fairness:read fairness:small fairness:write alerts:write",
    "reviewer": "registry:read log:read decisions:read why:read",
    "supervisor": "registry:read log:read decisions:read why:read fairness:read",
    "privacy": "registry:read log:read decisions:read why:read why:examiner erasure:write",
    "administrator": "registry:read log:read people:read people:write keys:read keys:write "
    "use_cases:write",
    "examiner": "registry:read log:read decisions:read why:read why:examiner people:read keys:read "
    "fairness:read fairness:small",
}


def test_the_whole_matrix() -> None:
    assert {role: set(acts.split()) for role, acts in DOC.items()} == {
        str(role.value): set(roles.ACTS[role]) for role in Role
    }


def test_managing_never_brings_personal_data_along() -> None:
    for role, acts in roles.ACTS.items():
        if acts & {"people:write", "use_cases:write"}:
            assert not acts & roles.PERSONAL, role


def test_only_privacy_officers_erase() -> None:
    erasing = {role for role, acts in roles.ACTS.items() if "erasure:write" in acts}
    assert erasing == {Role.PRIVACY}


def test_nobody_records_decisions_but_keys() -> None:
    assert not any(acts & roles.RECORDING for acts in roles.ACTS.values())


def test_a_role_holds_in_its_use_case_and_one_for_all_holds_everywhere() -> None:
    here = (Holding(Role.REVIEWER, "credit"),)
    everywhere = (Holding(Role.REVIEWER, None),)
    assert [may(here, "why:read", slug) for slug in ("credit", "hiring", "")] == [
        True,
        False,
        False,
    ]
    assert [may(everywhere, "why:read", slug) for slug in ("credit", "hiring", "")] == [
        True,
        True,
        True,
    ]


@pytest.mark.django_db
def test_visible_use_cases(cast: Cast) -> None:
    assert visible_use_cases(cast.rita, "decisions:read") == frozenset({"credit"})
    assert visible_use_cases(cast.alice, "registry:read") is None
    assert visible_use_cases(cast.alice, "decisions:read") == frozenset()
    assert visible_use_cases(cast.hal, "decisions:read") == frozenset({"hiring"})


@pytest.mark.django_db
def test_roles_end_at_their_date_and_with_the_account(cast: Cast) -> None:
    assert visible_use_cases(cast.eve, "why:examiner") == frozenset({"credit"})
    Membership.objects.filter(user=cast.eve).update(until=timezone.now() - timedelta(seconds=1))
    assert visible_use_cases(cast.eve, "why:examiner") == frozenset()
    cast.rita.is_active = False
    cast.rita.save()
    assert visible_use_cases(cast.rita, "decisions:read") == frozenset()


@pytest.mark.django_db
def test_require_forbids_where_the_place_is_known_and_hides_it_elsewhere(cast: Cast) -> None:
    require(cast.voice("priya"), "erasure:write", use_case="credit")
    with pytest.raises(Forbidden):
        require(cast.voice("rita"), "erasure:write", use_case="credit")
    with pytest.raises(NotFound):
        require(cast.voice("hal"), "erasure:write", use_case="credit")
    with pytest.raises(Forbidden):
        require(cast.voice("hal"), "people:write", use_case="")


@pytest.mark.django_db
def test_roles_add_up(cast: Cast, system: SystemVoice) -> None:
    grant_role(voice=system, user=cast.hal.pk, role="reviewer", use_case="credit")
    assert visible_use_cases(cast.hal, "decisions:read") == frozenset({"credit", "hiring"})
    assert visible_use_cases(cast.hal, "registry:write") == frozenset({"hiring"})
