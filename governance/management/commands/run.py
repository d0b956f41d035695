"""manage.py run: everything that serves, on one machine, without the demonstration's data."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from governance import serving
from runtime.faults import RuntimeFault
from runtime.ports import require_free_port
from runtime.supervisor import Supervisor, services


class Command(BaseCommand):
    help = "Starts the database and broker (unless URLs name others), web, sequencer and workers, and keeps them up."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        serving.add_address(parser)
        parser.add_argument("--web", type=serving.count, default=2, help="web processes")
        parser.add_argument("--workers", type=serving.count, default=2, help="worker processes")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with Supervisor(say=self.stderr.write) as supervisor:
                where = {"host": options["host"], "port": options["port"]}
                require_free_port(**where)  # asked first: everything else takes a while
                env = services(supervisor)
                serving.migrate(env)
                for process in serving.processes(
                    env,
                    **where,
                    web=options["web"],
                    workers=options["workers"],
                    name=serving.own_name(),
                ):
                    supervisor.start(process)
                self.stderr.write(f"Rationale is running at {serving.base_url(**where)}/")
                supervisor.wait()
        except RuntimeFault as fault:
            raise CommandError(str(fault)) from fault
