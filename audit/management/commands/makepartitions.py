"""Make the log's monthly partitions ahead of time, by hand; the heartbeat does it hourly."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from audit import partitions


class Command(BaseCommand):
    help = "Makes the log's monthly partitions: the last month's, this one's and those ahead."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--ahead", type=int, default=partitions.AHEAD, help="months (0 to 24)")
        parser.add_argument(
            "--behind", type=int, default=partitions.BEHIND, help="months (0 to 24)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        made = partitions.ensure(behind=options["behind"], ahead=options["ahead"])
        for name in made:
            self.stdout.write(f"made {name}")
        self.stdout.write(f"The log has partitions until {partitions.state().until}.")
