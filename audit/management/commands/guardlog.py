"""Stretch the event triggers over the log, take them down, or say which guards hold."""

import os
from typing import Any

import psycopg
from django.core.management.base import BaseCommand, CommandError, CommandParser

from audit import guards, tripwires


class Command(BaseCommand):
    help = (
        "Sets up the event triggers that refuse to weaken the log (needs a superuser of the "
        "database), then lists every guard. Exit status 1 with --check when one does not hold."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--superuser-url",
            default=os.environ.get("RATIONALE_SUPERUSER_URL", ""),
            help="connects to the log's database as a superuser; better given in the environment "
            "as RATIONALE_SUPERUSER_URL, since others may see a command line",
        )
        parser.add_argument("--lift", action="store_true", help="take the event triggers down")
        parser.add_argument("--check", action="store_true", help="change nothing, only look")

    def handle(self, *args: Any, **options: Any) -> None:
        if not options["check"]:
            self._change(options["superuser_url"], lift=options["lift"])
        found = guards.state(serving=False)
        for guard in found:
            mark = self.style.SUCCESS("held    ") if guard.held else self.style.ERROR("NOT held")
            self.stdout.write(f"{mark} {guard.name}: {guard.detail}")
        if options["check"] and not all(guard.held for guard in found):
            raise CommandError("Not every guard holds.")

    def _change(self, url: str, *, lift: bool) -> None:
        if not url:
            raise CommandError(
                "Event triggers need a superuser: give RATIONALE_SUPERUSER_URL or --superuser-url. "
                "Without one the other guards still hold (see --check)."
            )
        try:
            with psycopg.connect(url) as superuser:
                if lift:
                    tripwires.lift(superuser)
                else:
                    tripwires.install(superuser)
        except (psycopg.Error, LookupError) as error:
            raise CommandError(f"The event triggers were not changed: {error}") from error
