"""What the tests of the house's pages share: reading answers, and proving who one is."""

from __future__ import annotations

import html
import re
from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from governance.models import User
from tests.factories import BACKEND, PASSWORD, World


def text(answer: Any) -> str:
    """What a person reads of a page: no tags, entities resolved, white space evened."""
    body = re.sub(
        r"<template.*?</template>|<svg.*?</svg>", " ", answer.content.decode(), flags=re.S
    )
    return " ".join(html.unescape(re.sub(r"<[^>]+>", " ", body)).split())


def main(answer: Any) -> str:
    """The page without its frame: what stands in the navigation is not said by the page."""
    body = answer.content.decode()
    return body[body.index('<main id="main"') : body.index("</main>")]


def proven(client: Client) -> Client:
    """The same browser, after its person gave the password once more."""
    answer = client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    assert answer.status_code == 302, text(answer)
    return client


def strict(world: World, name: str) -> Client:
    """A signed-in browser whose forms need their CSRF token."""
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.get(email=f"{name}@demo.example"), BACKEND)
    return client


def queries(act: Callable[[], Any]) -> int:
    """How many queries ``act`` makes, once the process knows what it keeps in mind."""
    act()
    with CaptureQueriesContext(connection) as counted:
        act()
    return len(counted)


@pytest.fixture
def cheap_hashing(monkeypatch: pytest.MonkeyPatch) -> None:
    """As the world's passwords were made: with another count Django would hash them anew when they
    are given, and that ends the session."""
    monkeypatch.setattr("django.contrib.auth.hashers.PBKDF2PasswordHasher.iterations", 1)


def id_of(name: str) -> UUID:
    return User.objects.get(email=f"{name}@demo.example").pk


def person(name: str) -> str:
    """The address of somebody's page in the settings."""
    return f"/settings/people/{id_of(name)}/"


def token(client: Client, path: str) -> str:
    """What makes the form of this page good for one use."""
    found = re.search(r'name="once" value="(\w+)"', main(client.get(path)))
    assert found
    return found[1]
