"""Make the log's monthly partitions ahead of time, by hand; the heartbeat does it hourly."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit import partitions


class Command(BaseCommand):
    help = "Makes the log's monthly partitions: the last month's, this one's and those ahead."

    def add_arguments(self, parser: CommandParser) -> None:
        months: dict[str, Any] = {"type": int, "choices": range(25), "metavar": "MONTHS"}
        parser.add_argument("--ahead", default=partitions.AHEAD, help="0 to 24", **months)
        parser.add_argument("--behind", default=partitions.BEHIND, help="0 to 24", **months)

    def handle(self, *args: Any, **options: Any) -> None:
        made = partitions.ensure(behind=options["behind"], ahead=options["ahead"])
        for name in made:
            self.stdout.write(f"made {name}")
        self.stdout.write(f"The log has partitions until {partitions.state().until}.")
