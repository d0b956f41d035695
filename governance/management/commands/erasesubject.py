"""``manage.py erasesubject``: erase a person from the server's console, for a privacy officer."""

from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit.door import Problem
from governance.models import User
from governance.privacy import erase_subject
from governance.voices import voice_of


class Command(BaseCommand):
    help = "Destroy a person's data key. There is no way back."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--use-case", required=True)
        person = parser.add_mutually_exclusive_group(required=True)
        person.add_argument("--subject", default="", help="your own reference of the person")
        person.add_argument("--subject-id", type=UUID, help="the pseudonym the log uses")
        parser.add_argument("--reason", required=True)
        parser.add_argument("--legal-basis", default="")
        parser.add_argument("--request-id", default="", help="your number of the person's request")
        parser.add_argument("--officer", required=True, help="e-mail of the privacy officer")
        parser.add_argument("--yes", action="store_true", help="do not ask again")

    def handle(self, *args: Any, **options: Any) -> None:
        officer = User.objects.filter(email=options["officer"].strip().lower()).first()
        if officer is None:
            raise CommandError(f"There is no user {options['officer']}.")
        if not options["yes"] and not _confirmed():
            raise CommandError("Nothing was erased.")
        try:
            done = erase_subject(
                voice=voice_of(officer),
                use_case=options["use_case"],
                subject=options["subject"],
                subject_id=options["subject_id"],
                reason=options["reason"],
                legal_basis=options["legal_basis"],
                request_id=options["request_id"],
            )
        except Problem as problem:
            raise CommandError(problem.detail) from problem
        self.stdout.write(f"Erased subject {done.subject}.")


def _confirmed() -> bool:
    try:
        return input("This cannot be undone. Type erase: ") == "erase"
    except EOFError:  # nobody is there to type it
        return False
