"""``manage.py createadmin``: the first administrator of an installation."""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from audit.door import Problem
from governance.environment import env_secret, env_text
from governance.models import Role, User
from governance.people.grant import grant_role
from governance.people.join import create_user
from governance.voices import SystemVoice


class Command(BaseCommand):
    help = (
        "Make an account that administers the whole installation. The password is asked for, or "
        "taken from RATIONALE_ADMIN_PASSWORD (or the file RATIONALE_ADMIN_PASSWORD_FILE names)."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--email", default=env_text("RATIONALE_ADMIN_EMAIL"))
        parser.add_argument("--name", default=env_text("RATIONALE_ADMIN_NAME", "Administrator"))

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            self._make(options)
        except EOFError:
            raise CommandError(
                "There is nobody to ask: give --email, and RATIONALE_ADMIN_PASSWORD or its file."
            ) from None

    def _make(self, options: dict[str, Any]) -> None:
        email = (options["email"] or input("E-mail: ")).strip().lower()
        voice = SystemVoice("createadmin")
        try:
            with transaction.atomic():
                user = User.objects.filter(email=email).values_list("pk", flat=True).first()
                if user is None:
                    user = create_user(
                        voice=voice, email=email, name=options["name"], password=_password()
                    )
                grant_role(voice=voice, user=user, role=Role.ADMINISTRATOR)
        except Problem as problem:
            said = " ".join(str(error["detail"]) for error in problem.errors)
            raise CommandError(f"{problem.detail} {said}".strip()) from problem
        self.stdout.write(f"{email} administers this installation.")


def _password() -> str:
    given = env_secret("RATIONALE_ADMIN_PASSWORD")
    if given:
        return given
    first = getpass.getpass("Password: ")
    if first != getpass.getpass("Again: "):
        raise CommandError("The two are not the same.")
    return first
