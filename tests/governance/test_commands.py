"""createadmin and grantrole."""

from datetime import UTC, datetime
from io import StringIO

import pytest
from django.contrib.auth import authenticate
from django.core.management import CommandError, call_command

from governance.models import Membership, User
from governance.roles import visible_use_cases
from tests.governance.conftest import PASSWORD, Cast, lines

pytestmark = pytest.mark.django_db


def test_the_first_administrator(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATIONALE_ADMIN_PASSWORD", PASSWORD)
    call_command("createadmin", "--email=First@Example.com", "--name=First")
    user = User.objects.get()
    assert (user.email, user.name) == ("first@example.com", "First")
    assert authenticate(email="first@example.com", password=PASSWORD) == user
    assert visible_use_cases(user, "people:write") is None
    assert [(line["actor"], line["body"]["act"]) for line in lines()] == [
        ("system:createadmin", "user_created"),
        ("system:createadmin", "role_granted"),
    ]
    call_command("createadmin", "--email=first@example.com")
    assert (User.objects.count(), Membership.objects.count()) == (1, 1)


def test_a_password_asked_for_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    said = iter([PASSWORD, PASSWORD + "x"])
    monkeypatch.setattr("getpass.getpass", lambda _: next(said))
    with pytest.raises(CommandError, match="not the same"):
        call_command("createadmin", "--email=first@example.com")
    assert not User.objects.exists()


def test_a_weak_password_makes_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RATIONALE_ADMIN_PASSWORD", "password1234")
    with pytest.raises(CommandError, match="too common"):
        call_command("createadmin", "--email=first@example.com")
    assert not User.objects.exists()


def test_roles_from_the_console(cast: Cast) -> None:
    call_command(
        "grantrole", "Hal@example.com", "examiner", "--use-case=credit", "--until=2199-12-31"
    )
    held = Membership.objects.get(user=cast.hal, role="examiner")
    assert held.use_case.slug == "credit"
    assert held.until == datetime(2199, 12, 31, 23, 59, 59, 999999, tzinfo=UTC)
    assert lines()[-1]["actor"] == "system:grantrole"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody@example.com", "reviewer"), "There is no user"),
        (("hal@example.com", "king"), "invalid choice"),
        (("hal@example.com", "reviewer", "--use-case=nowhere"), "nothing here"),
        (("hal@example.com", "examiner", "--use-case=credit"), "end date"),
        (("hal@example.com", "examiner", "--until=soon"), "invalid end_of_day value"),
    ],
)
def test_what_the_console_refuses(cast: Cast, arguments: tuple[str, ...], said: str) -> None:
    with pytest.raises(CommandError, match=said):
        call_command("grantrole", *arguments)


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (("createadmin",), "nobody to ask"),
        (("createadmin", "--email=first@example.com"), "nobody to ask"),
        (
            ("erasesubject", "--use-case=credit", "--subject=x", "--reason=y", "--officer=hal@example.com"),
            "Nothing was erased",
        ),
        (("makepartitions", "--ahead=25"), "invalid choice: 25"),
    ],
)  # fmt: skip
def test_where_nobody_types_and_for_what_cannot_be(
    command: tuple[str, ...], said: str, cast: Cast, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", StringIO())
    monkeypatch.setattr("getpass.getpass", lambda _: input())
    with pytest.raises(CommandError, match=said):
        call_command(*command)
