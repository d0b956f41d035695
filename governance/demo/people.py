"""The people of the demonstration, one for each role, with one password that is made at the first start."""

from __future__ import annotations

import os
import secrets
from datetime import timedelta
from pathlib import Path

from django.db import transaction
from django.utils import timezone

from audit.door import Voice
from governance.demo.decisions import USE_CASE
from governance.models import Role, User
from governance.people.grant import grant_role
from governance.people.join import create_user

DOMAIN = "demo.example"
# name, role, use case ("" = the whole installation)
CAST = (
    ("Dana Whitfield", Role.DEVELOPER, USE_CASE),
    ("Olu Adeyemi", Role.OWNER, USE_CASE),
    ("Vera Novak", Role.VALIDATOR, USE_CASE),
    ("Amir Haddad", Role.APPROVER, USE_CASE),
    ("Carla Mendes", Role.COMPLIANCE, USE_CASE),
    ("Rita Okafor", Role.REVIEWER, USE_CASE),
    ("Sven Lindqvist", Role.SUPERVISOR, USE_CASE),
    ("Priya Raman", Role.PRIVACY, USE_CASE),
    ("Alex Turner", Role.ADMINISTRATOR, ""),
    ("Ellen Brandt", Role.EXAMINER, USE_CASE),
)


def email_of(name: str) -> str:
    return f"{name.split()[0].lower()}@{DOMAIN}"


def add_people(*, voice: Voice, password: str) -> list[tuple[str, str, str]]:
    """Everybody of the cast who is not there yet. Returns (name, e-mail, role) of all."""
    until = timezone.now() + timedelta(days=90)
    for name, role, use_case in CAST:
        if not User.objects.filter(email=email_of(name)).exists():
            with transaction.atomic():
                user = create_user(voice=voice, email=email_of(name), name=name, password=password)
                end = until if role == Role.EXAMINER else None
                grant_role(voice=voice, user=user, role=role, use_case=use_case, until=end)
    return [(name, email_of(name), role.label) for name, role, _ in CAST]


def password(folder: Path) -> str:
    """The demonstration's password, kept in a file that only its owner may read."""
    path = folder / "demo-password"
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return path.read_text()
    with os.fdopen(handle, "w") as out:
        out.write("-".join(secrets.token_hex(2) for _ in range(4)))
    return path.read_text()
