"""``manage.py grantrole``: give a user a role from the server's own console."""

from datetime import UTC, datetime, time
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.utils.dateparse import parse_date

from audit.door import Problem
from governance.models import Role, User
from governance.people.grant import grant_role
from governance.voices import SystemVoice


class Command(BaseCommand):
    help = "Give a user a role in a use case, or in all of them. The log says the console did it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("email")
        parser.add_argument("role", choices=Role.values)
        parser.add_argument("--use-case", default="", help="its slug; without it, every use case")
        parser.add_argument("--until", type=end_of_day, help="last day, YYYY-MM-DD (UTC)")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email=options["email"].strip().lower()).first()
        if user is None:
            raise CommandError(f"There is no user {options['email']}.")
        where = options["use_case"]
        try:
            grant_role(
                voice=SystemVoice("grantrole"),
                user=user.pk,
                role=options["role"],
                use_case=where,
                until=options["until"],
            )
        except Problem as problem:
            said = " ".join(str(error["detail"]) for error in problem.errors)
            raise CommandError(f"{problem.detail} {said}".strip()) from problem
        label = Role(options["role"]).label
        self.stdout.write(f"{user.email}: {label} in {where or 'every use case'}.")


def end_of_day(text: str) -> datetime:
    day = parse_date(text)
    if day is None:
        raise ValueError(text)
    return datetime.combine(day, time.max, tzinfo=UTC)
