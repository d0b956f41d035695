"""manage.py demo: the whole product on real credit applications, in one command."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from audit.door import Problem
from governance import serving
from governance.demo.applications import applications
from governance.demo.checking import CheckFailed, checks
from governance.demo.client import ApiRefusal, Client
from governance.demo.comparing import assess, state_policy
from governance.demo.people import add_people, password
from governance.demo.playing import play, shown_first
from governance.demo.registering import application_key, comparing_key, register_all
from governance.voices import SystemVoice
from runtime import paths
from runtime.faults import RuntimeFault
from runtime.ports import require_free_port
from runtime.supervisor import Supervisor, services


class Command(BaseCommand):
    help = "Starts everything, records and explains 400 real credit applications, and shows where to look."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--smoke", action="store_true", help="check itself by the public API and stop"
        )
        serving.add_address(parser)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            with Supervisor(say=self.say) as supervisor:
                self.demonstrate(
                    supervisor, host=options["host"], port=options["port"], smoke=options["smoke"]
                )
        except (RuntimeFault, ApiRefusal, Problem) as fault:
            raise CommandError(str(fault)) from fault

    def say(self, sentence: str) -> None:
        self.stderr.write(sentence)

    def demonstrate(self, supervisor: Supervisor, *, host: str, port: int, smoke: bool) -> None:
        voice = SystemVoice("demo")
        require_free_port(host, port)  # asked first: everything else takes a while
        self.say("Starting PostgreSQL and Valkey, preparing the schema …")
        env = services(supervisor)
        serving.migrate(env)
        self.say("Training the model on 600 applications and registering it …")
        rows = list(applications())
        model = register_all(voice=voice, rows=[row for row in rows if row.trains])
        people = add_people(voice=voice, password=password(paths.run()))
        key = application_key(voice=voice, folder=paths.run())
        state_policy(voice=voice)
        desk = comparing_key(voice=voice, folder=paths.run())
        # The demonstration goes on by the public API alone.
        connections.close_all()
        self.say(
            "Starting web, sequencer and workers; at the first start workers compile their kernels for a while …"
        )
        for process in serving.processes(
            env, host=host, port=port, web=2, workers=2, name=serving.own_name()
        ):
            supervisor.start(process)
        client = Client(serving.base_url(host, port), key)
        held_out = [row for row in rows if not row.trains]
        sent = play(client, paths.run() / "demo-decisions.ndjson", model, held_out)
        run = assess(Client(client.base, desk), len(sent))
        if smoke:
            self.examine(client, sent)
            return
        self.tell(client.base, people, sent, run)
        supervisor.wait()

    def examine(self, client: Client, sent: list[dict[str, Any]]) -> None:
        try:
            for title, check in checks(client, sent):
                check()
                self.say(f"  ✓ {title}")
        except CheckFailed as failure:
            raise CommandError(f"{title}: {failure}") from failure
        self.say("The demonstration holds.")

    def tell(
        self, base: str, people: list[tuple[str, str, str]], sent: list[dict[str, Any]], run: str
    ) -> None:
        denied = shown_first(sent)["id"]
        lines = [
            "",
            f"Rationale is running at {base}/  (Ctrl-C stops everything; data stays in {paths.VAR})",
            "",
            f"  Sign in as any of these with the password  {password(paths.run())}",
            *(f"    {email:24} {role}" for _, email, role in people),
            "",
            "  Look at",
            f"    {base}/decisions/{denied}    why one applicant was refused, and the proof",
            f"    {base}/fairness/            how groups compare, with intervals and evidence",
            f"    {base}/monitoring/          drift week by week, data quality and alerts",
            f"    {base}/log/                 the log's state, and a decision verified in your browser",
            f"    {base}/models/              the model, its artefact and its reasons",
            f"    {base}/api/docs/            the API",
            "",
            "  Ask by API",
            f'    curl -H "Authorization: Bearer $(cat {paths.run()}/demo-key)" \\',
            f"      '{base}/api/v1/decisions/{denied}/why?audience=subject'",
            f'    curl -H "Authorization: Bearer $(cat {paths.run()}/demo-fairness-key)" \\',
            f"      '{base}/api/v1/{run}'",
            "",
        ]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()  # into a file or a pipe too, now and not when everything ends
